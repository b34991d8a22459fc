/** What `qseccomp why` reads beside a call's name: audit records, strace's output, wait statuses. */
import { spawnSync } from 'node:child_process';
import { compilePolicy } from '@qseccomp/bpf';
import { aarch64, x86, x86_64 } from '@qseccomp/syscall-tables';
import { describe, expect, it, test } from 'vitest';
import { callsOf } from '../src/denial/lines.ts';
import { judge } from '../src/denial/verdict.ts';
import { explainStatus } from '../src/denial/wait-status.ts';
import { COMMAND } from './command.ts';

const RECORD =
  'audit: type=1326 audit(1795382035.915:14266): auid=4294967295 uid=0 gid=0 ses=4294967295 pid=24834 comm="trap" exe="/tmp/trap" sig=31 arch=c000003e syscall=39 compat=0 ip=0x7fa579ec6829 code=0x80000000';

const plain = (text: string) =>
  callsOf(text, x86_64).map(({ architecture, number, names, args, caller, answered }) => ({
    architecture: architecture?.name,
    number,
    names,
    args: args.map((value) => (value === undefined ? '?' : String(value))).join(' '),
    ...(caller !== undefined && { caller }),
    ...(answered !== undefined && { answered }),
  }));

describe('audit records', () => {
  const expected = {
    architecture: 'x86_64',
    number: 39,
    names: ['getpid'],
    args: '? ? ? ? ? ?',
    caller: 'process 24834 (trap)',
  };
  const told = { ...expected, answered: 0x8000_0000 };

  test.each([
    ['dmesg', `[14668.199245] ${RECORD}`, told],
    ['audit.log', RECORD.replace('audit: type=1326 audit', 'type=SECCOMP msg=audit'), told],
    ['the kernel in the journal', `Nov 22 21:13:55 host kernel: ${RECORD}`, told],
    [
      'audit in the journal',
      RECORD.replace(/^audit.*?: auid/, 'Nov 22 21:13:55 host audit[24834]: SECCOMP auid'),
      told,
    ],
    [
      'ausearch -i',
      'type=SECCOMP msg=audit(11/22/2026 21:13:55.915:14266) : auid=unset uid=root gid=root ses=unset pid=24834 comm=trap exe=/tmp/trap sig=SIGSYS arch=x86_64 syscall=getpid compat=0 ip=0x7fa579ec6829 code=kill',
      expected,
    ],
  ])('of %s', (_source, line, call) => {
    expect(plain(line)).toEqual([call]);
  });

  it('of other architectures, of x32, and of unknown ones', () => {
    const of = (arch: string, call: string) =>
      plain(RECORD.replace('arch=c000003e', `arch=${arch}`).replace('syscall=39', `syscall=${call}`))[0];
    expect(of('40000003', '21')).toMatchObject({ architecture: 'x86', names: ['mount'] });
    expect(of('c000003e', String(0x4000_0000 + 165))).toMatchObject({
      architecture: 'x32',
      names: ['mount'],
    });
    expect(of('c000003e', '-1')).toMatchObject({ architecture: 'x86_64', number: 0xffff_ffff, names: [] });
    expect(of('1234', '5')).toMatchObject({ architecture: undefined, number: 5, names: [] });
  });
});

describe('lines of strace', () => {
  test.each([
    ['getpid() = 39', 39, '? ? ? ? ? ?'],
    [
      'mount("a, b)", "/x", "tmpfs", MS_RDONLY|MS_BIND, NULL) = -1 EPERM (Operation not permitted)',
      165,
      '? ? ? 4097 0 ?',
    ],
    [
      'clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f00) = 12',
      56,
      '18874385 0 ? 32512 ? ?',
    ],
    ['sched_setscheduler(0, SCHED_IDLE, [0]) = 0', 144, '0 5 ? ? ? ?'],
    [
      'openat(AT_FDCWD</root>, "/etc", O_RDONLY|O_CLOEXEC) = 3</etc>',
      257,
      '18446744073709551516 ? 524288 ? ? ?',
    ],
    ['close(3</tmp/a, b>) = 0', 3, '3 ? ? ? ? ?'],
    ['execve("/bin/x", ["x", "a\\"b"], 0x7ffc /* 39 vars */) = 0', 59, '? ? 32764 ? ? ?'],
    ['chmod("/x", 0755) = 0', 90, '? 493 ? ? ? ?'],
    [
      'mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f',
      9,
      '0 8192 3 34 18446744073709551615 0',
    ],
    ['mmap(NULL, 8192, PROT_READ|PROT_NEWER, MAP_PRIVATE, 3, 0) = 0x7f', 9, '0 8192 ? 2 3 0'],
    ['ioctl(0, TIOCSTI, "x") = 0', 16, /^0 (?:21522|\?) \? \? \? \?$/],
    // strace's own remark comes where the new process does, which is in the middle of the call.
    [
      'clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLDstrace: Process 7 attached',
      56,
      /^16777233 0 /,
    ],
    ['wait4(-1,  <unfinished ...>', 61, /^18446744073709551615 /],
    ['syscall_0x1c8(0x1, 0x2, 0, 0, 0, 0x5) = -1', 456, '1 2 0 0 0 5'],
  ])('%s', (line, number, args) => {
    const [call] = plain(line);
    expect(call?.number).toBe(number);
    expect(call?.args).toEqual(typeof args === 'string' ? args : expect.stringMatching(args));
  });

  it('may begin with process and time', () => {
    for (const prefix of [
      '[pid  77] ',
      '77 ',
      '77    12:00:00 ',
      '77 1795382035.915 ',
      '[pid 77] 12:00:00.25 ',
    ])
      expect(plain(`${prefix}getpid() = 1`)).toMatchObject([{ names: ['getpid'], caller: 'process 77' }]);
  });

  it('tell of a trap with the token of the architecture', () => {
    const line =
      '--- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_call_addr=0x7faa, si_syscall=__NR_mount, si_arch=AUDIT_ARCH_I386} ---';
    expect(plain(line)).toMatchObject([{ architecture: 'x86', names: ['mount'], number: 21 }]);
  });

  it('follow a process into 32 bits and back', () => {
    const lines =
      '[ Process PID=7 runs in 32 bit mode. ]\ngetpid() = 1\n[ Process PID=7 runs in 64 bit mode. ]\ngetpid() = 1';
    expect(plain(lines).map(({ architecture }) => architecture)).toEqual(['x86', 'x86_64']);
    expect(callsOf(lines, aarch64).map(({ architecture }) => architecture?.name)).toEqual(['arm', 'aarch64']);
  });

  it('that are no calls are passed over', () => {
    for (const line of [
      '+++ killed by SIGSYS +++',
      'strace: Process 7 attached',
      'nosuchcall(1) = 0',
      '',
      '--- SIGCHLD {} ---',
    ])
      expect(plain(line)).toEqual([]);
  });
});

describe('verdicts', () => {
  const policy = {
    defaultAction: 'ALLOW',
    architectures: [
      {
        architecture: x86_64,
        rules: [
          { syscall: 'mount', action: 'KILL_PROCESS' },
          {
            syscall: 'socket',
            action: { errno: 'EACCES' },
            comparisons: [{ argument: 1, op: 'EQ', value: 3n }],
          },
        ],
      },
    ],
  } as const;
  const filters = [{ program: compilePolicy(policy).program, policy }];
  const verdict = (line: string) => judge(filters, callsOf(line, x86_64)[0] as never, 'little');

  it('depend on what is not known, if that is looked at', () => {
    expect(verdict('mount("x") = 0')).toMatchObject({ text: 'kill the process' });
    expect(verdict('socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3')).toMatchObject({ text: 'allow' });
    expect(verdict('socket(AF_INET, SOCK_UNHEARD_OF, IPPROTO_IP) = 3')).toMatchObject({
      text: 'depends on argument 1: allow, or fail with EACCES (13)',
      depends: { arguments: [1] },
      notes: ['fail with EACCES when argument 1 is 3'],
    });
  });

  it('are known where another filter is as restrictive as any answer that is not', () => {
    const kill = compilePolicy({
      defaultAction: 'ALLOW',
      architectures: [{ architecture: x86_64, rules: [{ syscall: 'socket', action: 'KILL_PROCESS' }] }],
    }).program;
    const call = callsOf(RECORD.replace('syscall=39', 'syscall=41'), x86_64)[0] as never;
    expect(judge([...filters, { program: kill }], call, 'little')).toMatchObject({
      text: 'kill the process',
    });
    const [log, both] = ['LOG', 'ALLOW'].map((defaultAction) => ({
      program: compilePolicy({
        defaultAction: defaultAction as 'LOG',
        architectures: [{ architecture: x86_64, rules: [] }],
      }).program,
    }));
    // Of LOG and ALLOW or an errno, LOG or the errno is left.
    expect(judge([log as never, ...filters], call, 'little').depends?.answers).toEqual([
      'log and allow',
      'fail with EACCES (13)',
    ]);
    const errnos = {
      defaultAction: { errno: 1 },
      architectures: [{ architecture: x86_64, rules: policy.architectures[0].rules }],
    };
    expect(judge([{ program: compilePolicy(errnos).program }], call, 'little').depends?.answers).toEqual([
      'fail with EPERM (1)',
      'fail with EACCES (13)',
    ]);
    expect(judge([both as never, ...filters], call, 'little').depends?.answers).toEqual([
      'allow',
      'fail with EACCES (13)',
    ]);
  });

  it('say where a record cannot be of these filters', () => {
    expect(verdict(RECORD).notes).toEqual([
      "the kernel's answer was another: kill the process; the process had another filter than these, or more of them",
    ]);
    expect(verdict(RECORD.replace('syscall=39', 'syscall=165')).notes).toEqual([]);
    expect(verdict(RECORD.replace('syscall=39', 'syscall=41')).notes).toContainEqual(
      expect.stringMatching(/^the kernel's answer was another/),
    );
  });

  it('explain calls of another architecture', () => {
    const line = RECORD.replace('arch=c000003e', `arch=${x86.auditArch.toString(16)}`);
    expect(verdict(line)).toMatchObject({
      text: 'kill the thread',
      reason: { text: 'the filter is not for this architecture, and answers so to every call of it' },
    });
  });
});

describe('the smallest change to a profile', () => {
  const change = (rules: readonly object[], line: string, defaultAction: 'ALLOW' | { errno: string }) => {
    const policy = { defaultAction, architectures: [{ architecture: x86_64, rules }] } as never;
    return judge(
      [{ program: compilePolicy(policy).program, policy }],
      callsOf(line, x86_64)[0] as never,
      'little',
    ).change;
  };
  const EPERM = { errno: 'EPERM' };

  it('takes out what denies, and adds what is missing, with the values that are looked at', () => {
    const deny = { syscall: 'mount', action: 'KILL_PROCESS', path: '$.syscalls[0].names[0]' };
    expect(change([deny], 'mount("x") = 0', 'ALLOW')).toEqual({ remove: ['$.syscalls[0].names[0]'] });
    expect(change([], 'getpid() = 0', EPERM)).toEqual({
      add: { names: ['getpid'], action: 'SCMP_ACT_ALLOW' },
    });
    const some = { syscall: 'socket', action: 'ALLOW', comparisons: [{ argument: 0, op: 'EQ', value: 1n }] };
    expect(change([some], 'socket(2, 1, 0) = 3', EPERM)).toEqual({
      add: {
        names: ['socket'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, value: 2n, op: 'SCMP_CMP_EQ' }],
      },
    });
  });

  it('is not told where values are not known', () => {
    const some = { syscall: 'socket', action: 'ALLOW', comparisons: [{ argument: 0, op: 'EQ', value: 1n }] };
    expect(change([some], RECORD.replace('syscall=39', 'syscall=41'), EPERM)).toBeUndefined();
  });
});

describe('statuses', () => {
  it.each([31, 159])('%i is SIGSYS, and no more is known', (status) => {
    const { signal, byFilter, text } = explainStatus(status);
    expect([signal, byFilter]).toEqual([31, true]);
    expect(text.join(' ')).toMatch(/cannot be known.*strace -f.*type=1326/);
  });

  it.each([
    [0, undefined, /ended by itself, with 0/],
    [1, 1, /signal 1 \(SIGHUP\)/],
    [137, 9, /signal 9 \(SIGKILL\).*supervisor/],
    [139, 11, /signal 11 \(SIGSEGV\)/],
    [256, undefined, /ended by itself, with 1/],
    [31 << 8, undefined, /ended by itself, with 31/],
  ])('%i', (status, signal, words) => {
    const meaning = explainStatus(status);
    expect([meaning.signal, meaning.byFilter]).toEqual([signal, false]);
    expect(meaning.text.join(' ')).toMatch(words);
  });
});

describe('the command', () => {
  const why = (input: string, ...argv: string[]) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [COMMAND, 'why', ...argv], {
      input,
      encoding: 'utf8',
    });
    return { stdout, stderr, status };
  };
  const LOG = [
    RECORD.replace('syscall=39', 'syscall=165'),
    RECORD.replace('syscall=39', 'syscall=165').replace('24834', '9'),
    'noise',
  ].join('\n');

  it('tells of many lines, alike ones once, and counts what is allowed', () => {
    const { stdout, stderr, status } = why(`${LOG}\ngetpid() = 1\n`, '-sandbox', 'on', '-');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      'mount(…), 165 on x86_64 (process 24834 (trap), process 9 (trap), 2 times): kill the process\n' +
        'denied by the set default (never needed); no option but off allows it\n' +
        '\n1 call is allowed\n',
    );
  });

  it('takes the filter for the machine that a line is from', () => {
    const { stdout } = why(
      RECORD.replace('arch=c000003e', 'arch=c00000b7').replace('syscall=39', 'syscall=40'),
      '-',
    );
    expect(stdout).toMatch(/^mount\(…\), 40 on aarch64 .*: kill the process\ndenied by the set default/);
    const foreign = why(
      RECORD.replace('arch=c000003e', 'arch=40000003').replace('syscall=39', 'syscall=21'),
      '-',
    );
    expect(foreign.stdout).toMatch(
      /^mount\(…\), 21 on x86 .*: kill the thread\nthe filter is not for this architecture/,
    );
  });

  it('has the same as data', () => {
    const [first, second] = JSON.parse(
      why(`${LOG}\nclone(flags=SIGCHLD) = 1`, '-sandbox', 'on,spawn=deny', '--arch', 'x86_64', '--json', '-')
        .stdout,
    );
    expect(first).toMatchObject({
      architecture: 'x86_64',
      names: ['mount'],
      arguments: [null, null, null, null, null, null],
      action: 'KILL_PROCESS',
      callers: ['process 24834 (trap)', 'process 9 (trap)'],
      count: 2,
    });
    expect(second).toMatchObject({
      names: ['clone'],
      arguments: ['17', null, null, null, null, null],
      change: { sandbox: 'on' },
    });
  });
});
