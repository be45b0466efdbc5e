/*
 * group -- signals to a child and to its process group, by pidfd
 *
 * The number of a child whose status was taken, by us or by somebody else, may be given
 * to a newcomer; the kernel's own record of it, which a pidfd holds, is not.  So as long
 * as the pidfd is open no signal meets a stranger (PIDFD_SIGNAL_PROCESS_GROUP,
 * Linux 6.9). Before that a group has a number only, and it is looked whose that is
 * first: between this look and the signal the number would have to be set free and given
 * out again.
 */
#pragma once

#include <sys/types.h>

/* To everybody in the group that a child of ours leads, or led: `group` is its number,
 * pidfd -1 where it is closed.  Number 0: is anybody there?  0; -ESRCH: nobody is. */
int group_signal(pid_t group, int pidfd, int number);

/* To that process alone. */
int group_signal_leader(int pidfd, int number);
