#include "refusal.h"

#include "procfs.h"
#include "say.h"
#include "sys.h"

/* One line of /proc/PID/maps, so far. */
struct line {
	uint32_t blanks; /* groups of them */
	bool is_blank;
	uint32_t column; /* in this field */
	bool is_written, is_shared;
	char name[64];
	uint32_t name_used;
};

enum { PERMISSIONS = 1, NAME = 5 };

static void
line_add(struct line *line, char byte)
{
	bool is_name = line->blanks >= NAME && line->name_used > 0;

	if (byte == ' ' && !is_name) {
		line->blanks += !line->is_blank;
		line->is_blank = true;
		line->column = 0;
		return;
	}
	line->is_blank = false;
	if (line->blanks == PERMISSIONS) {
		line->is_written |= line->column == 1 && byte == 'w';
		line->is_shared |= line->column == 3 && byte == 's';
	}
	line->column++;
	if (line->blanks >= NAME && line->name_used + 1 < sizeof(line->name))
		line->name[line->name_used++] = byte;
}

/* Memory that every copy would write to. */
static bool
find_shared(int pid, struct line *line)
{
	char path[64], bytes[1024];
	bool is_found = false;
	long fd, got;

	*line = (struct line){ 0 };
	proc_path(path, sizeof(path), pid, "maps", -1);
	fd = sys_open(path, O_RDONLY | O_CLOEXEC);
	while (
	    fd >= 0 && !is_found && (got = sys_read((int)fd, bytes, sizeof(bytes))) > 0)
		for (long i = 0; i < got && !is_found; i++) {
			if (bytes[i] != '\n')
				line_add(line, bytes[i]);
			else if (line->is_written && line->is_shared)
				is_found = true;
			else
				*line = (struct line){ 0 };
		}
	if (fd >= 0)
		(void)sys_close((int)fd);
	return is_found;
}

bool
refusal_say(const struct refusal_facts *facts, char *text, size_t size)
{
	struct say say = say_begin(text, size);
	struct line line;

	if (facts->children > 0) {
		say_text(&say, "it has ");
		say_number(&say, facts->children);
		say_text(
		    &say, facts->children == 1 ? " child process" : " child processes");
	} else if (facts->has_timer) {
		say_text(&say, "it has set a timer");
	} else if (find_shared(facts->pid, &line)) {
		say_text(&say, "it shares memory: ");
		say_text(&say, line.name);
	}
	return say.used > 0;
}
