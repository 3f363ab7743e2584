/* Sieve of Eratosthenes below eight million: byte stores at growing strides. */
#define BENCH_NAME "sieve"
#include "runtime.h"

enum { LIMIT = 8000000, ROUNDS = 2 };
static u8 is_composite[LIMIT];

static void prepare(void) {
  for (u32 i = 0; i < LIMIT; i++) is_composite[i] = 1;
}

static u64 work(void) {
  u64 count = 0, sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    for (u32 i = 0; i < LIMIT; i++) is_composite[i] = 0;
    for (u32 i = 2; i * i < LIMIT; i++)
      if (!is_composite[i])
        for (u32 j = i * i; j < LIMIT; j += i) is_composite[j] = 1;
    for (u32 i = 2; i < LIMIT; i++)
      if (!is_composite[i]) {
        count++;
        sum += i;
      }
  }
  return sum << 24 ^ count;
}
