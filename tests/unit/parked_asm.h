/*
 * parked_asm -- every register is known, then the program is held, then they are compared
 */
#pragma once

/* Reads from fd 0 with known registers: how many differ after it. */
int parked_touch(void);

/* Runs in a narrow loop until the flag is set: how many registers differ. */
int parked_spin(const volatile int *is_over);

/* Computes with vectors that no system call keeps, where there are such: are there? */
int parked_scale(void);
