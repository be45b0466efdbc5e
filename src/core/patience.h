/*
 * patience -- waiting for a descriptor, not for ever
 *
 * Signals of the host's make it neither shorter nor longer.
 */
#pragma once

/* For `events` of poll(2), at most so many milliseconds: what there is; 0: the time is
 * over. */
short patience_wait(int fd, short events, int most_ms);

/* Only the time. */
void patience_pause(int ms);
