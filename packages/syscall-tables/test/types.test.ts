import { describe, expectTypeOf, it } from 'vitest';
import * as tables from '../src/index.ts';
import type * as registry from '../src/registry.ts';

describe('types', () => {
  it('make every export of the registry an Architecture', () => {
    expectTypeOf<(typeof registry)[keyof typeof registry]>().toEqualTypeOf<tables.Architecture>();
  });

  it('keep the interface that other packages rely on', () => {
    expectTypeOf<tables.Architecture>().toExtend<{
      readonly name: string;
      readonly auditArch: number;
      readonly auditArchName: string;
      readonly endian: 'little' | 'big';
      readonly registerBits: 32 | 64;
      readonly numberOffset: number;
      readonly cloneFlagsArgument: 0 | 1;
      readonly errno: Readonly<Record<string, number>>;
      readonly multiplexers: readonly tables.Multiplexer[];
      readonly lookupOnly: boolean;
      readonly syscalls: readonly (readonly [name: string, number: number])[];
    }>();
    expectTypeOf<tables.Multiplexer['name']>().toEqualTypeOf<'socketcall' | 'ipc'>();
    expectTypeOf<tables.Multiplexer['argumentBits']>().toEqualTypeOf<16 | 32>();
    expectTypeOf(tables.syscallNumber).toEqualTypeOf<
      (architecture: tables.Architecture, name: string) => number | undefined
    >();
    expectTypeOf(tables.syscallNames).returns.toEqualTypeOf<readonly string[]>();
    expectTypeOf(tables.errnoNumber).returns.toEqualTypeOf<number | undefined>();
    expectTypeOf(tables.errnoName).returns.toEqualTypeOf<string | undefined>();
    expectTypeOf(tables.findArchitecture).returns.toEqualTypeOf<tables.Architecture>();
    expectTypeOf(tables.findByAuditArch).returns.toEqualTypeOf<readonly tables.Architecture[]>();
    expectTypeOf(tables.architectures).toEqualTypeOf<readonly tables.Architecture[]>();
  });

  it('leave out what is absent instead of undefined', () => {
    expectTypeOf<tables.Architecture['scmpName']>().toEqualTypeOf<string | undefined>();
    // @ts-expect-error exactOptionalPropertyTypes: a name or no property
    const nameless: Pick<tables.Architecture, 'scmpName'> = { scmpName: undefined };
    expectTypeOf(nameless).toHaveProperty('scmpName');
  });
});
