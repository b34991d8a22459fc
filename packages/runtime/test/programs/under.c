/*
 * under [-p] [-u UID] FILTER... -- COMMAND...: loads files of struct sock_filter and executes the command under
 * them, as a container does. -p without NO_NEW_PRIVS, which needs CAP_SYS_ADMIN; -u as that user.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fail(const char *what) {
  perror(what);
  return 3;
}

int main(int argc, char **argv) {
  int at = 1, privileged = 0, user = -1;
  for (; at < argc && argv[at][0] == '-' && argv[at][1] != '-'; at++) {
    if (argv[at][1] == 'p') privileged = 1;
    else user = atoi(argv[++at]);
  }
  if (!privileged && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return fail("prctl");
  for (; at < argc && strcmp(argv[at], "--"); at++) {
    static struct sock_filter code[4096];
    int fd = open(argv[at], O_RDONLY);
    ssize_t size = read(fd, code, sizeof code);
    if (size < 0) return fail(argv[at]);
    close(fd);
    struct sock_fprog filter = {size / sizeof *code, code};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter)) return fail("seccomp");
  }
  if (user >= 0 && setresuid(user, user, user)) return fail("setresuid");
  execvp(argv[at + 1], &argv[at + 1]);
  return fail(argv[at + 1]);
}
