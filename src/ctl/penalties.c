#include "penalties.h"

#include <string.h>

#include "act.h"
#include "ctl.h"
#include "debts.h"
#include "harvest.h"
#include "report.h"
#include "words.h"

static int
take(const json_t *object, void *context)
{
	struct harvest *harvest = context;
	const char *instance = harvest->instances.all[harvest->at].server.name;

	if (json_object_get(object, "source") == NULL)
		return 0;
	if (harvest->args->json)
		return harvest_keep(harvest, object) == NULL ? -ENOMEM : 0;
	return debts_add(
	    harvest->kept, object, harvest->instances.count > 1 ? instance : NULL);
}

static int
print(const struct harvest *harvest)
{
	struct debts *debts = harvest->kept;
	struct table table;

	if (harvest->args->json)
		return harvest_print_json(harvest);
	if (debts->count == 0) {
		(void)puts(_("nobody owes anything"));
		return CTL_DONE;
	}
	debts_sort(debts);
	debts_show(&table, debts);
	report_print(&table, harvest_width());
	return CTL_DONE;
}

static int
list(const struct args *args)
{
	const char *const words[] = { "penalties", args->service, NULL };
	struct debts debts = { 0 };
	struct harvest harvest;
	int status = harvest_begin(&harvest, args);

	harvest.kept = &debts;
	if (status == CTL_DONE)
		harvest_ask_all(&harvest, words, take);
	if (status == CTL_DONE && (!harvest.is_wrong || harvest.instances.count > 1))
		status = print(&harvest);
	status = harvest_status(&harvest, status);
	harvest_end(&harvest);
	debts_done(&debts);
	return status;
}

static int
complain(const char *words)
{
	(void)fputs(words_get(words), stderr);
	return CTL_USAGE;
}

int
penalties_run(const struct args *args)
{
	if (args->count == 0)
		return list(args);
	if (strcmp(args->words[0], "clear") != 0)
		return complain(N_(
		    "prong penalties: the only word that it knows is clear\n"
		    "    prong penalties clear 192.0.2.7    prong penalties clear all\n"));
	if (args->count == 1)
		return complain(N_(
		    "prong penalties clear: whose? an address, a network, or all\n"
		    "    prong penalties clear 192.0.2.7    prong penalties clear all\n"));
	return act_clear(args);
}
