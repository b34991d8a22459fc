// @ts-check
/**
 * V8's code cache of a program that bundle.mjs made: `node scripts/code-cache.cjs PROGRAM ARGUMENT...` runs the
 * program and keeps what was compiled until it last wrote anything, since neither program ends as others do.
 */
const fs = require('node:fs');
const { createRequire } = require('node:module');
const { basename, dirname, resolve } = require('node:path');
const { Script } = require('node:vm');

/**
 * Where the code is that a program loads.
 * @param {string} program
 */
const codeFile = (program) => program.replace(/\.cjs$/, '.code.cjs');

/** What the code stands in: the scope of a module, and imports. */
const [HEAD, TAIL] = ['(function (exports, require, module, __filename, __dirname, __import) {', '\n})'];

/** What each program is: it gives its code that scope. */
const LOADER = `'use strict';
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');
const filename = __filename.replace(/\\.cjs$/, '.code.cjs');
let cachedData;
try {
  cachedData = readFileSync(__filename.replace(/\\.cjs$/, '.cache'));
} catch {}
const code = ${JSON.stringify(HEAD)} + readFileSync(filename, 'latin1') + ${JSON.stringify(TAIL)};
new Script(code, { filename, cachedData })
  .runInThisContext()(exports, require, module, filename, __dirname, (name) => import(name));
`;

module.exports = { codeFile, LOADER };

if (require.main === module) {
  const [node = '', , program = '', ...args] = process.argv;
  const path = resolve(program);
  const filename = codeFile(path);
  const script = new Script(HEAD + fs.readFileSync(filename, 'latin1') + TAIL, { filename });
  const { writeSync } = fs;
  fs.writeSync = /** @type {typeof writeSync} */ (
    /** @param {Parameters<typeof writeSync>} words */ (...words) => {
      const file = resolve(dirname(path), basename(path).replace(/\.cjs$/, '.cache'));
      // Not writeFileSync, which calls what stands here.
      const descriptor = fs.openSync(file, 'w');
      writeSync(descriptor, script.createCachedData());
      fs.closeSync(descriptor);
      return writeSync(...words);
    }
  );
  process.argv = [node, path, ...args];
  const scope = [{}, createRequire(filename), { exports: {} }, filename, dirname(filename)];
  script.runInThisContext()(...scope, (/** @type {string} */ name) => import(name));
}
