#include "prepare_isolation.h"

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "capabilities.h"
#include "presets.h"

#define BITS 64

/* What prong itself has; asked at start only. */
struct own {
	uint64_t permitted, effective, bounding;
};

static void
own_ask(struct own *own)
{
	struct __user_cap_header_struct header = { .version =
						       _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	*own = (struct own){ 0 };
	(void)syscall(SYS_capget, &header, data);
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		own->permitted |= (uint64_t)data[i].permitted << 32 * i;
		own->effective |= (uint64_t)data[i].effective << 32 * i;
	}
	for (int i = 0; i < BITS; i++)
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1)
			own->bounding |= CAPABILITY_BIT(i);
}

/* In a user namespace every process has all capabilities, for what belongs to it. */
static bool
enters_user_namespace(const struct prong_service *service)
{
	return measure_is_wanted(&service->isolation.measures, MEASURE_USER_NAMESPACE);
}

static bool
can(const struct prong_service *service, const struct own *own, unsigned capability)
{
	return enters_user_namespace(service) ||
	       (own->effective & CAPABILITY_BIT(capability)) != 0;
}

static struct measure_state *
state_of(struct prong_service *service, enum measure measure)
{
	return &service->isolation.measures.of[measure];
}

static int
prepare_kept(struct prong_service *service, const struct own *own, struct text *message)
{
	struct plan_isolation *plan = &service->isolation.plan;
	char why[128] = "";
	struct text lacking = TEXT_ON(why);
	uint64_t kept;
	int rc = capabilities_parse(&service->settings.capabilities, &kept, message);

	if (rc < 0)
		return rc;
	if (!enters_user_namespace(service) && (kept & ~own->permitted) != 0) {
		text_put(&lacking, "prong itself has not ");
		capabilities_put(&lacking, kept & ~own->permitted);
		return isolation_miss(service, MEASURE_CAPABILITIES, why, message);
	}
	plan->has_capabilities = true;
	plan->capabilities = kept;
	return 0;
}

/* Under no-new-privileges no exec gives a capability, whatever the bounding set has: a
 * preset need not spend a system call on each of its forty. */
static bool
is_bounded_anyway(struct prong_service *service)
{
	return state_of(service, MEASURE_CAPABILITIES)->wish == WISH_PRESET &&
	       measure_is_wanted(&service->isolation.measures, MEASURE_NO_NEW_PRIVILEGES);
}

/* A user namespace begins with the whole bounding set, whatever ours is.  Where the set
 * cannot be lowered no-new-privileges takes from it what it could give; if that is not to
 * be, the set stays, and it is said. */
static void
prepare_bounding(struct prong_service *service, const struct own *own)
{
	struct plan_isolation *plan = &service->isolation.plan;
	struct measure_state *state = state_of(service, MEASURE_CAPABILITIES);
	struct text what = TEXT_ON(state->what), why = TEXT_ON(state->why);

	if (!plan->has_capabilities)
		return;
	capabilities_put(&what, plan->capabilities);
	if (plan->capabilities != 0)
		text_put(&what, " kept");
	if (!is_bounded_anyway(service) && can(service, own, CAP_SETPCAP))
		plan->bounding_drop =
		    (enters_user_namespace(service) ? ~UINT64_C(0) : own->bounding) &
		    ~plan->capabilities;
	else if (service->settings.no_new_privileges == CHOICE_NO)
		text_put(&why, "the bounding set stays: only CAP_SETPCAP lowers it");
	else
		plan->has_no_new_privileges = true;
}

/* Landlock and seccomp want it of whoever has not CAP_SYS_ADMIN when they begin: Landlock
 * early, the filter when all is dropped that is not kept. */
static int
prepare_without(
    struct prong_service *service, const struct own *own, struct text *message)
{
	static const char why[] =
	    "no-new-privileges is no, and CAP_SYS_ADMIN is not there";
	const enum measure early[] = { MEASURE_FILES, MEASURE_PORTS, MEASURE_SCOPE };
	const struct plan_isolation *plan = &service->isolation.plan;
	const struct measures *measures = &service->isolation.measures;
	uint64_t late = plan->has_capabilities   ? plan->capabilities
			: service->plan.uid == 0 ? own->effective
						 : 0;
	int rc, worst = 0;

	for (size_t i = 0; i < ARRAY_SIZE(early); i++)
		if (measure_is_wanted(measures, early[i]) &&
		    !can(service, own, CAP_SYS_ADMIN) &&
		    (rc = isolation_miss(service, early[i], why, message)) < 0)
			worst = rc;
	if (measure_is_wanted(measures, MEASURE_SYSCALLS) &&
	    (late & CAPABILITY_BIT(CAP_SYS_ADMIN)) == 0 &&
	    (rc = isolation_miss(service, MEASURE_SYSCALLS, why, message)) < 0)
		worst = rc;
	return worst;
}

static int
prepare_no_new_privileges(
    struct prong_service *service, const struct own *own, struct text *message)
{
	struct plan_isolation *plan = &service->isolation.plan;
	struct measure_state *state = state_of(service, MEASURE_NO_NEW_PRIVILEGES);

	if (service->settings.no_new_privileges == CHOICE_NO)
		return prepare_without(service, own, message);
	if (measure_is_wanted(&service->isolation.measures, MEASURE_NO_NEW_PRIVILEGES))
		plan->has_no_new_privileges = true;
	else if (plan->has_no_new_privileges) {
		/* Nobody has asked for it by name; it is there, so it is told. */
		state->wish = WISH_PRESET;
		state->standing = STANDING_WANTED;
	}
	return 0;
}

static const struct {
	unsigned setting, bits;
	const char *name;
} securebits[] = {
	{ SECUREBIT_NOROOT, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED, "noroot" },
	{ SECUREBIT_NO_SETUID_FIXUP,
	    SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED, "no-setuid-fixup" },
	{ SECUREBIT_NO_CAP_AMBIENT_RAISE,
	    SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
	    "no-cap-ambient-raise" },
};

static int
prepare_securebits(
    struct prong_service *service, const struct own *own, struct text *message)
{
	struct plan_isolation *plan = &service->isolation.plan;
	struct text what = TEXT_ON(state_of(service, MEASURE_SECUREBITS)->what);
	unsigned wanted = presets_securebits(&service->settings);

	if (!measure_is_wanted(&service->isolation.measures, MEASURE_SECUREBITS))
		return 0;
	if (!can(service, own, CAP_SETPCAP))
		return isolation_miss(
		    service, MEASURE_SECUREBITS, "they need CAP_SETPCAP", message);
	plan->has_securebits = true;
	for (size_t i = 0; i < ARRAY_SIZE(securebits); i++) {
		if ((wanted & securebits[i].setting) == 0)
			continue;
		plan->securebits |= securebits[i].bits;
		text_put(&what, what.used == 0 ? "" : ", ");
		text_put(&what, securebits[i].name);
	}
	return 0;
}

int
prepare_privilege(struct prong_service *service, struct text *message)
{
	const struct measures *measures = &service->isolation.measures;
	struct own own;
	int rc, worst = 0;

	own_ask(&own);
	if (measure_is_wanted(measures, MEASURE_CAPABILITIES) &&
	    (rc = prepare_kept(service, &own, message)) < 0)
		worst = rc;
	prepare_bounding(service, &own);
	if ((rc = prepare_no_new_privileges(service, &own, message)) < 0)
		worst = rc;
	if ((rc = prepare_securebits(service, &own, message)) < 0)
		worst = rc;
	return worst;
}
