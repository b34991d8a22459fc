/** Conditions of calls with the names of arguments and flags: `flags & CLONE_NEWUSER`. @module */
import type { DescribeOptions, Difference, FieldCondition } from '@qseccomp/bpf';
import type { Architecture } from '@qseccomp/syscall-tables';
import { argumentText, callArguments, flagNames } from '@qseccomp/syscall-tables/arguments';
import { syscallNames } from '@qseccomp/syscall-tables/lookup';

const MAX_WORD = 2n ** 32n - 1n;
const MAX_LONG = 2n ** 64n - 1n;

/**
 * Makes a function that says conditions in words.
 *
 * @param architectures - where calls have their names from
 * @returns for `describeDifferences`: undefined for a condition about something without a name
 */
export function conditionTexts(
  architectures: readonly Architecture[],
): NonNullable<DescribeOptions['conditionText']> {
  return (condition, difference, plain) => {
    if (typeof condition.field !== 'number') return undefined;
    const texts = new Set(
      callsOf(difference, architectures).map(([architecture, name]) => {
        const argument = callArguments(architecture, name)?.[condition.field as number];
        if (argument === undefined) return undefined;
        return textOf(condition, argument.name, argument.kind, architecture) ?? plain(argument.name);
      }),
    );
    const [text] = texts;
    return texts.size === 1 ? text : undefined;
  };
}

/** The calls that a set is about, if it says which and each has one name. */
function callsOf(
  { conditions }: Difference,
  architectures: readonly Architecture[],
): (readonly [Architecture, string])[] {
  const has = (field: FieldCondition['field'], value: number): boolean =>
    conditions.every(
      (condition) =>
        condition.field !== field ||
        ('ranges' in condition && condition.ranges.some(([from, to]) => from <= value && value <= to)),
    );
  const number = conditions.find(({ field }) => field === 'number');
  const numbers = number && 'ranges' in number ? number.ranges : [];
  if (numbers.length === 0 || numbers.some(([from, to]) => to - from > 1000n)) return [];
  return architectures
    .filter(({ auditArch }) => has('architecture', auditArch))
    .flatMap((architecture) =>
      numbers.flatMap(([from, to]) =>
        Array.from({ length: Number(to - from) + 1 }, (_, at) => Number(from) + at).flatMap((one) =>
          syscallNames(architecture, one).map((name) => [architecture, name] as const),
        ),
      ),
    );
}

function textOf(
  condition: FieldCondition,
  name: string,
  kind: string,
  architecture: Architecture,
): string | undefined {
  const { mask } = condition;
  const isWhole = mask === MAX_LONG || mask === MAX_WORD;
  // A filter that looks at half of a register says less than one that looks at all of it.
  const whole = mask === MAX_LONG || architecture.registerBits === 32 ? name : `(${name} & 0xffffffff)`;
  const constant = (value: bigint): string | undefined =>
    value <= MAX_WORD ? argumentText(architecture, kind, value) : undefined;
  if ('ranges' in condition) {
    const [[from, to] = [0n, 1n], ...others] = condition.ranges;
    const text = isWhole && from === to && others.length === 0 ? constant(from) : undefined;
    return text && `${whole} == ${text}`;
  }
  const { value, equal } = condition;
  if (isWhole) {
    const text = constant(value);
    return text && `${whole} ${equal ? '==' : '!='} ${text}`;
  }
  const set = flagNames(architecture, kind, value);
  const clear = flagNames(architecture, kind, mask & ~value);
  if (set === undefined || clear === undefined) return undefined;
  if (set.length === 0) return equal ? `!(${name} & ${anyOf(clear)})` : `${name} & ${anyOf(clear)}`;
  if (set.length === 1 && clear.length === 0) return equal ? `${name} & ${set}` : `!(${name} & ${set})`;
  const [lacks, has] = equal
    ? [`has ${set.length > 1 ? 'all of ' : ''}${set.join(', ')}`, `none of ${clear.join(', ')}`]
    : [
        `lacks ${set.length > 1 ? 'one of ' : ''}${set.join(', ')}`,
        `has ${clear.length > 1 ? 'one of ' : ''}${clear.join(', ')}`,
      ];
  return `${name} ${[lacks, ...(clear.length > 0 ? [has] : [])].join(equal ? ' and ' : ' or ')}`;
}

function anyOf(names: readonly string[]): string {
  return names.length > 1 ? `(${names.join('|')})` : names.join('');
}
