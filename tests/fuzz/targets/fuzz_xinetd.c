/*
 * Any text as xinetd.conf; what it includes is not followed.
 */
#include "fuzz_import.h"
#include "xinetd.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_(free_text) char *text = fuzz_string(data, size);
	struct draft draft;
	struct xinetd xinetd = { .draft = &draft };

	fuzz_import_init(&draft);
	xinetd_read(&xinetd, "xinetd.conf", text);
	xinetd_finish(&xinetd);
	fuzz_import_print(&draft);
	return 0;
}
