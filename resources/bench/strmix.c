/* Records, short strings and small functions: what everyday programs are made of. */
#define BENCH_NAME "strmix"
#include "runtime.h"

enum { RECORDS = 64, NAME = 32, TURNS = 2000000, SIDE = 32 };

struct record {
  struct record *next;
  int kind, value;
  char name[NAME];
};

static struct record records[RECORDS];
static char first_name[NAME], second_name[NAME];
static int row[RECORDS], grid[SIDE][SIDE];

#define APART __attribute__((noinline))

static APART int compare(const char *a, const char *b) {
  for (; *a && *a == *b; a++) b++;
  return (u8)*a - (u8)*b;
}

static APART u64 copy(char *to, const char *from) {
  u64 length = 0;
  while ((to[length] = from[length])) length++;
  return length;
}

static APART int choose(int a, int b, int *sum) {
  *sum = a + b + 3;
  return (a ^ b) & 3;
}

static APART void touch(int index, int value) {
  int at = (index + 3) % SIDE;
  row[at] = value;
  row[(at + 1) % RECORDS] = row[at];
  for (int i = 0; i < 4; i++) grid[at][(at + i) % SIDE] = at;
  grid[at][(at + SIDE - 1) % SIDE]++;
  grid[(at + 20) % SIDE][at] = row[at];
}

static void prepare(void) {
  for (int i = 0; i < RECORDS; i++) {
    records[i].next = &records[(i + 7) % RECORDS];
    records[i].value = i;
    copy(records[i].name, "A RECORD WITH A NAME  ");
    records[i].name[20] = (char)('A' + i % 16);
  }
}

static u64 work(void) {
  u64 sum = 0;
  for (u32 i = 0; i < TURNS; i++) {
    struct record *one = &records[i % RECORDS];
    int together;
    sum += copy(first_name, one->name) + copy(second_name, one->next->name);
    int order = compare(first_name, second_name);
    one->kind = order < 0 ? 1 : order > 0 ? 2 : 0;
    switch (choose(one->value, (int)i, &together)) {
      case 0: one->value += together; break;
      case 1: one->value ^= order; break;
      case 2: one->value -= one->next->kind; break;
      default:
        *one->next = *one;
        one->next->next = &records[(i * 13 + 5) % RECORDS];
    }
    touch((int)(i % SIDE), together);
    sum += (u32)(one->value + grid[i % SIDE][i / SIDE % SIDE] + row[i % RECORDS]);
  }
  return sum;
}
