/*
 * capabilities -- their names, and sets of them as bits
 *
 * Names as capabilities(7) has them, in small letters and without CAP_; read in any case,
 * with or without it.  Knows those that libcap-ng knows; the kernel may know fewer.
 */
#pragma once

#include <stdint.h>

#include "settings.h"
#include "text.h"

#define CAPABILITY_BIT(number) (UINT64_C(1) << (number))

/* The words of `capabilities`, of which "none" adds nothing.  0, or -EINVAL with a line
 * in `message` that quotes what is wrong. */
int capabilities_parse(
    const struct setting_list *, uint64_t *ret_bits, struct text *message);

/* "net_bind_service, sys_nice", in the order of their numbers; "none". */
void capabilities_put(struct text *, uint64_t bits);
