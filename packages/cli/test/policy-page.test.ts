/** `qseccomp explain --html`: every call that an option denies with its numbers, and nothing from elsewhere. */
import { architectures, syscallNumber } from '@qseccomp/syscall-tables';
import { describe, expect, it, test } from 'vitest';
import { many } from './command.ts';

const [page, allowList, old, ...wrong] = many([
  {
    argv: ['explain', '--html', '-sandbox', 'on,resourcecontrol=deny', '--arch', 's390x', '--arch', 'x86_64'],
  },
  { argv: ['explain', '--html', '--edition', '2.10', '--arch', 'x86'] },
  { argv: ['explain', '--html', '--edition', '6.0', '--kill-process', 'no'] },
  { argv: ['explain', '--html', '--json'] },
  { argv: ['explain', '--html', '--profile', 'x.json'] },
  { argv: ['explain', '--html', '-sandbox', 'off'] },
  { argv: ['explain', '--html', '-sandbox', 'on', '-sandbox', 'on'] },
]);

/** Rows as a person sees them: call, answer, set, and its numbers by architecture. */
function rowsOf(html = ''): { name: string; answer: string; set: string; numbers: Map<string, number> }[] {
  return [
    ...html.matchAll(
      /^<tr.*?<th scope="row">(.*?)<\/th><td>(.*?)<\/td><td>.*?<\/td><td.*?>(.*?)<\/td>(.*)<\/tr>$/gm,
    ),
  ].map(([, name = '', answer = '', set = '', cells = '']) => ({
    name,
    answer: answer.replace(/<.*?>/g, '').trim(),
    set,
    numbers: new Map(
      [...cells.matchAll(/data-arch="(\w+)">(\d+)</g)].map(([, arch = '', number]) => [arch, Number(number)]),
    ),
  }));
}

describe('the page', () => {
  const rows = rowsOf(page?.stdout);

  it('has every denied call with its number on every architecture', () => {
    expect(rows).toHaveLength(55);
    const filtered = architectures.filter(({ lookupOnly }) => !lookupOnly);
    expect(filtered.length).toBeGreaterThan(30);
    for (const { name, numbers } of rows) {
      for (const architecture of filtered)
        expect([name, numbers.get(architecture.name)]).toEqual([name, syscallNumber(architecture, name)]);
    }
  });

  it('says what they get, when, and which set they are of', () => {
    const row = (name: string) => rows.find((one) => one.name === name);
    expect(row('reboot')).toMatchObject({ answer: 'kill the process', set: 'default' });
    expect(row('unshare')).toMatchObject({ answer: 'kill the thread', set: 'spawn' });
    expect(row('clone')?.answer).toMatch(/^kill the process unless it makes a thread/);
    expect(row('clone3')).toMatchObject({ answer: 'fail with ENOSYS' });
    expect(row('sched_setscheduler')).toMatchObject({
      answer: 'fail with EPERM when the policy is not SCHED_IDLE',
      set: 'resourcecontrol',
    });
  });

  it('begins with what was asked for', () => {
    const checked = [...(page?.stdout ?? '').matchAll(/value="(\w+)" checked/g)].map(([, value]) => value);
    expect(checked).toEqual(['obsolete', 'resourcecontrol', 's390x', 'x86_64']);
    expect(page?.stdout).toContain('-sandbox on,resourcecontrol=deny</output>');
  });

  it('needs nothing from elsewhere', () => {
    expect(page?.stdout.match(/(?:src|href|action)="(?!data:)[^"]*"|url\(|@import|https?:/g)).toBeNull();
    expect(page?.stdout).toContain("default-src 'none'");
  });
});

test('an allow-list has what it allows', () => {
  const rows = rowsOf(allowList?.stdout);
  expect(rows.length).toBeGreaterThan(200);
  expect(rows.every(({ answer, set }) => answer === 'allow' && set === 'allow-list')).toBe(true);
  expect(allowList?.stdout).toContain('any other call gets kill the thread');
});

test('edition and kill action count', () => {
  const rows = rowsOf(old?.stdout);
  expect(rows.some(({ name }) => name === 'clone')).toBe(false);
  expect(rows.find(({ name }) => name === 'reboot')?.answer).toBe('trap (SIGSYS)');
});

test('what does not go together is refused', () => {
  expect(wrong.map(({ status }) => status)).toEqual([2, 2, 2, 2]);
  expect(wrong.map(({ stdout }) => stdout)).toEqual(['', '', '', '']);
  expect(wrong.map(({ stderr }) => stderr.split('\n')[0])).toEqual([
    expect.stringMatching(/--html and --json exclude each other/),
    expect.stringMatching(/--html and --profile exclude each other/),
    expect.stringMatching(/expected one sandbox that is on for --html, got 0/),
    expect.stringMatching(/expected one sandbox that is on for --html, got 2/),
  ]);
});
