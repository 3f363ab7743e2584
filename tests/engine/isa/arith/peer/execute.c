/*
 * The peer of the differential tests: executes one instruction per record under qemu-s390x.
 *
 * A record names the instruction bytes, the registers and two 64-byte storage areas; the answer has the
 * same shape plus the condition code and the signal, if the instruction raised one. Registers as the
 * instruction sees them: FPR 0/2, 4/6, 1/3 from the record, GPR 0-3 from the record, GPR 4 = address of
 * area A, GPR 5 = address of area B. Everything is big-endian, as the machine is.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

struct record {
  uint8_t instruction[6];
  uint8_t length;
  uint8_t conditionCode;
  uint32_t fpc;
  uint32_t signalNumber;
  uint64_t fpr[6]; /* 0 2 4 6 1 3 */
  uint64_t gpr[4];
  uint8_t areaA[64];
  uint8_t areaB[64];
};

enum { STUB_SIZE = 8, STUB_COUNT = 1 << 16 };

static uint8_t *stubs;
static uint8_t keys[STUB_COUNT][8];
static sigjmp_buf afterFault;
static struct record current __attribute__((aligned(8)));

static uint8_t *stubFor(const struct record *r) {
  uint32_t hash = 2166136261u;
  for (int i = 0; i < 7; i++) hash = (hash ^ r->instruction[i]) * 16777619u;
  for (uint32_t slot = hash % STUB_COUNT;; slot = (slot + 1) % STUB_COUNT) {
    uint8_t *stub = stubs + slot * STUB_SIZE;
    if (keys[slot][7] && memcmp(keys[slot], r->instruction, 7) == 0) return stub;
    if (keys[slot][7]) continue;
    memcpy(keys[slot], r->instruction, 7);
    keys[slot][7] = 1;
    memcpy(stub, r->instruction, r->length);
    memcpy(stub + r->length, "\x07\xfe", 2); /* br %r14 */
    return stub;
  }
}

static void onFault(int number) {
  siglongjmp(afterFault, number);
}

static void run(struct record *r, uint8_t *stub) {
  register uint64_t g0 asm("0") = r->gpr[0];
  register uint64_t g1 asm("1") = r->gpr[1];
  register uint64_t g2 asm("2") = r->gpr[2];
  register uint64_t g3 asm("3") = r->gpr[3];
  register uint8_t *g4 asm("4") = r->areaA;
  register uint8_t *g5 asm("5") = r->areaB;
  register uint8_t *g6 asm("6") = stub;
  register struct record *g7 asm("7") = r;
  uint32_t cc;
  asm volatile(
      "lfpc 8(%%r7)\n ld %%f0,16(%%r7)\n ld %%f2,24(%%r7)\n ld %%f4,32(%%r7)\n"
      "ld %%f6,40(%%r7)\n ld %%f1,48(%%r7)\n ld %%f3,56(%%r7)\n"
      "basr %%r14,%%r6\n"
      "ipm %[cc]\n"
      "std %%f0,16(%%r7)\n std %%f2,24(%%r7)\n std %%f4,32(%%r7)\n"
      "std %%f6,40(%%r7)\n std %%f1,48(%%r7)\n std %%f3,56(%%r7)\n stfpc 8(%%r7)\n"
      : [cc] "=&d"(cc), "+d"(g0), "+d"(g1), "+d"(g2), "+d"(g3), "+a"(g4), "+a"(g5)
      : "a"(g6), "a"(g7)
      : "14", "cc", "memory", "f0", "f1", "f2", "f3", "f4", "f6");
  r->gpr[0] = g0;
  r->gpr[1] = g1;
  r->gpr[2] = g2;
  r->gpr[3] = g3;
  r->conditionCode = (cc >> 28) & 3;
}

int main(void) {
  stubs = mmap(0, STUB_SIZE * STUB_COUNT, PROT_READ | PROT_WRITE | PROT_EXEC,
               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  signal(SIGFPE, onFault);
  signal(SIGILL, onFault);
  signal(SIGSEGV, onFault);
  while (fread(&current, sizeof current, 1, stdin) == 1) {
    uint8_t *stub = stubFor(&current);
    current.signalNumber = 0;
    int number = sigsetjmp(afterFault, 1);
    if (number == 0) run(&current, stub);
    else current.signalNumber = number;
    uint32_t zero = 0;
    asm volatile("lfpc %0" : : "Q"(zero));
    fwrite(&current, sizeof current, 1, stdout);
  }
  return 0;
}
