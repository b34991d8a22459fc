/** What every command prints with `--json`, held against its schema in docs/schema. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeEach, describe, expect, it, test } from 'vitest';
import { COMMAND, qseccomp, type Result, shell } from '../../packages/cli/test/command.ts';
import { isThere } from '../../packages/cli/test/shown-commands.ts';

const folder = mkdtempSync(join(tmpdir(), 'qseccomp-schemas-'));
afterAll(() => rmSync(folder, { recursive: true }));
const place = (name: string): string => join(folder, name);

const schemas = new Map(
  readdirSync(new URL('../schema/', import.meta.url)).map((file) => [
    file,
    JSON.parse(readFileSync(new URL(`../schema/${file}`, import.meta.url), 'utf8')),
  ]),
);
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
for (const [file, schema] of schemas) ajv.addSchema(schema, file);

const engine = fileURLToPath(
  new URL('../../packages/bpf/test/vectors/containers-seccomp.json', import.meta.url),
);
const odd = place('odd.json');
writeFileSync(
  odd,
  JSON.stringify({
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 38,
    architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
    flags: ['SECCOMP_FILTER_FLAG_LOG'],
    listenerPath: '/run/agent.sock',
    comment: 'a field that nobody knows',
    syscalls: [
      { names: ['read', 'write', 'exit_group', 'no_such_call'], action: 'SCMP_ACT_ALLOW' },
      { names: ['openat'], action: 'SCMP_ACT_NOTIFY' },
      {
        names: ['socket'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, value: 16, valueTwo: 1, op: 'SCMP_CMP_NE' }],
      },
      { names: ['ptrace'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_PTRACE'] } },
    ],
  }),
);
writeFileSync(
  place('deny.json'),
  JSON.stringify({
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['ptrace'], action: 'SCMP_ACT_ERRNO' }],
  }),
);
writeFileSync(place('vm.cfg'), '[sandbox "main"]\n  enable = "on"\n  spawn = "deny"\n');
writeFileSync(
  place('two.asm'),
  '.arch x86_64\nld [4]\njeq #AUDIT_ARCH_X86_64, ok\nret #0\nok: ret #0x7fff0000\n',
);
writeFileSync(place('refused.asm'), 'ld [4]\n');
writeFileSync(place('calculated.asm'), 'ld [16]\nor #0x7fff0000\nret a\n');
const raw = place('filter.bpf');
qseccomp(['compile', '-sandbox', 'on,spawn=deny', '--arch', 'x86_64', '--format', 'raw', '--output', raw]);
const RECORD =
  'type=1326 audit(1795382035.915:7): auid=0 uid=0 gid=0 ses=1 pid=4711 comm="worker" exe="/bin/worker" ' +
  'sig=31 arch=c000003e syscall=56 compat=0 ip=0x7fa579ec6829 code=0x80000000';

/** Command lines that between them print every field. */
const LINES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  parse: [
    ['-sandbox', 'on,spawn=deny,elevateprivileges=children', '-sandbox', 'off'],
    ['-readconfig', place('vm.cfg')],
  ],
  compile: [
    ['-sandbox', 'on,spawn=deny', '-sandbox', 'on', '--edition', '6.0', '--json'],
    ['--arch', 's390x', '--arch', 's390', '--format', 'json'],
    ['--profile', engine, '--arch', 'x86_64', '--arch', 'x86', '--cap', 'CAP_NET_ADMIN', '--json'],
    ['--profile', odd, '--json'],
  ],
  asm: [[place('two.asm'), '--json']],
  disasm: [
    [raw, '--json'],
    [place('two.asm'), '--json'],
    [place('refused.asm'), '--json'],
  ],
  explain: [
    ['-sandbox', 'on,spawn=deny,resourcecontrol=deny', '--arch', 'x86_64', '--arch', 'hexagon', '--json'],
    ['--edition', '2.10', '--arch', 'x86', '--json'],
    ['--profile', engine, '--arch', 'x86_64', '--json'],
    ['--profile', odd, '--json'],
  ],
  why: [
    ['-sandbox', 'on,spawn=deny', '--arch', 'x86_64', 'clone', '17', '--json'],
    ['-sandbox', 'on,resourcecontrol=deny', '--arch', 'x86_64', 'setpriority', '--path', '--json'],
    ['--edition', '2.10', '--arch', 'x86_64', 'read', '--json'],
    ['--profile', engine, '--arch', 'x86_64', 'personality', '3', '--json'],
    ['--profile', odd, '--arch', 'x86_64', 'socket', '16', '--json'],
    ['--profile', place('deny.json'), 'ptrace', '--json'],
    ['--program', raw, '--arch', 'x86_64', 'mount', '--json'],
    ['--arch', 'x86_64', '100000', '--json'],
    ['-sandbox', 'on,spawn=deny', RECORD, '--json'],
    ['--arch', 'x86_64', 'mount("/dev/sda1", "/mnt", "ext4", MS_RDONLY, NULL) = ?', '--json'],
    ['--status', '159', '--json'],
    ['--status', '0', '--json'],
  ],
  verify: [
    ['on,spawn=deny', raw, '--json'],
    ['on', raw, '--json'],
    [place('calculated.asm'), raw, '--json'],
  ],
  diff: [
    ['on,resourcecontrol=deny', raw, '--json'],
    [odd, engine, '--arch', 'x86_64', '--json'],
  ],
  stats: [
    ['on,spawn=deny', '--arch', 'x86_64', '--arch', 'x86', '--json'],
    ['--profile', odd, '--json'],
    [raw, '--json'],
  ],
  audit: [
    ['on,spawn=deny', '--arch', 'x86_64', '--fail-on', 'none', '--json'],
    [odd, '--fail-on', 'none', '--json'],
    [raw, '--json'],
  ],
  inspect: [],
  syscalls: [
    ['bind', '--json'],
    ['--arch', 'x86', '--json'],
  ],
  probe: [['--json']],
  trace: [],
};

/** Fields that commands have printed. */
const seen = new Map<string, Set<string>>();

function validate(name: string, { status, stdout, stderr }: Result): void {
  expect(status, stderr).toBeLessThan(2);
  const value = JSON.parse(stdout);
  const isRight = ajv.getSchema(`${name}.json`) as NonNullable<ReturnType<typeof ajv.getSchema>>;
  isRight(value);
  seen.set(name, new Set([...(seen.get(name) ?? []), ...fieldsOf(value)]));
  const faults = (isRight.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
  expect(faults.slice(0, 8)).toEqual([]);
}

test('each schema is about a command, and each command that prints JSON has one', () => {
  const files = [...schemas.keys()].filter((file) => file !== 'common.json');
  expect(files.sort()).toEqual(
    Object.keys(LINES)
      .map((name) => `${name}.json`)
      .sort(),
  );
  const { stdout } = qseccomp(['--help']);
  const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name = '']) => name);
  const printing = [...new Set(commands)].filter((name) =>
    qseccomp([name, '--help']).stdout.includes('--json'),
  );
  expect(printing).toEqual(expect.arrayContaining(Object.keys(LINES)));
  expect([...printing, 'parse'].filter((name) => !(name in LINES))).toEqual([]);
});

test('objects have no field that their schema does not name', () => {
  const open: string[] = [];
  const look = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('type' in value && value.type === 'object' && !('additionalProperties' in value)) open.push(path);
    for (const [key, inner] of Object.entries(value)) look(inner, `${path}/${key}`);
  };
  for (const [file, schema] of schemas) look(schema, file);
  expect(open).toEqual([]);
});

describe.each(Object.entries(LINES).filter(([, lines]) => lines.length > 0))('%s', (name, lines) => {
  const titled = lines.map((words) => ({
    title: words.join(' ').replaceAll(`${folder}/`, '').replace(engine, 'engine.json'),
    words,
  }));
  it.for(titled)('$title', ({ words }, context) => {
    if (name === 'probe' && process.platform !== 'linux') context.skip('needs Linux');
    validate(name, qseccomp([name, ...words]));
  });
});

describe('of processes', () => {
  beforeEach((context) => {
    if (process.platform !== 'linux') context.skip('needs Linux');
  });

  it('trace', () => {
    const report = place('report.json');
    const killed = ['--', '/bin/sh', '-c', '/bin/true; kill -9 $$'];
    for (const more of [[], ['--output-profile', place('seen.json')]]) {
      const options = ['-sandbox', 'on,spawn=deny', '--json', '--report', report, ...more];
      const { stderr } = qseccomp(['trace', ...options, ...killed]);
      validate('trace', { status: 0, stdout: readFileSync(report, 'utf8'), stderr });
    }
  });

  it('inspect, and audit of a process', (context) => {
    if (!isThere('root')) context.skip('needs root, and no filter on the test itself');
    for (const words of ['inspect $!', 'audit pid:$! --fail-on none']) {
      const line = `'${COMMAND}' run --exec -sandbox on -sandbox on,spawn=deny -- /bin/sleep 30 >/dev/null &
        until grep -q '^Seccomp_filters:.*2' /proc/$!/status; do sleep 0.1; done
        qseccomp ${words} --json; status=$?; kill $!; exit $status`;
      validate(words.split(' ')[0] ?? '', shell(line));
    }
  });
});

test('each field that need not be there has been seen', () => {
  const unseen = [...schemas].flatMap(([file, schema]) => {
    const fields =
      seen.get(file.replace('.json', '')) ?? new Set([...seen.values()].flatMap((set) => [...set]));
    return optionalOf(schema)
      .filter((field) => !fields.has(field))
      .map((field) => `${file}: ${field}`);
  });
  // A program beyond the proof that also resembles a sandbox is not at hand.
  expect(unseen).toEqual(['stats.json: unknown', 'verify.json: unknown']);
});

/** Names of the properties that a schema does not require, wherever in it. */
function optionalOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties, required } = schema as Record<string, unknown>;
  const own =
    typeof properties === 'object' && Array.isArray(required)
      ? Object.keys(properties as object).filter((name) => !required.includes(name))
      : [];
  return [...own, ...Object.values(schema).flatMap(optionalOf)];
}

/** Names of all fields of a value. */
function fieldsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return [...(Array.isArray(value) ? [] : Object.keys(value)), ...Object.values(value).flatMap(fieldsOf)];
}
