/*
 * For machines whose registers nobody has written down yet: machine.h.
 */
#include "builtin.h"
#include "say.h"
#include "sys.h"
#include "warm.h"

int
hold_serve(char **argv, char **envp)
{
	struct hold_report report = { .result = HOLD_FOREIGN };
	struct say say = say_begin(report.detail, sizeof(report.detail));
	struct hold_order order;

	(void)argv;
	(void)envp;
	say_text(&say, "programs can be held on x86-64 and arm64 only");
	(void)sys_read(SYS_INPUT, &order, sizeof(order));
	(void)sys_send(SYS_INPUT, &report, sizeof(report), SYS_MSG_NOSIGNAL);
	return EXIT_DONE;
}
