/* A pointer chain of 8 MiB, 2048 pages: what a load costs when translation and cache miss. */
#define BENCH_NAME "chase8m"
enum { CHAIN = 1 << 20, STEPS = 10000000 };
#include "chase.h"
