#include "refuse.h"

#include <sys/socket.h>

#define DRAIN_BYTES (64 * 1024)

void
refuse_text(const struct prong_service *service, int fd)
{
	const struct setting_text *text = &service->settings.refuse_text;

	if (text->length == 0 || fd < 0)
		return;
	(void)!send(fd, text->text, text->length, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)shutdown(fd, SHUT_WR);
	(void)!recv(fd, NULL, DRAIN_BYTES, MSG_TRUNC | MSG_DONTWAIT);
}

static void
refuse(struct prong_service *service, int fd, const struct addr *peer,
    enum refusal refusal, const char *why)
{
	refuse_text(service, fd);
	(void)close(fd);
	service_refused(service, refusal, peer, why);
}

static void
put_count(struct text *text, uint32_t live, uint32_t limit)
{
	text_put_number(text, live);
	text_put(text, " of ");
	text_put_number(text, limit);
	text_put(text, limit == 1 ? " session" : " sessions");
}

static void
refuse_full(struct prong_service *service, int fd, const struct addr *peer)
{
	char why[64];
	struct text text = TEXT_ON(why);

	put_count(&text, service->ledger->gate.live, service->ledger->gate.max);
	refuse(service, fd, peer, REFUSAL_SERVICE_FULL, why);
}

void
refuse_verdict(struct prong_service *service, int fd, const struct addr *peer,
    enum verdict verdict, const struct addr_key *key, uint32_t live)
{
	char why[128];
	struct text text = TEXT_ON(why);

	if (verdict == REFUSE_SERVICE_FULL) {
		refuse_full(service, fd, peer);
		return;
	}
	put_count(&text, live, service->ledger->gate.max_per_source);
	text_put(&text, " from ");
	addr_key_put(&text, key);
	refuse(service, fd, peer, REFUSAL_SOURCE_FULL, why);
}

void
refuse_machine(struct prong_service *service, int fd, const struct addr *peer,
    enum refusal refusal, const char *why)
{
	refuse(service, fd, peer, refusal, why);
}
