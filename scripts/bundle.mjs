// @ts-check
/**
 * Makes one file of a program and all that it imports: `node scripts/bundle.mjs ENTRY OUTPUT`, in a package.
 * For the two programs that a launch waits for: as CommonJS, since Node starts that 3 ms sooner. What they
 * import dynamically stays where it is, but for the tables of the usual machines.
 *
 * OUTPUT is a few lines that load the code beside it, with what V8 made of it before (code-cache.cjs): that
 * takes 4 ms off a start of 31. V8 itself refuses a cache of another version, and compiles as always.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { codeFile, LOADER } from './code-cache.cjs';

const INSIDE = ['@qseccomp/syscall-tables/x86_64', '@qseccomp/syscall-tables/aarch64'];
const [entry = '', outfile = ''] = process.argv.slice(2);

const { outputFiles } = await build({
  entryPoints: [entry],
  outfile: codeFile(outfile),
  bundle: true,
  write: false,
  format: 'cjs',
  define: { 'import.meta.dirname': '__dirname' },
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [
    {
      name: 'dynamic-imports-stay-outside',
      setup({ onResolve }) {
        onResolve({ filter: /./ }, ({ path, kind, resolveDir }) => {
          if (kind !== 'dynamic-import' || INSIDE.includes(path)) return undefined;
          if (!path.startsWith('.')) return { path, external: true };
          const outside = relative(dirname(resolve(outfile)), resolve(resolveDir, path));
          return { path: outside.startsWith('.') ? outside : `./${outside}`, external: true };
        });
      },
    },
  ],
});
// Of code from a cache, V8 does not know whose imports they are: the loader makes them.
const code = outputFiles[0].text.replace(/\bimport\(/g, '__import(');
mkdirSync(dirname(outfile), { recursive: true });
writeFileSync(codeFile(outfile), code);
writeFileSync(outfile, LOADER);
