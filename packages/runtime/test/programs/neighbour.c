/*
 * neighbour PID: tries to get at another process of the same user, one line for each way: "WAY ERRNO", 0 for
 * success. Then sends it SIGUSR1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t other;

static void report(const char *way, long answer) {
  printf("%s %d\n", way, answer < 0 ? errno : 0);
}

static void file(const char *name, int flags) {
  char path[64], byte;
  snprintf(path, sizeof path, "/proc/%d/%s", other, name);
  int descriptor = open(path, flags);
  /* Some are refused only when they are read. */
  if (descriptor >= 0 && !(flags & O_DIRECTORY)) report(name, read(descriptor, &byte, 1));
  else report(name, descriptor);
}

int main(int argc, char **argv) {
  // The supervisor passes on what it is sent.
  signal(SIGUSR1, SIG_IGN);
  other = argc > 1 ? atoi(argv[1]) : getppid();
  char byte;
  struct iovec here = {&byte, 1}, there = {&other, 1};
  long seized = ptrace(PTRACE_SEIZE, other, 0, 0);
  report("ptrace-seize", seized);
  if (seized == 0) {
    ptrace(PTRACE_INTERRUPT, other, 0, 0);
    waitpid(other, NULL, __WALL);
    ptrace(PTRACE_DETACH, other, 0, 0);
  }
  long attached = ptrace(PTRACE_ATTACH, other, 0, 0);
  report("ptrace-attach", attached);
  if (attached == 0) {
    waitpid(other, NULL, __WALL);
    ptrace(PTRACE_DETACH, other, 0, 0);
  }
  /* A bad address is EFAULT for whoever may look, EPERM for whoever may not. */
  long answer = process_vm_readv(other, &here, 1, &there, 1, 0);
  report("process_vm_readv", answer < 0 && errno == EFAULT ? 0 : answer);
  answer = process_vm_writev(other, &here, 1, &there, 1, 0);
  report("process_vm_writev", answer < 0 && errno == EFAULT ? 0 : answer);
  int handle = (int)syscall(SYS_pidfd_open, other, 0);
  report("pidfd_getfd", syscall(SYS_pidfd_getfd, handle, 0, 0));
  file("environ", O_RDONLY);
  file("maps", O_RDONLY);
  file("auxv", O_RDONLY);
  file("fd", O_RDONLY | O_DIRECTORY);
  file("map_files", O_RDONLY | O_DIRECTORY);
  file("cwd", O_RDONLY | O_DIRECTORY);
  file("root", O_RDONLY | O_DIRECTORY);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", other);
  report("mem", open(path, O_RDWR));
  // A parent that passes signals on sends it back.
  signal(SIGUSR1, SIG_IGN);
  report("signal", kill(other, SIGUSR1));
  fflush(stdout);
  usleep(100000);
  return 0;
}
