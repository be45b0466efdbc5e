/*
 * notify -- tells a service manager how we are: the datagrams of sd_notify(3)
 *
 * Every message is a courtesy: without a manager nothing is sent, and no failure
 * matters.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct notify {
	int fd;         /* -1: nobody listens */
	char path[108]; /* as NOTIFY_SOCKET had it */
	struct sockaddr_un manager;
	socklen_t manager_len;
	bool is_behind;         /* it did not read in time */
	uint64_t watchdog_usec; /* the manager's deadline; 0: none */
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and clears them. */
void notify_init(struct notify *);
void notify_done(struct notify *);

/* "READY=1" and the like, one per line.  Waits a moment for a manager that is behind. */
void notify_send(struct notify *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Feeds the watchdog; never waits. */
void notify_ping(struct notify *);

/* Feeds it, and makes a timerfd at half its interval for the next time: the
 * only thing that wakes an idle server, and only if its manager asked for it.  -1: not
 * wanted; other negative errno. */
int notify_watchdog_open(struct notify *);
