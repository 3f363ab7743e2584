/*
 * What every benchmark stands on. On s390x: Linux system calls and nothing else, so that the program is one static file
 * that runs in any initramfs. Elsewhere: the host's C library, for the same checksum from the host's own processor.
 *
 * A benchmark defines BENCH_NAME before it includes this, then prepare() (not timed) and work() (timed, gives the checksum).
 * Time is taken by whoever reads the console: the two marker lines are one write each, and nothing else is printed.
 */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;
typedef long i64;

static void prepare(void);
static u64 work(void);

#if defined(__s390x__)

enum { NR_EXIT = 1, NR_WRITE = 4, NR_NANOSLEEP = 162, STDOUT = 1 };

static long system_call(long number, long first, long second, long third) {
  register long r1 __asm__("1") = number;
  register long r2 __asm__("2") = first;
  register long r3 __asm__("3") = second;
  register long r4 __asm__("4") = third;
  __asm__ volatile("svc 0" : "+d"(r2) : "d"(r1), "d"(r3), "d"(r4) : "memory", "cc");
  return r2;
}

static void put(const char *text, long length) { system_call(NR_WRITE, STDOUT, (long)text, length); }

/* The console driver sends what was printed before (the shell's echo) in its own time; let it finish. */
static void settle(void) {
  i64 wait[2] = {0, 60000000};
  system_call(NR_NANOSLEEP, (long)wait, 0, 0);
}

enum { MVC_BYTES = 256 };

/* As the C library of this level has it: MVC, which moves up to 256 bytes. */
void *memcpy(void *to, const void *from, unsigned long length) {
  u8 *d = to;
  const u8 *s = from;
  for (; length >= MVC_BYTES; length -= MVC_BYTES) {
    __builtin_memcpy(d, s, MVC_BYTES);
    d += MVC_BYTES;
    s += MVC_BYTES;
  }
  while (length-- > 0) *d++ = *s++;
  return to;
}

/* The same: a byte, then MVC onto the byte behind it. */
void *memset(void *to, int value, unsigned long length) {
  u8 *d = to;
  for (; length >= MVC_BYTES; length -= MVC_BYTES) {
    __builtin_memset(d, value, MVC_BYTES);
    d += MVC_BYTES;
  }
  while (length-- > 0) *d++ = (u8)value;
  return to;
}

static void run(void);

/* The ABI wants 160 bytes for the callee's registers, and 0 as the back chain of the outermost frame. */
__asm__(".globl _start\n"
        "_start:\n"
        "  aghi %r15, -160\n"
        "  xc 0(8, %r15), 0(%r15)\n"
        "  brasl %r14, start_here\n");

__attribute__((used, noreturn)) void start_here(void) {
  run();
  for (;;) system_call(NR_EXIT, 0, 0, 0);
}

#else

#include <string.h>
#include <unistd.h>

static void put(const char *text, long length) {
  if (write(STDOUT_FILENO, text, (size_t)length) != length) _exit(1);
}
static void settle(void) {}
static void run(void);

int main(void) {
  run();
  return 0;
}

#endif

/* Keeps the compiler from moving memory accesses across, or from seeing that nothing reads them. */
#define MEMORY_IS_READ() __asm__ volatile("" ::: "memory")

static u64 random_state = 0x2545f4914f6cdd1dUL;

/* Xorshift, 64 bits; the same numbers everywhere. */
static inline u64 random_next(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

static char *append(char *at, const char *text) {
  while (*text) *at++ = *text++;
  return at;
}

static void say(const char *what, const u64 *checksum) {
  char line[96], *end = append(append(append(line, "BENCH " BENCH_NAME), " "), what);
  if (checksum) {
    *end++ = ' ';
    for (int shift = 60; shift >= 0; shift -= 4) *end++ = "0123456789abcdef"[*checksum >> shift & 15];
  }
  *end++ = '\n';
  put(line, end - line);
}

static u64 __attribute__((noinline)) timed(void) { return work(); }

static void run(void) {
  prepare();
  settle();
  say("start", 0);
  u64 checksum = timed();
  say("end", &checksum);
}
