/*
 * Services once more, for a rule: what they are counted, told and paused as.
 */
#include "waiting.h"

#include <fcntl.h>

static void
put_program(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0755);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "#!/bin/sh\n", 10), 10);
	(void)close(fd);
}

/* As that of any service. */
static void
a_program_of_a_rule_that_is_gone_pauses_the_service(void **state)
{
	struct prong_service_facts facts;
	struct prong_service *service;
	char path[64], rule[128];
	int client;

	(void)state;
	(void)snprintf(path, sizeof(path), "/tmp/prong-variant-%d", (int)getpid());
	(void)snprintf(rule, sizeof(rule), "127.0.0.0/8 program=%s", path);
	put_program(path);
	service = add("one", "127.0.0.1:0");
	set(service, "allow", rule);
	embed_start(&it);
	(void)unlink(path);
	client = client_open(bound_of("one"));
	(void)embed_wait(&it, "session-end");
	prong_service_facts(service, &facts, sizeof(facts));
	assert_string_equal(facts.state, "paused");
	(void)close(client);
}

static void
those_that_wait_for_variants_are_told_of_too(void **state)
{
	struct prong_service *service = add("one", "127.0.0.1:0");

	(void)state;
	set(service, "allow", "192.0.2.0/24");
	set(service, "allow", "127.0.0.1 nice=1");
	set(service, "start", "spare");
	set(service, "spares-min", "1");
	set(service, "spares-max", "1");
	embed_start(&it);
	embed_wait_ready(&it, service, 2);
}

/* What the kernel does not know of a Unix socket's client is nobody's fault. */
static void
a_rule_does_not_count_the_bytes_of_a_unix_socket(void **state)
{
	struct prong_service *service;
	char where[64];
	int client;

	(void)state;
	(void)snprintf(where, sizeof(where), "unix:@prong-waiting-%d", (int)getpid());
	service = add("one", where);
	set(service, "allow",
	    "all idle-timeout=10ms first-byte-timeout=10ms session-timeout=200ms");
	embed_start(&it);
	client = client_open(where);
	assert_string_equal(
	    told_text(embed_wait(&it, "session-end"), "cause"), "session-timeout");
	(void)close(client);
}

static struct prong_needs
needs(bool has_variants)
{
	struct prong_needs needs;
	struct prong_service *service;

	embed_init(&it);
	service = add("one", "127.0.0.1:0");
	set(service, "max", "10");
	set(service, "allow", "127.0.0.0/8");
	if (has_variants) {
		set(service, "allow", "127.0.0.2 nice=1");
		set(service, "allow", "127.0.0.3 nice=2");
		set(service, "policy", "/bin/true");
	}
	assert_int_equal(prong_check(it.server), 0);
	prong_needs(it.server, &needs, sizeof(needs));
	embed_done(&it);
	return needs;
}

static void
sessions_of_variants_are_those_of_their_service(void **state)
{
	const struct prong_needs plain = needs(false), varied = needs(true);

	(void)state;
	assert_int_equal(plain.sessions, 10);
	assert_int_equal(varied.sessions, 10);
	assert_int_equal(varied.processes, plain.processes);
	assert_int_equal(varied.memory, plain.memory);
}

static void
who_may_wait_is_counted_too(void **state)
{
	struct prong_needs with, without = needs(false);
	struct prong_service *service;

	(void)state;
	embed_init(&it);
	service = add_proxied("one", "10");
	set(service, "waiting-max", "1000");
	assert_int_equal(prong_check(it.server), 0);
	prong_needs(it.server, &with, sizeof(with));
	embed_done(&it);
	assert_true(with.files >= without.files + 1000);
	assert_true(with.memory >= without.memory + 1000 * sizeof(struct introduction));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(a_program_of_a_rule_that_is_gone_pauses_the_service),
		EMBED_TEST(those_that_wait_for_variants_are_told_of_too),
		EMBED_TEST(a_rule_does_not_count_the_bytes_of_a_unix_socket),
		cmocka_unit_test(sessions_of_variants_are_those_of_their_service),
		cmocka_unit_test(who_may_wait_is_counted_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
