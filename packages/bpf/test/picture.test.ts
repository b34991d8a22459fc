/** Pictures: what they say about QEMU's policy, their lines, their text. */
import { errnoName, mips, x86, x86_64 } from '@qseccomp/syscall-tables';
import { describe, expect, it, test } from 'vitest';
import { compilePolicy, programTree, type TreeNode, treeDot, treeSvg } from '../src/index.ts';
import { qemuPolicy } from './qemu-policy.ts';

const treeOf = (sandbox: string, architecture = x86_64): TreeNode =>
  programTree(compilePolicy(qemuPolicy(sandbox, true, architecture)).program, {
    architectures: [architecture],
    errnoName,
  });

const returnsOf = (node: TreeNode): TreeNode[] =>
  node.yes && node.no ? [...returnsOf(node.yes), ...returnsOf(node.no)] : [node];

describe('the tree of on,spawn=deny', () => {
  const returns = returnsOf(treeOf('on,spawn=deny'));

  test('says which calls get which answer', () => {
    const told = (text: string): string[] =>
      returns.filter((node) => node.text === text).map(({ calls }) => calls);
    expect(told('ENOSYS')).toEqual(['clone3']);
    expect(told('KILL_THREAD').sort()).toEqual([
      'execveat',
      'numbers without a call',
      'other architectures',
      'setns',
      'unshare',
    ]);
    expect(told('KILL_PROCESS')).toContain('fork, vfork, execve');
    expect(told('ALLOW')).toContain('clone');
  });

  test('says how much goes where: almost everything is allowed, most of it at one place', () => {
    const allowed = returns.filter(({ outcome }) => outcome === 'allow');
    expect(allowed.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    const [first] = allowed.filter(({ calls }) => calls === 'read … ppoll, 32 calls');
    expect(first?.share).toBeCloseTo(0.781, 3);
  });

  test('goes on with no to the larger part of it', () => {
    const check = (node: TreeNode): number => {
      if (node.yes === undefined || node.no === undefined) return 1;
      const [yes, no] = [check(node.yes), check(node.no)];
      expect(yes).toBeLessThanOrEqual(no);
      return yes + no;
    };
    expect(check(treeOf('on,spawn=deny'))).toBe(returns.length);
  });
});

test('error numbers have the names of the architecture', () => {
  expect(returnsOf(treeOf('on,spawn=deny', mips)).map(({ text }) => text)).toContain('ENOSYS');
});

describe('svg', () => {
  const svg = treeSvg(treeOf('on,spawn=deny'), { title: 'a "title" <&> \u0001' });

  it('has a line of its own width for each way, none of which crosses another', () => {
    const across: number[][] = [];
    const down: number[][] = [];
    for (const [, x, y, way, end] of svg.matchAll(/ d="M([\d.]+) ([\d.]+)([HV])([\d.]+)"/g))
      (way === 'H' ? across : down).push([Number(x), Number(y), Number(end)]);
    expect(across.length).toBe(down.length);
    for (const [left = 0, y = 0, right = 0] of across) {
      for (const [x = 0, top = 0, bottom = 0] of down)
        expect(x > left && x < right && y > top && y < bottom).toBe(false);
    }
    const widths = [...svg.matchAll(/stroke-width="([\d.]+)"/g)].map(([, width]) => Number(width));
    expect(Math.max(...widths)).toBe(11);
    expect(Math.min(...widths)).toBe(1);
  });

  it('needs nothing from elsewhere, and says titles as they are', () => {
    expect(svg).not.toMatch(/url\(|@import|href="(?!#)|<script/);
    expect(svg.match(/https?:[^"]*/g)).toEqual(['http://www.w3.org/2000/svg']);
    expect(svg).toContain('>a &quot;title&quot; &lt;&amp;&gt; ?</text>');
  });
});

test('dot quotes what it says', () => {
  expect(treeDot(treeOf('on', x86), { title: 'a "title" \\ \n' })).toContain('label="a \\"title\\" \\\\ ?"');
});
