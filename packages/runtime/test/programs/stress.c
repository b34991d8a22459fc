/*
 * stress: threads for whatever process it is loaded into (LD_PRELOAD), which never stop to make a call that the
 * sandbox answers EPERM and the kernel EINVAL, and threads that start others which make it once.
 *
 * STRESS_REPORT names a file of THREADS + 1 struct count. In the first one `before` is set by the process: 1 has the
 * threads start, 2 says that the filter is there. From then on a call that is not denied has escaped.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BUSY = 180, PARENTS = 20, THREADS = BUSY + PARENTS, GO = 1, INSTALLED = 2, ENOUGH = 100 };

struct count {
  volatile unsigned before, denied, escaped;
};
static struct count *counts;

static void *call_once(void *argument) {
  struct count *own = argument;
  int installed = counts->before == INSTALLED;
  syscall(SYS_sched_setparam, -1, NULL);
  if (errno == EPERM) own->denied++;
  else if (installed) own->escaped++;
  else own->before++;
  return NULL;
}

static void wait_for_go(void) {
  setpriority(PRIO_PROCESS, 0, 10);
  while (counts->before < GO) usleep(1000);
}

static void *call_forever(void *own) {
  wait_for_go();
  /* Denied often enough, it leaves the processors to the others. */
  for (;;) {
    call_once(own);
    if (((struct count *)own)->denied > ENOUGH) usleep(1000);
  }
  return NULL;
}

static void *start_forever(void *own) {
  wait_for_go();
  for (;;) {
    pthread_t child;
    if (pthread_create(&child, NULL, call_once, own) == 0) pthread_join(child, NULL);
  }
  return NULL;
}

__attribute__((constructor)) static void start(void) {
  int fd = open(getenv("STRESS_REPORT") ?: "", O_RDWR);
  if (fd < 0) return;
  counts = mmap(NULL, (THREADS + 1) * sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (counts == MAP_FAILED) abort();
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 1 << 16);
  for (int i = 1; i <= THREADS; i++) {
    pthread_t thread;
    if (pthread_create(&thread, &small, i <= BUSY ? call_forever : start_forever, &counts[i])) abort();
  }
}
