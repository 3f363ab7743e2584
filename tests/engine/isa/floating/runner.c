/*
 * Runs short instruction sequences in qemu-s390x and tells what they did: records of all registers and a storage window come
 * in on standard input and go out the same way. A sequence ends early at a program interruption; the state is then the one
 * the interruption left.
 */
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define WINDOW ((unsigned char *)0x400f00)
#define PAGES ((void *)0x400000)
#define WINDOW_BYTES 512
#define TEXT_BYTES 64

struct record {
	unsigned char text[TEXT_BYTES];
	uint64_t signal;
	uint64_t cc;
	uint64_t fpc;
	uint64_t gr[16];
	unsigned char vr[32][16];
	unsigned char window[WINDOW_BYTES];
};

struct record r;
uint64_t saved[18];
extern unsigned char slot[], after[];
void run(void);

__asm__(
	".machine arch13\n"
	".text\n.balign 4096\n"
	"run:\n"
	"larl %r1,saved\nstmg %r6,%r15,0(%r1)\n"
	"std %f8,80(%r1)\nstd %f9,88(%r1)\nstd %f10,96(%r1)\nstd %f11,104(%r1)\n"
	"std %f12,112(%r1)\nstd %f13,120(%r1)\nstd %f14,128(%r1)\nstd %f15,136(%r1)\n"
	"larl %r1,r\n"
	"lfpc 84(%r1)\n"
	"lg %r0,72(%r1)\nsllg %r0,%r0,28\nspm %r0\n"
	"vlm %v0,%v15,216(%r1)\nvlm %v16,%v31,472(%r1)\n"
	"lmg %r2,%r15,104(%r1)\nlg %r0,88(%r1)\nlg %r1,96(%r1)\n"
	".globl slot\n.balign 8\nslot:\n.fill 32,2,0x0700\n"
	".globl after\nafter:\n"
	"stgrl %r1,r+96\nlarl %r1,r\nstg %r0,88(%r1)\nstmg %r2,%r15,104(%r1)\n"
	"lghi %r0,0\nipm %r0\nsrlg %r0,%r0,28\nstg %r0,72(%r1)\n"
	"vstm %v0,%v15,216(%r1)\nvstm %v16,%v31,472(%r1)\n"
	"stfpc 84(%r1)\n"
	"larl %r1,saved\n"
	"sfpc %r0\n"
	"ld %f8,80(%r1)\nld %f9,88(%r1)\nld %f10,96(%r1)\nld %f11,104(%r1)\n"
	"ld %f12,112(%r1)\nld %f13,120(%r1)\nld %f14,128(%r1)\nld %f15,136(%r1)\n"
	"lmg %r6,%r15,0(%r1)\n"
	"br %r14\n"
	".balign 4096\n");

static void caught(int number, siginfo_t *info, void *context)
{
	ucontext_t *u = context;

	(void)info;
	r.signal = number;
	u->uc_mcontext.psw.addr = (unsigned long)after;
}

static int whole(int writing, unsigned char *data, size_t left)
{
	while (left) {
		ssize_t n = writing ? write(1, data, left) : read(0, data, left);
		if (n <= 0)
			return 0;
		data += n;
		left -= n;
	}
	return 1;
}

int main(void)
{
	static unsigned char stack[65536];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction action = { .sa_sigaction = caught, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	int numbers[] = { SIGILL, SIGFPE, SIGSEGV, SIGBUS, SIGTRAP };

	sigaltstack(&alternate, 0);
	for (unsigned i = 0; i < 5; i++)
		sigaction(numbers[i], &action, 0);
	mprotect((void *)((uintptr_t)slot & ~4095ul), 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
	mmap(PAGES, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	while (whole(0, (unsigned char *)&r, sizeof r)) {
		memcpy(WINDOW, r.window, WINDOW_BYTES);
		memcpy(slot, r.text, TEXT_BYTES);
		r.signal = 0;
		run();
		memcpy(r.window, WINDOW, WINDOW_BYTES);
		if (!whole(1, (unsigned char *)&r, sizeof r))
			return 1;
	}
	return 0;
}
