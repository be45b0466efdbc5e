/*
 * prong/api.h -- what every part of prong.h needs
 *
 * The two types that all functions are about; nobody outside sees into them.
 */
#ifndef PRONG_PRONG_API_H
#define PRONG_PRONG_API_H

#if defined(__GNUC__)
#define PRONG_API __attribute__((visibility("default")))
#else
#define PRONG_API
#endif

struct prong;
struct prong_service;

#endif
