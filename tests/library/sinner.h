/*
 * sinner -- see sinner.c
 */
#pragma once

int sinner_sin(int fd);
