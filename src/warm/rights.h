/*
 * rights -- may this program be started under trace at all?
 */
#pragma once

#include "warm.h"

/* To be asked after each exec; 0: yes, otherwise the enum hold_result. */
int rights_check(int pid);
