/*
 * Says "ready", then one line for each signal that comes: "got N". Ends with status 9 on SIGUSR2, or by itself
 * after 20 seconds.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int out = 1;

static void say(int signal_) {
  char line[16] = "got   \n";
  line[4] = (char)('0' + signal_ / 10);
  line[5] = (char)('0' + signal_ % 10);
  if (write(out, line, strlen(line)) < 0) _exit(8);
  if (signal_ == SIGUSR2) _exit(9);
}

int main(int argc, char **argv) {
  struct sigaction action = {.sa_handler = say};
  const int except[] = {SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCHLD, SIGALRM, SIGSEGV, SIGBUS};
  sigfillset(&action.sa_mask);
  for (int signal_ = 1; signal_ < 32; signal_++) {
    int skip = 0;
    for (unsigned i = 0; i < sizeof except / sizeof *except; i++) skip |= except[i] == signal_;
    if (!skip) sigaction(signal_, &action, NULL);
  }
  alarm(20);
  if (argc > 1 && !freopen(argv[1], "a", stdout)) return 7;
  if (write(1, "ready\n", 6) < 0) return 8;
  for (;;) pause();
}
