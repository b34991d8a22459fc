/**
 * What a program finds, compared with what a plain exec under the same conditions hands over: each condition is
 * set up by test/programs/wrap.c, and test/programs/state.c prints all that a program can find.
 */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { beforeEach, describe, expect, it, test } from 'vitest';
import { COMMAND, compiled, linuxOnly, need, run, scratch, WAYS } from './support.ts';

linuxOnly();
beforeEach((context) => need(context, wrap, state));
const file = scratch();
const wrap = compiled(file('wrap'), 'wrap');
const state = compiled(file('state'), 'state');
const data = file('data', 'some data\n');
const { SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGUSR1, SIGXFSZ, SIGCHLD, SIGTSTP } = constants.signals;
const SIGRTMIN = 34;
const SIGRTMAX = 64;

/** What the program finds: facts, one a line; pipes and sockets are numbered in order of appearance. */
function found(
  conditions: readonly string[],
  way: readonly string[],
  args: readonly string[] = [],
): string[] {
  const out = file('out');
  const descriptor = openSync(out, 'w');
  const words = [wrap as string, ...conditions, '--', ...way, state as string, ...args];
  // Beyond 2 nothing is passed on by Node.
  const { status, stderr } = run(words, { stdio: ['ignore', descriptor, 'pipe'] });
  closeSync(descriptor);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const numbers = new Map<string, number>();
  return readFileSync(out, 'utf8')
    .replace(/(pipe|socket):\[\d+\]/g, (name, kind) => {
      numbers.set(name, numbers.get(name) ?? numbers.size);
      return `${kind} ${numbers.get(name)}`;
    })
    .split('\n');
}

/** What is never as in a plain exec: README.md says why. */
function withoutDocumented(way: string, facts: readonly string[]): string[] {
  const lines = facts.filter((line) => !line.startsWith('file name '));
  return way.startsWith('supervised') ? lines.filter((line) => !line.startsWith('death signal ')) : lines;
}

const CONDITIONS: readonly (readonly string[])[] = [
  [],
  [`ignore=${SIGHUP}`],
  [`ignore=${SIGPIPE}`, `ignore=${SIGXFSZ}`],
  [SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGTSTP].map((signal) => `ignore=${signal}`),
  [`ignore=${SIGRTMIN}`, `ignore=${SIGRTMAX}`],
  [SIGHUP, SIGUSR1, SIGTERM, SIGCHLD, SIGRTMIN, SIGRTMAX].map((signal) => `block=${signal}`),
  [`block=${SIGPIPE}`, `ignore=${SIGPIPE}`],
  ['nofile=100'],
  ['nofile=4096,4096'],
  ['nofile=64,64'],
  [`open=3,${data}`],
  [`open=9,${data}`],
  [3, 4, 5, 6, 7, 8, 9].map((fd) => `open=${fd},${data}`),
  [`open=10,${data}`, `open=11,${data}`, `open=255,${data}`, `open=1023,${data}`],
  [`open=1500,${data}`, 'nofile=100'],
  [`open=900,${data}`, 'nofile=200,200'],
  [`read=3,${COMMAND}`],
  ['pipe=3,4'],
  ['pipe=3,4', 'nonblock=3', 'nonblock=4'],
  ['pipe=0,5'],
  ['pipe=0,5', 'nonblock=0'],
  ['socket=3', 'socket=4'],
  ['socket=0'],
  ['dup=3,200'],
  ['close=0'],
  ['close=2'],
  ['close=0', 'close=2', 'pipe=7,8'],
  ['nice=5', 'umask=0027', 'slack=123456'],
  [`personality=${0x0040000}`],
  ['environment'],
];

describe.each(['in place', 'supervised'] as const)('%s, a shell in front of Node', (way) => {
  it.each(CONDITIONS.map((conditions) => [conditions.join(' ') || 'nothing special', conditions] as const))(
    '%s',
    (_title, conditions) => {
      expect(withoutDocumented(way, found(conditions, [...WAYS[way], '--']))).toEqual(
        withoutDocumented(way, found(conditions, [])),
      );
    },
  );
});

/** Without the shell in front, what only it knows is lost: README.md. */
const KNOWN_WITHOUT_SHELL = CONDITIONS.filter(
  (conditions) => !conditions.some((condition) => /^(?:ignore|block|nofile|close)=/.test(condition)),
).filter((conditions) => !conditions.includes('environment'));

describe.each(['in place', 'supervised'] as const)('%s, Node called by itself', (way) => {
  it.each(
    KNOWN_WITHOUT_SHELL.map((conditions) => [conditions.join(' ') || 'nothing special', conditions] as const),
  )('%s', (_title, conditions) => {
    expect(withoutDocumented(way, found(conditions, [...WAYS[`${way}, node in front`], '--']))).toEqual(
      withoutDocumented(way, found(conditions, [])),
    );
  });

  test('a SIGHUP that the parent ignores too is told from its /proc entry', () => {
    const shell = ['/bin/sh', '-c', 'trap "" HUP; "$@"; :', 'sh'];
    const facts = found([], [...shell, ...WAYS[`${way}, node in front`], '--']);
    expect(facts).toEqual(expect.arrayContaining(['SigIgn:\t0000000000000001']));
  });

  test('the limit of open files is the parent’s', () => {
    const shell = ['/bin/sh', '-c', 'ulimit -Sn 77; "$@"; :', 'sh'];
    const facts = found([], [...shell, ...WAYS[`${way}, node in front`], '--']);
    expect(facts.find((line) => line.startsWith('limits Max open files'))).toMatch(
      /^limits Max open files +77 /,
    );
  });
});

/** Words that are no text, empty words, many words. */
describe.each(Object.keys(WAYS) as (keyof typeof WAYS)[])('arguments %s', (way) => {
  test('are the same bytes', () => {
    const script = `exec "$@" "$(printf '\\377\\376')" '' 'two words' -- "$(printf 'a\\nb')" '' ''`;
    const shell = ['/bin/sh', '-c', script, 'sh'];
    const args = (facts: readonly string[]) => facts.filter((line) => line.startsWith('argument '));
    const expected = args(found([], shell));
    expect(expected.slice(1)).toEqual(
      ['fffe', '', '74776f20776f726473', '2d2d', '610a62', '', ''].map((hex) => `argument ${hex}`),
    );
    expect(args(found([], [...shell, ...WAYS[way], '--']))).toEqual(expected);
  });

  test('may be many and long', () => {
    const args = [...Array.from({ length: 2000 }, (_, index) => `word${index}`), 'x'.repeat(100_000)];
    const lines = found([], [...WAYS[way], '--'], args).filter((line) => line.startsWith('argument '));
    expect(lines.length).toBe(1 + args.length);
    expect(lines.at(-1)).toBe(`argument ${'78'.repeat(100_000)}`);
  });
});

test('a big environment is the same', () => {
  const env = {
    PATH: process.env['PATH'],
    BIG: 'y'.repeat(130_000),
    BIGGER: 'z'.repeat(131_000),
    SMALL: '1',
  };
  const { stdout } = run([...WAYS['in place'], '--', '/usr/bin/env'], { env });
  expect(stdout).toBe(
    Object.entries(env)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
});
