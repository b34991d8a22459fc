/*
 * wrap [CONDITION]... -- COMMAND...: sets a state up and executes the command in it, as init systems and
 * shells do. Conditions: block=N, ignore=N, nonblock=FD, socket=FD, pipe=R,W, pipein=FD (a pipe whose writing
 * end is closed), close=FD, nofile=N, nice=N, open=FD,PATH, read=FD,PATH,
 * environment (strange variables), session,
 * personality=N, umask=N, slack=N, dup=N,COUNT.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

extern char **environ;

static char *strange[] = {
    "FIRST=1",  "FIRST=2",      "with.dot=3", "with-dash=4", "WITH NEWLINE\nINSIDE=5", "1DIGIT=6", "=nameless",
    "NOVALUE=", "no equals",    "BYTES=\xff\xfe\x80", "\xe9=latin", "PWD=/nowhere", "OLDPWD=/old", "SHLVL=7",
    "_=under",  "PATH=/usr/bin:/bin", "path=lower", "NODE_OPTIONS=--bogus-option", "LD_LIBRARY_PATH=/nowhere",
    "QSECCOMP_HANDOVERS=kept", "IFS=x", "ENV=/nowhere", "q_self=mine", "UTF8=gr\xc3\xbc\xc3\x9f", "LAST=", NULL};

static void put(int from, int to) {
  if (from == to) return;
  dup2(from, to);
  close(from);
}

int main(int argc, char **argv) {
  int at = 1;
  for (; at < argc && strcmp(argv[at], "--"); at++) {
    char *name = argv[at], *value = strchr(name, '=');
    if (value) *value++ = 0;
    long number = value ? strtol(value, NULL, 0) : 0;
    char *comma = value ? strchr(value, ',') : NULL;
    if (!strcmp(name, "block")) {
      sigset_t set;
      sigemptyset(&set);
      sigaddset(&set, number);
      sigprocmask(SIG_BLOCK, &set, NULL);
    } else if (!strcmp(name, "ignore")) {
      signal(number, SIG_IGN);
    } else if (!strcmp(name, "nonblock")) {
      fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK);
    } else if (!strcmp(name, "socket")) {
      int listener = socket(AF_UNIX, SOCK_STREAM, 0);
      struct sockaddr_un address = {.sun_family = AF_UNIX};
      bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t));
      listen(listener, 1);
      put(listener, number);
    } else if (!strcmp(name, "pipe")) {
      int ends[2];
      pipe(ends);
      /* Out of the way of the numbers that are asked for. */
      int in = fcntl(ends[0], F_DUPFD, 500), out = fcntl(ends[1], F_DUPFD, 500);
      close(ends[0]);
      close(ends[1]);
      put(in, number);
      put(out, atoi(comma + 1));
    } else if (!strcmp(name, "close")) {
      close(number);
    } else if (!strcmp(name, "nofile")) {
      struct rlimit limit;
      getrlimit(RLIMIT_NOFILE, &limit);
      limit.rlim_cur = number;
      if (comma) limit.rlim_max = atol(comma + 1);
      if (setrlimit(RLIMIT_NOFILE, &limit)) return perror("setrlimit"), 1;
    } else if (!strcmp(name, "nice")) {
      setpriority(PRIO_PROCESS, 0, number);
    } else if (!strcmp(name, "open") || !strcmp(name, "read")) {
      int file = open(comma + 1, *name == 'o' ? O_RDWR : O_RDONLY);
      if (file < 0) return perror(comma + 1), 1;
      put(file, number);
    } else if (!strcmp(name, "dup")) {
      for (int fd = number; fd < number + atoi(comma + 1); fd++) put(open("/dev/zero", O_RDONLY), fd);
    } else if (!strcmp(name, "environment")) {
      environ = strange;
    } else if (!strcmp(name, "session")) {
      setsid();
    } else if (!strcmp(name, "personality")) {
      personality(number);
    } else if (!strcmp(name, "umask")) {
      umask(number);
    } else if (!strcmp(name, "slack")) {
      prctl(PR_SET_TIMERSLACK, number);
    } else {
      fprintf(stderr, "wrap: %s?\n", name);
      return 1;
    }
  }
  execv(argv[at + 1], argv + at + 1);
  perror(argv[at + 1]);
  return 1;
}
