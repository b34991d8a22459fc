/* A process to be looked at: filters and threads of different kinds, calls that wait. Says `ready` first. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Allows everything; the mark tells filters apart. */
static void install(uint32_t mark, unsigned flags) {
  struct sock_filter code[] = {{0x00, 0, 0, mark}, {0x06, 0, 0, SECCOMP_RET_ALLOW}};
  struct sock_fprog program = {2, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program))
    exit(99);
}

static void ready(void) {
  printf("ready %d\n", (int)gettid());
  fflush(stdout);
}

static sem_t settled;

static void *sleeper(void *mark) {
  prctl(PR_SET_NAME, mark ? "marked" : "plain");
  if (mark) install((uintptr_t)mark, 0);
  sem_post(&settled);
  for (;;) pause();
  return NULL;
}

/* Back when the thread has its name and its filter. */
static void started(void *mark) {
  pthread_t thread;
  sem_init(&settled, 0, 0);
  if (pthread_create(&thread, NULL, sleeper, mark)) exit(98);
  while (sem_wait(&settled)) continue;
}

static void *brief(void *unused) {
  (void)unused;
  return NULL;
}

static void *in_strict_mode(void *unused) {
  (void)unused;
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
  char byte;
  for (;;) (void)!read(0, &byte, 1);
  return NULL;
}

static volatile sig_atomic_t caught;
static void count(int signal) {
  (void)signal;
  caught++;
}

static int wait_in(const char *call) {
  struct timespec time = {0, 700000000};
  struct epoll_event event;
  int word = 0;
  char byte;
  if (!strcmp(call, "nanosleep")) return nanosleep(&time, NULL);
  if (!strcmp(call, "poll")) return poll(NULL, 0, 700);
  if (!strcmp(call, "ppoll")) return ppoll(NULL, 0, &time, NULL);
  if (!strcmp(call, "futex")) return syscall(SYS_futex, &word, 0, 0, &time, NULL, 0);
  if (!strcmp(call, "epoll_wait")) return epoll_wait(epoll_create1(0), &event, 1, 700);
  if (!strcmp(call, "read")) return read(0, &byte, 1);
  return -2;
}

int main(int argc, char **argv) {
  const char *kind = argc > 1 ? argv[1] : "";
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (!strcmp(kind, "threads")) {
    for (int i = atoi(argv[2]); i > 0; i--) started(NULL);
    install(1, SECCOMP_FILTER_FLAG_TSYNC);
    install(2, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG);
  } else if (!strcmp(kind, "mixed")) {
    started(NULL);
    started((void *)7);
    install(1, 0);
    install(2, 0);
    started(NULL);
    usleep(100000);
  } else if (!strcmp(kind, "strict")) {
    pthread_t thread;
    pthread_create(&thread, NULL, in_strict_mode, NULL);
    usleep(100000);
  } else if (!strcmp(kind, "churn")) {
    install(1, 0);
    ready();
    for (;;) {
      pthread_t threads[8];
      for (int i = 0; i < 8; i++) pthread_create(&threads[i], NULL, brief, NULL);
      for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
    }
  } else if (!strcmp(kind, "leaderless")) {
    install(1, 0);
    started(NULL);
    ready();
    pthread_exit(NULL);
  } else if (!strcmp(kind, "vfork")) {
    install(1, 0);
    ready();
    if (vfork() == 0) {
      struct timespec time = {3, 0};
      syscall(SYS_nanosleep, &time, NULL);
      _exit(0);
    }
    puts("back");
  } else if (!strcmp(kind, "signals")) {
    struct sigaction action = {.sa_handler = count};
    sigaction(SIGUSR1, &action, NULL);
    install(1, 0);
    ready();
    for (;;) {
      pause();
      printf("caught %d\n", (int)caught);
    }
  } else if (!strcmp(kind, "wait")) {
    install(1, 0);
    ready();
    errno = 0;
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    int answer = wait_in(argv[2]);
    int error = errno;
    clock_gettime(CLOCK_MONOTONIC, &end);
    long took = (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000;
    printf("%d %s %s\n", answer, error ? strerrorname_np(error) : "0", took >= 690 ? "whole" : "short");
    return 0;
  } else if (!strcmp(kind, "exec")) {
    install(1, 0);
    execv(argv[2], argv + 2);
  }
  ready();
  for (;;) pause();
}
