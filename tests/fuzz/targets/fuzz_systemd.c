/*
 * Any text as a socket unit and, behind a line "====", its service.
 */
#include "fuzz_import.h"
#include "systemd.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_(free_text) char *text = fuzz_string(data, size);
	char *middle = strstr(text, "\n====\n");
	struct unit_file socket = { .path = NULL }, service = { .path = NULL };
	struct draft draft;

	fuzz_import_init(&draft);
	if (middle != NULL)
		middle[1] = '\0';
	unit_file_read(&socket, &draft, "fuzz.socket", text);
	if (middle != NULL)
		unit_file_read(&service, &draft, "fuzz@.service", middle + 6);
	systemd_read(&draft, "fuzz", &socket, middle == NULL ? NULL : &service);
	fuzz_import_print(&draft);
	return 0;
}
