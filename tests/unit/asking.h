/*
 * asking -- who asks for isolation: facts for measures.h
 */
#pragma once

#include "measures.h"

#define ROOT                                                                             \
	{                                                                                \
		.is_root = true, .is_privileged = true                                   \
	}
#define PLAIN_ROOT                                                                       \
	{                                                                                \
		.is_root = true                                                          \
	}
#define OTHER                                                                            \
	{                                                                                \
		.is_root = false                                                         \
	}
#define HANDLER                                                                          \
	{                                                                                \
		.is_root = true, .is_privileged = true, .is_handler = true               \
	}
