/*
 * asked -- a running server's settings, for whoever explains them
 */
#pragma once

/* Told of each setting of a service: its value in force, made harmless; NULL: too long
 * to be told. */
typedef void asked_setting_fn(const char *name, const char *value, void *context);

/*
 * Asks the one server that runs (or that `instance` names, by name or process id, or
 * whose control socket `control` is; NULL: any) for the settings of `service` (NULL: of
 * every service), which `begin` is told of before each.  CTL_DONE or CTL_FAILED, and then
 * stderr has been told.
 */
struct asked {
	const char *instance, *control, *service;
	void (*begin)(const char *service, void *context);
	asked_setting_fn *each;
	void (*end)(void *context);
	void *context;
};

int asked_settings(const struct asked *);
