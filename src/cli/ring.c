#include "ring.h"

#include <string.h>

#include "base.h"

int
ring_init(struct ring *ring, size_t size)
{
	*ring = (struct ring){ .bytes = malloc(size), .size = size };
	return ring->bytes == NULL ? -ENOMEM : 0;
}

void
ring_done(struct ring *ring)
{
	free(ring->bytes);
	*ring = (struct ring){ 0 };
}

bool
ring_put(struct ring *ring, const void *bytes, size_t length)
{
	size_t end, first;

	if (length > ring->size - ring->used)
		return false;
	end = (ring->start + ring->used) % ring->size;
	first = length < ring->size - end ? length : ring->size - end;
	memcpy(ring->bytes + end, bytes, first);
	memcpy(ring->bytes, (const char *)bytes + first, length - first);
	ring->used += length;
	return true;
}

int
ring_peek(const struct ring *ring, size_t most, struct iovec ret_parts[2])
{
	size_t all = ring->used < most ? ring->used : most;
	size_t first = all < ring->size - ring->start ? all : ring->size - ring->start;

	ret_parts[0] =
	    (struct iovec){ .iov_base = ring->bytes + ring->start, .iov_len = first };
	ret_parts[1] = (struct iovec){ .iov_base = ring->bytes, .iov_len = all - first };
	return (first > 0) + (all > first);
}

void
ring_copy(const struct ring *ring, size_t offset, void *ret_bytes, size_t length)
{
	size_t from = (ring->start + offset) % ring->size;
	size_t first = length < ring->size - from ? length : ring->size - from;

	bug_if(offset + length > ring->used);
	memcpy(ret_bytes, ring->bytes + from, first);
	memcpy((char *)ret_bytes + first, ring->bytes, length - first);
}

void
ring_take(struct ring *ring, size_t length)
{
	bug_if(length > ring->used);
	ring->used -= length;
	ring->start = ring->used == 0 ? 0 : (ring->start + length) % ring->size;
}

size_t
ring_lines(const struct ring *ring)
{
	struct iovec parts[2];
	size_t lines = 0;
	int count = ring_peek(ring, ring->used, parts);

	for (int i = 0; i < count; i++) {
		const char *byte = parts[i].iov_base;

		for (size_t left = parts[i].iov_len; left > 0; left--)
			lines += *byte++ == '\n';
	}
	return lines;
}
