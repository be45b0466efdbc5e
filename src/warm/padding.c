#include "padding.h"

#include "procfs.h"
#include "trace.h"

/* The fields of /proc/PID/stat, counted from the one behind the name. */
enum { FIELD_ENV_START = 50 - 2, FIELD_ENV_END = 51 - 2 };

static void
keep(struct padding *padding, const struct padding_walk *walk)
{
	struct park_slot *slot = &padding->all[padding->count];

	if (!walk->is_padding || walk->length < WARM_PAD_LEAST ||
	    padding->count == WARM_SLOTS_MAX)
		return;
	slot->address = walk->value;
	slot->size = walk->length + 1;
	for (size_t i = 0; i < PADDING_NAME_KEPT; i++)
		padding->names[padding->count][i] = walk->name[i];
	padding->count++;
}

static void
name_add(char name[PADDING_NAME_KEPT], char byte)
{
	for (size_t i = 0; i + 1 < PADDING_NAME_KEPT; i++)
		name[i] = name[i + 1];
	name[PADDING_NAME_KEPT - 1] = byte;
}

void
padding_walk(struct padding *padding, struct padding_walk *walk, const char *bytes,
    size_t count, unsigned long address)
{
	for (size_t i = 0; i < count; i++) {
		char byte = bytes[i];

		if (byte == '\0') {
			if (walk->value != 0)
				keep(padding, walk);
			*walk = (struct padding_walk){ 0 };
		} else if (walk->value == 0) {
			name_add(walk->name, byte);
			if (byte != '=')
				continue;
			walk->value = address + i + 1;
			walk->is_padding = true;
		} else {
			walk->length++;
			walk->is_padding &= byte == WARM_PAD;
		}
	}
}

/* Field `number` of those behind the name, which may hold blanks and brackets. */
static unsigned long
field(const char *stat, int number)
{
	const char *at = stat;

	for (const char *next = stat; *next != '\0'; next++)
		if (*next == ')')
			at = next;
	for (; *at != '\0' && number > 0; at++)
		number -= *at == ' ';
	return *at == '\0' ? 0 : (unsigned long)proc_number(at, "", 10);
}

long
padding_find(struct padding *padding, int pid)
{
	struct padding_walk walk = { 0 };
	char bytes[2048];
	unsigned long at, end;
	long rc = proc_read(pid, "stat", bytes, sizeof(bytes));

	padding->count = 0;
	if (rc < 0)
		return rc;
	at = field(bytes, FIELD_ENV_START);
	end = field(bytes, FIELD_ENV_END);
	while (at < end) {
		size_t count = end - at < sizeof(bytes) ? end - at : sizeof(bytes);

		rc = trace_read(pid, at, bytes, count);
		if (rc < 0)
			return rc;
		padding_walk(padding, &walk, bytes, count, at);
		at += count;
	}
	return 0;
}

/* The NUL behind the value stays. */
static void
fill(const struct padding *padding, int pid, char byte)
{
	char bytes[64];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = byte;
	for (uint32_t i = 0; i < padding->count; i++) {
		const struct park_slot *slot = &padding->all[i];
		uint32_t left = slot->size - 1;

		for (unsigned long at = slot->address; left > 0;) {
			uint32_t count = left < sizeof(bytes) ? left : sizeof(bytes);

			if (trace_write(pid, at, bytes, count) < 0)
				break;
			at += count;
			left -= count;
		}
	}
}

void
padding_empty(const struct padding *padding, int pid)
{
	fill(padding, pid, '\0');
}

void
padding_restore(const struct padding *padding, int pid)
{
	fill(padding, pid, WARM_PAD);
}

/* Its name is before it, and nobody has written a value. */
static bool
is_intact(const struct padding *padding, uint32_t number, int pid)
{
	const struct park_slot *slot = &padding->all[number];
	const char *name = padding->names[number];
	char found[PADDING_NAME_KEPT + 1];
	size_t skipped = 0;

	while (name[skipped] == '\0')
		skipped++;
	if (trace_read(pid, slot->address - PADDING_NAME_KEPT + skipped, found + skipped,
		sizeof(found) - skipped) < 0)
		return false;
	for (size_t i = skipped; i < PADDING_NAME_KEPT; i++)
		if (found[i] != name[i])
			return false;
	return found[PADDING_NAME_KEPT] == '\0';
}

void
padding_check(struct padding *padding, int pid)
{
	for (uint32_t i = 0; i < padding->count; i++)
		if (!is_intact(padding, i, pid))
			padding->all[i].size = 0;
}
