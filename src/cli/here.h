/*
 * here -- what --version prints: which prong this is, and what this machine offers it
 *
 * Each answer is got by trying, not from a version: so it is also true in a container.
 * What takes hold of a service's own settings is said by `prong explain`.
 */
#pragma once

#include <stdio.h>

void here_print(FILE *);
