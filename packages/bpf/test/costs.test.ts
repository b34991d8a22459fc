/** Counts that are promised: beside libseccomp's programs, on every architecture of which some are recorded. */
import { readFileSync } from 'node:fs';
import { findArchitecture } from '@qseccomp/syscall-tables';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { describe, expect, it } from 'vitest';
import { compilePolicy, profilePolicy, readProfile } from '../src/index.ts';
import { costOf, costTable, references } from './costs.ts';
import { OPTION_MIXES, qemuPolicy } from './qemu-policy.ts';

/** Instructions of libseccomp 2.6.1 on x86_64: 20 without any option, and what each that is denied adds. */
const REFERENCE_BASE = 20;
const REFERENCE_PARTS = { obsolete: 7, elevateprivileges: 10, spawn: 83, resourcecontrol: 9 } as const;

describe('on x86_64', () => {
  it.each(OPTION_MIXES)('%s is short and fast', (mix) => {
    const cost = costOf(compilePolicy(qemuPolicy(mix, true, x86_64)).program, x86_64);
    let reference = REFERENCE_BASE;
    for (const [option, length] of Object.entries(REFERENCE_PARTS)) {
      if (mix.includes(`${option}=deny`)) reference += length;
    }
    for (const recorded of references) {
      if (recorded.architecture === x86_64 && recorded.sandbox === mix)
        expect(recorded.program.length).toBe(reference);
    }
    expect(cost.length).toBeLessThanOrEqual(mix.includes('spawn=deny') ? 0.6 * reference : reference);
    expect(cost.mean).toBeLessThanOrEqual(5.7);
    expect(cost.most).toBeLessThanOrEqual(11);
    expect(cost.mostWithArguments).toBeLessThanOrEqual(14);
  });
});

describe.each(references)('$architecture.name, $sandbox, kill $killProcess', (reference) => {
  const { architecture, sandbox, killProcess, program } = reference;
  it('is no longer than libseccomp makes it, and faster', () => {
    const before = costOf(program, architecture);
    const after = costOf(compilePolicy(qemuPolicy(sandbox, killProcess, architecture)).program, architecture);
    const share = sandbox.includes('spawn=deny') ? 0.6 : 1;
    expect(after.length).toBeLessThanOrEqual(share * before.length);
    expect(after.most).toBeLessThan(before.most);
    expect(after.most).toBeLessThanOrEqual(16);
    expect(after.mean).toBeLessThan(before.mean);
    expect(after.mostWithArguments).toBeLessThan(before.mostWithArguments);
  });
});

describe("the container engines' default profile", () => {
  const profile = readProfile(readFileSync(new URL('vectors/containers-seccomp.json', import.meta.url)));

  /** Built by Debian's libseccomp 2.5.4 with SCMP_FLTATR_CTL_OPTIMIZE 2, its binary tree, and measured as here. */
  it.each([
    ['x86_64', { length: 467, mean: 14.36, most: 17, mostWithArguments: 29 }],
    ['aarch64', { length: 405, mean: 12.79, most: 15, mostWithArguments: 27 }],
    ['riscv64', { length: 404, mean: 13.29, most: 15, mostWithArguments: 27 }],
    ['arm', { length: 518, mean: 13.57, most: 16, mostWithArguments: 21 }],
  ])('is a fraction of what libseccomp makes of it on %s', (name, before) => {
    const architecture = findArchitecture(name);
    const { policy } = profilePolicy(profile, { architectures: [architecture] });
    const after = costOf(compilePolicy(policy).program, architecture);
    expect(after.length).toBeLessThan(0.3 * before.length);
    expect(after.mean).toBeLessThan(0.55 * before.mean);
    expect(after.most).toBeLessThan(before.most - 2);
    expect(after.mostWithArguments).toBeLessThan(before.mostWithArguments - 4);
  });
});

it('the table of the README is what `node packages/bpf/tools/cost-table.mjs` writes', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  expect(readme).toContain(`<!-- cost table -->\n${costTable()}<!-- end of cost table -->`);
});
