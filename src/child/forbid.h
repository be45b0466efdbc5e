/*
 * forbid -- words that do not compile in this folder
 *
 * Included before every source here (-include): the headers first, then the poison.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#pragma GCC poison malloc calloc realloc free printf fprintf snprintf vsnprintf puts
#pragma GCC poison fopen fdopen fclose fflush fwrite exit atexit abort getenv setenv
#pragma GCC poison getpwnam getpwuid getgrnam getgrgid getgrouplist initgroups
#pragma GCC poison strerror strdup setuid setgid setreuid setregid setresuid setresgid
#pragma GCC poison setgroups fork vfork system popen syslog execvp execlp execl
