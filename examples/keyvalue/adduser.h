/*
 * adduser -- keyvalue adduser FILE NAME
 *
 * Reads the password from a terminal, without showing it, or the first line of what is
 * piped in.  Returns the exit status.
 */
#ifndef KEYVALUE_ADDUSER_H
#define KEYVALUE_ADDUSER_H

int adduser(const char *path, const char *name);

#endif
