/** `qseccomp probe` on this kernel. */
import { release } from 'node:os';
import { beforeEach, expect, test } from 'vitest';
import { qseccomp } from './command.ts';

beforeEach((context) => {
  if (process.platform !== 'linux') context.skip('needs Linux');
});

test('as JSON', () => {
  const { status, stdout, stderr } = qseccomp(['probe', '--json']);
  expect(stderr).toBe('');
  const report = JSON.parse(stdout);
  expect(Object.keys(report)).toEqual(
    expect.arrayContaining(['architecture', 'kernel', 'filters', 'actions', 'flags', 'process', 'sandbox']),
  );
  expect(report.kernel).toBe(release());
  expect(Object.keys(report.actions)).toContain('KILL_PROCESS');
  expect(Object.keys(report.flags)).toContain('TSYNC');
  expect(report.sandbox).toBe(report.filters && report.flags.TSYNC);
  expect(status).toBe(report.sandbox ? 0 : 1);
});

test('as a table with the same facts', () => {
  const report = JSON.parse(qseccomp(['probe', '--json']).stdout);
  const { stdout } = qseccomp(['probe']);
  const rows = new Map(stdout.split('\n').map((line) => line.split(/ {2,}/) as [string, string]));
  expect(rows.get('kernel')).toBe(report.kernel);
  for (const [name, there] of Object.entries(report.actions)) {
    expect(rows.get(`action ${name}`)).toBe(there ? 'yes' : 'no');
  }
  for (const [name, there] of Object.entries(report.flags)) {
    expect(rows.get(`flag ${name}`)).toBe(there ? 'yes' : 'no');
  }
});
