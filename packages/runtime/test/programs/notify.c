/*
 * notify WAY...: calls for a supervisor to answer, one line of output each.
 *   open PATH   what the file behind open(2) says
 *   getppid     its value, or errno
 *   getsid      its value, or errno
 *   threads N   getppid from N threads, 100 times each; the sum
 *   fork N      getppid in N children, one after the other
 *   pause       getppid, after it has said so; with SIGUSR1 handled
 *   kill        getppid in a child that is killed while it waits
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static long ask(void) { return syscall(SYS_getppid); }

static void *many(void *sum) {
  for (int i = 0; i < 100; i++) __atomic_add_fetch((long *)sum, ask(), __ATOMIC_SEQ_CST);
  return NULL;
}

static volatile sig_atomic_t handled;
static void handler(int signal) { (void)signal; handled++; }

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "open")) {
      char text[64] = {0};
      int fd = open(argv[++i], O_RDONLY);
      if (fd >= 0) read(fd, text, sizeof text - 1);
      const char *result = fd >= 0 ? text : strerror(errno);
      printf("open %s %s %d\n", result, fd >= 0 && fcntl(fd, F_GETFD) & FD_CLOEXEC ? "closes" : "stays", fd);
    } else if (!strcmp(argv[i], "getppid")) {
      errno = 0;
      long value = ask();
      printf("getppid %ld %d\n", value, errno);
    } else if (!strcmp(argv[i], "getsid")) {
      errno = 0;
      long value = syscall(SYS_getsid, 0);
      printf("getsid %ld %d\n", value, errno);
    } else if (!strcmp(argv[i], "threads")) {
      int n = atoi(argv[++i]);
      long sum = 0;
      pthread_t threads[256];
      for (int t = 0; t < n; t++) pthread_create(&threads[t], NULL, many, &sum);
      for (int t = 0; t < n; t++) pthread_join(threads[t], NULL);
      printf("threads %ld\n", sum);
    } else if (!strcmp(argv[i], "fork")) {
      int n = atoi(argv[++i]), good = 0;
      for (int c = 0; c < n; c++) {
        pid_t pid = fork();
        if (pid == 0) _exit(ask() == 7 ? 0 : 1);
        int status;
        waitpid(pid, &status, 0);
        good += status == 0;
      }
      printf("fork %d\n", good);
    } else if (!strcmp(argv[i], "pause")) {
      struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
      sigaction(SIGUSR1, &action, NULL);
      printf("pause %d\n", getpid());
      long value = ask();
      printf("paused %ld %d\n", value, (int)handled);
    } else if (!strcmp(argv[i], "kill")) {
      pid_t pid = fork();
      if (pid == 0) _exit(ask());
      usleep(100000);
      kill(pid, SIGKILL);
      waitpid(pid, NULL, 0);
      printf("killed\n");
    }
  }
  return 0;
}
