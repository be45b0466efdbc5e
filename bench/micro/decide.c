/*
 * decide -- what one admission costs, without the client and without the kernel
 *
 *     micro-decide SOURCES [ALLOW-FILE DENY-FILE]
 *
 * Takes the files' rules (one network in a line) and makes SOURCES sources known, then
 * goes through what a client goes through before it has a process, and when its session
 * has ended: which rule speaks of it, what is remembered of its source, the limits and
 * the rates.  The clients' addresses lie in the networks of the rules, and with sources
 * each is a known one, whose rate has to be counted.  Prints one line of JSON,
 * nanoseconds each: rule_ns, source_ns, all_ns.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "admit.h"
#include "network.h"
#include "rules.h"

enum { CLIENTS = 1 << 16, ROUNDS = 9, PER_MS = 8 };

struct bench {
	struct rules rules;
	struct sources sources;
	struct memory memory;
	struct gate gate;
	struct setting_rate rate; /* per source */
	struct addr clients[CLIENTS];
	uint64_t random;
	unsigned refused; /* so that no call can be left out */
};

typedef void bench_fn(struct bench *, const struct addr *client, msec now);

static uint64_t
bench_random(struct bench *bench)
{
	bench->random ^= bench->random << 13;
	bench->random ^= bench->random >> 7;
	bench->random ^= bench->random << 17;
	return bench->random;
}

static void *
bench_grown(void *old, size_t count, size_t size)
{
	void *grown = reallocarray(old, count, size);

	if (grown == NULL)
		err(111, "memory");
	return grown;
}

static void
bench_add_rule(struct bench *bench, const char *line, bool is_allow)
{
	struct rules *rules = &bench->rules;
	char why[256];
	struct text wrong = TEXT_ON(why);
	struct rule rule = { .is_denied = !is_allow };

	if (network_parse(line, &rule.network, &wrong) < 0)
		errx(2, "'%s' %s", line, why);
	/* Room for twice as many, each time that a power of two is full. */
	if ((rules->count & (rules->count - 1)) == 0)
		rules->all = bench_grown(
		    rules->all, 2 * (size_t)rules->count + 1, sizeof(*rules->all));
	rules->all[rules->count++] = rule;
	rules->has_allow |= is_allow;
}

static void
bench_read_rules(struct bench *bench, const char *path, bool is_allow)
{
	FILE *file = fopen(path, "re");
	char line[256];

	if (file == NULL)
		err(2, "%s", path);
	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		bench_add_rule(bench, line, is_allow);
	}
	(void)fclose(file);
}

static void
bench_make_rules(struct bench *bench)
{
	struct rules *rules = &bench->rules;
	struct networks_entry *entries =
	    bench_grown(NULL, (size_t)rules->count + 1, sizeof(*entries));

	for (uint32_t i = 0; i < rules->count; i++)
		entries[i] = (struct networks_entry){ rules->all[i].network, i };
	if (networks_init(&rules->networks, entries, rules->count) < 0)
		errx(111, "networks");
	free(entries);
}

/* An address of that network. */
static struct addr
bench_client(struct bench *bench, const struct addr_key *network)
{
	struct addr client = { .len = sizeof(client.in6) };
	uint8_t bytes[16];

	for (unsigned i = 0; i < sizeof(bytes); i++) {
		unsigned kept = network->prefix > 8 * i ? network->prefix - 8 * i : 0;
		unsigned mask = kept >= 8 ? 0 : 0xffU >> kept;

		bytes[i] = (uint8_t)(network->bytes[i] | (bench_random(bench) & mask));
	}
	client.sa.sa_family = network->family;
	if (network->family == AF_INET)
		memcpy(&client.in.sin_addr, bytes, sizeof(client.in.sin_addr));
	else
		memcpy(&client.in6.sin6_addr, bytes, sizeof(client.in6.sin6_addr));
	return client;
}

static void
bench_make_clients(struct bench *bench)
{
	const struct addr_key anywhere = { .family = AF_INET };

	for (size_t i = 0; i < CLIENTS; i++) {
		uint64_t at = bench_random(bench);
		const struct addr_key *network =
		    bench->rules.count == 0
			? &anywhere
			: &bench->rules.all[at % bench->rules.count].network;

		bench->clients[i] = bench_client(bench, network);
	}
}

static struct source *
bench_source(struct bench *bench, const struct addr *client, msec now)
{
	struct addr_key key = addr_key_of(client, 32, 64);
	struct source *source = sources_get(&bench->sources, &bench->memory, &key, now);

	if (source == NULL)
		errx(1, "no place for a source");
	return source;
}

/* The clients first, then others, until all the memory is full. */
static void
bench_make_sources(struct bench *bench, uint32_t count)
{
	const struct penalty_limits limits = { 0 };
	const struct addr_key anywhere = { .family = AF_INET };

	if (sources_init(&bench->sources, count + 16) < 0)
		err(111, "sources");
	memory_init(&bench->memory, 1);
	memory_limit(
	    &bench->sources, &bench->memory, count > 0 ? count : 1, false, &limits);
	if (count > 0)
		bench->rate = (struct setting_rate){ 1, 1000, 3600000 };
	for (uint32_t i = 0; bench->sources.known < count && i < 4 * count; i++) {
		struct addr other = bench_client(bench, &anywhere);
		struct source *source =
		    bench_source(bench, i < CLIENTS ? &bench->clients[i] : &other, 1);

		bucket_take(&source->bucket, &bench->rate, 0, 1);
		sources_put(&bench->sources, source, 1);
	}
}

static const struct rule *
bench_rule(const struct bench *bench, const struct addr *client)
{
	struct addr_key key = addr_key_of(client, 32, 128);

	return rules_find(&bench->rules, &key);
}

static void
do_rule(struct bench *bench, const struct addr *client, msec now)
{
	(void)now;
	bench->refused += rules_deny(&bench->rules, bench_rule(bench, client));
}

static void
do_source(struct bench *bench, const struct addr *client, msec now)
{
	sources_put(&bench->sources, bench_source(bench, client, now), now);
}

static void
do_all(struct bench *bench, const struct addr *client, msec now)
{
	const struct rule *rule = bench_rule(bench, client);
	struct source *source = bench_source(bench, client, now);
	struct charge charge = { 0 };
	struct applicant applicant = { .source = source,
		.allowance.rate_per_source = bench->rate,
		.is_denied = rules_deny(&bench->rules, rule),
		.now = now };

	/* Who is denied costs less; all are to cost the most. */
	bench->refused += applicant.is_denied;
	applicant.is_denied = false;
	if (admit_check(&bench->gate, &applicant).verdict != ADMIT)
		errx(1, "somebody was refused");
	admit_enter(&charge, &bench->gate, source, &applicant);
	source = admit_leave(&charge);
	sources_put(&bench->sources, source, now);
}

static int
compare_times(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return (one > other) - (one < other);
}

/* Of the CPU: whoever else wants it takes nothing from the figure. */
static double
now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* The median of some rounds through all clients. */
static double
bench_time(struct bench *bench, bench_fn *step)
{
	double times[ROUNDS];
	static msec now = 1;

	for (size_t round = 0; round < ROUNDS; round++) {
		double begun = now_ns();

		for (size_t i = 0; i < CLIENTS; i++)
			step(bench, &bench->clients[i], now += i % PER_MS == 0);
		times[round] = (now_ns() - begun) / CLIENTS;
	}
	qsort(times, ROUNDS, sizeof(times[0]), compare_times);
	return times[ROUNDS / 2];
}

int
main(int argc, char **argv)
{
	static struct bench bench;
	double rule_ns, source_ns, all_ns;

	if (argc != 2 && argc != 4)
		errx(2, "usage: micro-decide SOURCES [ALLOW-FILE DENY-FILE]");
	bench.random = 88172645463325252;
	bench.gate.max = CLIENTS;
	if (argc == 4) {
		bench_read_rules(&bench, argv[2], true);
		bench_read_rules(&bench, argv[3], false);
	}
	bench_make_rules(&bench);
	bench_make_clients(&bench);
	bench_make_sources(&bench, (uint32_t)strtoul(argv[1], NULL, 10));
	rule_ns = bench_time(&bench, do_rule);
	source_ns = bench_time(&bench, do_source);
	all_ns = bench_time(&bench, do_all);
	printf("{\"rules\":%u,\"sources\":%u,\"refused\":%u,"
	       "\"rule_ns\":%.1f,\"source_ns\":%.1f,\"all_ns\":%.1f}\n",
	    bench.rules.count, bench.sources.known, bench.refused, rule_ns, source_ns,
	    all_ns);
	return 0;
}
