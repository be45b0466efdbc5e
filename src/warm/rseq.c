#include "rseq.h"

/* Of the kernel's struct rseq: where the thread tells that it is in a sequence. */
#define RSEQ_CS_OFFSET 8

/* struct rseq_cs */
struct sequence {
	uint32_t version, flags;
	uint64_t begin, length, abort;
};

void
rseq_abort(int tid, struct machine_registers *registers)
{
	struct ptrace_rseq_configuration rseq = { 0 };
	struct sequence sequence = { 0 };
	uint64_t at = 0;

	if (trace_call(PTRACE_GET_RSEQ_CONFIGURATION, tid, sizeof(rseq), &rseq) < 0 ||
	    rseq.rseq_abi_pointer == 0)
		return;
	if (trace_read(tid, rseq.rseq_abi_pointer + RSEQ_CS_OFFSET, &at, sizeof(at)) <
		0 ||
	    at == 0 || trace_read(tid, at, &sequence, sizeof(sequence)) < 0)
		return;
	if (machine_at(registers) - sequence.begin < sequence.length)
		machine_go_to(registers, sequence.abort);
}
