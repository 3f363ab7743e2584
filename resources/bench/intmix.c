/* Multiply, shift, rotate, exclusive-or, and a branch nobody can predict: arithmetic in registers. */
#define BENCH_NAME "intmix"
#include "runtime.h"

static void prepare(void) {}

static u64 work(void) {
  u64 state = 0x853c49e6748fea9bUL, mixed = 0x9e3779b9UL, sum = 7;
  for (u64 i = 0; i < 40000000; i++) {
    state = state * 6364136223846793005UL + 1442695040888963407UL;
    mixed ^= state >> 31;
    mixed = mixed << 19 | mixed >> 45;
    sum += (mixed & 0x7fff) * (u32)i;
    if (sum & 8)
      sum -= state;
    else
      sum ^= mixed;
  }
  return state ^ mixed ^ sum;
}
