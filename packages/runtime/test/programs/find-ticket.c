/*
 * find-ticket PROGRAM PID...: takes the ticket's secret from the filter of PROGRAM, and counts how often each
 * process has it in its memory. Prints "secret N bytes", then "PID COUNT" and how often the word "seccomp" is there.
 * Needs CAP_SYS_ADMIN, and no filter on the caller.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PTRACE_SECCOMP_GET_FILTER
#define PTRACE_SECCOMP_GET_FILTER 0x420c
#endif

/* Offset of argument 5 in struct seccomp_data; its low word first (little-endian). */
enum { SECRET = 16 + 8 * 5 };

static long count(FILE *mem, unsigned long start, unsigned long end, const void *what, size_t length) {
  char *area = malloc(end - start);
  long found = 0;
  size_t got = area && fseeko(mem, start, SEEK_SET) == 0 ? fread(area, 1, end - start, mem) : 0;
  for (char *at = area; got && (at = memmem(at, area + got - at, what, length)); at++) found++;
  free(area);
  return found;
}

int main(int argc, char **argv) {
  pid_t program = atoi(argv[1]);
  struct sock_filter filter[4096];
  if (ptrace(PTRACE_SEIZE, program, 0, 0)) return perror("seize"), 1;
  if (ptrace(PTRACE_INTERRUPT, program, 0, 0)) return perror("interrupt"), 1;
  waitpid(program, NULL, __WALL);
  long length = ptrace(PTRACE_SECCOMP_GET_FILTER, program, 0, filter);
  if (length < 0) return perror("get filter"), 1;
  ptrace(PTRACE_DETACH, program, 0, 0);
  uint32_t words[2] = {0};
  int known[2] = {0};
  for (long pc = 0; pc + 1 < length; pc++) {
    if (filter[pc].code != (BPF_LD | BPF_W | BPF_ABS) || filter[pc].k < SECRET || filter[pc].k > SECRET + 4) continue;
    int word = filter[pc].k == SECRET + 4;
    words[word] = filter[pc + 1].k;
    known[word] = 1;
  }
  printf("secret %d bytes\n", 4 * (known[0] + known[1]));
  for (int i = 2; i < argc; i++) {
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%s/maps", argv[i]);
    FILE *maps = fopen(path, "r");
    snprintf(path, sizeof path, "/proc/%s/mem", argv[i]);
    FILE *mem = fopen(path, "r");
    if (!maps || !mem) return perror(path), 1;
    long secrets = 0, others = 0;
    unsigned long start, end;
    while (fgets(line, sizeof line, maps)) {
      char readable;
      /* Reserved address space is not read: only what may hold data. */
      if (sscanf(line, "%lx-%lx %c", &start, &end, &readable) != 3 || readable != 'r' || end - start > 1UL << 30) continue;
      secrets += count(mem, start, end, words, sizeof words);
      others += count(mem, start, end, "seccomp", 7);
    }
    printf("%s %ld %ld\n", argv[i], secrets, others);
  }
  return 0;
}
