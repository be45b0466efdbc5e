#include "counted.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/types.h>

#include "unit.h"

static size_t calls, frees;
static bool is_counting; /* libc's: what the test itself needs is no matter */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_reallocarray(void *memory, size_t count, size_t size);
void __real_free(void *memory);
char *__real_strdup(const char *string);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size);
void __wrap_free(void *memory);
char *__wrap_strdup(const char *string);
void *__real_mmap64(void *at, size_t size, int rights, int flags, int fd, off_t from);
int __real_posix_memalign(void **ret, size_t alignment, size_t size);

void *__wrap_mmap64(void *at, size_t size, int rights, int flags, int fd, off_t from);
int __wrap_posix_memalign(void **ret, size_t alignment, size_t size);
int __wrap_asprintf(char **ret_string, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void *
__wrap_malloc(size_t size)
{
	calls++;
	return __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	calls++;
	return __real_calloc(count, size);
}

void *
__wrap_realloc(void *memory, size_t size)
{
	calls++;
	return __real_realloc(memory, size);
}

void *
__wrap_reallocarray(void *memory, size_t count, size_t size)
{
	calls++;
	return __real_reallocarray(memory, count, size);
}

void
__wrap_free(void *memory)
{
	frees++;
	__real_free(memory);
}

char *
__wrap_strdup(const char *string)
{
	calls++;
	return __real_strdup(string);
}

int
__wrap_asprintf(char **ret_string, const char *format, ...)
{
	va_list arguments;
	int length;

	calls++;
	va_start(arguments, format);
	length = vasprintf(ret_string, format, arguments);
	va_end(arguments);
	return length;
}

void *
__wrap_mmap64(void *at, size_t size, int rights, int flags, int fd, off_t from)
{
	calls++;
	return __real_mmap64(at, size, rights, flags, fd, from);
}

int
__wrap_posix_memalign(void **ret, size_t alignment, size_t size)
{
	calls++;
	return __real_posix_memalign(ret, alignment, size);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* What libc itself does, for us or for others: it takes these for its own. */
#define visible_ __attribute__((visibility("default")))

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

visible_ void *
malloc(size_t size)
{
	calls += is_counting;
	return __libc_malloc(size);
}

visible_ void *
calloc(size_t count, size_t size)
{
	calls += is_counting;
	return __libc_calloc(count, size);
}

visible_ void *
realloc(void *memory, size_t size)
{
	calls += is_counting;
	return __libc_realloc(memory, size);
}
#endif

void
counted_from_now(void)
{
	assert_true(calls > 0); /* they are counted */
	calls = frees = 0;
	is_counting = true;
}

size_t
counted_take(void)
{
	is_counting = false;
	return calls;
}

void
counted_assert_none(void)
{
	assert_int_equal(counted_take(), 0);
	assert_int_equal(frees, 0);
}
