#include "request.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool
has_control(const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			return true;
	return false;
}

int
request_init(struct request *ret_request, char *line, size_t length)
{
	struct request request = { .count = 0 };

	if (has_control(line, length))
		return -EINVAL;
	line[length] = '\0';
	for (;;) {
		line += strspn(line, " ");
		if (*line == '\0')
			break;
		if (request.count == REQUEST_WORDS)
			return -E2BIG;
		request.words[request.count++] = line;
		line += strcspn(line, " ");
		if (*line != '\0')
			*line++ = '\0';
	}
	if (request.count == 0)
		return -ENODATA;
	*ret_request = request;
	return 0;
}

const char *
request_mistake(int failed)
{
	switch (failed) {
	case -ENODATA:
		return "an empty line is no request; 'help' lists them";
	case -EINVAL:
		return "a request has no control characters";
	case -E2BIG:
		return "no request has that many words; 'help' lists them";
	default:
		return "not a request; 'help' lists them";
	}
}
