#include "logcarry.h"

#include <sys/mman.h>

/* What stands before the bytes of the ring. */
struct carried {
	uint64_t dropped, told;
	uint64_t is_journal; /* records, not lines */
	uint64_t lines, length;
};

static bool
write_all(int fd, const struct logsink *sink)
{
	const struct ring *ring = &sink->ring;
	const struct carried carried = { .dropped = sink->dropped,
		.told = sink->told,
		.is_journal = sink->way == LOGSINK_JOURNAL,
		.lines = ring_lines(ring),
		.length = ring->used };
	struct iovec parts[2];
	int count = ring_peek(ring, ring->used, parts);

	return write(fd, &carried, sizeof(carried)) == (ssize_t)sizeof(carried) &&
	       (count == 0 || writev(fd, parts, count) == (ssize_t)ring->used);
}

int
logcarry_write(const struct logsink *sink)
{
	int fd;

	if (sink->ring.used == 0 && sink->dropped == 0)
		return -1;
	fd = memfd_create("prong-log", 0);
	if (fd >= 0 && !write_all(fd, sink))
		close_fd(&fd);
	return fd;
}

static bool
read_ring(struct ring *ring, int fd, size_t length)
{
	char bytes[4096];
	off_t at = sizeof(struct carried);

	if (length > ring->size - ring->used)
		return false;
	while (length > 0) {
		size_t most = length < sizeof(bytes) ? length : sizeof(bytes);
		ssize_t got = pread(fd, bytes, most, at);

		if (got <= 0)
			return false;
		(void)ring_put(ring, bytes, (size_t)got);
		length -= (size_t)got;
		at += got;
	}
	return true;
}

/* Lines are no records of the journal, and a record is no line: then they are lost, and
 * counted. */
void
logcarry_read(struct logsink *sink, int fd)
{
	struct carried carried;

	if (pread(fd, &carried, sizeof(carried), 0) != (ssize_t)sizeof(carried))
		return;
	sink->dropped += carried.dropped;
	if ((carried.is_journal != 0) == (sink->way == LOGSINK_JOURNAL) &&
	    read_ring(&sink->ring, fd, carried.length))
		sink->told = carried.told;
	else
		sink->dropped += carried.lines;
}
