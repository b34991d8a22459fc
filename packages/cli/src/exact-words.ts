/**
 * Words of the command line that are not UTF-8. Node shows such bytes as U+FFFD; Linux still has them.
 *
 * @module
 */
import { decodeText } from '@qseccomp/options/qemu-opts';
import { commandBytes } from '@qseccomp/runtime/proc-bytes';

/**
 * Words with their bytes kept, as far as they are this process's own.
 *
 * @param words - the last words of the command line, as Node shows them
 * @returns the same words; a byte that is not UTF-8 is a lone surrogate (`decodeText` of the options package)
 */
export function exactWords(words: readonly string[]): readonly string[] {
  const bytes = commandBytes(words.length);
  return words.map((word, at) => {
    const exact = bytes[at];
    return exact !== undefined && Buffer.from(exact).toString() === word ? decodeText(exact) : word;
  });
}
