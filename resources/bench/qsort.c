/* Quicksort of a million numbers: loads, compares and branches nobody can predict, recursion. */
#define BENCH_NAME "qsort"
#include "runtime.h"

enum { COUNT = 1000000, SMALL = 16 };
static u64 numbers[COUNT];

static void swap(u64 *a, u64 *b) {
  u64 old = *a;
  *a = *b;
  *b = old;
}

static u64 median(u64 a, u64 b, u64 c) {
  if (a > b) swap(&a, &b);
  if (b > c) b = c;
  return a > b ? a : b;
}

static void insert_sorted(u64 *first, i64 count) {
  for (i64 i = 1; i < count; i++) {
    u64 moving = first[i];
    i64 hole = i;
    for (; hole > 0 && first[hole - 1] > moving; hole--) first[hole] = first[hole - 1];
    first[hole] = moving;
  }
}

static void sort(u64 *first, i64 count) {
  while (count > SMALL) {
    u64 pivot = median(first[0], first[count / 2], first[count - 1]);
    i64 low = 0, high = count - 1;
    while (low <= high) {
      while (first[low] < pivot) low++;
      while (first[high] > pivot) high--;
      if (low <= high) swap(&first[low++], &first[high--]);
    }
    /* The smaller side by recursion, so that the depth stays logarithmic. */
    if (high + 1 < count - low) {
      sort(first, high + 1);
      first += low;
      count -= low;
    } else {
      sort(first + low, count - low);
      count = high + 1;
    }
  }
  insert_sorted(first, count);
}

static void prepare(void) {
  for (i64 i = 0; i < COUNT; i++) numbers[i] = random_next();
}

static u64 work(void) {
  u64 sum = 0;
  sort(numbers, COUNT);
  for (i64 i = 0; i < COUNT; i++) sum = sum * 31 + numbers[i];
  /* A wrong order must not look like a right one. */
  for (i64 i = 1; i < COUNT; i++)
    if (numbers[i - 1] > numbers[i]) return 0;
  return sum;
}
