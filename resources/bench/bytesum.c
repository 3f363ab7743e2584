/* Adds 64 MiB byte by byte, with a branch on the byte: the plainest load loop. */
#define BENCH_NAME "bytesum"
#include "runtime.h"

enum { WORDS = 8 << 20 };
static u64 from[WORDS];

static void prepare(void) {
  for (u64 i = 0; i < WORDS; i++) from[i] = i * 0x9e3779b97f4a7c15UL;
}

static u64 work(void) {
  const u8 *bytes = (const u8 *)from;
  u64 sum = 0;
  for (u64 i = 0; i < sizeof from; i++) {
    sum += bytes[i];
    if (bytes[i] > 0xe8) sum += 5;
    /* One byte a turn on every processor: no vectors for the host, which the guest has not. */
    __asm__ volatile("" : "+r"(sum));
  }
  return sum;
}
