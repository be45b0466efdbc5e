/*
 * act -- kill, pause, resume, penalties clear, drain, reload and upgrade: one request to
 * one server
 */
#pragma once

#include "args.h"

int act_kill(const struct args *);
int act_clear(const struct args *); /* penalties */
int act_pause(const struct args *);
int act_resume(const struct args *);
int act_drain(const struct args *);
int act_reload(const struct args *);
int act_upgrade(const struct args *);
