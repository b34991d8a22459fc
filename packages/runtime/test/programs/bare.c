/* Writes a word without any help of a C library: new ones make calls that old policies do not know. */
static long call(long number, long a, long b, long c) {
  long answer;
#if defined(__x86_64__)
  __asm__ volatile("syscall" : "=a"(answer) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
#else
#error "written for x86_64"
#endif
  return answer;
}

void _start(void) {
  call(1, 1, (long)"bare\n", 5);
  call(231, 7, 0, 0);
}
