/*
 * Any text as inetd.conf.
 */
#include "fuzz_import.h"
#include "inetd.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_(free_text) char *text = fuzz_string(data, size);
	struct draft draft;

	fuzz_import_init(&draft);
	inetd_read(&draft, "inetd.conf", text);
	fuzz_import_print(&draft);
	return 0;
}
