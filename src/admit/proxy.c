#include "proxy.h"

#include <string.h>

#include "proxy_versions.h"

static bool
begins(const char *bytes, size_t count, const char *begin, size_t length)
{
	return memcmp(bytes, begin, count < length ? count : length) == 0;
}

enum proxy_result
proxy_parse(const char *bytes, size_t count, struct proxy_header *ret_header,
    size_t *ret_wanted, const char **ret_why)
{
	struct proxy_header header;
	enum proxy_result result;

	if (count == 0) {
		*ret_wanted = PROXY_V1_LEAST;
		return PROXY_MORE;
	}
	memset(&header, 0, sizeof(header));
	if (begins(bytes, count, PROXY_V1_BEGIN, sizeof(PROXY_V1_BEGIN) - 1)) {
		header.version = 1;
		result = proxy_v1_parse(bytes, count, &header, ret_wanted, ret_why);
	} else if (begins(bytes, count, PROXY_V2_BEGIN, sizeof(PROXY_V2_BEGIN) - 1)) {
		header.version = 2;
		result = proxy_v2_parse(bytes, count, &header, ret_wanted, ret_why);
	} else {
		*ret_why = "it does not begin like one";
		return PROXY_BAD;
	}
	if (result == PROXY_DONE)
		*ret_header = header;
	return result;
}
