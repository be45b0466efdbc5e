/*
 * serve -- keyvalue serve FILE
 *
 *     listen ADDRESS      where, as prong(1) has it; may be repeated
 *     data FOLDER         of the store; made beforehand, owned by whoever sessions run as
 *     users FILE          as `keyvalue adduser` writes it; only this process reads it
 *     size BYTES          that the data may grow to [67108864]
 *     maintenance TEXT    nobody is let in, and the log says why
 *
 * Every other name is a setting of prong.  HUP reads it all again; TERM and INT stop: a
 * second one at once.  Returns the exit status.
 */
#ifndef KEYVALUE_SERVE_H
#define KEYVALUE_SERVE_H

int serve(const char *path);

#endif
