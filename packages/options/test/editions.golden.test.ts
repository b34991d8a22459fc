/** Every edition's policy as text: golden/editions.txt. */
import { expect, test } from 'vitest';
import {
  allowedCalls,
  type Edition,
  editions,
  parseSandbox,
  type SandboxAction,
  type SandboxRule,
  sandboxPolicy,
} from '../src/index.ts';

const actionText = (action: SandboxAction): string => (typeof action === 'string' ? action : action.errno);

function comparisonText({ comparisons = [], condition }: SandboxRule): string {
  const words = comparisons.map(({ argument, op, value, mask }) => {
    const left =
      mask === undefined ? `argument ${argument}` : `argument ${argument} & 0x${mask.toString(16)}`;
    return `${left} ${op === 'NE' ? '!=' : '=='} 0x${value.toString(16)}`;
  });
  return words.length === 0 ? '' : ` if ${words.join(' and ')} (${condition})`;
}

// Neighbours that differ in nothing but their name share a line.
function ruleLines(rules: readonly SandboxRule[]): string[] {
  const lines: { head: string; names: string[]; tail: string }[] = [];
  for (const rule of rules) {
    const priority = rule.priority === undefined ? '' : ` priority ${rule.priority}`;
    const head = `    ${rule.set} ${actionText(rule.action)}${priority}:`;
    const tail = comparisonText(rule);
    const last = lines.at(-1);
    if (last?.head === head && last.tail === '' && tail === '') last.names.push(rule.syscall);
    else lines.push({ head, names: [rule.syscall], tail });
  }
  return lines.map(({ head, names, tail }) => `${head} ${names.join(' ')}${tail}`);
}

function listing(edition: Edition): string[] {
  const { releases, kind, threadSync } = editions[edition];
  const lines = [
    `edition ${edition}: QEMU ${releases}; ${kind}; ${threadSync ? 'all threads at once' : 'one thread'}`,
  ];
  const text = kind === 'allow-list' ? 'on' : 'on,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';
  for (const killProcess of [true, false]) {
    const policy = sandboxPolicy(parseSandbox(text), { edition, killProcess, cloneFlagsArgument: 0 });
    lines.push(
      `  ${killProcess ? 'kernel can' : 'kernel cannot'} kill a process: others ${actionText(policy.defaultAction)}, ` +
        `other architectures ${actionText(policy.badArchitectureAction)}`,
    );
    lines.push(...ruleLines(policy.rules));
  }
  return lines;
}

test('every edition denies what the listing says', async () => {
  const names = Object.keys(editions) as Edition[];
  const text = names.flatMap((edition) => [...listing(edition), '']).join('\n');
  await expect(text).toMatchFileSnapshot('golden/editions.txt');
});

test('the allow-list is the one that the listing shows', async () => {
  const text = allowedCalls().map(({ name, priority, since = '' }) => `${name}\t${priority}\t${since}\n`);
  await expect(text.join('')).toMatchFileSnapshot('golden/allowlist.txt');
});
