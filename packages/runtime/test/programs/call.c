/* call NUMBER [ARGUMENT]...: makes one system call; prints its answer and errno. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  unsigned long register_[7] = {0};
  for (int i = 1; i < argc && i < 8; i++) register_[i - 1] = strtoul(argv[i], NULL, 0);
  errno = 0;
  long answer = syscall(register_[0], register_[1], register_[2], register_[3], register_[4], register_[5], register_[6]);
  printf("%ld %d\n", answer, answer == -1 ? errno : 0);
  return 0;
}
