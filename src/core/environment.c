#include "environment.h"

#include <string.h>
#include <time.h>

#include "conn.h"
#include "engine.h"
#include "environment_proxy.h"
#include "listener.h"
#include "writer.h"

static const char *const ours[] = {
	"PRONG_ID",
	"PRONG_SERVICE",
	"PRONG_DEADLINE",
	"PRONG_PROXY_IP",
	"PRONG_PROXY_PORT",
	"PRONG_PROXY_ALPN",
	"PRONG_PROXY_UNIQUE_ID",
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
	"SSL_PROTOCOL",
	"SSL_CIPHER",
	"SSL_TLS_SNI",
	"SSL_TLS_SNI_SERVERNAME",
	"SSL_PEER_CERT_CN",
	"SSL_CLIENT_VERIFY",
	"SSL_CLIENT_S_DN_CN",
};

bool
environment_is_ours(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (strncmp(ours[i], name, length) == 0 && ours[i][length] == '\0')
			return true;
	return false;
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
	writer_put_text(writer, "PROTO", "TCP");
	writer_put_text(writer, "TCPLOCALIP", facts->local_host);
	writer_put_number(writer, "TCPLOCALPORT", addr_port(&facts->local));
	writer_put_text(writer, "TCPREMOTEIP", facts->remote_host);
	writer_put_number(writer, "TCPREMOTEPORT", addr_port(&facts->conn->peer));
	writer_put_number(writer, "TCPCONNNUM", facts->live);
	writer_put_number(writer, "TCPCONCURRENCY", facts->live);
}

static void
put_cgi(struct writer *writer, const struct facts *facts)
{
	writer_put_text(writer, "REMOTE_ADDR", facts->remote_host);
	writer_put_number(writer, "REMOTE_PORT", addr_port(&facts->conn->peer));
	writer_put_text(writer, "REMOTE_HOST", facts->remote_host);
}

static void
put_ncat(struct writer *writer, const struct facts *facts)
{
	writer_put_text(writer, "NCAT_REMOTE_ADDR", facts->remote_host);
	writer_put_number(writer, "NCAT_REMOTE_PORT", addr_port(&facts->conn->peer));
	writer_put_text(writer, "NCAT_LOCAL_ADDR", facts->local_host);
	writer_put_number(writer, "NCAT_LOCAL_PORT", addr_port(&facts->local));
	writer_put_text(writer, "NCAT_PROTO", "TCP");
}

static void
put_socat(struct writer *writer, const struct facts *facts)
{
	writer_put_text(writer, "SOCAT_PEERADDR", facts->remote_host);
	writer_put_number(writer, "SOCAT_PEERPORT", addr_port(&facts->conn->peer));
	writer_put_text(writer, "SOCAT_SOCKADDR", facts->local_host);
	writer_put_number(writer, "SOCAT_SOCKPORT", addr_port(&facts->local));
}

static void
put_busybox(struct writer *writer, const struct facts *facts, unsigned styles)
{
	if ((styles & ENV_UCSPI) == 0) {
		writer_put_text(writer, "PROTO", "TCP");
		writer_put_number(writer, "TCPCONCURRENCY", facts->live);
	}
	writer_put_pair(writer, "TCPREMOTEADDR", &facts->conn->peer);
	writer_put_pair(writer, "TCPLOCALADDR", &facts->local);
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

static void
put_path(struct writer *writer, const char *name, const char *path)
{
	if (path[0] != '\0' && writer_is_plain(path, strlen(path)))
		writer_put_text(writer, name, path);
}

/* s6-ipcserver's names.  A proxy knows nothing of users, and its own is not the client's.
 */
static void
put_ipc(struct writer *writer, const struct facts *facts)
{
	writer_put_text(writer, "PROTO", "IPC");
	if (!introduction_names(facts->conn->introduction)) {
		writer_put_number(writer, "IPCREMOTEEUID", facts->conn->peer_uid);
		writer_put_number(writer, "IPCREMOTEEGID", facts->conn->peer_gid);
		writer_put_text(writer, "IPCLOCALPATH", facts->local_host);
	} else {
		put_path(writer, "IPCLOCALPATH", facts->local_host);
	}
	put_path(writer, "IPCREMOTEPATH", facts->remote_host);
	writer_put_number(writer, "IPCCONNNUM", facts->live);
}

static void
put_vsock(struct writer *writer, const struct facts *facts)
{
	writer_put_text(writer, "PROTO", "VSOCK");
	writer_put_text(writer, "VSOCKLOCALCID", facts->local_host);
	writer_put_number(writer, "VSOCKLOCALPORT", addr_port(&facts->local));
	writer_put_text(writer, "VSOCKREMOTECID", facts->remote_host);
	writer_put_number(writer, "VSOCKREMOTEPORT", addr_port(&facts->conn->peer));
}

/* The session's own end: what the client connected to, as the proxy says, or else the
 * listener's address unless that stands for many. */
static void
facts_local(struct facts *facts, const struct listener *listener)
{
	const struct conn *conn = facts->conn;
	socklen_t length = sizeof(facts->local) - offsetof(struct addr, sa);

	if (listener != NULL)
		facts->local = listener->bound.addr;
	if (introduction_names(conn->introduction))
		facts->local = conn->introduction->header.to;
	else if ((listener == NULL || listener->is_wildcard) &&
		 getsockname(conn->client_fd, &facts->local.sa, &length) == 0)
		facts->local.len = length;
	if (conn->peer.sa.sa_family == AF_INET)
		addr_unmap(&facts->local);
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
	msec timeout = conn_limit(conn, conn->service->settings.session_timeout);

	writer_put_text(writer, "PRONG_ID", conn->id);
	writer_put_text(writer, "PRONG_SERVICE", conn->service->name);
	if (timeout > 0)
		writer_put_number(writer, "PRONG_DEADLINE",
		    (uint64_t)(time(NULL) + (timeout + 999) / 1000));
}

void
environment_fill(
    struct prong *server, const struct conn *conn, const struct listener *listener)
{
	const struct setting_list *fixed = &conn->service->environment;
	unsigned styles = conn->service->settings.env_style;
	const struct source *source = conn->charge.source;
	struct facts facts = { .conn = conn, .live = source == NULL ? 1 : source->live };
	struct writer writer = {
		.slot = server->environment,
		.slots_left = ENGINE_ENVIRONMENT,
		.text = TEXT_ON(server->environment_bytes),
	};

	put_ours(&writer, conn);
	if (styles != 0) {
		facts_local(&facts, listener);
		facts_hosts(&facts);
		if (addr_is_ip(&conn->peer))
			put_tcp(&writer, &facts, styles);
		else if ((styles & ENV_UCSPI) && conn->peer.sa.sa_family == AF_UNIX)
			put_ipc(&writer, &facts);
		else if (styles & ENV_UCSPI)
			put_vsock(&writer, &facts);
	}
	if (conn->introduction != NULL)
		environment_proxy_put(&writer, conn->introduction, styles);
	server->environment_own = (size_t)(writer.slot - server->environment);
	for (size_t i = 0; i < fixed->count && writer.slots_left > 0; i++) {
		*writer.slot++ = fixed->words[i];
		writer.slots_left--;
	}
	*writer.slot = NULL;
}
