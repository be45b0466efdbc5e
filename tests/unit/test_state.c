/*
 * Structs as lines and back: whatever is written is read as it was, and nothing else is
 * read at all.
 */
#include "unit.h"

#include "state.h"

struct sample {
	int64_t wide;
	uint64_t most;
	int32_t usual;
	uint32_t unsigned_usual;
	bool yes, no;
	char name[6];
	int untouched;
};

#define NUMBER(member) STATE_FIELD(struct sample, member, STATE_NUMBER)

static const struct state_field fields[] = {
	NUMBER(wide),
	NUMBER(most),
	NUMBER(usual),
	NUMBER(unsigned_usual),
	NUMBER(yes),
	NUMBER(no),
	STATE_FIELD(struct sample, name, STATE_BYTES),
};
static const struct state_record record = STATE_RECORD("sample", fields);

static const struct sample sample = {
	.wide = INT64_MIN,
	.most = UINT64_MAX,
	.usual = -1,
	.unsigned_usual = UINT32_MAX,
	.yes = true,
	.name = "a \n\xff",
	.untouched = 1,
};

static const char written[] =
    "sample wide=-9223372036854775808 most=-1 usual=-1 unsigned_usual=-1 yes=1 no=0 "
    "name=61200aff0000\n";

static char *
write_sample(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	state_put(out, &record, &sample);
	(void)fclose(out);
	return text;
}

static void
what_is_written_is_read_as_it_was(void **state)
{
	struct sample read = { .untouched = 7 };
	char *text = write_sample();

	(void)state;
	assert_string_equal(text, written);
	text[strlen(text) - 1] = '\0';
	assert_int_equal(state_get(text + strlen("sample "), &record, &read), 0);
	assert_true(read.wide == sample.wide && read.most == sample.most);
	assert_true(read.usual == sample.usual);
	assert_true(read.unsigned_usual == sample.unsigned_usual);
	assert_true(read.yes && !read.no);
	assert_memory_equal(read.name, sample.name, sizeof(sample.name));
	assert_int_equal(read.untouched, 7);
	free(text);
}

static void
what_is_not_such_a_line_is_not_taken(void **state)
{
	static const char good[] = "wide=1 most=2 usual=3 unsigned_usual=4 yes=1 no=0 "
				   "name=616263646566";
	static const char *const bad[] = {
		"",
		"wide=1",
		"wide=1 most=2 usual=3 unsigned_usual=4 yes=1 no=0 name=6162",
		"wide=1 most=2 usual=3 unsigned_usual=4 yes=1 no=0 name=61626364656667",
		"wide=1 most=2 usual=3 unsigned_usual=4 yes=1 no=0 name=61626364656",
		"wide=1 most=2 usual=3 unsigned_usual=4 yes=1 no=0 name=6162636465zz",
		"wide=1 most=2 usual=3 unsigned_usual=4 yes=1 no=0 name=616263646566 x=1",
		"wide=1 most=2 usual=3 unsigned_usual=4 yes=1 name=616263646566 no=0",
		"wide= most=2 usual=3 unsigned_usual=4 yes=1 no=0 name=616263646566",
		"wide=1x most=2 usual=3 unsigned_usual=4 yes=1 no=0 name=616263646566",
		"wide=9223372036854775808 most=2 usual=3 unsigned_usual=4 yes=1 no=0 name=616263646566",
		"wide=1 most=2 usual=2147483648 unsigned_usual=4 yes=1 no=0 name=616263646566",
		"wide=1 most=2 usual=3 unsigned_usual=4 yes=128 no=0 name=616263646566",
	};
	struct sample read;
	char line[256];

	(void)state;
	(void)snprintf(line, sizeof(line), "%s", good);
	assert_int_equal(state_get(line, &record, &read), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		(void)snprintf(line, sizeof(line), "%s", bad[i]);
		assert_row(state_get(line, &record, &read) == -EPROTO, bad[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_as_it_was),
		cmocka_unit_test(what_is_not_such_a_line_is_not_taken),
	};

	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
