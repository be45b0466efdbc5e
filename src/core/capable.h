/*
 * capable -- which capabilities this process has in force
 */
#pragma once

#include <stdbool.h>

/* CAP_..., effective: capabilities(7). */
bool capable_of(unsigned capability);
