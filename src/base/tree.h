/*
 * tree -- balanced trees of embedded nodes, from libbsd
 *
 * TREE_GENERATE makes the functions of a tree for one file.
 */
#pragma once

#include <bsd/sys/tree.h>

#define TREE_GENERATE(name, type, field, compare)                                        \
	_Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wshadow\"")    \
	    RB_GENERATE_INTERNAL(name, type, field, compare,                             \
		static __attribute__((unused))) _Pragma("GCC diagnostic pop")
