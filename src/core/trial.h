/*
 * trial -- would a program get through its stages?
 *
 * Asked once before anything is served: an id that cannot be had or a limit that cannot
 * be raised is an error now and not with the first client.  What a preset asks for and
 * the machine does not have is struck out, with the reason, and the rest is tried again.
 */
#pragma once

#include "service.h"

/* 0: a program would start, and each measure of the service is in force or missing.
 * -errno with a line in `message` for each reason why not. */
int trial_run(struct prong_service *, struct text *message);

/* The measure that a stage failed for, of those that are wanted: one that may be missing
 * if there is one; MEASURE_COUNT: the stage is no measure's. */
enum measure trial_measure(const struct measures *, const struct report *);
