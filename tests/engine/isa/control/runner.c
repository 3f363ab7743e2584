/*
 * Runs single instructions in qemu-s390x and tells what they did: records of registers, condition code and
 * storage come in on standard input and go out the same way. A nonzero `signal` asks to repeat while the
 * condition code is 3. The storage window is three pages; the pages around it are not mapped.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WINDOW ((unsigned char *)0x10000000)
#define WINDOW_BYTES 12288

struct record {
	unsigned char text[8];
	uint64_t signal;
	uint64_t cc;
	uint64_t registers[16];
	unsigned char window[WINDOW_BYTES];
};

uint64_t registers[16], saved[16], code;
extern unsigned char slot[];
void run(void);
static sigjmp_buf after;

__asm__(
	".text\n.balign 4096\n"
	"run:\n"
	"stgrl %r6,saved+0\nstgrl %r7,saved+8\nstgrl %r8,saved+16\nstgrl %r9,saved+24\nstgrl %r10,saved+32\n"
	"stgrl %r11,saved+40\nstgrl %r12,saved+48\nstgrl %r13,saved+56\nstgrl %r14,saved+64\nstgrl %r15,saved+72\n"
	"lgrl %r0,code\nsllg %r0,%r0,28\nspm %r0\n"
	"lgrl %r0,registers+0\nlgrl %r1,registers+8\nlgrl %r2,registers+16\nlgrl %r3,registers+24\n"
	"lgrl %r4,registers+32\nlgrl %r5,registers+40\nlgrl %r6,registers+48\nlgrl %r7,registers+56\n"
	"lgrl %r8,registers+64\nlgrl %r9,registers+72\nlgrl %r10,registers+80\nlgrl %r11,registers+88\n"
	"lgrl %r12,registers+96\nlgrl %r13,registers+104\nlgrl %r14,registers+112\nlgrl %r15,registers+120\n"
	".globl slot\n.balign 8\nslot:\n.fill 4,2,0x0700\n"
	"stgrl %r0,registers+0\nstgrl %r1,registers+8\nstgrl %r2,registers+16\nstgrl %r3,registers+24\n"
	"stgrl %r4,registers+32\nstgrl %r5,registers+40\nstgrl %r6,registers+48\nstgrl %r7,registers+56\n"
	"stgrl %r8,registers+64\nstgrl %r9,registers+72\nstgrl %r10,registers+80\nstgrl %r11,registers+88\n"
	"stgrl %r12,registers+96\nstgrl %r13,registers+104\nstgrl %r14,registers+112\nstgrl %r15,registers+120\n"
	"lghi %r0,0\nipm %r0\nsrlg %r0,%r0,28\nstgrl %r0,code\n"
	"lgrl %r6,saved+0\nlgrl %r7,saved+8\nlgrl %r8,saved+16\nlgrl %r9,saved+24\nlgrl %r10,saved+32\n"
	"lgrl %r11,saved+40\nlgrl %r12,saved+48\nlgrl %r13,saved+56\nlgrl %r14,saved+64\nlgrl %r15,saved+72\n"
	"br %r14\n"
	".balign 4096\n");

static void caught(int number)
{
	siglongjmp(after, number);
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
	static struct record r;
	static unsigned char stack[65536];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction action = { .sa_handler = caught, .sa_flags = SA_ONSTACK | SA_NODEFER };
	int numbers[] = { SIGILL, SIGFPE, SIGSEGV, SIGBUS, SIGTRAP };
	sigaltstack(&alternate, 0);
	for (unsigned i = 0; i < 5; i++)
		sigaction(numbers[i], &action, 0);
	mprotect((void *)((uintptr_t)slot & ~4095ul), 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
	mmap(WINDOW, WINDOW_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	while (whole(0, (unsigned char *)&r, sizeof r)) {
		memcpy(WINDOW, r.window, WINDOW_BYTES);
		memcpy(registers, r.registers, sizeof registers);
		memcpy(slot, r.text, 8);
		code = r.cc;
		volatile int repeat = r.signal ? 4096 : 1;
		r.signal = sigsetjmp(after, 1);
		if (r.signal == 0)
			do {
				run();
			} while (code == 3 && --repeat > 0);
		memcpy(r.registers, registers, sizeof registers);
		r.cc = code;
		memcpy(r.window, WINDOW, WINDOW_BYTES);
		if (!whole(1, (unsigned char *)&r, sizeof r))
			return 1;
	}
	return 0;
}
