/* Divisions and remainders, 64 by 64 and 32 by 32 bits, by divisors only known when running. */
#define BENCH_NAME "divmix"
#include "runtime.h"

static void prepare(void) {}

static u64 work(void) {
  u64 dividend = 0xfeedfacecafebeefUL, sum = 0;
  for (u64 i = 1; i <= 6000000; i++) {
    sum += dividend / (i | 1);
    sum ^= dividend % (i + 11);
    sum += (u32)dividend / ((u32)i | 5);
    dividend += sum;
  }
  return sum;
}
