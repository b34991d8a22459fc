/*
 * judge: makes system calls under filters and writes down what the kernel made of each.
 *
 *   judge                                                prints where the two ways to make a call leave the program
 *   judge CALLS OUTCOMES THREADS BATCH REFERENCE FILTER...
 *
 * CALLS is an array of struct seccomp_data, OUTCOMES of struct outcome, FILTERs of struct sock_filter, loaded in
 * that order. Each BATCH of calls has a process of its own, in which THREADS threads share them. With REFERENCE 1
 * each call is made once before the filters are there as well. The ticket in argument 3 of the calls to seccomp(2)
 * is for a filter that lets only those through.
 *
 * Once the filters are there nothing but the calls in question is made, since any other may be denied: results are
 * in shared memory, a trap is left by a jump, the main thread sleeps, and the parent ends the process.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICKET = 0x7ab1e7, MAX_THREADS = 64, MAX_FILTERS = 64, STACK = 1 << 16 };
enum state { NONE, RETURNED, TRAPPED, THREAD_GONE, PROCESS_GONE, OTHER_SIGNAL };

struct outcome {
  int64_t value, reference;
  uint64_t address; /* siginfo of a trap: after the call */
  int32_t state, data, number;
  uint32_t architecture;
};

/* A thread's stack; found from within by its alignment, since a clone without TLS has nothing else of its own. */
union place {
  char stack[STACK];
  struct {
    sigjmp_buf back;
    struct outcome *trapped;
    unsigned index;
  };
};

struct shared {
  volatile int cloned, arrived, loaded, finished[MAX_THREADS];
  unsigned next, at[MAX_THREADS]; /* the call that nobody has taken, the one that each thread makes */
  pid_t thread[MAX_THREADS]; /* the kernel writes 0 when the thread is gone */
};

static union place places[MAX_THREADS] __attribute__((aligned(STACK)));
static struct shared *shared;
static const struct seccomp_data *calls;
static struct outcome *outcomes;
static struct sock_fprog filters[MAX_FILTERS];
static unsigned threads, loads, reference;
static unsigned first, last;

long enter(const struct seccomp_data *), enter_i386(const struct seccomp_data *);
extern char left[], left_i386[];

#if defined __x86_64__
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
/* The kernel takes the low half of rax only; the upper one of argument 5 fills it here. */
__asm__(".globl enter, left\nenter: mov (%rdi), %eax; mov 60(%rdi), %edx; shl $32, %rdx; or %rdx, %rax\n"
        "mov 24(%rdi), %rsi; mov 32(%rdi), %rdx; mov 40(%rdi), %r10; mov 48(%rdi), %r8; mov 56(%rdi), %r9\n"
        "mov 16(%rdi), %rdi; syscall\nleft: ret\n"
        ".globl enter_i386, left_i386\nenter_i386: push %rbx; push %rbp; mov (%rdi), %eax\n"
        "mov 16(%rdi), %rbx; mov 24(%rdi), %rcx; mov 32(%rdi), %rdx; mov 40(%rdi), %rsi; mov 56(%rdi), %rbp\n"
        "mov 48(%rdi), %rdi; int $0x80\nleft_i386: pop %rbp; pop %rbx; cltq; ret\n");
#elif defined __i386__
#define OWN_ARCHITECTURE AUDIT_ARCH_I386
__asm__(".globl enter, left, left_i386\nenter: push %ebx; push %ebp; push %esi; push %edi; mov 20(%esp), %eax\n"
        "mov 16(%eax), %ebx; mov 24(%eax), %ecx; mov 32(%eax), %edx; mov 40(%eax), %esi; mov 48(%eax), %edi\n"
        "mov 56(%eax), %ebp; mov (%eax), %eax; int $0x80\n"
        "left: left_i386: pop %edi; pop %esi; pop %ebp; pop %ebx; ret\n");
#endif

static long perform(const struct seccomp_data *call) {
#if defined __x86_64__
  if (call->arch == AUDIT_ARCH_I386) return enter_i386(call);
#endif
  return enter(call);
}

static void on_trap(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  union place *place = (union place *)((uintptr_t)&signal & ~(uintptr_t)(STACK - 1));
  *place->trapped = (struct outcome){
      .reference = place->trapped->reference,
      .address = (uintptr_t)info->si_call_addr,
      .data = info->si_errno,
      .number = info->si_syscall,
      .architecture = info->si_arch,
      .state = TRAPPED,
  };
  siglongjmp(place->back, 1);
}

static void load(void) {
  for (unsigned i = 0; i < loads; i++) {
    struct seccomp_data call = {
        .nr = SYS_seccomp,
        .arch = OWN_ARCHITECTURE,
        .args = {SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, (uintptr_t)&filters[i], TICKET},
    };
    long answer = perform(&call);
    if (answer != 0) {
      fprintf(stderr, "filter %u: %ld\n", i, answer);
      _exit(2);
    }
  }
}

/*
 * The main thread must be asleep before the filters are there: they would see its call, and a kill would leave one
 * thread less than outcomes are read by, a trap would be taken on its stack. After the last clone it makes one call.
 */
static void await_sleep(void) {
  char path[64], text[256] = "";
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", getpid());
  while (!shared->cloned || !strstr(text, ") S ")) {
    int fd = open(path, O_RDONLY);
    ssize_t length = read(fd, text, sizeof text - 1);
    text[length > 0 ? length : 0] = 0;
    close(fd);
    sched_yield();
  }
}

static int work(void *argument) {
  union place *place = argument;
  if (reference)
    for (unsigned i = first + place->index; i < last; i += threads) outcomes[i].reference = perform(&calls[i]);
  __atomic_add_fetch(&shared->arrived, 1, __ATOMIC_SEQ_CST);
  while (shared->arrived < (int)threads) sched_yield();
  if (place->index == 0) {
    await_sleep();
    load();
    shared->loaded = 1;
  }
  while (!shared->loaded) __asm__ volatile("pause");
  for (;;) {
    unsigned i = __atomic_fetch_add(&shared->next, 1, __ATOMIC_RELAXED);
    if (i >= last) break;
    struct outcome *outcome = place->trapped = &outcomes[i];
    shared->at[place->index] = i;
    /* No mask is saved: to set it again would be a call. */
    if (sigsetjmp(place->back, 0)) continue;
    outcome->value = perform(&calls[i]);
    outcome->state = RETURNED;
  }
  shared->finished[place->index] = 1;
  for (;;) __asm__ volatile("pause");
  return 0;
}

static void child(void) {
  struct sigaction trap = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_NODEFER};
  sigaction(SIGSYS, &trap, NULL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) _exit(2);
  for (unsigned i = 0; i < threads; i++) {
    union place *place = &places[i];
    place->index = i;
    /* At the end of its life the kernel clears the word, which the parent watches. */
    shared->thread[i] = 1;
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_CHILD_CLEARTID;
    if (clone(work, place->stack + STACK, flags, place, NULL, NULL, &shared->thread[i]) < 0) _exit(2);
  }
  shared->cloned = 1;
  for (;;) pause();
}

static int running(void) {
  for (unsigned i = 0; i < threads; i++)
    if (shared->thread[i] && !shared->finished[i]) return 1;
  return 0;
}

/* Runs the calls from first to last in a process; returns its exit status if it failed. */
static int batch(void) {
  memset(shared, 0, sizeof *shared);
  shared->next = first;
  for (unsigned i = 0; i < threads; i++) shared->thread[i] = 1;
  pid_t pid = fork();
  if (pid == 0) child();
  int status, ended = 0;
  while (running() && !(ended = waitpid(pid, &status, WNOHANG))) sched_yield();
  /* A process that is being killed by its call keeps that signal. */
  if (!ended) kill(pid, SIGKILL), waitpid(pid, &status, 0);
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  int signal = WTERMSIG(status), gone = signal == SIGSYS ? PROCESS_GONE : signal == SIGKILL ? THREAD_GONE : OTHER_SIGNAL;
  for (unsigned i = 0; i < threads; i++)
    if (!shared->finished[i]) outcomes[shared->at[i]].state = gone;
  return 0;
}

static void *map(const char *path, int flags, size_t *size) {
  struct stat status;
  int fd = open(path, flags);
  if (fd < 0 || fstat(fd, &status)) perror(path), exit(2);
  void *memory = mmap(NULL, status.st_size, PROT_READ | (flags == O_RDWR ? PROT_WRITE : 0), MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) perror(path), exit(2);
  *size = status.st_size;
  return memory;
}

int main(int argc, char **argv) {
  if (argc == 1) return printf("%lu %lu\n", (unsigned long)left, (unsigned long)left_i386) < 0;
  size_t size;
  calls = map(argv[1], O_RDONLY, &size);
  unsigned count = size / sizeof *calls;
  outcomes = map(argv[2], O_RDWR, &size);
  threads = atoi(argv[3]);
  unsigned each = atoi(argv[4]);
  reference = atoi(argv[5]);
  for (int i = 6; i < argc; i++, loads++) {
    filters[loads].filter = map(argv[i], O_RDONLY, &size);
    filters[loads].len = size / sizeof(struct sock_filter);
  }
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  setrlimit(RLIMIT_CORE, &(struct rlimit){0});
  for (first = 0; first < count; first = last) {
    last = first + each < count ? first + each : count;
    int status = batch();
    if (status) return status;
  }
  return 0;
}
