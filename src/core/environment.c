#include "environment.h"

#include <string.h>
#include <time.h>

#include "conn.h"
#include "engine.h"
#include "listener.h"

static const char *const ours[] = {
	"PRONG_ID",
	"PRONG_SERVICE",
	"PRONG_DEADLINE",
	"PROTO",
	"TCPLOCALIP",
	"TCPLOCALPORT",
	"TCPREMOTEIP",
	"TCPREMOTEPORT",
	"TCPCONNNUM",
	"TCPCONCURRENCY",
	"TCPREMOTEADDR",
	"TCPLOCALADDR",
	"REMOTE_ADDR",
	"REMOTE_PORT",
	"REMOTE_HOST",
	"NCAT_REMOTE_ADDR",
	"NCAT_REMOTE_PORT",
	"NCAT_LOCAL_ADDR",
	"NCAT_LOCAL_PORT",
	"NCAT_PROTO",
	"SOCAT_PEERADDR",
	"SOCAT_PEERPORT",
	"SOCAT_SOCKADDR",
	"SOCAT_SOCKPORT",
	"IPCREMOTEEUID",
	"IPCREMOTEEGID",
	"IPCREMOTEPATH",
	"IPCLOCALPATH",
	"IPCCONNNUM",
	"VSOCKLOCALCID",
	"VSOCKLOCALPORT",
	"VSOCKREMOTECID",
	"VSOCKREMOTEPORT",
};

bool
environment_is_ours(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (strncmp(ours[i], name, length) == 0 && ours[i][length] == '\0')
			return true;
	return false;
}

struct writer {
	char **slot;
	size_t slots_left;
	struct text text;
};

/* Begins a variable; a full table or buffer leaves it, and all after it, out. */
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

static void
put_text(struct writer *writer, const char *name, const char *value)
{
	if (!put_name(writer, name))
		return;
	text_put(&writer->text, value);
	put_end(writer);
}

static void
put_number(struct writer *writer, const char *name, uint64_t value)
{
	if (!put_name(writer, name))
		return;
	text_put_number(&writer->text, value);
	put_end(writer);
}

/* "ip:port", "[ip]:port" */
static void
put_pair(struct writer *writer, const char *name, const struct addr *addr)
{
	if (!put_name(writer, name))
		return;
	addr_put(&writer->text, addr);
	put_end(writer);
}

struct facts {
	const struct conn *conn;
	struct addr local;
	uint32_t live; /* sessions of this source, this one included */
	char remote_host[ADDR_TEXT_MAX], local_host[ADDR_TEXT_MAX];
};

static void
put_ucspi_tcp(struct writer *writer, const struct facts *facts)
{
	put_text(writer, "PROTO", "TCP");
	put_text(writer, "TCPLOCALIP", facts->local_host);
	put_number(writer, "TCPLOCALPORT", addr_port(&facts->local));
	put_text(writer, "TCPREMOTEIP", facts->remote_host);
	put_number(writer, "TCPREMOTEPORT", addr_port(&facts->conn->peer));
	put_number(writer, "TCPCONNNUM", facts->live);
	put_number(writer, "TCPCONCURRENCY", facts->live);
}

static void
put_cgi(struct writer *writer, const struct facts *facts)
{
	put_text(writer, "REMOTE_ADDR", facts->remote_host);
	put_number(writer, "REMOTE_PORT", addr_port(&facts->conn->peer));
	put_text(writer, "REMOTE_HOST", facts->remote_host);
}

static void
put_ncat(struct writer *writer, const struct facts *facts)
{
	put_text(writer, "NCAT_REMOTE_ADDR", facts->remote_host);
	put_number(writer, "NCAT_REMOTE_PORT", addr_port(&facts->conn->peer));
	put_text(writer, "NCAT_LOCAL_ADDR", facts->local_host);
	put_number(writer, "NCAT_LOCAL_PORT", addr_port(&facts->local));
	put_text(writer, "NCAT_PROTO", "TCP");
}

static void
put_socat(struct writer *writer, const struct facts *facts)
{
	put_text(writer, "SOCAT_PEERADDR", facts->remote_host);
	put_number(writer, "SOCAT_PEERPORT", addr_port(&facts->conn->peer));
	put_text(writer, "SOCAT_SOCKADDR", facts->local_host);
	put_number(writer, "SOCAT_SOCKPORT", addr_port(&facts->local));
}

static void
put_busybox(struct writer *writer, const struct facts *facts, unsigned styles)
{
	if ((styles & ENV_UCSPI) == 0) {
		put_text(writer, "PROTO", "TCP");
		put_number(writer, "TCPCONCURRENCY", facts->live);
	}
	put_pair(writer, "TCPREMOTEADDR", &facts->conn->peer);
	put_pair(writer, "TCPLOCALADDR", &facts->local);
}

static void
put_tcp(struct writer *writer, const struct facts *facts, unsigned styles)
{
	if (styles & ENV_UCSPI)
		put_ucspi_tcp(writer, facts);
	if (styles & ENV_CGI)
		put_cgi(writer, facts);
	if (styles & ENV_NCAT)
		put_ncat(writer, facts);
	if (styles & ENV_SOCAT)
		put_socat(writer, facts);
	if (styles & ENV_BUSYBOX)
		put_busybox(writer, facts, styles);
}

/* What addr_put_host() had to escape has a backslash since. */
static bool
is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~' || *text == '\\')
			return false;
	return true;
}

/* s6-ipcserver's names. */
static void
put_ipc(struct writer *writer, const struct facts *facts)
{
	put_text(writer, "PROTO", "IPC");
	put_number(writer, "IPCREMOTEEUID", facts->conn->peer_uid);
	put_number(writer, "IPCREMOTEEGID", facts->conn->peer_gid);
	if (facts->remote_host[0] != '\0' && is_plain(facts->remote_host))
		put_text(writer, "IPCREMOTEPATH", facts->remote_host);
	put_text(writer, "IPCLOCALPATH", facts->local_host);
	put_number(writer, "IPCCONNNUM", facts->live);
}

static void
put_vsock(struct writer *writer, const struct facts *facts)
{
	put_text(writer, "PROTO", "VSOCK");
	put_text(writer, "VSOCKLOCALCID", facts->local_host);
	put_number(writer, "VSOCKLOCALPORT", addr_port(&facts->local));
	put_text(writer, "VSOCKREMOTECID", facts->remote_host);
	put_number(writer, "VSOCKREMOTEPORT", addr_port(&facts->conn->peer));
}

/* The session's own end: the listener's address unless that stands for many. */
static void
facts_local(struct facts *facts, const struct listener *listener, int fd)
{
	socklen_t length = sizeof(facts->local) - offsetof(struct addr, sa);

	facts->local = listener->bound.addr;
	if (listener->is_wildcard && getsockname(fd, &facts->local.sa, &length) == 0)
		facts->local.len = length;
	if (facts->conn->peer.sa.sa_family == AF_INET)
		addr_unwrap(&facts->local);
}

static void
facts_hosts(struct facts *facts)
{
	struct text remote = TEXT_ON(facts->remote_host);
	struct text local = TEXT_ON(facts->local_host);

	facts->remote_host[0] = '\0';
	addr_put_host(&remote, &facts->conn->peer);
	addr_put_host(&local, &facts->local);
}

static void
put_ours(struct writer *writer, const struct conn *conn)
{
	msec timeout = conn->service->settings.session_timeout;

	put_text(writer, "PRONG_ID", conn->id);
	put_text(writer, "PRONG_SERVICE", conn->service->name);
	if (timeout > 0)
		put_number(writer, "PRONG_DEADLINE",
		    (uint64_t)(time(NULL) + (timeout + 999) / 1000));
}

void
environment_fill(
    struct prong *server, const struct conn *conn, const struct listener *listener)
{
	const struct setting_list *fixed = &conn->service->environment;
	unsigned styles = conn->service->settings.env_style;
	struct facts facts = { .conn = conn, .live = conn->charge.source->live };
	struct writer writer = {
		.slot = server->environment,
		.slots_left = ENGINE_ENVIRONMENT,
		.text = TEXT_ON(server->environment_bytes),
	};

	put_ours(&writer, conn);
	if (styles != 0) {
		facts_local(&facts, listener, conn->client_fd);
		facts_hosts(&facts);
		if (addr_is_ip(&conn->peer))
			put_tcp(&writer, &facts, styles);
		else if ((styles & ENV_UCSPI) && conn->peer.sa.sa_family == AF_UNIX)
			put_ipc(&writer, &facts);
		else if (styles & ENV_UCSPI)
			put_vsock(&writer, &facts);
	}
	for (size_t i = 0; i < fixed->count && writer.slots_left > 0; i++) {
		*writer.slot++ = fixed->words[i];
		writer.slots_left--;
	}
	*writer.slot = NULL;
}
