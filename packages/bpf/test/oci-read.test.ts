import { describe, expect, it } from 'vitest';
import { BpfError, checkProfile, readProfile, writeProfile } from '../src/index.ts';

function faultOf(read: () => unknown): BpfError {
  try {
    read();
  } catch (error) {
    if (error instanceof BpfError) return error;
    throw error;
  }
  throw new Error('no error');
}

/** A profile whose only rule has these fields. */
const rule = (fields: string): string => `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{${fields}}]}`;
/** A profile whose only rule has one comparison of these fields. */
const args = (fields: string): string =>
  rule(`"names": ["read"], "action": "SCMP_ACT_LOG", "args": [{${fields}}]`);
const top = (fields: string): string => `{"defaultAction": "SCMP_ACT_ALLOW", ${fields}}`;
const CONDITIONED = '"names": ["read"], "action": "SCMP_ACT_LOG",';

describe('readProfile', () => {
  it('keeps all that a profile says, in types that fit', () => {
    const text = `{
      "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "defaultErrno": "ENOSYS",
      "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
      "flags": ["SECCOMP_FILTER_FLAG_LOG"], "listenerPath": "/run/agent", "listenerMetadata": "m",
      "syscalls": [{
        "names": ["read", "1000"], "action": "SCMP_ACT_TRACE", "errnoRet": 65535, "errno": "EIO", "comment": "c",
        "args": [{"index": 5, "value": 18446744073709551615, "valueTwo": 9007199254740993, "op": "SCMP_CMP_MASKED_EQ"}],
        "includes": {"arches": ["amd64"], "caps": ["CAP_BPF"], "minKernel": "4.8"}, "excludes": {}
      }],
      "x-vendor": {"id": 12345678901234567890, "share": 0.5}
    }`;
    const profile = readProfile(text);
    expect(profile).toEqual({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 38,
      defaultErrno: 'ENOSYS',
      archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] }],
      flags: ['SECCOMP_FILTER_FLAG_LOG'],
      listenerPath: '/run/agent',
      listenerMetadata: 'm',
      syscalls: [
        {
          names: ['read', '1000'],
          action: 'SCMP_ACT_TRACE',
          errnoRet: 65535,
          errno: 'EIO',
          comment: 'c',
          args: [{ index: 5, value: 2n ** 64n - 1n, valueTwo: 9007199254740993n, op: 'SCMP_CMP_MASKED_EQ' }],
          includes: { arches: ['amd64'], caps: ['CAP_BPF'], minKernel: '4.8' },
          excludes: {},
        },
      ],
      'x-vendor': { id: 12345678901234567890n, share: 0.5 },
    });
    expect(readProfile(writeProfile(profile))).toEqual(profile);
    expect(readProfile(new TextEncoder().encode(text))).toEqual(profile);
  });

  it('takes null, and where engines do, empty, as not there', () => {
    const text = top(
      '"architectures": [], "archMap": null, "defaultErrno": "", "flags": null, "listenerPath": null, ' +
        '"syscalls": [{"name": "", "names": ["read"], "action": "SCMP_ACT_LOG", "args": null, "errno": "", ' +
        '"includes": null, "excludes": {"caps": null, "minKernel": ""}}]',
    );
    expect(readProfile(text)).toEqual({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['read'], action: 'SCMP_ACT_LOG', excludes: {} }],
    });
    const old = '{"name": "read", "names": [], "action": "SCMP_ACT_NOTIFY"}';
    expect(readProfile(top(`"listenerPath": "", "listenerMetadata": "", "syscalls": [${old}]`))).toEqual({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ name: 'read', action: 'SCMP_ACT_NOTIFY' }],
    });
  });

  it.each([
    ['[]', '$', 'expected an object, got an array'],
    ['"x"', '$', 'expected an object, got "x"'],
    ['{}', '$.defaultAction', 'expected an action, got none'],
    ['{"linux": {"seccomp": {}}}', '$.defaultAction', 'the profile is linux.seccomp'],
    ['{"defaultAction": "ALLOW"}', '$.defaultAction', 'expected one of SCMP_ACT_KILL, '],
    ['{"defaultAction": 1}', '$.defaultAction', ', got 1'],
    [top('"defaultErrnoRet": -1'), '$.defaultErrnoRet', 'expected an integer from 0 to 65535, got -1'],
    [top('"defaultErrnoRet": 1.5'), '$.defaultErrnoRet', 'expected an integer from 0 to 65535'],
    [top('"defaultErrnoRet": "1"'), '$.defaultErrnoRet', ', got "1"'],
    [top('"defaultErrno": 38'), '$.defaultErrno', 'expected a string, got 38'],
    [top('"architectures": "SCMP_ARCH_X86"'), '$.architectures', 'expected an array, got "SCMP_ARCH_X86"'],
    [
      top('"architectures": ["SCMP_ARCH_X86", "x86_64"]'),
      '$.architectures[1]',
      'such as \'SCMP_ARCH_X86_64\', got "x86_64"',
    ],
    [top('"architectures": [3]'), '$.architectures[0]', ', got 3'],
    [top('"archMap": {}'), '$.archMap', 'expected an array, got an object'],
    [top('"archMap": [{}]'), '$.archMap[0].architecture', 'expected a value'],
    [
      top('"archMap": [{"architecture": "SCMP_ARCH_ARM", "subArchitectures": [""]}]'),
      '$.archMap[0].subArchitectures[0]',
      ', got ""',
    ],
    [
      top('"architectures": ["SCMP_ARCH_ARM"], "archMap": [{"architecture": "SCMP_ARCH_ARM"}]'),
      '$.archMap',
      "expected either 'architectures' or 'archMap', got both",
    ],
    [top('"flags": ["SECCOMP_FILTER_FLAG_LOG", true]'), '$.flags[1]', 'expected a string, got true'],
    [top('"listenerPath": 1'), '$.listenerPath', 'expected a string'],
    [top('"listenerMetadata": []'), '$.listenerMetadata', 'expected a string, got an array'],
    [top('"syscalls": {}'), '$.syscalls', 'expected an array, got an object'],
    [top('"syscalls": [1]'), '$.syscalls[0]', 'expected an object, got 1'],
    [rule('"names": ["read"]'), '$.syscalls[0].action', 'expected a value'],
    [rule('"action": "SCMP_ACT_LOG"'), '$.syscalls[0].names', 'expected a value'],
    [
      rule('"action": "SCMP_ACT_LOG", "name": "read", "names": ["write"]'),
      '$.syscalls[0].name',
      "either 'name' or 'names'",
    ],
    [
      rule('"names": "read", "action": "SCMP_ACT_LOG"'),
      '$.syscalls[0].names',
      'expected an array, got "read"',
    ],
    [
      rule('"names": ["read", ""], "action": "SCMP_ACT_LOG"'),
      '$.syscalls[0].names[1]',
      'expected the name of a system call, got ""',
    ],
    [rule('"names": [0], "action": "SCMP_ACT_LOG"'), '$.syscalls[0].names[0]', ', got 0'],
    [
      rule('"names": ["4294967296"], "action": "SCMP_ACT_LOG"'),
      '$.syscalls[0].names[0]',
      'a number from 0 to 4294967295',
    ],
    [rule('"names": ["read"], "action": "SCMP_ACT_DENY"'), '$.syscalls[0].action', ', got "SCMP_ACT_DENY"'],
    [
      rule(`${CONDITIONED} "errnoRet": 65536`),
      '$.syscalls[0].errnoRet',
      'expected an integer from 0 to 65535, got 65536',
    ],
    [rule(`${CONDITIONED} "args": {}`), '$.syscalls[0].args', 'expected an array'],
    [rule(`${CONDITIONED} "includes": []`), '$.syscalls[0].includes', 'expected an object'],
    [
      rule(`${CONDITIONED} "includes": {"caps": "CAP_BPF"}`),
      '$.syscalls[0].includes.caps',
      'expected an array',
    ],
    [
      rule(`${CONDITIONED} "excludes": {"arches": [1]}`),
      '$.syscalls[0].excludes.arches[0]',
      'expected a string',
    ],
    [
      rule(`${CONDITIONED} "includes": {"minKernel": "4.8.1"}`),
      '$.syscalls[0].includes.minKernel',
      "such as '4.8'",
    ],
    [
      args('"index": 6, "value": 0, "op": "SCMP_CMP_EQ"'),
      '$.syscalls[0].args[0].index',
      'expected an integer from 0 to 5, got 6',
    ],
    [args('"value": 0, "op": "SCMP_CMP_EQ"'), '$.syscalls[0].args[0].index', 'expected a value'],
    [args('"index": 0, "op": "SCMP_CMP_EQ"'), '$.syscalls[0].args[0].value', 'expected a value'],
    [args('"index": 0, "value": 0'), '$.syscalls[0].args[0].op', 'expected a value'],
    [args('"index": 0, "value": 0, "op": "=="'), '$.syscalls[0].args[0].op', 'expected one of SCMP_CMP_NE, '],
    [
      args('"index": 0, "value": 18446744073709551616, "op": "SCMP_CMP_EQ"'),
      '$.syscalls[0].args[0].value',
      'from 0 to 18446744073709551615, got 18446744073709551616',
    ],
    [args('"index": 0, "value": -1, "op": "SCMP_CMP_EQ"'), '$.syscalls[0].args[0].value', ', got -1'],
    [args('"index": 0, "value": "0x10", "op": "SCMP_CMP_EQ"'), '$.syscalls[0].args[0].value', ', got "0x10"'],
    [
      args('"index": 0, "value": 1, "valueTwo": 1e20, "op": "SCMP_CMP_MASKED_EQ"'),
      '$.syscalls[0].args[0].valueTwo',
      ', got 100000000000000000000',
    ],
  ])('refuses %s', (text, path, message) => {
    const fault = faultOf(() => readProfile(text));
    expect(fault).toMatchObject({ code: 'BPF_PROFILE', path });
    expect(fault.message).toContain(`at ${path}: `);
    expect(fault.message).toContain(message);
    expect(fault.line).toBe(1);
    expect(fault.column).toBeGreaterThan(0);
  });

  it('says where in the text a fault is', () => {
    const text =
      '{\n  "defaultAction": "SCMP_ACT_ALLOW",\n  "syscalls": [\n    {"names": ["read"],\n     "action": "SCMP_ACT_ALLW"}\n  ]\n}';
    const fault = faultOf(() => readProfile(text));
    expect(fault).toMatchObject({ line: 5, column: 16, path: '$.syscalls[0].action' });
    expect(fault.message).toMatch(
      /^line 5, column 16, at \$\.syscalls\[0\]\.action: expected one of .*, got "SCMP_ACT_ALLW"$/,
    );
  });

  it('refuses what is not JSON with the same facts', () => {
    expect(faultOf(() => readProfile('{"defaultAction": SCMP_ACT_ALLOW}'))).toMatchObject({
      code: 'BPF_JSON',
      line: 1,
      column: 19,
    });
  });
});

describe('checkProfile', () => {
  it('takes numbers as JSON.parse gives them, unless they have lost digits', () => {
    const data = (value: number): unknown => ({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['read'], action: 'SCMP_ACT_LOG', args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }] }],
    });
    expect(checkProfile(data(7)).syscalls?.[0]?.args).toEqual([{ index: 0, value: 7n, op: 'SCMP_CMP_EQ' }]);
    expect(faultOf(() => checkProfile(data(2 ** 64))).path).toBe('$.syscalls[0].args[0].value');
  });
});
