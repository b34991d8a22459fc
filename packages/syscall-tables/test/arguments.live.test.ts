/** The C compiler's headers and the running kernel as judges of names, numbers and counts. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { calls } from '../src/arguments/calls.ts';
import { constantSets } from '../src/arguments/constants.ts';

/** The kernel's and the C library's define the same structures: each group is a program of its own. */
const HEADERS = [
  `linux/bpf.h linux/close_range.h linux/falloc.h linux/fcntl.h linux/futex.h linux/io_uring.h linux/keyctl.h
  linux/kvm.h linux/membarrier.h linux/memfd.h linux/perf_event.h linux/seccomp.h linux/reboot.h linux/xattr.h
  linux/fs.h linux/if_tun.h linux/prctl.h linux/ptrace.h linux/mount.h linux/sched.h linux/sockios.h
  linux/time.h linux/wait.h linux/stat.h linux/personality.h asm/prctl.h asm/ioctls.h asm/mman.h asm/signal.h
  asm/ipcbuf.h linux/ipc.h linux/resource.h linux/msg.h linux/eventpoll.h linux/timerfd.h`,
  `sys/prctl.h sys/ptrace.h sys/socket.h sys/mman.h sys/epoll.h sys/eventfd.h sys/inotify.h sys/ioctl.h sys/ipc.h
  sys/msg.h sys/sem.h sys/mount.h sys/personality.h sys/random.h sys/resource.h sys/signalfd.h sys/stat.h
  sys/timerfd.h sys/uio.h sys/wait.h sys/time.h sys/file.h sched.h signal.h time.h unistd.h fcntl.h netinet/in.h`,
].map((group) => group.split(/\s+/));

const named = Object.values(constantSets).flatMap(({ values, flags }) => [
  ...Object.entries(values),
  ...Object.entries(flags),
]);

describe('constants', () => {
  beforeEach((context) => {
    if (process.platform !== 'linux' || process.arch !== 'x64') context.skip('needs Linux on x86_64');
  });

  it('are what the headers say', (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'qseccomp-constants-'));
    try {
      const checked = HEADERS.flatMap((headers) => {
        writeFileSync(join(folder, 'constants.c'), source(headers));
        const built = spawnSync('gcc', ['-w', '-o', join(folder, 'constants'), join(folder, 'constants.c')]);
        if (built.error) context.skip('needs gcc');
        expect(String(built.stderr)).toBe('');
        const { stdout } = spawnSync(join(folder, 'constants'));
        return String(stdout)
          .trim()
          .split('\n')
          .map((line) => line.split(' '));
      });
      // The C library gives O_LARGEFILE as 0: its open always has it.
      expect(checked.filter(([name, theirs, ours]) => theirs !== ours && name !== 'O_LARGEFILE')).toEqual([]);
      const names = new Set(checked.map(([name]) => name));
      // Enumerators, which the preprocessor does not see, and what headers older than the kernel lack.
      expect(names.size).toBeGreaterThan(0.8 * named.length);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('calls', () => {
  beforeEach((context) => {
    if (process.platform !== 'linux') context.skip('needs Linux');
  });

  it('have as many arguments as the running kernel says', (context) => {
    // Where it is mounted already, mounting it again fails.
    const script =
      'mount -t tracefs none /sys/kernel/tracing; cd /sys/kernel/tracing/events/syscalls && grep -c "^.field:" sys_enter_*/format';
    const { stdout } = spawnSync('unshare', ['-m', 'sh', '-c', script]);
    const counts = [...String(stdout ?? '').matchAll(/^sys_enter_(.*)\/format:(\d+)$/gm)];
    if (counts.length === 0) context.skip('needs tracefs (root)');
    for (const [, name = '', fields] of counts) {
      // The kernel's umount is the table's umount2.
      const described = calls().get(name === 'umount' ? 'umount2' : name);
      // Four fields of every event, and the number of the call.
      if (described !== undefined) expect(described.length, name).toBe(Number(fields) - 5);
    }
  });
});

function source(headers: readonly string[]): string {
  return [
    '#define _GNU_SOURCE',
    '#include <stdio.h>',
    ...headers.map((header) => `#if __has_include(<${header}>)\n#include <${header}>\n#endif`),
    'int main(void) {',
    ...named.map(
      ([name, number]) => `#ifdef ${name}\nprintf("${name} %u ${number}\\n", (unsigned)(${name}));\n#endif`,
    ),
    '}',
  ].join('\n');
}
