#include "limiter.h"

bool
limiter_allows(struct limiter *limiter, msec now, uint64_t *ret_more, msec *ret_more_ms)
{
	*ret_more = 0;
	*ret_more_ms = 0;
	if (limiter->since == 0 || now - limiter->since >= LIMITER_WINDOW_MS) {
		*ret_more = limiter->more;
		*ret_more_ms = limiter->since == 0 ? 0 : now - limiter->since;
		*limiter = (struct limiter){ .since = now };
	}
	if (limiter->told == LIMITER_LINES) {
		limiter->more++;
		return false;
	}
	limiter->told++;
	return true;
}

msec
limiter_due(const struct limiter *limiter)
{
	return limiter->more == 0 ? 0 : limiter->since + LIMITER_WINDOW_MS;
}

uint64_t
limiter_flush(struct limiter *limiter, msec now)
{
	uint64_t more = limiter->more;

	if (more == 0 || now - limiter->since < LIMITER_WINDOW_MS)
		return 0;
	*limiter = (struct limiter){ 0 };
	return more;
}
