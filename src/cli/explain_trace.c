#include "explain_trace.h"

#include "base.h"
#include "said.h"
#include "words.h"

bool
explain_trace_has_own_proc(const struct explain_service *service)
{
	return said_holds(service, "pid") && said_holds(service, "mount");
}

bool
explain_trace_has_own_id(const struct explain_service *service)
{
	return said_is_set(service, "uid-range");
}

/* None of the presets' sets has these. */
static bool
forbids_calls(const struct explain_service *service)
{
	static const char *const words[] = { "ptrace", "process_vm_readv",
		"process_vm_writev", "pidfd_getfd", "@ptrace", "@privileged", "@known" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (said_has_word(service, "syscalls", words[i]))
			return false;
	return said_holds(service, "syscalls");
}

static bool
is_in_domain(const struct explain_service *service)
{
	return said_holds(service, "scope") || said_holds(service, "files") ||
	       said_holds(service, "ports") || said_is_left(service, "scope", "tracing");
}

bool
explain_trace_is_none(const struct explain_service *service)
{
	return forbids_calls(service) &&
	       (is_in_domain(service) || explain_trace_has_own_proc(service) ||
		   (said_holds(service, "user") && explain_trace_has_own_id(service)));
}

void
explain_trace_put(struct text *text, const struct explain_service *service)
{
	/* In a pid namespace the call finds no others. */
	bool has_call = !forbids_calls(service) && !said_holds(service, "pid");
	bool is_all = said_is_root(service) && !said_holds(service, "capabilities");

	if (is_all)
		text_put(text, has_call ? _("all of the machine: it is root")
					: _("all of the machine, by /proc alone"));
	else
		text_put(text, has_call ? _("all of its user")
					: _("all of its user, by /proc alone"));
}
