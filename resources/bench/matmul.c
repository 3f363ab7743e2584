/* Products of 192 by 192 matrices of doubles: IEEE multiply, add, divide, in one order and never fused. */
#define BENCH_NAME "matmul"
#include "runtime.h"

enum { SIDE = 192, ROUNDS = 3 };
static double a[SIDE][SIDE], b[SIDE][SIDE], c[SIDE][SIDE];

static void prepare(void) {
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) {
      a[i][j] = (double)((i * 5 + j) % 17) / 4;
      b[i][j] = (double)((i + j * 3) % 13) - 6;
      c[i][j] = 0;
    }
}

static u64 work(void) {
  for (int round = 0; round < ROUNDS; round++)
    for (int i = 0; i < SIDE; i++)
      for (int j = 0; j < SIDE; j++) {
        double sum = 0;
        for (int k = 0; k < SIDE; k++) sum = sum + a[i][k] * b[k][j];
        c[i][j] = sum + c[i][j] / 3;
      }
  union {
    double number;
    u64 bits;
  } trace = {0};
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) trace.number = trace.number + c[i][j] / (1 + i + j);
  return trace.bits;
}
