/*
 * look -- the requests that change nothing
 *
 * Called by answer.c with a fresh answer.  Who gets in is told of in look_who.c.
 */
#pragma once

#include "answer.h"

void look_status(struct answer *, const struct control_asker *, const struct request *);
void look_stats(struct answer *, const struct control_asker *, const struct request *);
void look_ps(struct answer *, const struct control_asker *, const struct request *);
void look_settings(struct answer *, const struct control_asker *, const struct request *);
void look_isolation(
    struct answer *, const struct control_asker *, const struct request *);
void look_why(struct answer *, const struct control_asker *, const struct request *);
void look_penalties(
    struct answer *, const struct control_asker *, const struct request *);
