/*
 * Times one system call under a filter: call NUMBER ARGUMENT0 ARGUMENT1 BATCHES <FILTER
 *
 * FILTER is a struct sock_filter array; none is loaded when stdin is empty. A batch is a thousand calls, too short
 * to be interrupted often. Prints the nanoseconds per call of the median batch and the errno of the last call.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 1000, MAX_BATCHES = 10000, MAX_INSTRUCTIONS = 4096 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return (d > 0) - (d < 0);
}

static void load_filter(void)
{
	static struct sock_filter filter[MAX_INSTRUCTIONS];
	struct sock_fprog program = { .filter = filter };
	size_t bytes = fread(filter, 1, sizeof(filter), stdin);

	program.len = bytes / sizeof(*filter);
	if (program.len == 0)
		return;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)) {
		perror("seccomp");
		exit(1);
	}
}

int main(int argc, char **argv)
{
	static double times[MAX_BATCHES];
	long number, a, b, batches;
	int last = 0;

	if (argc != 5)
		return 2;
	number = atol(argv[1]);
	a = atol(argv[2]);
	b = atol(argv[3]);
	batches = atol(argv[4]);
	if (batches < 1 || batches > MAX_BATCHES)
		return 2;
	load_filter();
	for (long batch = 0; batch < batches; batch++) {
		double start = now();
		for (long i = 0; i < BATCH; i++) {
			errno = 0;
			syscall(number, a, b, 0);
		}
		last = errno;
		times[batch] = (now() - start) / BATCH;
	}
	qsort(times, batches, sizeof(*times), ascending);
	printf("%.2f %d\n", times[batches / 2], last);
	return 0;
}
