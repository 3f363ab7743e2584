/* A pointer chain of 16 KiB: what a load costs when everything is near. */
#define BENCH_NAME "chase16k"
enum { CHAIN = 2 << 10, STEPS = 50000000 };
#include "chase.h"
