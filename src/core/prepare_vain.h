/*
 * prepare_vain -- settings that nothing can come of, because another one is not there
 *
 * A value that is not the default, of which nothing makes use, is told by an event
 * EVENT_NOTE: it may be kept for later, or stand in `defaults` for services that need not
 * all of it.  So a value is told once however many services have it, and not at all where
 * one of them makes use of it.
 */
#pragma once

#include "service.h"

void prepare_vain(const struct prong_service *);

/* What a setting lacks that is not its default: "start: clone".  NULL: nothing, or it is
 * not known without reading files of rules. */
const char *prepare_vain_lack(const struct settings *, const char *setting);
