/*
 * systemd_rules -- IPAddressAllow, IPAddressDeny and limits of how often, of [Socket]
 */
#pragma once

#include "systemd_parts.h"

void systemd_rules_read(struct systemd_parts *);
