#include "units.h"

#define MINUTE 60
#define HOUR 3600
#define DAY 86400

static bool
is_known(struct text *text, int64_t amount)
{
	if (amount < 0)
		text_put_char(text, '-');
	return amount >= 0;
}

void
units_put_bytes(struct text *text, int64_t bytes)
{
	static const char units[] = " KMGTPE";
	uint64_t whole = (uint64_t)bytes, tenths = 0;
	size_t unit = 0;

	if (!is_known(text, bytes))
		return;
	while (whole >= 1000) {
		tenths = whole % 1024 * 10 / 1024;
		whole /= 1024;
		unit++;
	}
	if (unit == 0)
		text_put_number(text, whole);
	else if (whole < 10)
		text_printf(text, "%d.%d%c", (int)whole, (int)tenths, units[unit]);
	else
		text_printf(text, "%d%c", (int)whole, units[unit]);
}

static void
put_seconds(struct text *text, int64_t seconds)
{
	const int minutes = (int)(seconds / MINUTE % 60),
		  hours = (int)(seconds / HOUR % 24);

	if (seconds < MINUTE)
		text_printf(text, "%ds", (int)seconds);
	else if (seconds < HOUR)
		text_printf(text, "%dm%02ds", minutes, (int)(seconds % MINUTE));
	else if (seconds < DAY)
		text_printf(text, "%dh%02dm", hours, minutes);
	else
		text_printf(text, "%lldd%02dh", (long long)(seconds / DAY), hours);
}

void
units_put_age(struct text *text, int64_t length_ms)
{
	if (!is_known(text, length_ms))
		return;
	if (length_ms < 1000)
		text_printf(text, "%dms", (int)length_ms);
	else
		put_seconds(text, length_ms / 1000);
}

void
units_put_cpu(struct text *text, int64_t usec)
{
	const int64_t hundredths = usec / 10000;

	if (!is_known(text, usec))
		return;
	if (hundredths < 1000)
		text_printf(
		    text, "%d.%02ds", (int)(hundredths / 100), (int)(hundredths % 100));
	else if (hundredths < MINUTE * 100)
		text_printf(text, "%d.%ds", (int)(hundredths / 100),
		    (int)(hundredths % 100 / 10));
	else
		put_seconds(text, hundredths / 100);
}

void
units_put_permille(struct text *text, int64_t permille)
{
	if (!is_known(text, permille))
		return;
	if (permille < 100)
		text_printf(text, "%d.%d%%", (int)(permille / 10), (int)(permille % 10));
	else
		text_printf(text, "%lld%%", (long long)(permille / 10));
}

void
units_put_rate(struct text *text, int64_t milli)
{
	if (!is_known(text, milli))
		return;
	if (milli > 0 && milli < 10000)
		text_printf(
		    text, "%d.%d", (int)(milli / 1000), (int)(milli % 1000 / 100));
	else
		text_printf(text, "%lld", (long long)(milli / 1000));
}
