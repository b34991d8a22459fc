import { type Architecture, architectures } from '@qseccomp/syscall-tables';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assemble,
  BpfError,
  disassemble,
  encodeProgram,
  type Instruction,
  Opcode,
  type Program,
  type ProgramForm,
  readProgram,
  validateProgram,
} from '../src/index.ts';

/** Printed; set QSECCOMP_SEED to run one again. */
const SEED = Number(process.env['QSECCOMP_SEED'] ?? Date.now() % 0x7fffffff);
console.log(`seed ${SEED}`);

const codes = Object.values(Opcode);
const word = fc.oneof(
  fc.nat({ max: 0xffffffff }),
  fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff),
  fc.constantFrom(...architectures.map(({ auditArch }) => auditArch)),
);

/** Any fields, with known opcodes or any. */
const anyInstruction = (code: fc.Arbitrary<number>): fc.Arbitrary<Instruction> =>
  fc.record({
    code,
    jt: fc.oneof(fc.constant(0), fc.nat({ max: 255 })),
    jf: fc.oneof(fc.constant(0), fc.nat({ max: 255 })),
    k: fc.oneof(fc.constant(0), fc.nat({ max: 40 }), word),
  });

/** What fields of an opcode the kernel takes when `follow` instructions come behind. */
function fit({ code, jt, jf, k }: Instruction, follow: number): Instruction {
  const none = { code, jt: 0, jf: 0, k: 0 };
  if (follow === 0) return { ...none, code: Opcode.RET_K, k };
  const name = Object.entries(Opcode).find(([, number]) => number === code)?.[0] ?? '';
  if (name === 'JA') return { ...none, k: k % follow };
  if (name.startsWith('J')) return { code, jt: jt % follow, jf: jf % follow, k: name.endsWith('_X') ? 0 : k };
  if (name === 'LD_ABS') return { ...none, k: (k % 16) * 4 };
  if (name === 'ST' || name === 'STX' || name.endsWith('_MEM')) return { ...none, k: k % 16 };
  if (name === 'LSH_K' || name === 'RSH_K') return { ...none, k: k % 32 };
  if (name === 'DIV_K') return { ...none, k: k || 1 };
  return /_(?:K|IMM)$/.test(name) ? { ...none, k } : none;
}

const isValid = (program: Program): boolean => {
  try {
    validateProgram(program);
    return true;
  } catch {
    return false;
  }
};

const validPrograms = fc
  .array(anyInstruction(fc.constantFrom(...codes)), { minLength: 1, maxLength: 60, size: 'max' })
  .map((program) => program.map((instruction, pc) => fit(instruction, program.length - pc - 1)))
  // Cells that some path has not written: read none at all then.
  .map((program) =>
    isValid(program)
      ? program
      : program.map((one) =>
          one.code === Opcode.LD_MEM || one.code === Opcode.LDX_MEM
            ? { ...one, code: one.code & 1, k: 0 }
            : one,
        ),
  );

const check = <Value>(arbitrary: fc.Arbitrary<Value>, test: (value: Value) => void, numRuns: number): void =>
  fc.assert(fc.property(arbitrary, test), { seed: SEED, numRuns });

describe('a program', () => {
  it('that the kernel takes comes back from its text, and the text is plain bpf_asm', () => {
    const met = new Set<number>();
    check(
      validPrograms,
      (program) => {
        for (const { code } of program) met.add(code);
        const text = disassemble(program);
        expect(assemble(text).program).toEqual(program);
        expect(text).not.toMatch(/\.raw|jt |jf |\+/);
        const annotated = disassemble(program, { annotate: true, architectures });
        expect(assemble(annotated).program).toEqual(program);
        expect(annotated.replaceAll(/ *;.*/g, '')).toBe(text);
      },
      300,
    );
    expect([...met].sort()).toEqual([...codes].sort());
  });

  it('of known opcodes comes back, valid or not', () => {
    check(
      fc.array(anyInstruction(fc.constantFrom(...codes)), { maxLength: 300 }),
      (program) => {
        for (const annotate of [false, true]) {
          const text = disassemble(program, { annotate, architectures, endian: 'big' });
          expect(assemble(text, { validate: false }).program).toEqual(program);
        }
      },
      200,
    );
  });

  it('of any opcodes comes back', () => {
    check(
      fc.array(anyInstruction(fc.nat({ max: 0xffff })), { maxLength: 20 }),
      (program) => {
        expect(assemble(disassemble(program), { validate: false }).program).toEqual(program);
      },
      200,
    );
  });

  it('comes back from every form that it is written in', () => {
    check(
      validPrograms,
      (program) => {
        for (const endian of ['little', 'big'] as const) {
          const bytes = encodeProgram(program, endian);
          expect(readProgram(bytes)).toEqual({ program, form: 'raw', endian });
          const digits = Buffer.from(bytes).toString('hex');
          for (const text of [
            digits,
            digits.replaceAll(/.{16}/g, '$&\n'),
            digits.replaceAll(/../g, '0x$&, '),
            digits.replaceAll(/../g, '\\x$&'),
          ]) {
            expect(readProgram(text)).toEqual({ program, form: 'hex', endian });
          }
        }
        const rows = program.map(({ code, jt, jf, k }) => [code, jt, jf, k]);
        const hex = (value: number | undefined): string => `0x${value?.toString(16)}`;
        const texts = {
          c: `struct sock_filter f[] = {\n${rows.map((row) => `\t{ ${row.map(hex).join(', ')} },\n`).join('')}};\n`,
          decimal: `${rows.length}\n${rows.map((row) => row.join(' ')).join('\n')}\n`,
          table: rows
            .map((row, pc) => ` ${String(pc).padStart(4, '0')}: ${row.map(hex).join(' ')}  ld\n`)
            .join(''),
          asm: disassemble(program),
        };
        for (const [form, text] of Object.entries(texts)) {
          expect(readProgram(text)).toEqual({ program, form, endian: undefined });
          expect(readProgram(new TextEncoder().encode(text)).program).toEqual(program);
        }
      },
      100,
    );
  });
});

/** Pieces of every form, to be put together in ways that mean nothing. */
const pieces = fc.oneof(
  fc.constantFrom(
    ...'ld ldx st stx ja jeq jne jset add neg tax ret ldh mod ALLOW ERRNO EPERM len M x a jt jf nr args low arch raw'.split(
      ' ',
    ),
    ...'# % [ ] ( ) { } , : ; . + - * | & << >> ~ = "'.split(' '),
    ...[
      '/*',
      '*/',
      '\n',
      ' ',
      '0x',
      '\\x',
      '0',
      '7',
      '20 00 00 00',
      '4294967296',
      '08',
      'é',
      '\u0000',
      '...',
      'len=1, filter=[',
    ],
    ...'BPF_STMT BPF_JUMP BPF_RET SECCOMP_RET_ALLOW struct sock_filter offsetof sizeof unsigned L1 __NR_read'.split(
      ' ',
    ),
  ),
  fc.string({ maxLength: 3 }),
);

const forms: readonly ProgramForm[] = ['raw', 'hex', 'c', 'strace', 'decimal', 'table', 'asm'];

describe('a text that is no program', () => {
  it('is refused with a BpfError in every form', () => {
    const [architecture] = architectures as [Architecture];
    check(
      fc.tuple(fc.array(pieces, { maxLength: 30 }), fc.constantFrom(' ', '')),
      ([words, between]) => {
        const text = words.join(between);
        for (const form of [undefined, ...forms]) {
          for (const input of form === 'raw'
            ? [new TextEncoder().encode(text)]
            : [text, new TextEncoder().encode(text)]) {
            try {
              const { program } = readProgram(input, { architecture, ...(form && { form }) });
              expect(program.length).toBeGreaterThan(0);
              encodeProgram(program, 'little');
            } catch (error) {
              if (!(error instanceof BpfError)) throw error;
            }
          }
        }
      },
      500,
    );
  });
});
