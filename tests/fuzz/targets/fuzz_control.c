/*
 * Any bytes as a request of the control socket, as the value of an object, as what a
 * program before us left for us.
 */
#include "carry.h"
#include "fuzz.h"
#include "object.h"
#include "request.h"

static void
check_request(const uint8_t *data, size_t size)
{
	char line[REQUEST_BYTES + 1];
	struct request request = { .count = 4711 };
	int r;

	if (size >= REQUEST_BYTES)
		size = REQUEST_BYTES - 1;
	memcpy(line, data, size);
	r = request_init(&request, line, size);
	must(r == 0 ? request.count >= 1 && request.count <= REQUEST_WORDS
		    : request.count == 4711);
	for (size_t i = 0; r == 0 && i < REQUEST_WORDS; i++) {
		const char *word = request.words[i];

		must((word != NULL) == (i < request.count));
		must(word == NULL || (*word != '\0' && strchr(word, ' ') == NULL));
	}
}

/* One line, whole, however little room there is. */
static void
check_object(const char *value, size_t room)
{
	char place[2048] = "";
	struct text line = { .at = place, .size = 64 + room % (sizeof(place) - 64) };
	struct object object;

	object_begin(&object, &line);
	object_text(&object, "key", value);
	object_number(&object, "number", (int64_t)room);
	object_end(&object);
	must(!line.is_cut && line.used >= 4);
	must(place[0] == '{' && strcmp(place + line.used - 2, "}\n") == 0);
	must(strchr(place, '\n') == place + line.used - 1);
}

static void
check_carry(const char *state)
{
	static char again[16384];
	struct carry carry;

	if (carry_read(&carry, state) < 0)
		return;
	must(carry.socket.path[0] == '/' && carry.socket.fd >= 3);
	must(carry_put(&carry, again, sizeof(again)) == 0);
	must(carry_read(&carry, again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_(free_text) char *word = fuzz_string(data, size);

	check_request(data, size);
	check_object(word, size * 7);
	check_carry(word);
	return 0;
}
