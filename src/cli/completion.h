/*
 * completion -- prong completion bash|zsh|fish: a script for the shell
 *
 * Made from the tables of settings, options and commands, so it knows what this version
 * knows.
 */
#pragma once

int completion_run(int argc, char *argv[]);
