/** What other systems take: objects of the Kubernetes operator by their schema, unit files by systemd itself. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, test } from 'vitest';
import { qseccomp } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'qseccomp-deploy-'));
afterAll(() => rmSync(folder, { recursive: true }));
const containers = fileURLToPath(new URL('../../bpf/test/vectors/containers-seccomp.json', import.meta.url));

const POLICIES: readonly (readonly string[])[] = [
  ['-sandbox', 'on'],
  ['-sandbox', 'on,elevateprivileges=deny,resourcecontrol=deny'],
  ['-sandbox', 'on,spawn=deny,elevateprivileges=deny,resourcecontrol=deny'],
  ['-sandbox', 'on', '--edition', '2.10'],
  ['-sandbox', 'on', '--arch', 'aarch64'],
  ['--profile', containers, '--arch', 'x86_64', '--arch', 'x86'],
];
/** Its default error is ENOSYS, for which an object has no place. */
const NO_OBJECT = POLICIES.slice(-1);
const named = POLICIES.map((words) => [words.join(' ').replace(containers, 'PROFILE'), words] as const);

/** The bounds of the CRD seccompprofiles.security-profiles-operator.x-k8s.io, v1beta1. */
interface Schema {
  readonly architectures: readonly string[];
  readonly actions: readonly string[];
  readonly operators: readonly string[];
  readonly flags: readonly string[];
  readonly spec: readonly string[];
  readonly syscall: readonly string[];
  readonly argument: readonly string[];
  readonly maxArguments: number;
}
const schema = JSON.parse(
  readFileSync(new URL('vectors/seccompprofile-v1beta1.json', import.meta.url), 'utf8'),
) as Schema;

/** Python's YAML parser; integers come back as text, for JSON has no 64 bits. */
const PARSE = `
import json, sys, yaml
def exact(value):
    if isinstance(value, dict): return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list): return [exact(item) for item in value]
    return {"integer": str(value)} if type(value) is int else value
print(json.dumps([exact(document) for document in yaml.safe_load_all(sys.stdin)]))
`;

describe.each(named)('%s', (_title, words) => {
  it('is an object that the operator takes', (context) => {
    if (spawnSync('python3', ['-c', 'import yaml']).status !== 0) context.skip('needs python3-yaml');
    const { status, stdout, stderr } = qseccomp(['compile', ...words, '--format', 'k8s']);
    if (NO_OBJECT.includes(words)) {
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(/takes no error number of the default action but EPERM: 38\n$/);
      return;
    }
    expect(status).toBe(0);
    const parsed = spawnSync('/usr/bin/python3', ['-c', PARSE], { input: stdout, encoding: 'utf8' });
    expect(parsed.stderr).toBe('');
    const documents = JSON.parse(parsed.stdout).filter((document: unknown) => document !== null);
    expect(documents.length).toBe(1);
    const [{ apiVersion, kind, metadata, spec }] = documents;
    expect({ apiVersion, kind, metadata }).toEqual({
      apiVersion: 'security-profiles-operator.x-k8s.io/v1beta1',
      kind: 'SeccompProfile',
      metadata: { name: 'qseccomp' },
    });
    expect(schema.spec).toEqual(expect.arrayContaining(Object.keys(spec)));
    expect(schema.actions).toContain(spec.defaultAction);
    expect(schema.architectures).toEqual(expect.arrayContaining(spec.architectures));
    for (const { names, action, errnoRet = '1', args = [], ...more } of spec.syscalls) {
      expect(more).toEqual({});
      expect(names.every((name: unknown) => typeof name === 'string')).toBe(true);
      expect(schema.actions).toContain(action);
      expect(errnoRet).toMatch(/^\d+$/);
      expect(args.length).toBeLessThanOrEqual(schema.maxArguments);
      for (const { index, value, valueTwo = { integer: '0' }, op, ...rest } of args) {
        expect(rest).toEqual({});
        expect(Number(index.integer)).toBeLessThan(6);
        expect(schema.operators).toContain(op);
        for (const { integer } of [value, valueTwo]) {
          expect(BigInt(integer) >= 0n && BigInt(integer) < 1n << 63n).toBe(true);
        }
      }
    }
    // The same profile as OCI says the same, but for bounds in place of masks.
    const oci = join(folder, 'oci.json');
    writeFileSync(oci, JSON.stringify(ociOf(spec)).replace(/"#(\d+)"/g, '$1'));
    const same = ['verify', oci, ...operand(words)];
    expect(qseccomp(same)).toMatchObject({ status: 0, stderr: expect.not.stringMatching(/differ/) });
  });

  it('is lines that systemd takes', (context) => {
    if (spawnSync('systemd-analyze', ['--version']).error) context.skip('needs systemd-analyze');
    const { status, stdout } = qseccomp(['compile', ...words, '--format', 'systemd']);
    expect(status).toBe(0);
    const unit = join(folder, 'unit.service');
    writeFileSync(unit, `[Service]\nExecStart=/bin/true\n${stdout}`);
    const verified = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    const about = verified.stderr.split('\n').filter((line) => line.includes('unit.service'));
    expect({ status: verified.status, about }).toEqual({ status: 0, about: [] });
  });
});

/** An operand of verify for the same policy, without the option's name. */
function operand(words: readonly string[]): readonly string[] {
  return words.slice(1);
}

interface Integer {
  readonly integer: string;
}

/** The operator's object as the profile that it writes for the kubelet. */
function ociOf(spec: Record<string, unknown>): unknown {
  const number = ({ integer }: Integer): string => `#${integer}`;
  const syscalls = spec['syscalls'] as {
    readonly errnoRet?: string;
    readonly args?: readonly {
      readonly index: Integer;
      readonly value: Integer;
      readonly valueTwo?: Integer;
    }[];
  }[];
  return {
    ...spec,
    syscalls: syscalls.map(({ errnoRet, args, ...rest }) => ({
      ...rest,
      ...(errnoRet !== undefined && { errnoRet: `#${errnoRet}` }),
      ...(args && {
        args: args.map(({ index, value, valueTwo, ...more }) => ({
          ...more,
          index: number(index),
          value: number(value),
          ...(valueTwo && { valueTwo: number(valueTwo) }),
        })),
      }),
    })),
  };
}

test('what an object cannot say is an error', () => {
  const profile = join(folder, 'profile.json');
  const compile = (content: object, ...words: string[]) => {
    writeFileSync(profile, JSON.stringify(content));
    return qseccomp(['compile', '--profile', profile, ...words]);
  };
  expect(compile({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 38 }, '--format', 'k8s')).toEqual({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/takes no error number of the default action but EPERM: 38\n$/),
  });
  expect(
    compile({ defaultAction: 'SCMP_ACT_ALLOW' }, '--arch', 'loongarch64', '--format', 'k8s').stderr,
  ).toMatch(/takes no architecture: SCMP_ARCH_LOONGARCH64\n$/);
  const notify = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['mount'], action: 'SCMP_ACT_NOTIFY' }],
  };
  expect(compile(notify, '--format', 'systemd')).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/qseccomp: compile: systemd has no action like SCMP_ACT_NOTIFY\n$/),
  });
});

test('systemd is told what its lines leave out', () => {
  const { stdout, stderr } = qseccomp([
    'compile',
    '-sandbox',
    'on,spawn=deny,resourcecontrol=deny',
    '--format',
    'systemd',
    '--arch',
    'x86_64',
  ]);
  const outcome = 'always allowed, since arguments cannot be tested: clone sched_setscheduler';
  expect(stdout).toContain(`# Otherwise than there: ${outcome}\n`);
  expect(stderr).toContain(`qseccomp: warning: systemd: ${outcome}\n`);
  expect(stderr).toContain('execve is denied');
});
