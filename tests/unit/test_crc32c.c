/*
 * The checksum of a PROXY header: what RFC 3720 (B.4) and others found it to be.
 */
#include "unit.h"

#include "crc32c.h"

static void
known_sums_come_out(void **state)
{
	/* An iSCSI command: SCSI Read (10). */
	static const uint8_t command[48] = { 0x01, 0xc0, [16] = 0x14, [22] = 0x04,
		0x00, [27] = 0x14, [31] = 0x18, 0x28, [40] = 0x02 };
	uint8_t zeros[32] = { 0 }, ones[32], rising[32], falling[32];
	const struct {
		const void *bytes;
		size_t count;
		uint32_t sum;
	} rows[] = {
		{ "", 0, 0 },
		{ "a", 1, 0xc1d04330 },
		{ "123456789", 9, 0xe3069283 },
		{ zeros, 32, 0x8a9136aa },
		{ ones, 32, 0x62a8ab43 },
		{ rising, 32, 0x46dd794e },
		{ falling, 32, 0x113fdb5c },
		{ command, 48, 0xd9963a56 },
	};

	for (unsigned i = 0; i < 32; i++) {
		ones[i] = 0xff;
		rising[i] = (uint8_t)i;
		falling[i] = (uint8_t)(31 - i);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(crc32c(0, rows[i].bytes, rows[i].count), rows[i].sum);
}

static void
pieces_have_the_sum_of_the_whole(void **state)
{
	const char *const bytes = "123456789";

	for (size_t i = 0; i <= 9; i++)
		for (size_t j = i; j <= 9; j++) {
			uint32_t sum = crc32c(0, bytes, i);

			sum = crc32c(sum, bytes + i, j - i);
			assert_int_equal(crc32c(sum, bytes + j, 9 - j), 0xe3069283);
		}
}

/* Bit by bit, as RFC 4960 defines it. */
static uint32_t
slowly(const uint8_t *bytes, size_t count)
{
	uint32_t sum = UINT32_MAX;

	for (size_t i = 0; i < count; i++) {
		sum ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			sum = sum & 1 ? (sum >> 1) ^ 0x82f63b78 : sum >> 1;
	}
	return ~sum;
}

static void
every_byte_counts_as_it_is_defined(void **state)
{
	uint8_t bytes[256];

	for (unsigned i = 0; i < 256; i++) {
		bytes[i] = (uint8_t)(i * 167 + 13);
		assert_int_equal(crc32c(0, bytes, i + 1), slowly(bytes, i + 1));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_sums_come_out),
		cmocka_unit_test(pieces_have_the_sum_of_the_whole),
		cmocka_unit_test(every_byte_counts_as_it_is_defined),
	};

	return cmocka_run_group_tests_name("crc32c", tests, NULL, NULL);
}
