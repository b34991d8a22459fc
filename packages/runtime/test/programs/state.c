/*
 * Prints what exec hands over, one fact a line; strings as hexadecimal bytes. Argument 1 and the environment are
 * shown like everything else.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static void hex(const char *name, const char *text) {
  printf("%s ", name);
  for (; *text; text++) printf("%02x", (unsigned char)*text);
  printf("\n");
}

static void status(void) {
  FILE *file = fopen("/proc/self/status", "re");
  char line[512];
  while (fgets(line, sizeof line, file))
    // Not SigQ, which counts what is queued for all processes of the user.
    if ((!strncmp(line, "Sig", 3) && line[3] != 'Q') || !strncmp(line, "Shd", 3) || !strncmp(line, "Umask", 5) ||
        !strncmp(line, "Cap", 3) || !strncmp(line, "Cpus_allowed:", 13) || !strncmp(line, "Uid", 3) ||
        !strncmp(line, "Gid", 3) || !strncmp(line, "Groups", 6) || !strncmp(line, "Name", 4))
      fputs(line, stdout);
  fclose(file);
}

static void copy(const char *name, const char *path) {
  FILE *file = fopen(path, "re");
  char line[512];
  while (file && fgets(line, sizeof line, file)) printf("%s %s", name, line);
  if (file) fclose(file);
}

static void descriptors(void) {
  for (int fd = 0; fd < 4096; fd++) {
    int flags = fcntl(fd, F_GETFL), cloexec = fcntl(fd, F_GETFD);
    if (flags < 0) continue;
    char path[64], target[4096];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(path, target, sizeof target - 1);
    target[length < 0 ? 0 : length] = 0;
    printf("descriptor %d flags %o cloexec %d offset %ld %s\n", fd, flags, cloexec, (long)lseek(fd, 0, SEEK_CUR), target);
  }
}

int main(int argc, char **argv) {
  for (int i = 0; i < argc; i++) hex("argument", argv[i]);
  for (char **variable = environ; *variable; variable++) hex("variable", *variable);
  char directory[4096];
  hex("directory", getcwd(directory, sizeof directory) ? directory : "none");
  descriptors();
  status();
  copy("limits", "/proc/self/limits");
  copy("oom", "/proc/self/oom_score_adj");
  copy("timer slack", "/proc/self/timerslack_ns");
  copy("cgroup", "/proc/self/cgroup");
  printf("nice %d\n", getpriority(PRIO_PROCESS, 0));
  printf("scheduler %d\n", sched_getscheduler(0));
  if (getpgrp() == getpid()) printf("group leader\n");
  else printf("group %d\n", getpgrp());
  if (getsid(0) == getpid()) printf("session leader\n");
  else printf("session %d\n", getsid(0));
  printf("personality %lx\n", (unsigned long)personality(0xffffffff));
  printf("dumpable %d\n", prctl(PR_GET_DUMPABLE));
  printf("death signal ");
  int signal_ = -1;
  prctl(PR_GET_PDEATHSIG, &signal_);
  printf("%d\n", signal_);
  printf("subreaper ");
  prctl(PR_GET_CHILD_SUBREAPER, &signal_);
  printf("%d\n", signal_);
  printf("secure %lu\n", getauxval(AT_SECURE));
  char executable[4096];
  ssize_t length = readlink("/proc/self/exe", executable, sizeof executable - 1);
  executable[length < 0 ? 0 : length] = 0;
  hex("executable", executable);
  hex("file name", (const char *)getauxval(AT_EXECFN));
  return 0;
}
