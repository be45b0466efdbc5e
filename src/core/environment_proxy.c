#include "environment_proxy.h"

#include <string.h>

#include "settings.h"

/* Longest values.  What is longer is not cut but left out: half a name is another. */
#define WORD_MOST 63  /* a protocol, a version, a cipher */
#define ID_MOST 256   /* 128 bytes in hexadecimal digits */
#define NAME_MOST 255 /* of a server: RFC 1035 */
#define CN_MOST 127   /* X.520 has 64 characters */

static void
put_plain(
    struct writer *writer, const char *name, const struct proxy_bytes *bytes, size_t most)
{
	if (bytes->length > 0 && bytes->length <= most &&
	    writer_is_plain(bytes->at, bytes->length))
		writer_put_bytes(writer, name, bytes->at, bytes->length);
}

/* Any bytes whatever, and often no text. */
static void
put_id(struct writer *writer, const struct proxy_bytes *id)
{
	if (id->length == 0)
		return;
	if (writer_is_plain(id->at, id->length))
		writer_put_bytes(writer, "PRONG_PROXY_UNIQUE_ID", id->at, id->length);
	else
		writer_put_hex(writer, "PRONG_PROXY_UNIQUE_ID", id->at, id->length);
}

static void
put_proxy(struct writer *writer, const struct addr *proxy)
{
	char host[ADDR_TEXT_MAX];
	struct text text = TEXT_ON(host);

	if (!addr_is_ip(proxy))
		return;
	addr_put_host(&text, proxy);
	writer_put_text(writer, "PRONG_PROXY_IP", host);
	writer_put_number(writer, "PRONG_PROXY_PORT", addr_port(proxy));
}

/* mod_ssl's word for what the proxy thinks of the client's certificate. */
static const char *
verdict_on_client(const struct proxy_header *header)
{
	if (!header->has_cert)
		return "NONE";
	return header->is_verified ? "SUCCESS" : "FAILED";
}

/* Under s6's name a certificate that nobody vouches for is none: there is no other
 * variable that would say so. */
static void
put_certificate(struct writer *writer, const struct proxy_header *header, unsigned styles)
{
	if ((styles & ENV_UCSPI) && header->is_verified)
		put_plain(writer, "SSL_PEER_CERT_CN", &header->ssl_cn, CN_MOST);
	if (styles & ENV_CGI) {
		writer_put_text(writer, "SSL_CLIENT_VERIFY", verdict_on_client(header));
		if (header->has_cert)
			put_plain(writer, "SSL_CLIENT_S_DN_CN", &header->ssl_cn, CN_MOST);
	}
}

static void
put_ssl(struct writer *writer, const struct proxy_header *header, unsigned styles)
{
	if (styles & ENV_UCSPI)
		put_plain(
		    writer, "SSL_TLS_SNI_SERVERNAME", &header->authority, NAME_MOST);
	if (styles & ENV_CGI)
		put_plain(writer, "SSL_TLS_SNI", &header->authority, NAME_MOST);
	if (!header->has_ssl || (styles & (ENV_UCSPI | ENV_CGI)) == 0)
		return;
	put_plain(writer, "SSL_PROTOCOL", &header->ssl_version, WORD_MOST);
	put_plain(writer, "SSL_CIPHER", &header->ssl_cipher, WORD_MOST);
	put_certificate(writer, header, styles);
}

void
environment_proxy_put(
    struct writer *writer, const struct introduction *introduction, unsigned styles)
{
	const struct proxy_header *header = &introduction->header;

	put_proxy(writer, &introduction->proxy);
	put_plain(writer, "PRONG_PROXY_ALPN", &header->alpn, WORD_MOST);
	put_id(writer, &header->unique_id);
	put_ssl(writer, header, styles);
}

void
environment_proxy_example(struct introduction *introduction)
{
	const char *plain = introduction->bytes, *id = plain + NAME_MOST;
	struct addr addr;

	(void)addr_parse_ip("192.0.2.7", 56324, &addr);
	memset(introduction->bytes, 'x', NAME_MOST);
	memset(introduction->bytes + NAME_MOST, '\x01', ID_MOST / 2);
	introduction->proxy = addr;
	introduction->header = (struct proxy_header){
		.length = sizeof(introduction->bytes),
		.version = 2,
		.from = addr,
		.to = addr,
		.alpn = { plain, WORD_MOST },
		.authority = { plain, NAME_MOST },
		.unique_id = { id, ID_MOST / 2 },
		.has_ssl = true,
		.has_cert = true,
		.is_verified = true,
		.ssl_version = { plain, WORD_MOST },
		.ssl_cipher = { plain, WORD_MOST },
		.ssl_cn = { plain, CN_MOST },
	};
}
