/*
 * image -- the program prong-builtin as bytes
 *
 * A server that carries its helper in itself needs no file to be installed and finds
 * the version it was built with.  tools/embed.py writes the definitions.
 */
#pragma once

#include <stddef.h>

extern const unsigned char builtin_image[]; /* a whole ELF file, aligned to 16 bytes */
extern const size_t builtin_image_size;
