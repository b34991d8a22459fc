struct sock_filter {
 __u16 code;
 __u8 jt;
 __u8 jf;
 __u32 k;
};
struct sock_fprog {
 unsigned short len;
 struct sock_filter *filter;
};
static struct sock_filter first[] = {
 { (unsigned short)(0x00 | 0x00 | 0x20), 0, 0, __builtin_offsetof (struct seccomp_data, arch) },
 { (unsigned short)(0x05 | 0x10 | 0x00), 1, 0, (62|0x80000000|0x40000000) },
 { (unsigned short)(0x06 | 0x00), 0, 0, 0x80000000U },
 { (unsigned short)(0x00 | 0x00 | 0x20), 0, 0, __builtin_offsetof (struct seccomp_data, nr) },
 { (unsigned short)(0x05 | 0x30 | 0x00), 0, 1, 0x40000000 },
 { (unsigned short)(0x06 | 0x00), 0, 0, 0x00000000U },
 { (unsigned short)(0x05 | 0x10 | 0x00), 0, 1, 101 },
 { (unsigned short)(0x06 | 0x00), 0, 0, 0x00050000U | (1 & 0x0000ffffU) },
 { (unsigned short)(0x05 | 0x10 | 0x00), 0, 1, 165 },
 { (unsigned short)(0x06 | 0x00), 0, 0, 0x00030000U },
 { (unsigned short)(0x05 | 0x10 | 0x00), 0, 4, 135 },
 { (unsigned short)(0x00 | 0x00 | 0x20), 0, 0, __builtin_offsetof (struct seccomp_data, args[0]) + sizeof(__u32) },
 { (unsigned short)(0x05 | 0x40 | 0x00), 0, 1, 0xffffffff },
 { (unsigned short)(0x06 | 0x00), 0, 0, 0x7ff00000U | 7 },
 { (unsigned short)(0x06 | 0x00), 0, 0, 0x7ffc0000U },
 { (unsigned short)(0x06 | 0x00), 0, 0, 0x7fff0000U },
};
static struct sock_filter second[] = {
 { (unsigned short)(0x00 + 0x00 + 0x80), 0, 0, 0 },
 { (unsigned short)(0x01 + 0x00 + 0x80), 0, 0, 0 },
 { (unsigned short)(0x00 + 0x00), 0, 0, 5 },
 { (unsigned short)(0x01 + 0x00), 0, 0, 0xdeadbeef },
 { (unsigned short)(0x02), 0, 0, 3 },
 { (unsigned short)(0x03), 0, 0, 15 },
 { (unsigned short)(0x00 + 0x60), 0, 0, 3 },
 { (unsigned short)(0x01 + 0x60), 0, 0, 15 },
 { (unsigned short)(0x04 + 0x00 + 0x00), 0, 0, 1 },
 { (unsigned short)(0x04 + 0x00 + 0x08), 0, 0, 0 },
 { (unsigned short)(0x04 + 0x10 + 0x00), 0, 0, 2 },
 { (unsigned short)(0x04 + 0x10 + 0x08), 0, 0, 0 },
 { (unsigned short)(0x04 + 0x20 + 0x00), 0, 0, 3 },
 { (unsigned short)(0x04 + 0x20 + 0x08), 0, 0, 0 },
 { (unsigned short)(0x04 + 0x30 + 0x00), 0, 0, 4 },
 { (unsigned short)(0x04 + 0x30 + 0x08), 0, 0, 0 },
 { (unsigned short)(0x04 + 0x40 + 0x00), 0, 0, 0x80000000 },
 { (unsigned short)(0x04 + 0x40 + 0x08), 0, 0, 0 },
 { (unsigned short)(0x04 + 0x50 + 0x00), 0, 0, 0xffff },
 { (unsigned short)(0x04 + 0x50 + 0x08), 0, 0, 0 },
 { (unsigned short)(0x04 + 0x60 + 0x00), 0, 0, 31 },
 { (unsigned short)(0x04 + 0x60 + 0x08), 0, 0, 0 },
 { (unsigned short)(0x04 + 0x70 + 0x00), 0, 0, 1 },
 { (unsigned short)(0x04 + 0x70 + 0x08), 0, 0, 0 },
 { (unsigned short)(0x04 + 0xa0 + 0x00), 0, 0, 0x55 },
 { (unsigned short)(0x04 + 0xa0 + 0x08), 0, 0, 0 },
 { (unsigned short)(0x04 + 0x80), 0, 0, 0 },
 { (unsigned short)(0x07 + 0x00), 0, 0, 0 },
 { (unsigned short)(0x07 + 0x80), 0, 0, 0 },
 { (unsigned short)(0x05 + 0x10 + 0x00), 1, 2, 1 },
 { (unsigned short)(0x05 + 0x10 + 0x08), 1, 2, 0 },
 { (unsigned short)(0x05 + 0x20 + 0x00), 1, 2, 1 },
 { (unsigned short)(0x05 + 0x20 + 0x08), 1, 2, 0 },
 { (unsigned short)(0x05 + 0x30 + 0x00), 1, 2, 1 },
 { (unsigned short)(0x05 + 0x30 + 0x08), 1, 2, 0 },
 { (unsigned short)(0x05 + 0x40 + 0x00), 1, 2, 1 },
 { (unsigned short)(0x05 + 0x40 + 0x08), 1, 2, 0 },
 { (unsigned short)(0x05 + 0x00), 0, 0, 2 },
 { (unsigned short)(0x06 + 0x10), 0, 0, 0 },
 { (unsigned short)(0x06 + 0x00), 0, 0, 0x7fc00000U },
 { (unsigned short)(0x06 + 0x00), 0, 0, 0x7fff0000U },
};
int main(void)
{
 struct sock_fprog one = { sizeof first / sizeof *first, first };
 struct sock_fprog two = { sizeof second / sizeof *second, second };
 if (prctl(38, 1, 0, 0, 0) != 0)
  return 1;
 if (prctl(22, 2, &one) != 0)
  return 2;
 syscall(317, 1, 1u << 31, &two);
 return 0;
}
