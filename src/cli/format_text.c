/*
 * format_text -- one line for a person to read
 */
#include "format.h"

#include "words.h"

const char *const format_names[] = { "text", "json", "journald" };
const size_t format_count = ARRAY_SIZE(format_names);

static void
put_time_of_day(struct text *line, const struct timespec *now, struct format_clock *clock)
{
	struct tm local;

	if (clock->text[0] == '\0' || clock->second != now->tv_sec) {
		clock->second = now->tv_sec;
		if (localtime_r(&now->tv_sec, &local) == NULL ||
		    strftime(clock->text, sizeof(clock->text), "%H:%M:%S", &local) == 0)
			clock->text[0] = '\0';
	}
	text_printf(line, "%s.%03ld ", clock->text, now->tv_nsec / 1000000);
}

void
format_text(struct text *line, const struct prong_event *event,
    const struct timespec *now, struct format_clock *clock)
{
	struct prong_event told = *event;
	struct text head = *line;

	if (head.size < 32)
		return;
	head.size--;
	put_time_of_day(&head, now, clock);
	told.sentence = words_get(event->sentence);
	head.used += prong_event_text(&told, head.at + head.used, head.size - head.used);
	line->used = head.used;
	text_put_char(line, '\n');
}
