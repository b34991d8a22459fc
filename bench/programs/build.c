/*
 * Builds one filter with libseccomp again and again: build POLICY MILLISECONDS >FILTER
 *
 * POLICY is a file: the default action and the level of optimization (SCMP_FLTATR_CTL_OPTIMIZE), then for each
 * rule its action, call number, count of comparisons, and for each of these argument, operator, datum_a, datum_b.
 * Prints to stderr the nanoseconds of the first build and the median of all; the filter goes to stdout.
 * A build is what QEMU does but for loading it: seccomp_init, a seccomp_rule_add_array for each rule, the program
 * (exported to /dev/null), seccomp_release.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* seccomp(3) as libseccomp.so.2 has it, so that its header need not be installed. */
struct scmp_arg_cmp {
	unsigned int arg;
	int op;
	uint64_t datum_a;
	uint64_t datum_b;
};
void *seccomp_init(uint32_t def_action);
void seccomp_release(void *ctx);
int seccomp_attr_set(void *ctx, int attribute, uint32_t value);
int seccomp_rule_add_array(void *ctx, uint32_t action, int syscall, unsigned int count,
			   const struct scmp_arg_cmp *comparisons);
int seccomp_export_bpf(const void *ctx, int fd);

enum { SCMP_FLTATR_CTL_OPTIMIZE = 8, MAX_COMPARISONS = 6, MAX_BUILDS = 100000 };

struct rule {
	uint32_t action;
	int syscall;
	unsigned int count;
	struct scmp_arg_cmp comparisons[MAX_COMPARISONS];
};

static struct rule *rules;
static size_t rule_count;
static uint32_t default_action, level;

static void die(const char *what, int answer)
{
	fprintf(stderr, "%s: %d\n", what, answer);
	exit(1);
}

static void read_policy(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t room = 0;
	struct rule rule;

	if (!file || fscanf(file, "%" SCNu32 " %" SCNu32, &default_action, &level) != 2)
		die("no policy", 0);
	while (fscanf(file, "%" SCNu32 " %d %u", &rule.action, &rule.syscall, &rule.count) == 3) {
		if (rule.count > MAX_COMPARISONS)
			die("too many comparisons", rule.count);
		for (unsigned int i = 0; i < rule.count; i++) {
			struct scmp_arg_cmp *c = &rule.comparisons[i];
			if (fscanf(file, "%u %d %" SCNu64 " %" SCNu64, &c->arg, &c->op, &c->datum_a, &c->datum_b) != 4)
				die("bad comparison", (int)rule_count);
		}
		if (rule_count == room) {
			room = room ? 2 * room : 64;
			rules = realloc(rules, room * sizeof(*rules));
			if (!rules)
				die("realloc", 0);
		}
		rules[rule_count++] = rule;
	}
	fclose(file);
}

static void build(int fd)
{
	void *ctx = seccomp_init(default_action);
	int answer;

	if (!ctx)
		die("seccomp_init", 0);
	answer = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, level);
	if (answer < 0)
		die("seccomp_attr_set", answer);
	for (const struct rule *r = rules; r < rules + rule_count; r++) {
		answer = seccomp_rule_add_array(ctx, r->action, r->syscall, r->count, r->comparisons);
		if (answer < 0)
			die("seccomp_rule_add_array", answer);
	}
	answer = seccomp_export_bpf(ctx, fd);
	if (answer < 0)
		die("seccomp_export_bpf", answer);
	seccomp_release(ctx);
}

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

int main(int argc, char **argv)
{
	int null = open("/dev/null", O_WRONLY);
	static double times[MAX_BUILDS];
	double begin, start, end, limit;
	int builds = 0;

	if (argc != 3)
		die("usage: build POLICY MILLISECONDS", argc);
	read_policy(argv[1]);
	limit = atof(argv[2]) * 1e6;

	begin = start = now();
	do {
		build(null);
		end = now();
		times[builds++] = end - start;
		start = end;
	} while (end - begin < limit && builds < MAX_BUILDS);
	fprintf(stderr, "%.0f ", times[0]);
	qsort(times, builds, sizeof(*times), ascending);
	fprintf(stderr, "%.0f\n", times[builds / 2]);
	build(1);
	return 0;
}
