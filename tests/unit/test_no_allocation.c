/*
 * After the start the engine allocates nothing, whatever comes: every allocation of ours
 * is counted (-Wl,--wrap, see meson.build).
 */
#include "embed.h"

#include <errno.h>
#include <sys/socket.h>

static size_t calls;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_reallocarray(void *memory, size_t count, size_t size);
void __real_free(void *memory);
char *__real_strdup(const char *string);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size);
void __wrap_free(void *memory);
char *__wrap_strdup(const char *string);
int __wrap_asprintf(char **ret_string, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void *
__wrap_malloc(size_t size)
{
	calls++;
	return __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	calls++;
	return __real_calloc(count, size);
}

void *
__wrap_realloc(void *memory, size_t size)
{
	calls++;
	return __real_realloc(memory, size);
}

void *
__wrap_reallocarray(void *memory, size_t count, size_t size)
{
	calls++;
	return __real_reallocarray(memory, count, size);
}

void
__wrap_free(void *memory)
{
	calls++;
	__real_free(memory);
}

char *
__wrap_strdup(const char *string)
{
	calls++;
	return __real_strdup(string);
}

int
__wrap_asprintf(char **ret_string, const char *format, ...)
{
	va_list arguments;
	int length;

	calls++;
	va_start(arguments, format);
	length = vasprintf(ret_string, format, arguments);
	va_end(arguments);
	return length;
}

static struct embed it;

static int
set_up(void **state)
{
	(void)state;
	embed_init(&it);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	embed_done(&it);
	return 0;
}

/* So many connections, one after another, after the start. */
static void
check(struct prong_service *service, int connections)
{
	embed_start(&it);
	assert_true(calls > 0); /* they are counted */
	calls = 0;
	for (int i = 0; i < connections; i++) {
		int client = client_open(prong_bound(service, 0));
		const struct told *end = embed_wait(&it, "session-end");

		assert_int_equal(told_number(end, "status"), 0);
		assert_string_equal(client_hear(&client), "hello\n");
		embed_forget(&it);
	}
	assert_int_equal(calls, 0);
}

static void
a_thousand_connections_to_a_program_allocate_nothing(void **state)
{
	(void)state;
	check(embed_program(&it, "hello", (const char *[]){ "@hello", NULL }), 1000);
}

static int
say_hello(const struct prong_birth *birth, void *context)
{
	(void)birth;
	(void)context;
	return write(1, "hello\n", 6) != 6;
}

static void
two_hundred_connections_to_a_handler_allocate_nothing(void **state)
{
	(void)state;
	check(embed_handler(&it, "hello", say_hello, NULL), 200);
}

static void
every_option_and_much_error_output_allocate_nothing(void **state)
{
	struct prong_service *service = embed_program(&it, "hello",
	    (const char *[]){ "sh", "-c", "echo hello; echo a >&2; printf b >&2", NULL });

	(void)state;
	(void)prong_set(service, "env-style", "ucspi,cgi,ncat,socat,busybox");
	(void)prong_set(service, "env", "LANG=C");
	(void)prong_set(service, "session-timeout", "1h");
	(void)prong_set(service, "idle-timeout", "1h");
	(void)prong_set(service, "first-byte-timeout", "1h");
	(void)prong_set(service, "max-per-source", "3");
	check(service, 50);
}

static void
a_thousand_refusals_allocate_nothing(void **state)
{
	struct prong_service *service =
	    embed_program(&it, "echo", (const char *[]){ "@echo", NULL });
	struct prong_stats stats = { 0 };
	int first;

	(void)state;
	(void)prong_set(service, "max-per-source", "1");
	(void)prong_set(service, "refuse-text", "busy\\n");
	embed_start(&it);
	calls = 0;
	first = client_open(prong_bound(service, 0));
	(void)embed_wait(&it, "session-begin");
	for (uint64_t i = 1; i <= 1000; i++) {
		int client = client_open(prong_bound(service, 0));

		while (stats.refused < i) {
			assert_int_equal(prong_dispatch(it.server, -1), 0);
			prong_stats(it.server, &stats);
		}
		assert_string_equal(client_hear(&client), "busy\n");
	}
	close_fd(&first);
	(void)embed_wait(&it, "session-end");
	assert_int_equal(calls, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_thousand_connections_to_a_program_allocate_nothing),
		TEST(two_hundred_connections_to_a_handler_allocate_nothing),
		TEST(every_option_and_much_error_output_allocate_nothing),
		TEST(a_thousand_refusals_allocate_nothing),
	};

	return cmocka_run_group_tests_name("no_allocation", tests, NULL, NULL);
}
