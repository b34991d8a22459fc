// @ts-check
/**
 * Reads system call numbers in the forms in which the kernel has them, and the table of this repository.
 * @module
 */

/** @typedef {{ name: string, number: number }} Call */

/** Numbers that mips keeps free, and two marks of asm-generic/unistd.h: where an architecture's own begin, how many. */
const notCalls = /^((reserved|unused)\d*|arch_specific_syscall|syscalls)$/;

/**
 * Calls of a `syscall*.tbl` of the kernel: lines of number, ABI, name, entry point (which may be missing).
 *
 * @param {string} text the file
 * @param {readonly string[]} abis ABIs to take; empty for all
 * @param {number} offset what the program's number is above the file's: 4000 for mips o32
 * @returns {Call[]}
 */
export function parseTbl(text, abis, offset) {
  const calls = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const fields = /^\s*(\d+)\s+(\S+)\s+(\w+)/.exec(line);
    if (fields === null)
      throw new Error(`line ${index + 1}: expected "number abi name [entry]", got "${line}"`);
    const [, number = '', abi = '', name = ''] = fields;
    if (abis.length > 0 && !abis.includes(abi)) continue;
    if (!notCalls.test(name)) calls.push({ name, number: Number(number) + offset });
  }
  return calls;
}

/**
 * Calls of a header with `#define __NR_name n`, where n may be an expression of other names (`__NR_Linux + 1`).
 * Conditionals are not looked at: preprocess a header that has them (`cc -E -dM`).
 *
 * @param {string} text the header, or what `cc -E -dM` makes of it
 * @returns {Call[]}
 */
export function parseHeader(text) {
  const values = parseDefines(text);
  const calls = [];
  for (const [macro, number] of values) {
    const name = /^__(?:NR|ARM_NR)_([a-z_]\w*)$/.exec(macro)?.[1];
    if (name !== undefined && !notCalls.test(name)) calls.push({ name, number });
  }
  return calls;
}

/**
 * Every macro of a text that stands for a number.
 *
 * @param {string} text lines of C; only `#define NAME EXPRESSION` is looked at
 * @returns {Map<string, number>} macro to value, unsigned 32 bits
 */
export function parseDefines(text) {
  /** @type {Map<string, string>} */
  const bodies = new Map();
  for (const [, macro = '', body = ''] of text.matchAll(/^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+([^\n]+)$/gm)) {
    bodies.set(macro, body.replace(/\/\*.*?\*\/|\/\/.*|\/\*.*/g, '').trim());
  }
  /** @type {Map<string, number>} */
  const values = new Map();
  for (const macro of bodies.keys()) {
    const value = evaluate(macro, bodies, []);
    if (value !== undefined) values.set(macro, value);
  }
  return values;
}

/**
 * Sum or union of numbers and macros; undefined for anything else. The unions of the kernel's headers are of disjoint
 * bits (`EM_MIPS|__AUDIT_ARCH_LE`), so they are sums too.
 *
 * @param {string} expression
 * @param {ReadonlyMap<string, string>} bodies
 * @param {readonly string[]} inside macros being expanded, to end a cycle
 * @returns {number | undefined}
 */
function evaluate(expression, bodies, inside) {
  let sum = 0;
  for (const term of expression.replace(/[()]/g, ' ').split(/[+|]/)) {
    const atom = term.trim();
    if (/^(0x[\da-f]+|\d+)$/i.test(atom)) {
      sum += Number(atom);
      continue;
    }
    const body = bodies.get(atom);
    const value =
      body === undefined || inside.includes(atom) ? undefined : evaluate(body, bodies, [...inside, atom]);
    if (value === undefined) return undefined;
    sum += value;
  }
  return sum >>> 0;
}

/**
 * The repository's table: comment lines, a head, then architecture, name, number, source in columns between tabs.
 *
 * @param {string} text data/syscalls.tsv
 * @returns {{ version: string, calls: Map<string, Call[]> }} kernel release; calls of each architecture by number, name
 */
export function parseTable(text) {
  const version = /Linux v([\w.-]+)/.exec(text)?.[1];
  if (version === undefined)
    throw new Error('expected a comment that names the kernel ("Linux v6.12"), got none');
  /** @type {Map<string, Call[]>} */
  const calls = new Map();
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#') || line.startsWith('arch\t')) continue;
    const fields = /^(\w+)\t(\w+)\t(\d+)\t(K|L|KL|H)$/.exec(line);
    if (fields === null) {
      throw new Error(
        `line ${index + 1}: expected "architecture<TAB>name<TAB>number<TAB>K, L, KL or H", got "${line}"`,
      );
    }
    const [, architecture = '', name = '', number = ''] = fields;
    const known = calls.get(architecture) ?? [];
    known.push({ name, number: Number(number) });
    calls.set(architecture, known);
  }
  for (const list of calls.values()) list.sort(byNumber);
  return { version, calls };
}

/**
 * Order of every table: by number, then by name.
 *
 * @param {Call} a
 * @param {Call} b
 * @returns {number}
 */
function byNumber(a, b) {
  return a.number - b.number || (a.name < b.name ? -1 : 1);
}

/**
 * What a kernel has and a table has not, or has with another number.
 *
 * @param {readonly Call[]} kernel
 * @param {readonly Call[]} table
 * @returns {string[]} one sentence for each
 */
export function contradictions(kernel, table) {
  const known = new Map(table.map(({ name, number }) => [name, number]));
  const found = [];
  for (const { name, number } of kernel) {
    const ours = known.get(name);
    if (ours === undefined) found.push(`${name}: ${number} in the kernel, not in the table`);
    else if (ours !== number) found.push(`${name}: ${number} in the kernel, ${ours} in the table`);
  }
  return found;
}
