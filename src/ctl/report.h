/*
 * report -- a server and its services as text
 */
#pragma once

#include <jansson.h>

#include "seen.h"
#include "table.h"

/* Titles and rows to stdout; `width` 0: no limit. */
void report_print(struct table *, size_t width);

/* A server's object with its "services". */
void report_status(const json_t *server, size_t width);
void report_stats(const json_t *server, size_t width);

/* A table of services; `with_words`: with what they serve and where. */
void report_services(
    struct table *, const struct seen_service *, size_t count, bool with_words);
