#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct sock_filter odd[] = {
	{ 0x28, 0, 0, 12 },
	{ 0x94, 1, 2, 3 },
	{ 0x06, 1, 2, 0x7fff0000 },
	{ 0x0e, 0, 0, 0 },
	{ 0xffff, 255, 255, 0xffffffff },
	{ 0x1234, 0, 0, 5 },
	{ 6, 0, 0, 0x12345678 },
	{ 6, 0, 0, 0x00051234 },
	{ 6, 0, 0, 0x80000005 },
	{ 0x16, 0, 0, 7 },
	{ 0x20, 0, 0, 0xfffff000 },
	{ 0x30, 0, 0, 0xfffff004 },
	{ 0x40, 0, 0, 1 },
	{ 0xb1, 0, 0, 0 },
	{ 0x05, 1, 2, 0xffffffff },
	{ 0x02, 1, 1, 1 },
	{ 0x62, 0, 0, 1 },
	{ 0x25, 1, 2, 3 },
	{ 0x8d, 1, 2, 3 },
	{ 0xf5, 1, 2, 3 },
	{ 0x84, 0, 0, 3 },
	{ 0x8c, 0, 0, 3 },
	{ 0xc4, 0, 0, 1 },
	{ 0x0f, 0, 0, 1 },
	{ 0x87, 0, 0, 9 },
};

int main(void)
{
	struct sock_fprog p = { sizeof odd / sizeof *odd, odd };

	syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &p);
	return 0;
}
