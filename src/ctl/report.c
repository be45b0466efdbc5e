#include "report.h"

#include <string.h>
#include <time.h>

#include "ahead.h"
#include "proc.h"
#include "units.h"
#include "words.h"

enum {
	COLUMN_SERVICE,
	COLUMN_STATE,
	COLUMN_LIVE,
	COLUMN_MAX,
	COLUMN_MOST,
	COLUMN_ACCEPTED,
	COLUMN_REFUSED,
	COLUMN_FAILED,
	NUMBER_COLUMNS,
	COLUMN_PROGRAM = NUMBER_COLUMNS,
	COLUMN_LISTEN,
	ALL_COLUMNS
};

static const struct table_column columns[ALL_COLUMNS] = {
	[COLUMN_SERVICE] = { N_("SERVICE"), false, 8, 0 },
	[COLUMN_STATE] = { N_("STATE"), false, 0, 0 },
	[COLUMN_LIVE] = { N_("LIVE"), true, 0, 0 },
	[COLUMN_MAX] = { N_("MAX"), true, 0, 1 },
	[COLUMN_MOST] = { N_("MOST"), true, 0, 2 },
	[COLUMN_ACCEPTED] = { N_("ACCEPTED"), true, 0, 3 },
	[COLUMN_REFUSED] = { N_("REFUSED"), true, 0, 4 },
	[COLUMN_FAILED] = { N_("FAILED"), true, 0, 5 },
	[COLUMN_PROGRAM] = { N_("PROGRAM"), false, 8, 6 },
	[COLUMN_LISTEN] = { N_("LISTEN"), false, 15, 7 },
};

static void
print_line(const struct table *table, size_t i)
{
	char place[4096];
	struct text line = TEXT_ON(place);

	if (i == 0)
		table_put_titles(&line, table);
	else
		table_put_row(&line, table, i - 1);
	(void)puts(place);
}

void
report_print(struct table *table, size_t width)
{
	table_fit(table, width);
	for (size_t i = 0; i <= table->row_count; i++)
		print_line(table, i);
}

static void
put_cell(struct text *cell, const void *context, size_t row, size_t column)
{
	const struct seen_service *service = (const struct seen_service *)context + row;
	const int64_t numbers[NUMBER_COLUMNS] = {
		[COLUMN_LIVE] = service->numbers.live,
		[COLUMN_MAX] = service->numbers.max,
		[COLUMN_MOST] = service->numbers.most,
		[COLUMN_ACCEPTED] = service->numbers.accepted,
		[COLUMN_REFUSED] = service->numbers.refused,
		[COLUMN_FAILED] = service->numbers.failed,
	};

	if (column == COLUMN_SERVICE)
		text_put(cell, service->name);
	else if (column == COLUMN_STATE)
		text_put(
		    cell, service->state[0] == '\0' ? "-" : seen_state(service->state));
	else if (column == COLUMN_PROGRAM)
		text_put(cell, service->program);
	else if (column == COLUMN_LISTEN)
		text_put(cell, service->listen);
	else
		text_put_signed(cell, numbers[column]);
}

void
report_services(struct table *table, const struct seen_service *services, size_t count,
    bool with_words)
{
	*table = (struct table){
		.columns = columns,
		.column_count = with_words ? ALL_COLUMNS : NUMBER_COLUMNS,
		.row_count = count,
		.put = put_cell,
		.context = services,
	};
}

/* Below its row. */
static void
print_refusals(const struct seen_service *service)
{
	if (service->refusals[0] != '\0')
		(void)printf(_("  refused: %s\n"), service->refusals);
}

/* What it has started ahead, below its row. */
static void
print_ahead(const struct seen_service *service)
{
	char place[1024];
	struct text line = TEXT_ON(place);

	if (service->spares.asked[0] == '\0')
		return;
	ahead_put(&line, &service->spares);
	(void)printf(_("  started ahead: %s\n"), place);
}

static void
print_services(const json_t *server, size_t width, bool with_words)
{
	const json_t *array = json_object_get(server, "services");
	const size_t count = json_array_size(array);
	struct seen_service *services = calloc(count + 1, sizeof(*services));
	struct table table;

	if (services == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		seen_service_read(&services[i], json_array_get(array, i));
	report_services(&table, services, count, with_words);
	table_fit(&table, width);
	print_line(&table, 0);
	for (size_t i = 0; i < count; i++) {
		print_line(&table, i + 1);
		print_refusals(&services[i]);
		print_ahead(&services[i]);
	}
	free(services);
}

static void
put_use(struct text *line, pid_t pid)
{
	int64_t cpu_us, memory_kb;

	if (proc_read(pid, &cpu_us, &memory_kb) < 0)
		return;
	text_put(line, _("; the supervisor: CPU "));
	units_put_cpu(line, cpu_us);
	text_put(line, _(", memory "));
	units_put_bytes(line, memory_kb * 1024);
}

void
report_status(const json_t *object, size_t width)
{
	struct seen_server server;
	char place[1024], began[64] = "";
	struct text line = TEXT_ON(place);
	struct tm local;
	time_t started;

	seen_server_read(&server, object);
	started = (time_t)server.started_at;
	if (localtime_r(&started, &local) != NULL)
		(void)strftime(began, sizeof(began), "%F %T", &local);
	text_printf(&line, _("%s: pid %ld, version %s, %s since %s ("), server.name,
	    (long)server.pid, server.version, seen_state(server.state), began);
	units_put_age(&line, server.uptime_s * 1000);
	text_put(&line, _(")\n"));
	if (server.config[0] != '\0')
		text_printf(&line, _("configuration %s, generation %lld\n"),
		    server.config, (long long)server.generation);
	text_printf(&line,
	    words_count("%lld session of %lld, at most %lld at once",
		"%lld sessions of %lld, at most %lld at once", server.numbers.live),
	    (long long)server.numbers.live, (long long)server.numbers.max,
	    (long long)server.numbers.most);
	put_use(&line, server.pid);
	(void)puts(place);
	print_services(object, width, true);
}

void
report_stats(const json_t *object, size_t width)
{
	struct seen_server server;

	seen_server_read(&server, object);
	(void)printf(_("%s: pid %ld\n"), server.name, (long)server.pid);
	(void)printf(_("  live %lld  max %lld  most %lld\n"),
	    (long long)server.numbers.live, (long long)server.numbers.max,
	    (long long)server.numbers.most);
	(void)printf(_("  accepted %lld  refused %lld  ended %lld  failed %lld\n"),
	    (long long)server.numbers.accepted, (long long)server.numbers.refused,
	    (long long)server.numbers.ended, (long long)server.numbers.failed);
	print_services(object, width, false);
}
