/** The kernel's audit records as they come from dmesg, the journal and audit.log. */
import { expect, it, test } from 'vitest';
import { parseAuditLine } from '../src/audit.ts';

const RECORD = {
  time: 1700000000.123,
  pid: 4242,
  comm: 'sh',
  exe: '/usr/bin/dash',
  signal: 31,
  arch: 0xc000003e,
  syscall: 57,
  instructionPointer: 0x7f00_dead_beefn,
  action: 0x8000_0000,
};
const FIELDS =
  'auid=1000 uid=0 gid=0 ses=2 subj=unconfined pid=4242 comm="sh" exe="/usr/bin/dash" sig=31 arch=c000003e syscall=57 compat=0 ip=0x7f00deadbeef code=0x80000000';

it.each([
  ['/dev/kmsg', `5,1234,98765432,-;audit: type=1326 audit(1700000000.123:77): ${FIELDS}`],
  ['dmesg', `[98765.432109] audit: type=1326 audit(1700000000.123:77): ${FIELDS}`],
  ['the journal', `Nov 14 22:13:20 host kernel: audit: type=1326 audit(1700000000.123:77): ${FIELDS}`],
  ['audit.log', `type=SECCOMP msg=audit(1700000000.123:77): ${FIELDS}`],
  [
    'audit.log with names',
    `type=SECCOMP msg=audit(1700000000.123:77): ${FIELDS}\u001dARCH=x86_64 SYSCALL=fork AUID="user"`,
  ],
])('a line of %s', (_where, line) => {
  expect(parseAuditLine(line)).toEqual(RECORD);
});

test('names with blanks or control bytes are hexadecimal', () => {
  const line = `audit: type=1326 audit(1.5:1): pid=7 comm=6120620A exe=2F746D702F6120E28692 sig=0 arch=40000003 syscall=120 compat=1 ip=0xf7 code=0x7ffc0000`;
  expect(parseAuditLine(line)).toEqual({
    time: 1.5,
    pid: 7,
    comm: 'a b\n',
    exe: '/tmp/a →',
    signal: 0,
    arch: 0x4000_0003,
    syscall: 120,
    instructionPointer: 0xf7n,
    action: 0x7ffc_0000,
  });
});

it.each([
  [''],
  ['type=1400 audit(1700000000.123:77): apparmor="DENIED"'],
  ['audit: type=1326 audit(1700000000.123:77): pid=4242'],
  [`audit: type=1326 audit(1700000000.123:77): ${FIELDS.replace('syscall=57', 'syscall=fork')}`],
  [`audit: type=1326 audit(1700000000.123:77): ${FIELDS.replace('ip=0x7f00deadbeef', 'ip=none')}`],
])('is none of them: %s', (line) => {
  expect(parseAuditLine(line)).toBeUndefined();
});
