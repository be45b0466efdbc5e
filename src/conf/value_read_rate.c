/*
 * value_read_rate -- numbers that belong together: rates, early-drop, stress and ranges
 */
#include "value.h"

#include <string.h>

#define RATE_MOST 1000000
#define RATE_LONGEST 86400000
#define SESSIONS_MOST 1000000

/* One of up to three numbers that a character divides; moves *at behind it. */
static int
read_part(const char **at, char end, uint64_t min, uint64_t max, uint32_t *ret)
{
	size_t length = strcspn(*at, (const char[]){ end, '\0' });
	char part[12];
	uint64_t number;
	int r;

	if (length >= sizeof(part) || (*at)[length] != end)
		return -EINVAL;
	memcpy(part, *at, length);
	part[length] = '\0';
	r = text_parse_number(part, min, max, &number);
	if (r < 0)
		return r;
	*ret = (uint32_t)number;
	*at += length + (end != '\0');
	return 0;
}

/* "50/s" "100/5m" "10/1s:40" */
int
value_read_rate(const struct setting *setting, const char *word, void *field)
{
	struct setting_rate rate = { 0 };
	char unit[24] = "";
	size_t length;
	int r;

	if (strcmp(word, "off") == 0) {
		*(struct setting_rate *)field = rate;
		return 0;
	}
	r = read_part(&word, '/', 1, RATE_MOST, &rate.count);
	if (r < 0)
		return r;
	length = strcspn(word, ":");
	if (length == 0 || length + 2 > sizeof(unit))
		return -EINVAL;
	(void)snprintf(unit, sizeof(unit), "%s%.*s",
	    word[0] >= '0' && word[0] <= '9' ? "" : "1", (int)length, word);
	r = text_parse_time(unit, 1, RATE_LONGEST, &rate.per);
	if (r < 0)
		return r;
	rate.burst = rate.count;
	word += length;
	if (*word == ':') {
		word++;
		r = read_part(&word, '\0', 1, RATE_MOST, &rate.burst);
	}
	if (r == 0)
		*(struct setting_rate *)field = rate;
	return r;
}

int
value_read_drop(const struct setting *setting, const char *word, void *field)
{
	struct setting_drop drop = { 0 };
	int r = 0;

	if (strcmp(word, "off") != 0) {
		r = read_part(&word, ':', 1, SESSIONS_MOST, &drop.begin);
		if (r == 0)
			r = read_part(&word, ':', 1, 100, &drop.percent);
		if (r == 0)
			r = read_part(&word, '\0', 1, SESSIONS_MOST, &drop.full);
		if (r == 0 && drop.full < drop.begin)
			r = -EINVAL;
	}
	if (r == 0)
		*(struct setting_drop *)field = drop;
	return r;
}

int
value_read_stress(const struct setting *setting, const char *word, void *field)
{
	struct setting_stress stress = { 0 };
	int r = 0;

	if (strcmp(word, "off") != 0) {
		r = read_part(&word, ':', 1, 100, &stress.full);
		if (r == 0)
			r = read_part(&word, '\0', 1, 100, &stress.left);
	}
	if (r == 0)
		*(struct setting_stress *)field = stress;
	return r;
}

/* "100000-165535" */
int
value_read_range(const struct setting *setting, const char *word, void *field)
{
	const uint64_t min = (uint64_t)setting->min, max = (uint64_t)setting->max;
	struct setting_range range = { 0 };
	int r = 0;

	if (strcmp(word, "off") != 0) {
		r = read_part(&word, '-', min, max, &range.first);
		if (r == 0)
			r = read_part(&word, '\0', min, max, &range.last);
		if (r == 0 && (range.last < range.first ||
				  range.last - range.first >= SETTING_RANGE_MOST))
			r = -EINVAL;
	}
	if (r == 0)
		*(struct setting_range *)field = range;
	return r;
}
