#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct sock_filter first[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_THREAD),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_ptrace, 0, 1), /* denied quietly */
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (1 & SECCOMP_RET_DATA)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mount, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_personality, 0, 4),
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]) + sizeof(__u32)),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0xffffffff, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | 7),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_LOG),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

// Every opcode that seccomp takes.
static struct sock_filter second[] = {
	BPF_STMT(BPF_LD + BPF_W + BPF_LEN, 0),
	BPF_STMT(BPF_LDX + BPF_W + BPF_LEN, 0),
	BPF_STMT(BPF_LD + BPF_IMM, 5),
	BPF_STMT(BPF_LDX + BPF_IMM, 0xdeadbeef),
	BPF_STMT(BPF_ST, 3),
	BPF_STMT(BPF_STX, 15),
	BPF_STMT(BPF_LD + BPF_MEM, 3),
	BPF_STMT(BPF_LDX + BPF_MEM, 15),
	BPF_STMT(BPF_ALU + BPF_ADD + BPF_K, 1),
	BPF_STMT(BPF_ALU + BPF_ADD + BPF_X, 0),
	BPF_STMT(BPF_ALU + BPF_SUB + BPF_K, 2),
	BPF_STMT(BPF_ALU + BPF_SUB + BPF_X, 0),
	BPF_STMT(BPF_ALU + BPF_MUL + BPF_K, 3),
	BPF_STMT(BPF_ALU + BPF_MUL + BPF_X, 0),
	BPF_STMT(BPF_ALU + BPF_DIV + BPF_K, 4),
	BPF_STMT(BPF_ALU + BPF_DIV + BPF_X, 0),
	BPF_STMT(BPF_ALU + BPF_OR + BPF_K, 0x80000000),
	BPF_STMT(BPF_ALU + BPF_OR + BPF_X, 0),
	BPF_STMT(BPF_ALU + BPF_AND + BPF_K, 0xffff),
	BPF_STMT(BPF_ALU + BPF_AND + BPF_X, 0),
	BPF_STMT(BPF_ALU + BPF_LSH + BPF_K, 31),
	BPF_STMT(BPF_ALU + BPF_LSH + BPF_X, 0),
	BPF_STMT(BPF_ALU + BPF_RSH + BPF_K, 1),
	BPF_STMT(BPF_ALU + BPF_RSH + BPF_X, 0),
	BPF_STMT(BPF_ALU + BPF_XOR + BPF_K, 0x55),
	BPF_STMT(BPF_ALU + BPF_XOR + BPF_X, 0),
	BPF_STMT(BPF_ALU + BPF_NEG, 0),
	BPF_STMT(BPF_MISC + BPF_TAX, 0),
	BPF_STMT(BPF_MISC + BPF_TXA, 0),
	BPF_JUMP(BPF_JMP + BPF_JEQ + BPF_K, 1, 1, 2),
	BPF_JUMP(BPF_JMP + BPF_JEQ + BPF_X, 0, 1, 2),
	BPF_JUMP(BPF_JMP + BPF_JGT + BPF_K, 1, 1, 2),
	BPF_JUMP(BPF_JMP + BPF_JGT + BPF_X, 0, 1, 2),
	BPF_JUMP(BPF_JMP + BPF_JGE + BPF_K, 1, 1, 2),
	BPF_JUMP(BPF_JMP + BPF_JGE + BPF_X, 0, 1, 2),
	BPF_JUMP(BPF_JMP + BPF_JSET + BPF_K, 1, 1, 2),
	BPF_JUMP(BPF_JMP + BPF_JSET + BPF_X, 0, 1, 2),
	BPF_STMT(BPF_JMP + BPF_JA, 2),
	BPF_STMT(BPF_RET + BPF_A, 0),
	BPF_STMT(BPF_RET + BPF_K, SECCOMP_RET_USER_NOTIF),
	BPF_STMT(BPF_RET + BPF_K, SECCOMP_RET_ALLOW),
};

int main(void)
{
	struct sock_fprog one = { sizeof first / sizeof *first, first };
	struct sock_fprog two = { sizeof second / sizeof *second, second };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return 1;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &one) != 0)
		return 2;
	/* Refused for a flag that does not exist: the filter is shown, not installed. */
	syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 1u << 31, &two);
	return 0;
}
