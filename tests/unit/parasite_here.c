/*
 * parasite_here -- the parasite in a process of our own
 *
 * What park.c does to a program is done here without a tracer, which an emulator of
 * another machine does not have: the code is mapped, a thread's state made up with every
 * register known, the connection sent, the parasite entered.  Then each register is
 * looked at.  Only the kernel's headers: parasite.h brings them, and libc's do not go
 * with those.
 */
#include "parasite.h"

#include <linux/mman.h>

int printf(const char *, ...) __attribute__((format(printf, 1, 2)));

enum { AF_UNIX_ = 1, SOCK_STREAM_ = 1, SOCK_SEQPACKET_ = 5, ALIAS = 40, MASKED = 0x5200 };

/* What `landing` finds; the stack pointer of the made-up state is here. */
struct seen {
	uint64_t room_below[64];
	uint64_t general[32];
	uint64_t flags, unused;
	unsigned char vectors[32][16];
};

static struct seen seen __attribute__((aligned(16)));
unsigned long parasite_here_stack;

void landing(void);
void enter(unsigned long entry, unsigned long stack, unsigned long argument,
    const unsigned char *vectors);

#define KNOWN(n) (0x7100000000000000 + (uint64_t)(n))

#if defined(__x86_64__)

#define GENERAL 15 /* without the stack pointer */
#define VECTORS 16
#define FLAGS 0x8d5 /* CF PF AF ZF SF... and OF */

__asm__(".pushsection .text\n"
	".globl enter\n"
	"enter:\n"
	"	push %rbx\n	push %rbp\n	push %r12\n"
	"	push %r13\n	push %r14\n	push %r15\n"
	"	mov %rsp, parasite_here_stack(%rip)\n"
	"	.set at, 0\n"
	"	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
	"	movdqu at(%rcx), %xmm\\n\n"
	"	.set at, at + 16\n"
	"	.endr\n"
	"	mov %rdi, %rax\n"
	"	mov %rsi, %rsp\n"
	"	mov %rdx, %rdi\n"
	"	jmp *%rax\n"
	".globl landing\n"
	"landing:\n"
	"	mov %r15, 0(%rsp)\n	mov %r14, 8(%rsp)\n	mov %r13, 16(%rsp)\n"
	"	mov %r12, 24(%rsp)\n	mov %rbp, 32(%rsp)\n	mov %rbx, 40(%rsp)\n"
	"	mov %r11, 48(%rsp)\n	mov %r10, 56(%rsp)\n	mov %r9, 64(%rsp)\n"
	"	mov %r8, 72(%rsp)\n	mov %rax, 80(%rsp)\n	mov %rcx, 88(%rsp)\n"
	"	mov %rdx, 96(%rsp)\n	mov %rsi, 104(%rsp)\n	mov %rdi, 112(%rsp)\n"
	"	lea -128(%rsp), %rsp\n"
	"	pushfq\n"
	"	pop %rax\n"
	"	lea 128(%rsp), %rsp\n"
	"	mov %rax, 256(%rsp)\n"
	"	.set at, 272\n"
	"	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
	"	movdqu %xmm\\n, at(%rsp)\n"
	"	.set at, at + 16\n"
	"	.endr\n"
	"	mov parasite_here_stack(%rip), %rsp\n"
	"	pop %r15\n	pop %r14\n	pop %r13\n"
	"	pop %r12\n	pop %rbp\n	pop %rbx\n"
	"	ret\n"
	".popsection\n");

static void
make_up(struct machine_state *state, const unsigned char *vectors)
{
	struct machine_registers registers = { 0 };
	unsigned long *words = (unsigned long *)&registers.kernel;

	(void)vectors; /* they are in the processor all the time */
	for (int i = 0; i < GENERAL; i++)
		words[i] = KNOWN(i);
	registers.kernel.eflags = FLAGS;
	registers.kernel.rip = (unsigned long)landing;
	registers.kernel.rsp = (unsigned long)seen.general;
	machine_fill(state, &registers, MASKED);
}

#else /* aarch64 */

#define GENERAL 31
#define VECTORS 32
#define FLAGS 0xa0000000 /* N and C */

__asm__(
    ".pushsection .text\n"
    ".globl enter\n"
    "enter:\n"
    "	sub sp, sp, #160\n"
    "	stp x19, x20, [sp, #0]\n	stp x21, x22, [sp, #16]\n"
    "	stp x23, x24, [sp, #32]\n	stp x25, x26, [sp, #48]\n"
    "	stp x27, x28, [sp, #64]\n	stp x29, x30, [sp, #80]\n"
    "	stp d8, d9, [sp, #96]\n	stp d10, d11, [sp, #112]\n"
    "	stp d12, d13, [sp, #128]\n	stp d14, d15, [sp, #144]\n"
    "	adrp x9, parasite_here_stack\n"
    "	add x9, x9, :lo12:parasite_here_stack\n"
    "	mov x10, sp\n"
    "	str x10, [x9]\n"
    "	mov sp, x1\n"
    "	mov x9, x0\n"
    "	mov x0, x2\n"
    "	br x9\n"
    ".globl landing\n"
    "landing:\n"
    "	.set at, 0\n"
    "	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, "
    "20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30\n"
    "	str x\\n, [sp, #at]\n"
    "	.set at, at + 8\n"
    "	.endr\n"
    "	mrs x0, nzcv\n"
    "	str x0, [sp, #256]\n"
    "	.set at, 272\n"
    "	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, "
    "20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
    "	str q\\n, [sp, #at]\n"
    "	.set at, at + 16\n"
    "	.endr\n"
    "	adrp x9, parasite_here_stack\n"
    "	add x9, x9, :lo12:parasite_here_stack\n"
    "	ldr x9, [x9]\n"
    "	mov sp, x9\n"
    "	ldp x19, x20, [sp, #0]\n	ldp x21, x22, [sp, #16]\n"
    "	ldp x23, x24, [sp, #32]\n	ldp x25, x26, [sp, #48]\n"
    "	ldp x27, x28, [sp, #64]\n	ldp x29, x30, [sp, #80]\n"
    "	ldp d8, d9, [sp, #96]\n	ldp d10, d11, [sp, #112]\n"
    "	ldp d12, d13, [sp, #128]\n	ldp d14, d15, [sp, #144]\n"
    "	add sp, sp, #160\n"
    "	ret\n"
    ".popsection\n");

static void
make_up(struct machine_state *state, const unsigned char *vectors)
{
	struct machine_registers registers = { 0 };
	unsigned char *kept = (unsigned char *)machine_vectors(state)->vregs;

	for (int i = 0; i < GENERAL; i++)
		registers.kernel.regs[i] = KNOWN(i);
	registers.kernel.pstate = FLAGS;
	registers.kernel.pc = (unsigned long)landing;
	registers.kernel.sp = (unsigned long)seen.general;
	machine_fill(state, &registers, MASKED);
	for (int i = 0; i < VECTORS * 16; i++)
		kept[i] = vectors[i];
}

#endif

static int failures;

static void
want(bool is_so, const char *what, int number)
{
	if (is_so)
		return;
	printf("# not %s (%d)\n", what, number);
	failures++;
}

/* ---- as park.c does it ----------------------------------------------------------- */

struct place {
	unsigned char *code, *tail;
	struct parasite_shared *shared;
	struct parasite_thread *thread;
};

static struct place
place_map(void)
{
	const size_t code = MACHINE_PAGE;
	const size_t parasite = (size_t)(__stop_warm_parasite - __start_warm_parasite);
	unsigned char *at = (unsigned char *)sys_call6(__NR_mmap, 0, 3 * MACHINE_PAGE,
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct place place = {
		.code = at,
		.tail = at + (parasite + 15) / 16 * 16,
		.shared = (struct parasite_shared *)(at + code),
		.thread = (struct parasite_thread *)(at + code +
						     sizeof(struct parasite_shared)),
	};

	for (size_t i = 0; i < parasite; i++)
		at[i] = __start_warm_parasite[i];
	return place;
}

static void
place_fill(struct place *place, bool is_first, const unsigned char *vectors)
{
	struct parasite_shared *shared = place->shared;

	make_up(&place->thread->state, vectors);
	machine_tail(place->tail, &place->thread->state, (unsigned long)place->tail,
	    (unsigned long)&place->thread->state);
	place->thread->shared = shared;
	place->thread->is_first = is_first;
	shared->go = !is_first;
	shared->alias_count = 1;
	shared->aliases[0].fd = ALIAS;
	shared->aliases[0].flags = O_CLOEXEC;
	__builtin___clear_cache((char *)place->code, (char *)place->code + MACHINE_PAGE);
	want(sys_call3(__NR_mprotect, (long)place->code, MACHINE_PAGE,
		 PROT_READ | PROT_EXEC) == 0,
	    "executable", 0);
}

static void
connection_send(int to, int fd)
{
	static const struct warm_order order = { .kind = WARM_CONNECTION };
	struct message_control_one {
		size_t length;
		int level, type, fd, unused;
	} control = { 20, 1, 1, fd, 0 };
	struct {
		const void *at;
		size_t size;
	} span = { &order, sizeof(order) };
	struct {
		void *name;
		long name_length;
		void *spans;
		size_t span_count;
		void *control;
		size_t control_length;
		long flags;
	} header = { .spans = &span,
		.span_count = 1,
		.control = &control,
		.control_length = sizeof(control) };

	want(sys_call3(__NR_sendmsg, to, (long)&header, 0) == sizeof(order), "sent", to);
}

static void
compare(const unsigned char *vectors)
{
	for (int i = 0; i < GENERAL; i++)
		want(seen.general[i] == KNOWN(i), "the register of before", i);
	want((seen.flags & FLAGS) == FLAGS, "the flags of before", (int)seen.flags);
	for (int i = 0; i < VECTORS * 16; i++)
		if (((unsigned char *)seen.vectors)[i] != vectors[i]) {
			want(false, "the vector register of before", i / 16);
			return;
		}
}

static void
go_through(bool is_first, const unsigned char *vectors)
{
	const struct sys_signals all = { { ~0UL } };
	struct sys_signals after = { { 0 } };
	struct place place = place_map();

	seen = (struct seen){ 0 };
	place_fill(&place, is_first, vectors);
	(void)sys_mask(SIG_SETMASK, &all, NULL);
	enter((unsigned long)place.code +
		  (unsigned long)(parasite_entry - __start_warm_parasite),
	    (unsigned long)place.thread->stack + PARASITE_STACK,
	    (unsigned long)place.thread, vectors);
	(void)sys_mask(SIG_SETMASK, &after, &after);
	want(after.words[0] == MASKED, "the mask of before", (int)after.words[0]);
	compare(vectors);
}

int
main(void)
{
	static unsigned char signal_stack[65536], vectors[VECTORS * 16];
	stack_t stack = { .ss_sp = signal_stack, .ss_size = sizeof(signal_stack) };
	stack_t stack_after = { 0 };
	int pair[2], client[2];
	char byte = 0;

	for (int i = 0; i < VECTORS * 16; i++)
		vectors[i] = (unsigned char)(i * 7 + 3);
	(void)sys_call3(__NR_sigaltstack, (long)&stack, 0, 0);
	(void)sys_call6(__NR_socketpair, AF_UNIX_, SOCK_SEQPACKET_, 0, (long)pair, 0, 0);
	(void)sys_call6(__NR_socketpair, AF_UNIX_, SOCK_STREAM_, 0, (long)client, 0, 0);
	(void)sys_dup(pair[0], ALIAS);
	connection_send(pair[1], client[0]);
	go_through(true, vectors);
	(void)sys_write(client[1], "c", 1);
	want(sys_read(ALIAS, &byte, 1) == 1 && byte == 'c', "the connection", byte);
	want(sys_call3(__NR_fcntl, ALIAS, F_GETFD, 0) == FD_CLOEXEC, "close-on-exec", 0);
	go_through(false, vectors);
	(void)sys_call3(__NR_sigaltstack, 0, (long)&stack_after, 0);
	want(stack_after.ss_sp == signal_stack, "the signal stack of before", 0);
	printf("%s\n", failures == 0 ? "ok" : "failed");
	return failures > 0;
}
