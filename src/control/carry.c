#include "carry.h"

#include <limits.h>
#include <string.h>

#define VERSION 1

enum { FIELD_VERSION, FIELD_SOCKET, FIELD_CLIENT, FIELD_DEVICE, FIELD_INODE, NUMBERS };

int
carry_put(const struct carry *carry, char *state, size_t size)
{
	struct text text = { .at = state, .size = size };

	text_printf(&text, "%d;%d;%d;%llu;%llu;", VERSION, carry->socket.fd,
	    carry->client_fd, (unsigned long long)carry->socket.dev,
	    (unsigned long long)carry->socket.ino);
	timed_put(&text, &carry->timed);
	text_put_char(&text, ';');
	text_put(&text, carry->socket.path);
	return text.is_cut ? -ENOSPC : 0;
}

/* The next field as a word of at most size - 1 bytes; moves *at behind its separator. */
static int
take_field(const char **at, char *word, size_t size)
{
	const char *end = strchr(*at, ';');

	if (end == NULL || (size_t)(end - *at) >= size)
		return -EINVAL;
	memcpy(word, *at, (size_t)(end - *at));
	word[end - *at] = '\0';
	*at = end + 1;
	return 0;
}

int
carry_read(struct carry *ret_carry, const char *state)
{
	static const uint64_t least[NUMBERS] = { VERSION, 3, 0, 0, 0 };
	static const uint64_t most[NUMBERS] = { VERSION, INT_MAX, INT_MAX, UINT64_MAX,
		UINT64_MAX };
	struct carry carry = { 0 };
	char word[CARRY_TIMED_BYTES];
	uint64_t numbers[NUMBERS];

	for (size_t i = 0; i < NUMBERS; i++)
		if (take_field(&state, word, sizeof(word)) < 0 ||
		    text_parse_number(word, least[i], most[i], &numbers[i]) < 0)
			return -EINVAL;
	if (take_field(&state, word, sizeof(word)) < 0 ||
	    timed_read(&carry.timed, word) < 0 || state[0] != '/' ||
	    strlen(state) >= sizeof(carry.socket.path))
		return -EINVAL;
	(void)snprintf(carry.socket.path, sizeof(carry.socket.path), "%s", state);
	carry.socket.fd = (int)numbers[FIELD_SOCKET];
	carry.client_fd = (int)numbers[FIELD_CLIENT];
	carry.socket.dev = (dev_t)numbers[FIELD_DEVICE];
	carry.socket.ino = (ino_t)numbers[FIELD_INODE];
	*ret_carry = carry;
	return 0;
}
