import { readFileSync } from 'node:fs';
import { type Endian, findArchitecture } from '@qseccomp/syscall-tables';
import { describe, expect, it } from 'vitest';
import {
  assemble,
  type DisassembleOptions,
  decodeProgram,
  disassemble,
  type Program,
  readProgram,
} from '../src/index.ts';

const read = (path: string): string => readFileSync(new URL(`vectors/${path}`, import.meta.url), 'utf8');

const filters: {
  readonly [architecture: string]: {
    readonly endian: Endian;
    readonly cases: readonly { sandbox: string; killProcess: boolean; bpf: string }[];
  };
} = JSON.parse(read('qemu-filters.json'));
const policies: readonly { name: string; endian: Endian; bpf: string }[] = JSON.parse(
  read('libseccomp-cases.json'),
);

const bytes = (base64: string): Uint8Array => Buffer.from(base64, 'base64');

function qemuFilter(architecture: string, sandbox: string): Program {
  const { endian, cases } = filters[architecture] ?? { endian: 'little', cases: [] };
  const found = cases.find((one) => one.sandbox === sandbox && one.killProcess);
  return decodeProgram(bytes(found?.bpf ?? ''), endian);
}

const SPAWN = 'on,obsolete=deny,elevateprivileges=allow,spawn=deny,resourcecontrol=allow';
const DEFAULT = 'on,obsolete=deny,elevateprivileges=allow,spawn=allow,resourcecontrol=allow';
const x86_64 = { architecture: findArchitecture('x86_64'), architectures: [findArchitecture('x32')] };

const listings: Readonly<Record<string, readonly [Program, DisassembleOptions]>> = {
  'qemu-x86_64-spawn': [
    qemuFilter('x86_64', SPAWN),
    { annotate: true, architectures: [findArchitecture('x86_64')] },
  ],
  'qemu-s390x-spawn': [
    qemuFilter('s390x', SPAWN),
    { annotate: true, architectures: [findArchitecture('s390x')] },
  ],
  'qemu-mips-plain': [qemuFilter('mips', DEFAULT), {}],
  'every-opcode': [
    readProgram(read('text/filters.c'), { ...x86_64, index: 1 }).program,
    { annotate: true, endian: 'little' },
  ],
  'by-hand': [
    readProgram(read('text/filters.c'), { ...x86_64, index: 0 }).program,
    { annotate: true, architectures: [x86_64.architecture, ...x86_64.architectures] },
  ],
  'refused-by-the-kernel': [readProgram(read('text/odd.c')).program, { annotate: true }],
};

describe('the listing', () => {
  it.each(Object.entries(listings))(
    '%s reads well and assembles to the same program',
    async (name, [program, options]) => {
      const text = disassemble(program, options);
      expect(program.length).toBeGreaterThan(0);
      expect(assemble(text, { validate: false }).program).toEqual(program);
      await expect(text).toMatchFileSnapshot(`golden/asm-${name}.txt`);
    },
  );
});

describe('disassembled and assembled again', () => {
  it.each(Object.entries(filters))(
    'the reference filters for %s stay what they are',
    (name, { endian, cases }) => {
      const architectures = [findArchitecture(name)];
      for (const { bpf } of cases) {
        const program = decodeProgram(bytes(bpf), endian);
        expect(assemble(disassemble(program)).program).toEqual(program);
        expect(assemble(disassemble(program, { annotate: true, architectures })).program).toEqual(program);
        expect(readProgram(bytes(bpf))).toEqual({ program, endian, form: 'raw' });
      }
    },
  );

  it('the programs of libseccomp stay what they are', () => {
    for (const { name, endian, bpf } of policies) {
      const program = decodeProgram(bytes(bpf), endian);
      expect(assemble(disassemble(program)).program, name).toEqual(program);
      expect(assemble(disassemble(program, { annotate: true, endian })).program, name).toEqual(program);
      expect(readProgram(bytes(bpf)), name).toEqual({ program, endian, form: 'raw' });
    }
  });
});
