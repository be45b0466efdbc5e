/*
 * The filter is made once for each service.  Where it forbids exec, the program's own
 * path is put to an address that nobody knows: by it alone exec passes.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>

#include "alarms.h"
#include "engine.h"
#include "prepare_isolation.h"
#include "prepare_limits.h"
#include "presets.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/* Bits of an address that a process can have: on most machines, and on all. */
static const unsigned address_bits[] = { 46, 46, 46, 46, 38, 38, 38, 38, 30, 30 };

#define LOWEST_ADDRESS 0x1000000

/* ---- the secret ------------------------------------------------------------------ */

static void *
pages_anywhere(size_t size, size_t page)
{
	for (size_t i = 0; i < ARRAY_SIZE(address_bits); i++) {
		uint64_t chance;
		void *at, *wanted;

		if (getrandom(&chance, sizeof(chance), 0) != sizeof(chance))
			return MAP_FAILED;
		chance &= (1ULL << address_bits[i]) - 1;
		wanted = (void *)(uintptr_t)((LOWEST_ADDRESS + chance) / page * page);
		at = mmap(wanted, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		if (at == wanted)
			return at;
		if (at != MAP_FAILED)
			(void)munmap(at, size);
	}
	return MAP_FAILED;
}

/* Anywhere in its page as well. */
static size_t
chance_below(size_t most)
{
	uint32_t chance = 0;

	(void)!getrandom(&chance, sizeof(chance), 0);
	return most == 0 ? 0 : chance % most;
}

static int
secret_make(struct prong_service *service)
{
	struct isolation *isolation = &service->isolation;
	const char *path = service->plan.path == NULL ? "" : service->plan.path;
	size_t length = strlen(path), page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = (length + page) / page * page;
	char *at = pages_anywhere(size, page);

	if (at == MAP_FAILED)
		return -ENOMEM;
	isolation->secret = at;
	isolation->secret_size = size;
	at += chance_below(size - length);
	memcpy(at, path, length + 1);
	(void)madvise(isolation->secret, size, MADV_DONTDUMP);
	(void)mprotect(isolation->secret, size, PROT_READ);
	isolation->plan.exec_path = at;
	isolation->plan.exec_empty = at + length;
	return 0;
}

/* ---- the words ------------------------------------------------------------------- */

static int
words_read(
    const struct prong_service *service, struct filter_calls *calls, struct text *message)
{
	const struct settings *settings = &service->settings;
	const struct setting_list *own = &settings->syscalls;
	const char **words = calloc(PRESET_SYSCALLS + 1 + own->count, sizeof(*words));
	char line[256] = "";
	struct text wrong = TEXT_ON(line);
	size_t count;
	int rc;

	if (words == NULL)
		return -ENOMEM;
	count = presets_syscalls(settings, words);
	for (size_t i = 0; i < own->count; i++)
		words[count++] = own->words[i];
	rc = filter_read(calls, words, count, &wrong);
	if (rc < 0)
		text_printf(message, "syscalls: %s\n", line);
	free(words);
	return rc;
}

static enum filter_start
start_of(const struct prong_service *service)
{
	if (service->handler != NULL)
		return FILTER_OF_HANDLER;
	return service->settings.start == START_FRESH && service->plan.image_fd < 0
		   ? FILTER_OF_PROGRAM
		   : FILTER_OF_WAITER;
}

/* Will a process that has the filter make others of itself?  Not where each is started by
 * itself (prepare_spare). */
static bool
makes_copies(const struct prong_service *service)
{
	const struct isolation *isolation = &service->isolation;
	bool has_rules =
	    isolation->plan.ruleset != NULL || isolation->cell_plan.ruleset != NULL;

	if (isolation->plan.enter != 0 || service->own_range != NULL)
		return false;
	return service->settings.start == START_CLONE ||
	       (service->settings.start == START_SPARE && !has_rules);
}

/* ---- the plan -------------------------------------------------------------------- */

/* A filter of somebody above us may have taken the call away. */
static const char *
what_is_missing(void)
{
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) < 0 && errno == EFAULT)
		return NULL;
	return errno == EPERM ? "seccomp(2) is not allowed here"
			      : "the kernel has no filters of system calls "
				"(CONFIG_SECCOMP_FILTER)";
}

static uint32_t
forbidden_meets(struct prong_service *service)
{
	if (alarms_are_here(service->server))
		return SECCOMP_RET_USER_NOTIF;
	return service->settings.syscalls_action == SYSCALLS_KILL
		   ? SECCOMP_RET_KILL_PROCESS
		   : SECCOMP_RET_ERRNO | EPERM;
}

static int
secret_prepare(struct prong_service *service, struct text *message)
{
	int rc;

	if (service->settings.pty != PTY_NO) {
		text_put(message,
		    "syscalls: behind a terminal of its own (pty) a program cannot be "
		    "started without exec: leave out the one or the other\n");
		return -EINVAL;
	}
	rc = secret_make(service);
	if (rc < 0)
		text_put(message, "syscalls: no memory for the program's path\n");
	return rc;
}

/* "187 of 373 system calls" */
static void
put_count(struct text *text, const struct filter_calls *calls)
{
	unsigned allowed = 0, known = 0;

	for (size_t i = 0; i < FILTER_CALLS_MAX; i++) {
		known += calls->of[i] != FILTER_UNKNOWN;
		allowed += calls->of[i] >= FILTER_GUARDED;
	}
	text_printf(text, "%u of %u system calls", allowed, known);
}

static void
filter_describe(
    struct prong_service *service, const struct filter_calls *calls, uint32_t forbidden)
{
	struct measure_state *state = &service->isolation.measures.of[MEASURE_SYSCALLS];
	const struct setting_list *own = &service->settings.syscalls;
	const char *words[PRESET_SYSCALLS + 1];
	size_t count = presets_syscalls(&service->settings, words);
	struct text what = TEXT_ON(state->what), why = TEXT_ON(state->why);

	state->what[0] = state->why[0] = '\0';
	put_count(&what, calls);
	for (size_t i = 0; i < count + own->count; i++)
		text_printf(&what, "%s%s", i == 0 ? ": " : " ",
		    i < count ? words[i] : own->words[i - count]);
	text_put(&what, service->settings.syscalls_action == SYSCALLS_KILL
			    ? "; others end the session"
			    : "; others fail");
	if (forbidden != SECCOMP_RET_USER_NOTIF)
		text_put(&why, "what is forbidden is not logged: no listeners here");
}

static int
filter_prepare(
    struct prong_service *service, struct filter_calls *calls, struct text *message)
{
	struct isolation *isolation = &service->isolation;
	struct plan_isolation *plan = &isolation->plan;
	struct filter_secret secret = { 0 };
	uint32_t forbidden;
	int rc = words_read(service, calls, message);

	if (rc < 0)
		return rc;
	filter_allow_start(calls, start_of(service));
	if (start_of(service) != FILTER_OF_PROGRAM &&
	    prepare_limits_find(&service->plan, RLIMIT_CPU) != NULL)
		filter_allow_limits(calls);
	calls->makes_copies = makes_copies(service);
	if (!filter_may_exec(calls) && service->handler == NULL)
		rc = secret_prepare(service, message);
	if (rc < 0)
		return rc;
	secret.path = (uintptr_t)plan->exec_path;
	secret.empty = (uintptr_t)plan->exec_empty;
	forbidden = forbidden_meets(service);
	rc = filter_write(calls, &secret, forbidden, &isolation->filter);
	if (rc < 0)
		return rc;
	plan->filter = isolation->filter.code;
	plan->filter_length = isolation->filter.length;
	plan->filter_flags =
	    forbidden == SECCOMP_RET_USER_NOTIF ? service->server->alarms.flags : 0;
	if (service->settings.no_new_privileges != CHOICE_NO)
		plan->has_no_new_privileges = true;
	filter_describe(service, calls, forbidden);
	return 0;
}

int
prepare_filter(struct prong_service *service, struct text *message)
{
	const char *missing;
	struct filter_calls *calls;
	int rc = -ENOMEM;

	if (!measure_is_wanted(&service->isolation.measures, MEASURE_SYSCALLS))
		return 0;
	missing = what_is_missing();
	if (missing != NULL)
		return isolation_miss(service, MEASURE_SYSCALLS, missing, message);
	calls = malloc(sizeof(*calls));
	if (calls != NULL)
		rc = filter_prepare(service, calls, message);
	free(calls);
	return rc;
}

void
prepare_filter_done(struct prong_service *service)
{
	struct isolation *isolation = &service->isolation;

	free(isolation->filter.code);
	isolation->filter = (struct filter_program){ 0 };
	if (isolation->secret != NULL)
		(void)munmap(isolation->secret, isolation->secret_size);
	isolation->secret = NULL;
}
