/**
 * Runs the programs that a text shows in ts blocks, each in a Node of its own: `X; // => Y` says that X equals Y.
 * A block that has a file's name behind its language is no program.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { run } from './support.ts';

/** A program that a text shows. */
export interface Example {
  /** Where it is shown. */
  readonly title: string;
  readonly code: string;
}

/**
 * The programs of a text: a document, or a source's comments.
 *
 * @param file - what it is called
 * @param text - its text
 */
export function examplesOf(file: string, text: string): Example[] {
  return [...text.matchAll(/^( *\* )?```ts\n(.*?)^(?: *\* )?```$/gms)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length;
    return { title: `${file}:${line}`, code: (match[2] as string).replace(/^ *\* ?/gm, '') };
  });
}

/**
 * Makes a test of each program.
 *
 * @param file - what the text is called
 * @param text - its text
 * @param folder - where the programs run, and what they import is found
 */
export function testExamples(file: string, text: string, folder: string): void {
  const examples = examplesOf(file, text);
  if (examples.length === 0) return;
  describe('examples', () => {
    it.each(examples.map(({ title, code }) => [title, code] as const))('%s', (_title, code) => {
      const words = [process.execPath, '--input-type=module', '--eval', checked(code)];
      const { status, stderr } = run(words, { cwd: folder });
      expect({ status, stderr }).toEqual({ status: 0, stderr: 'end of the example' });
    });
  });
}

/** With each `// =>` as an assertion. */
function checked(code: string): string {
  return `import { deepStrictEqual } from 'node:assert/strict';\n${code.replace(
    /^(.*); \/\/ => (.*)$/gm,
    'deepStrictEqual($1, $2);',
  )}\nprocess.stderr.write('end of the example');`;
}
