#include "explain_rows.h"

#include <string.h>

#include "base.h"
#include "explain_limits.h"
#include "explain_trace.h"
#include "said.h"
#include "text.h"
#include "words.h"

/* A measure that takes it away while it holds, and what can be done then. */
struct cause {
	const char *measure;
	bool (*when)(const struct explain_service *); /* ... and this does; NULL */
	void (*put)(struct text *, const struct explain_service *);
	const char *text; /* where there is no `put` */
	const char *left; /* it counts as well where it is missing but for this; NULL */
};

struct row {
	const char *topic, *action;
	struct cause causes[8];
	const char *otherwise, *as_root;                            /* NULL: the same */
	void (*put)(struct text *, const struct explain_service *); /* instead of that */
	const char *lacking; /* what would take it away; NULL: the first of the causes */
};

static void
put_what(struct text *text, const struct explain_service *service, const char *name)
{
	const struct explain_measure *measure = said_measure(service, name);

	text_put(text, measure == NULL || measure->what[0] == '\0' ? "?" : measure->what);
}

/* ---- files ----------------------------------------------------------------------- */

/* The words of a list, but "none", which takes the preset's away. */
static void
put_more(struct text *text, const struct explain_service *service, const char *setting)
{
	const char *at = explain_value(service, setting);

	while (*(at += strspn(at, " ")) != '\0') {
		int length = (int)strcspn(at, " ");

		if (length != 4 || strncmp(at, "none", 4) != 0)
			text_printf(text, ", %.*s", length, at);
		at += length;
	}
}

static void
put_system(struct text *text, const struct explain_service *service, const char *setting)
{
	bool has_system =
	    said_is_strict(service) && !said_has_word(service, setting, "none");

	text_put(text, has_system ? _("the system, itself") : _("itself"));
}

static void
put_read(struct text *text, const struct explain_service *service)
{
	put_system(text, service, "read");
	put_more(text, service, "read");
	put_more(text, service, "write");
	put_more(text, service, "execute");
}

static bool
has_tmp(const struct explain_service *service)
{
	return said_holds(service, "mount") && !said_is(service, "private-tmp", "0") &&
	       (said_is_strict(service) || said_is_set(service, "private-tmp"));
}

static void
put_write(struct text *text, const struct explain_service *service)
{
	bool has_more = said_is_set(service, "write");

	if (has_tmp(service))
		text_put(text, _("its own /tmp"));
	else if (!has_more)
		text_put(text, _("nothing"));
	if (has_more)
		text_printf(text, "%s%s", has_tmp(service) ? ", " : "",
		    explain_value(service, "write"));
}

static void
put_execute(struct text *text, const struct explain_service *service)
{
	put_system(text, service, "execute");
	put_more(text, service, "execute");
}

static bool
is_read_only(const struct explain_service *service)
{
	return said_is(service, "read-only", "yes") ||
	       (said_is(service, "read-only", "auto") && said_is_strict(service));
}

static bool
has_root(const struct explain_service *service)
{
	return said_is_set(service, "root");
}

static void
put_below(struct text *text, const struct explain_service *service)
{
	text_printf(
	    text, _("what its user may, below %s"), explain_value(service, "root"));
}

/* ---- network --------------------------------------------------------------------- */

static void
put_ports(struct text *text, const struct explain_service *service, const char *setting)
{
	if (said_is_set(service, setting))
		text_printf(
		    text, _("TCP: %s; UDP is open"), explain_value(service, setting));
	else
		text_put(text, _("TCP: nowhere; UDP is open"));
}

static void
put_connect(struct text *text, const struct explain_service *service)
{
	put_ports(text, service, "connect");
}

static void
put_bind(struct text *text, const struct explain_service *service)
{
	put_ports(text, service, "bind");
}

static bool
restricts(const struct explain_service *service, const char *setting)
{
	return !said_is(service, setting, "") || said_is_strict(service);
}

static bool
restricts_connect(const struct explain_service *service)
{
	return restricts(service, "connect");
}

static bool
restricts_bind(const struct explain_service *service)
{
	return restricts(service, "bind");
}

/* What is connected already is all it has. */
static bool
makes_no_socket(const struct explain_service *service)
{
	const char *calls = said_measure(service, "syscalls")->what;

	return strstr(calls, "@default") != NULL && strstr(calls, "@basic") == NULL &&
	       strstr(calls, "@network") == NULL && strstr(calls, "socket") == NULL;
}

/* ---- processes ------------------------------------------------------------------- */

static bool
scopes_signals(const struct explain_service *service)
{
	return said_is(service, "scope", "") ||
	       strstr(explain_value(service, "scope"), "signals") != NULL;
}

/* ---- privileges and calls -------------------------------------------------------- */

static void
put_user(struct text *text, const struct explain_service *service)
{
	put_what(text, service, "user");
}

static void
put_capabilities(struct text *text, const struct explain_service *service)
{
	const struct explain_measure *kept = said_measure(service, "capabilities");

	text_put(text, kept->what[0] == '\0' || strcmp(kept->what, "none") == 0
			   ? _("no capabilities")
			   : kept->what);
}

static void
put_calls(struct text *text, const struct explain_service *service)
{
	put_what(text, service, "syscalls");
}

/* ---- the table ------------------------------------------------------------------- */

static const struct row rows[] = {
	{ N_("files"), N_("read"),
	    { { "files", NULL, put_read, NULL }, { "mount", has_root, put_below, NULL },
		{ "root", has_root, put_below, NULL } },
	    N_("what its user may"), N_("everything: it is root"), NULL },
	{ NULL, N_("write"),
	    { { "files", NULL, put_write, NULL },
		{ "mount", is_read_only, put_write, NULL },
		{ "root", has_root, put_below, NULL } },
	    N_("what its user may"), N_("everything: it is root"), NULL },
	{ NULL, N_("execute"),
	    { { "files", NULL, put_execute, NULL },
		{ "mount", has_root, put_below, NULL },
		{ "root", has_root, put_below, NULL } },
	    N_("what its user may"), N_("everything: it is root"), NULL },
	{ N_("network"), N_("connect"),
	    { { "network", NULL, NULL, N_("nowhere: it has none") },
		{ "syscalls", makes_no_socket, NULL,
		    N_("nowhere: it can make no socket") },
		{ "ports", restricts_connect, put_connect, NULL } },
	    N_("anywhere"), NULL, NULL },
	{ NULL, N_("listen"),
	    { { "network", NULL, NULL, N_("nowhere: it has none") },
		{ "syscalls", makes_no_socket, NULL,
		    N_("nowhere: it can make no socket") },
		{ "ports", restricts_bind, put_bind, NULL } },
	    N_("on every port from 1024"), N_("on every port"), NULL },
	{ N_("processes"), N_("see"),
	    { { "pid", explain_trace_has_own_proc, NULL, N_("those of its session") } },
	    N_("all of the machine"), NULL, NULL },
	{ NULL, N_("signal"),
	    { { "pid", NULL, NULL, N_("those of its session") },
		{ "scope", scopes_signals, NULL, N_("those of its session") },
		{ "user", explain_trace_has_own_id, NULL, N_("those of its session") } },
	    N_("all of its user"), N_("all of the machine: it is root"), NULL },
	{ NULL, N_("trace"),
	    { { "syscalls", explain_trace_is_none, NULL,
		  N_("none: the call is forbidden") },
		{ "scope", NULL, NULL, N_("those of its session"), "tracing" },
		{ "files", NULL, NULL, N_("those of its session") },
		{ "ports", NULL, NULL, N_("those of its session") },
		{ "pid", explain_trace_has_own_proc, NULL, N_("those of its session") },
		{ "user", explain_trace_has_own_id, NULL, N_("those of its session") },
		{ "user-namespace", NULL, NULL, N_("those of its service") } },
	    NULL, NULL, explain_trace_put, "scope" },
	{ N_("privileges"), N_("be"), { { "user", NULL, put_user, NULL } }, NULL, NULL,
	    put_user },
	{ NULL, N_("have"), { { "capabilities", NULL, put_capabilities, NULL } }, NULL,
	    NULL, put_capabilities },
	{ NULL, N_("gain"),
	    { { "no-new-privileges", NULL, NULL,
		N_("nothing by set-user-id programs") } },
	    N_("what set-user-id programs give"), NULL, NULL },
	{ N_("kernel"), N_("call"), { { "syscalls", NULL, put_calls, NULL } },
	    N_("every system call"), NULL, NULL },
	{ N_("resources"), N_("memory"),
	    { { "cgroup", explain_limits_has_session_memory,
		  explain_limits_session_memory, NULL },
		{ "limits", explain_limits_has_memory, explain_limits_memory, NULL } },
	    NULL, NULL, explain_limits_memory },
	{ NULL, N_("processes"),
	    { { "cgroup", explain_limits_has_session_processes,
		  explain_limits_session_processes, NULL },
		{ "limits", explain_limits_has_processes, explain_limits_processes,
		    NULL } },
	    NULL, NULL, explain_limits_processes },
	{ NULL, N_("disk"),
	    { { "limits", explain_limits_has_size, explain_limits_size, NULL } }, NULL,
	    NULL, explain_limits_size },
	{ N_("afterwards"), N_("stays"),
	    { { "pid", NULL, NULL, N_("no process: they end with it") },
		{ "cgroup", NULL, NULL, N_("no process: they end with it") } },
	    N_("processes that left its group"), NULL, NULL },
};

/* In brackets: what could take it away, and does not. */
static void
put_by(struct text *text, const struct explain_service *service, const struct row *row,
    const struct cause *cause)
{
	const char *name = row->lacking != NULL ? row->lacking : row->causes[0].measure;
	const struct explain_measure *lacking = said_measure(service, name);

	if (cause != NULL)
		text_put(text, cause->measure);
	else if (lacking != NULL && strcmp(lacking->state, "missing") == 0)
		text_printf(text, _("%s: missing"), name);
	else if (lacking != NULL && strcmp(lacking->state, "wanted") == 0)
		text_printf(text, _("%s?"), name);
	else
		text_printf(text, "(%s)", name);
}

static bool
is_in_the_way(const struct explain_service *service, const struct cause *cause)
{
	bool holds =
	    said_holds(service, cause->measure) ||
	    (cause->left != NULL && said_is_left(service, cause->measure, cause->left));

	return holds && (cause->when == NULL || cause->when(service));
}

bool
explain_row(
    const struct explain_service *service, size_t which, struct explain_row *ret_row)
{
	struct text now = TEXT_ON(ret_row->now), by = TEXT_ON(ret_row->by);
	const struct cause *cause = NULL;
	const struct row *row;

	if (which >= ARRAY_SIZE(rows))
		return false;
	row = &rows[which];
	for (size_t i = 0; cause == NULL && row->causes[i].measure != NULL; i++)
		if (is_in_the_way(service, &row->causes[i]))
			cause = &row->causes[i];
	ret_row->topic = row->topic == NULL ? "" : words_get(row->topic);
	ret_row->action = words_get(row->action);
	ret_row->now[0] = ret_row->by[0] = '\0';
	if (cause != NULL && cause->put != NULL)
		cause->put(&now, service);
	else if (cause != NULL)
		text_put(&now, words_get(cause->text));
	else if (row->put != NULL)
		row->put(&now, service);
	else if (row->as_root != NULL && said_is_root(service))
		text_put(&now, words_get(row->as_root));
	else
		text_put(&now, words_get(row->otherwise));
	put_by(&by, service, row, cause);
	return true;
}
