/*
 * steer -- the requests that change something
 *
 * Called by answer.c with a fresh answer; each carries out what is asked and notes in the
 * answer how it went.
 */
#pragma once

#include "answer.h"

void steer_kill(struct answer *, const struct control_asker *, const struct request *);
void steer_clear(struct answer *, const struct control_asker *, const struct request *);
void steer_pause(struct answer *, const struct control_asker *, const struct request *);
void steer_resume(struct answer *, const struct control_asker *, const struct request *);
void steer_drain(struct answer *, const struct control_asker *, const struct request *);

/* These may leave the answer waiting. */
void steer_reload(struct answer *, const struct control_asker *, const struct request *);
void steer_upgrade(struct answer *, const struct control_asker *, const struct request *);

/* Resumes what is due. */
void steer_resume_due(struct means *);
