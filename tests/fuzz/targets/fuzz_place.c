/*
 * Any word as a place to listen: what is accepted is printed and read as the same.
 */
#include "fuzz.h"
#include "place.h"

static void
put_place(struct text *text, const struct place *place)
{
	switch (place->kind) {
	case PLACE_ANY:
		text_printf(text, ":%u", place->port);
		return;
	case PLACE_ADDRESS:
		addr_put(text, &place->addr);
		return;
	case PLACE_NAME:
		text_printf(text, "%s:%u", place->name, place->port);
		return;
	case PLACE_FD:
		text_printf(text, "fd:%d", place->fd);
		return;
	case PLACE_LOOPBACK:
		break;
	}
	must(false);
}

static bool
is_same(const struct place *one, const struct place *other)
{
	return one->kind == other->kind && one->port == other->port &&
	       one->fd == other->fd && strcmp(one->name, other->name) == 0 &&
	       (one->kind != PLACE_ADDRESS || addr_equal(&one->addr, &other->addr));
}

static void
check_good(const char *word, const struct place *place)
{
	char printed[ADDR_TEXT_MAX] = "", said[64] = "";
	struct text text = TEXT_ON(printed), message = TEXT_ON(said);
	struct place again;

	put_place(&text, place);
	must(!text.is_cut && fuzz_is_harmless(printed, text.used));
	/* A path that needs escapes when it is printed is not read as it was. */
	if (strncmp(word, "unix:", 5) == 0 && strcmp(word, printed) != 0)
		return;
	must(place_parse(printed, &again, &message) == 0);
	must(is_same(place, &again));
	must(message.used == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_(free_text) char *word = fuzz_string(data, size);
	char said[512] = "";
	struct text message = TEXT_ON(said);
	struct place place;
	int rc = place_parse(word, &place, &message);

	must(rc == 0 || rc == -EINVAL);
	must((rc == 0) == (message.used == 0));
	must(fuzz_is_harmless(said, message.used));
	if (rc == 0)
		check_good(word, &place);
	return 0;
}
