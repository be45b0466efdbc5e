/*
 * fake_prong -- a server that is only said to be one, for the tests of src/control
 *
 * Has the calls of prong.h that src/control makes.  What it is asked to do it writes
 * down; services and sessions are what the test says.
 */
#pragma once

#include "prong.h"
#include "unit.h"

#define FAKE_WATCHES 24
#define FAKE_SERVICES 3

struct prong_service {
	const char *name, *state;
	struct prong_spares spares; /* all zero: it starts nobody ahead */
	const char *refusals;       /* NULL: none */
	struct prong_why why;       /* what prong_why() says; reason NULL: let in */
};

struct prong {
	struct fake_watch {
		int fd; /* 0: free */
		uint32_t events;
		prong_ready_fn *ready;
		void *context;
	} watches[FAKE_WATCHES];
	struct prong_service services[FAKE_SERVICES];
	size_t service_count;
	uint32_t sessions;  /* so many live; every third came by a proxy */
	uint32_t penalties; /* so many owe something; every second of "rev" */
	char calls[1024];   /* "pause echo;resume all;" */
	int ends;           /* what prong_end() and prong_penalties_clear() answer */
	char id[16], source[32];
};

/* Two services, "echo" and "rev", and that many sessions. */
void fake_init(struct prong *, uint32_t sessions);

/* Calls whoever is ready, until nobody is; true if anybody was. */
bool fake_turn(struct prong *);

/* How many descriptors are watched. */
size_t fake_watched(const struct prong *);
