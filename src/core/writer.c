#include "writer.h"

static bool
put_name(struct writer *writer, const char *name)
{
	if (writer->slots_left == 0 || writer->text.is_cut)
		return false;
	*writer->slot = writer->text.at + writer->text.used;
	text_put(&writer->text, name);
	text_put_char(&writer->text, '=');
	return true;
}

static void
put_end(struct writer *writer)
{
	text_put_char(&writer->text, '\0');
	if (writer->text.is_cut)
		return;
	writer->slot++;
	writer->slots_left--;
}

void
writer_put_text(struct writer *writer, const char *name, const char *value)
{
	if (!put_name(writer, name))
		return;
	text_put(&writer->text, value);
	put_end(writer);
}

void
writer_put_number(struct writer *writer, const char *name, uint64_t value)
{
	if (!put_name(writer, name))
		return;
	text_put_number(&writer->text, value);
	put_end(writer);
}

void
writer_put_pair(struct writer *writer, const char *name, const struct addr *addr)
{
	if (!put_name(writer, name))
		return;
	addr_put(&writer->text, addr);
	put_end(writer);
}

void
writer_put_bytes(
    struct writer *writer, const char *name, const char *bytes, size_t length)
{
	if (!put_name(writer, name))
		return;
	text_put_bytes(&writer->text, bytes, length);
	put_end(writer);
}

void
writer_put_hex(struct writer *writer, const char *name, const char *bytes, size_t length)
{
	if (!put_name(writer, name))
		return;
	for (size_t i = 0; i < length; i++)
		text_printf(&writer->text, "%02x", (unsigned char)bytes[i]);
	put_end(writer);
}

bool
writer_is_plain(const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i] < ' ' || bytes[i] > '~' || bytes[i] == '\\')
			return false;
	return true;
}
