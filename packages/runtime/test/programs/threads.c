/* Starts threads, lets each do some work, and says how many came back. */
#include <pthread.h>
#include <stdio.h>

static void *work(void *number) {
  return number;
}

int main(void) {
  pthread_t threads[4];
  long done = 0;
  for (long i = 0; i < 4; i++)
    if (pthread_create(&threads[i], NULL, work, (void *)(i + 1)) != 0) return 1;
  for (int i = 0; i < 4; i++) {
    void *number;
    pthread_join(threads[i], &number);
    done += (long)number;
  }
  printf("%ld\n", done);
  return 0;
}
