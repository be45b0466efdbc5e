/*
 * listener -- a socket that accepts
 *
 * Takes what the kernel has queued, a bounded number per turn, and hands each to
 * conn_begin().  No error of accept ends the server or makes it spin.
 */
#pragma once

#include "bind.h"
#include "loop.h"

struct prong_service;

struct listener {
	struct watch watch;
	struct prong_service *service;
	struct bound bound;
	size_t word;      /* of the service's LISTEN words */
	bool is_wildcard; /* a session's local address must be asked for */
	char name[ADDR_TEXT_MAX];

	/* Accepts that gave no client, since when: too many in too short a time are a
	 * spin, whatever the reason. */
	uint32_t futile;
	msec futile_since;
};

void listener_init(struct listener *, struct prong_service *, const struct bound *);
void listener_close(struct listener *);

/* The socket is about to be closed for good: gives a process to those that wait in its
 * queue, as far as there is room, for nobody else would answer them. */
void listener_empty(struct listener *);

/* 0 or -ENOMEM, -ENOSPC. */
int listener_arm(struct listener *);
void listener_disarm(struct listener *);

/* What an errno of accept(2) asks for. */
enum accept_answer {
	ACCEPT_DONE,  /* nothing is queued */
	ACCEPT_NEXT,  /* that client is gone, or that call was interrupted: go on */
	ACCEPT_PAUSE, /* the machine has not what it takes */
};
enum accept_answer listener_judge(int error);
