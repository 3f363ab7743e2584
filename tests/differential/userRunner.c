/*
 * Runs sequences of instructions as a user program does, under an emulator, and tells what they left. Reads a
 * template of the pages, then sequences; writes for each the signals it met, the registers and all pages.
 * Layout: storageMap.ts. The page at 0x14000 enters a sequence, the one at 0x19000 holds the general
 * registers for that.
 */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#define EVENTS_MAX 16
#define ENTER ((unsigned char *)0x14000)
#define GENERAL ((uint64_t *)0x19000)

struct state {
	uint64_t code, gr[16];
	uint32_t ar[16];
	uint64_t vr[32][2];
	uint32_t fpc, pad;
};
struct request {
	uint64_t entry, end, instructions, patches;
	struct state state;
};
struct event {
	uint64_t signal, code, address;
};
static const struct {
	uintptr_t at;
	size_t bytes;
	int rights;
} areas[] = {
	{ 0x10000, 0x4000, PROT_READ | PROT_EXEC }, { 0x18000, 0x1000, PROT_READ | PROT_WRITE },
	{ 0x20000, 0x2000, PROT_READ | PROT_WRITE }, { 0x22000, 0x1000, PROT_READ },
	{ 0x24000, 0x1000, PROT_READ | PROT_WRITE }, { 0x3f000, 0x1000, PROT_READ | PROT_WRITE },
};
#define AREAS (sizeof areas / sizeof *areas)
#define AREA_BYTES 0xa000

struct state now;
uint64_t own[32];
ucontext_t *context;
siginfo_t *information;
long enter(void);
void caught(int);

__asm__(
	".text\n.machine z14\n"
	"enter:\n"
	"larl %r1,own\nstmg %r6,%r15,0(%r1)\nstam %a0,%a15,80(%r1)\n"
	"std %f8,144(%r1)\nstd %f9,152(%r1)\nstd %f10,160(%r1)\nstd %f11,168(%r1)\n"
	"std %f12,176(%r1)\nstd %f13,184(%r1)\nstd %f14,192(%r1)\nstd %f15,200(%r1)\n"
	"larl %r1,now\nl %r0,4(%r1)\nspm %r0\n"
	"lam %a0,%a15,136(%r1)\n"
	"vlm %v0,%v15,200(%r1)\nvlm %v16,%v31,456(%r1)\nlfpc 712(%r1)\n"
	"lgfi %r1,0x14000\nbr %r1\n"
	"caught:\n"
	"larl %r1,now\nstam %a0,%a15,136(%r1)\n"
	"vstm %v0,%v15,200(%r1)\nvstm %v16,%v31,456(%r1)\nstfpc 712(%r1)\n"
	"stgrl %r3,information\nstgrl %r4,context\n"
	"lghi %r0,0\nsfpc %r0\n"
	"larl %r1,own\nlmg %r6,%r15,0(%r1)\nlam %a0,%a15,80(%r1)\n"
	"ld %f8,144(%r1)\nld %f9,152(%r1)\nld %f10,160(%r1)\nld %f11,168(%r1)\n"
	"ld %f12,176(%r1)\nld %f13,184(%r1)\nld %f14,192(%r1)\nld %f15,200(%r1)\n"
	"br %r14\n");

static int whole(int writing, void *buffer, size_t left)
{
	unsigned char *data = buffer;
	while (left) {
		ssize_t n = writing ? write(1, data, left) : read(0, data, left);
		if (n <= 0)
			return 0;
		data += n;
		left -= n;
	}
	return 1;
}

static int map(void *at, size_t bytes, int rights)
{
	return mmap(at, bytes, rights, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
}

static void protect(int free)
{
	for (unsigned i = 0; i < AREAS; i++)
		mprotect((void *)areas[i].at, areas[i].bytes, free ? PROT_READ | PROT_WRITE : areas[i].rights);
}

/* Goes to `address` with the registers of `now`; comes back with the next signal, the state in `now`. */
static struct event go(uint64_t address)
{
	struct itimerval limit = { .it_value = { .tv_sec = 2 } }, none = { 0 };
	int32_t distance = (int32_t)((int64_t)address - (0x14000 + 6)) / 2;
	memcpy(GENERAL, now.gr, sizeof now.gr);
	/* lmg %r0,%r15,0x19000; jg address */
	memcpy(ENTER, "\xeb\x0f\x00\x00\x19\x04\xc0\xf4", 8);
	memcpy(ENTER + 8, &distance, 4);
	setitimer(ITIMER_REAL, &limit, 0);
	enter();
	setitimer(ITIMER_REAL, &none, 0);
	memcpy(now.gr, context->uc_mcontext.gregs, sizeof now.gr);
	now.code = context->uc_mcontext.psw.mask >> 40 & 0x3f;
	now.code = (now.code << 24);
	return (struct event){ information->si_signo, information->si_code, context->uc_mcontext.psw.addr };
}

int main(void)
{
	static unsigned char template[AREA_BYTES], stack[65536];
	static uint64_t table[64][2], patch[2];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction action = { .sa_handler = caught, .sa_flags = SA_ONSTACK | SA_NODEFER | SA_SIGINFO };
	int numbers[] = { SIGILL, SIGFPE, SIGSEGV, SIGBUS, SIGTRAP, SIGALRM };
	sigaltstack(&alternate, 0);
	for (unsigned i = 0; i < 6; i++)
		sigaction(numbers[i], &action, 0);
	for (unsigned i = 0; i < AREAS; i++)
		if (!map((void *)areas[i].at, areas[i].bytes, PROT_READ | PROT_WRITE))
			return 2;
	if (!map(ENTER, 4096, PROT_READ | PROT_WRITE | PROT_EXEC) || !map(GENERAL, 4096, PROT_READ | PROT_WRITE))
		return 2;
	if (!whole(0, template, sizeof template))
		return 3;
	static struct request r;
	while (whole(0, &r, sizeof r)) {
		struct event events[EVENTS_MAX] = { 0 };
		uint64_t count = 0;
		protect(1);
		for (unsigned i = 0, from = 0; i < AREAS; from += areas[i++].bytes)
			memcpy((void *)areas[i].at, template + from, areas[i].bytes);
		if (!whole(0, table, r.instructions * sizeof *table))
			return 4;
		for (; r.patches; r.patches--)
			if (!whole(0, patch, sizeof patch) || !whole(0, (void *)patch[0], patch[1]))
				return 5;
		protect(0);
		now = r.state;
		for (uint64_t at = r.entry; at && count < EVENTS_MAX;) {
			struct event e = go(at);
			/* SIGILL, SIGFPE and SIGTRAP leave the address behind the instruction. */
			int behind = e.signal == SIGILL || e.signal == SIGFPE || e.signal == SIGTRAP;
			events[count++] = e;
			at = 0;
			for (uint64_t i = 0; i < r.instructions && e.signal != SIGALRM; i++)
				if (table[i][behind] == e.address)
					at = table[i][1];
			if (at == r.end)
				at = 0;
		}
		whole(1, &count, sizeof count);
		whole(1, events, sizeof events);
		whole(1, &now, sizeof now);
		for (unsigned i = 0; i < AREAS; i++)
			if (!whole(1, (void *)areas[i].at, areas[i].bytes))
				return 6;
	}
	return 0;
}
