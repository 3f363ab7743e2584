/* Copies 64 MiB four times; on s390x with MVC, 256 bytes at a time. */
#define BENCH_NAME "memcpy"
#include "runtime.h"

enum { WORDS = 8 << 20, ROUNDS = 4 };
/* The gap keeps source and target from falling into the same sets of a cache or of a software TLB. */
static u64 from[WORDS + 8], gap[(1 << 17) + 517 * 64], to[WORDS];

static void prepare(void) {
  for (u64 i = 0; i < WORDS + 8; i++) from[i] = i * 0x9e3779b97f4a7c15UL;
  for (u64 i = 0; i < WORDS; i++) to[i] = 1;
  gap[0] = 1;
}

static u64 work(void) {
  for (int round = 0; round < ROUNDS; round++) {
    __builtin_memcpy(to, from + round, sizeof to);
    MEMORY_IS_READ();
  }
  return to[4321] ^ to[WORDS - 1] ^ gap[0];
}
