/* Follows a chain of pointers through CHAIN words in random order: each load waits for the one before. */
#include "runtime.h"

static void *chain[CHAIN];
static u32 order[CHAIN];

static void prepare(void) {
  for (u32 i = 0; i < CHAIN; i++) order[i] = i;
  for (u32 i = CHAIN - 1; i > 0; i--) {
    u32 other = (u32)(random_next() % i), old = order[i];
    order[i] = order[other];
    order[other] = old;
  }
  for (u32 i = 0; i < CHAIN; i++) chain[order[i]] = &chain[order[(i + 1) % CHAIN]];
}

static u64 work(void) {
  void **at = chain;
  for (u64 step = 0; step < STEPS; step++) at = *at;
  return (u64)(at - chain);
}
