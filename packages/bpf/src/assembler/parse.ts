/**
 * Statements of an assembler text: instructions, labels and directives, without regard to line ends.
 *
 * @module
 */

import type { TextPosition } from '../json.ts';
import { readConstant } from '../text/constant.ts';
import type { NameScope } from '../text/names.ts';
import { isText, type Token, type TokenReader, unexpected } from '../text/token.ts';
import { type Operands, READERS, REFUSED, refused } from './operands.ts';

/** One instruction before its labels have places. */
export interface Statement extends Required<Operands>, TextPosition {
  /** As written, in lower case. */
  readonly mnemonic: string;
}

/** What a text says. */
export interface Statements {
  readonly statements: readonly Statement[];
  /** Labels in order of appearance, each with the index of the instruction behind it. */
  readonly labels: readonly (readonly [label: Token, pc: number])[];
}

/**
 * Reads a text.
 *
 * @param tokens - the text
 * @param scope - what names mean; `.arch` changes it
 * @returns its instructions and labels
 * @throws {BpfError} BPF_SYNTAX, BPF_NAME, BPF_FIELD_RANGE, BPF_BYTE_ORDER, BPF_OPCODE, BPF_LABEL, with line and column
 */
export function parseAssembly(tokens: TokenReader, scope: NameScope): Statements {
  const statements: Statement[] = [];
  const labels: (readonly [Token, number])[] = [];
  for (;;) {
    const token = tokens.next();
    if (token.kind === 'end') {
      const last = labels.at(-1);
      if (last?.[1] === statements.length)
        unexpected(token, `an instruction for the label '${last[0].text}'`);
      return { statements, labels };
    }
    const { line, column } = token;
    const mnemonic = token.text.toLowerCase();
    const read = token.kind === 'word' ? READERS.get(mnemonic) : undefined;
    if (read !== undefined) {
      statements.push({ jt: 0, jf: 0, k: 0, ...read(tokens, scope), mnemonic, line, column });
    } else if (REFUSED.has(mnemonic)) {
      throw refused(token, mnemonic);
    } else if (token.kind === 'word') {
      tokens.expect(':', `an instruction or a label with ':'`);
      labels.push([token, statements.length]);
    } else if (token.text === '.') {
      const directive = tokens.next();
      if (isText(directive, 'arch')) scope.enter(tokens.expectWord('the name of an architecture'));
      else if (isText(directive, 'raw')) {
        statements.push({ ...readRaw(tokens, scope), mnemonic: '.raw', line, column });
      } else unexpected(directive, '.arch or .raw');
    } else {
      unexpected(token, 'an instruction, a label or a directive');
    }
  }
}

/** `.raw code, jt, jf, k`: for instructions that no other text stands for. */
function readRaw(tokens: TokenReader, scope: NameScope): Required<Operands> {
  const code = readConstant(tokens, scope, 16);
  tokens.expect(',');
  const jt = readConstant(tokens, scope, 8);
  tokens.expect(',');
  const jf = readConstant(tokens, scope, 8);
  tokens.expect(',');
  return { code, jt, jf, k: readConstant(tokens, scope, 32) };
}
