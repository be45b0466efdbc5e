/*
 * asked -- a running server's settings, for whoever explains them
 */
#pragma once

/* Told of each setting of a service: its value in force, made harmless; NULL: too long
 * to be told. */
typedef void asked_setting_fn(const char *name, const char *value, void *context);

/* What is taken from its programs, or could be; made harmless. */
struct asked_measure {
	const char *name, *asked, *state, *what, *why;
};

/*
 * Asks the one server that runs (or that `instance` names, by name or process id, or
 * whose control socket `control` is; NULL: any) for the settings of `service` (NULL: of
 * every service), which `begin` is told of before each.  `ahead` is told, of a service
 * that starts processes before their clients come, what it has and what came of it; two
 * lines in words.  `measure` is told of each measure, unless the server is too old to
 * know them.  CTL_DONE or CTL_FAILED, and then
 * stderr has been told.
 */
struct asked {
	const char *instance, *control, *service;
	void (*begin)(const char *service, void *context);
	asked_setting_fn *each;
	void (*ahead)(const char *now, const char *counts, void *context);
	void (*measure)(const struct asked_measure *, void *context);
	void (*end)(void *context);
	void *context;
};

int asked_settings(const struct asked *);
