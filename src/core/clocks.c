#include "clocks.h"

static int
clocks_earliest(const struct clocks *clocks)
{
	int earliest = -1;

	for (int i = 0; i < DUE_COUNT; i++) {
		if (clocks->at[i] == 0)
			continue;
		if (earliest < 0 || clocks->at[i] < clocks->at[earliest])
			earliest = i;
	}
	return earliest;
}

msec
clocks_next(const struct clocks *clocks)
{
	int earliest = clocks_earliest(clocks);

	return earliest < 0 ? 0 : clocks->at[earliest];
}

bool
clocks_take(struct clocks *clocks, msec now, enum due *ret_due)
{
	int earliest = clocks_earliest(clocks);

	if (earliest < 0 || clocks->at[earliest] > now)
		return false;
	clocks->at[earliest] = 0;
	*ret_due = (enum due)earliest;
	return true;
}
