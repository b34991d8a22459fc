/** Real programs start and work: scripts of every kind, threads, Node, Python, QEMU. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { childOf, compiled, KILLED, linuxOnly, MODES, need, run, said, scratch, WAYS } from './support.ts';

linuxOnly();
const file = scratch();
const threads = compiled(file('threads'), 'threads', '-pthread');
const SPAWN = ['-sandbox', 'on,spawn=deny', '--'] as const;

/** The arguments that an interpreter was given, one a line. */
const show = file('show', '#!/bin/sh\nfor word in "$0" "$@"; do echo "$word"; done\n');
const long = (length: number): string => `#!${'/'.repeat(length - 2 - '/bin/echo'.length)}/bin/echo`;

const scripts: readonly (readonly [title: string, content: string, output: readonly string[]])[] = [
  ['with an interpreter', '#!/bin/echo\n', ['SCRIPT one two']],
  ['with an argument', '#!/bin/echo -n  and more \t\n', ['-n  and more SCRIPT one two']],
  ['with blanks before the interpreter', '#! \t/bin/echo\n', ['SCRIPT one two']],
  ['without a newline', '#!/bin/echo', ['SCRIPT one two']],
  ['without a newline, with an argument', '#!/bin/echo a  ', ['a   SCRIPT one two']],
  ['whose interpreter is a script', `#!${show} first\n`, [show, 'first', 'SCRIPT', 'one', 'two']],
  ['with a carriage return in the argument', '#!/bin/echo a\r\n', ['a\r SCRIPT one two']],
  ['whose interpreter just fits', `${long(255)}\n`, ['SCRIPT one two']],
  ['whose argument is cut off', `#!/bin/echo ${'a'.repeat(300)}\n`, [`${'a'.repeat(243)} SCRIPT one two`]],
];

describe.each(MODES)('%s', (mode) => {
  describe('a script', () => {
    it.each(scripts)('%s', (_title, content, output) => {
      const path = file('script', content);
      const { status, stdout, stderr } = run([...WAYS[mode], ...SPAWN, path, 'one', 'two']);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout.replaceAll(path, 'SCRIPT')).toBe(`${output.join('\n')}\n`);
      // What the kernel makes of it.
      expect(run([path, 'one', 'two']).stdout).toBe(stdout);
    });

    test('with five interpreters in a row, and not with six', () => {
      let last = '/bin/echo';
      for (let depth = 1; depth <= 6; depth++) last = file(`depth${depth}`, `#!${last}\n`);
      const fits = run([...WAYS[mode], ...SPAWN, file('depth5'), 'end']);
      expect(fits.stdout).toBe(run([file('depth5'), 'end']).stdout);
      expect(fits.stdout).toMatch(/depth2 .*depth5 end\n$/);
      const { status, stderr } = run([...WAYS[mode], ...SPAWN, last]);
      expect(status).toBe(126);
      expect(stderr).toMatch(/^qseccomp: .*depth6: expected at most 5 interpreters in a row, got more\n$/);
    });

    test('with an interpreter beside the working directory', () => {
      const path = file('relative', '#!./show x\n');
      const folder = path.slice(0, path.lastIndexOf('/'));
      const { stdout } = run([...WAYS[mode], ...SPAWN, './relative', 'y'], { cwd: folder });
      expect(stdout).toBe('./show\nx\n./relative\ny\n');
    });

    test('that is found in PATH', () => {
      const folder = show.slice(0, show.lastIndexOf('/'));
      const env = { PATH: `${process.env['PATH']}:${folder}` };
      expect(run([...WAYS[mode], ...SPAWN, 'show', 'y'], { env }).stdout).toBe(`${show}\ny\n`);
    });

    const unusable: readonly (readonly [title: string, content: string, message: RegExp])[] = [
      ['whose interpreter is missing', '#!/missing/it\n', /interpreter \/missing\/it: not found/],
      ['whose interpreter is a folder', '#!/tmp\n', /interpreter \/tmp: not a regular file/],
      [
        'whose interpreter may not be executed',
        '#!/etc/passwd\n',
        /interpreter \/etc\/passwd: permission denied/,
      ],
      ['without an interpreter', '#!  \n', /expected the whole path of an interpreter after #!/],
      ['whose interpreter is too long', `${long(256)}\n`, /expected the whole path of an interpreter/],
      [
        'without a first line',
        'echo hello\n',
        /neither a program of this machine nor a script with a #! line/,
      ],
      ['that is empty', '', /neither a program of this machine/],
    ];
    it.each(unusable)('%s cannot be executed', (_title, content, message) => {
      const path = file('unusable', content);
      const { status, stdout, stderr } = run([...WAYS[mode], ...SPAWN, path]);
      expect({ status, stdout }).toEqual({ status: 126, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(/^qseccomp: .*\n$/);
    });
  });

  test('a pipeline of a shell, where that is allowed', () => {
    const words = ['-sandbox', 'on', '--', '/bin/sh', '-c', 'echo b a | tr " " "\\n" | sort | tr "\\n" " "'];
    expect(run([...WAYS[mode], ...words]).stdout).toBe('a b ');
  });

  test('a program given by its descriptor, whose file is gone', () => {
    const copy = file('copy');
    const script = 'cp /bin/echo "$0" && exec 5<"$0" && rm "$0" && exec "$@"';
    const launch = [...WAYS[mode], ...SPAWN, '/dev/fd/5', 'one', 'two'];
    expect(run(['/bin/sh', '-c', script, copy, ...launch])).toEqual({
      status: 0,
      stdout: 'one two\n',
      stderr: '',
    });
    expect(existsSync(copy)).toBe(false);
  });

  test('a shell that starts a program dies, where that is denied', () => {
    const { status, stdout } = run([
      ...WAYS[mode],
      ...SPAWN,
      '/bin/sh',
      '-c',
      'echo before; /bin/true; echo after',
    ]);
    expect({ status, stdout }).toEqual({ status: KILLED, stdout: 'before\n' });
  });

  test.for([undefined])('a program with threads', (_nothing, context) => {
    need(context, threads);
    expect(run([...WAYS[mode], ...SPAWN, threads as string]).stdout).toBe('10\n');
  });

  test('Node with a Worker', () => {
    const code = `const { Worker } = require('node:worker_threads');
      new Worker("require('node:worker_threads').parentPort.postMessage('worker')", { eval: true })
        .on('message', (text) => console.log(text));`;
    expect(run([...WAYS[mode], ...SPAWN, process.execPath, '-e', code])).toEqual({
      status: 0,
      stdout: 'worker\n',
      stderr: '',
    });
  });

  test.for([undefined])('Python', (_nothing, context) => {
    if (!existsSync('/usr/bin/python3')) context.skip('needs /usr/bin/python3');
    const code =
      'import threading, ctypes; t = threading.Thread(target=lambda: print("thread")); t.start(); t.join()';
    expect(run([...WAYS[mode], ...SPAWN, '/usr/bin/python3', '-c', code]).stdout).toBe('thread\n');
  });

  test.for([undefined])('QEMU, under this sandbox in place of its own', async (_nothing, context) => {
    const qemu = '/usr/bin/qemu-system-x86_64';
    if (!existsSync(qemu)) context.skip(`needs ${qemu}`);
    const sandbox = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';
    const words = [
      ...WAYS[mode],
      '-sandbox',
      sandbox,
      '--',
      qemu,
      '-M',
      'none',
      '-display',
      'none',
      '-S',
      '-monitor',
      'stdio',
      '-nodefaults',
    ];
    const child = spawn(words[0] as string, words.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] });
    try {
      // The monitor's prompt: QEMU has started its threads.
      let text = '';
      child.stdout.on('data', (chunk) => {
        text += chunk;
      });
      await said(() => text, /\(qemu\)/);
      const pid = mode === 'supervised' ? await childOf(child.pid as number) : (child.pid as number);
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      expect(status).toMatch(/^Name:\tqemu-system-x86/m);
      expect(status).toMatch(/^Seccomp:\t2$/m);
      expect(status).toMatch(/^Seccomp_filters:\t1$/m);
      expect(Number(/^Threads:\t(\d+)$/m.exec(status)?.[1])).toBeGreaterThan(1);
      child.stdin.end('quit\n');
      expect(await once(child, 'exit')).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
