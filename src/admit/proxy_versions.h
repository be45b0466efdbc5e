/*
 * proxy_versions -- the two forms of a PROXY header, each in a file of its own
 *
 * Both get bytes that begin as far as they go like their form, and a zeroed header that
 * they fill; it counts only with PROXY_DONE.  Else as proxy_parse().
 */
#pragma once

#include "proxy.h"

/* "PROXY TCP4 192.0.2.7 192.0.2.1 56324 443\r\n" */
#define PROXY_V1_BEGIN "PROXY "
#define PROXY_V1_LEAST 15 /* PROXY UNKNOWN\r\n */

/* Also what can never be the begin of a line, a greeting or a TLS record. */
#define PROXY_V2_BEGIN "\r\n\r\n\0\r\nQUIT\n"
#define PROXY_V2_LEAST 16

enum proxy_result proxy_v1_parse(const char *bytes, size_t count, struct proxy_header *,
    size_t *ret_wanted, const char **ret_why);

enum proxy_result proxy_v2_parse(const char *bytes, size_t count, struct proxy_header *,
    size_t *ret_wanted, const char **ret_why);
