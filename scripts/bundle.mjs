// @ts-check
/**
 * Makes one file of a program and all that it imports: `node scripts/bundle.mjs ENTRY OUTPUT`, in a package.
 * For the two programs that a launch waits for: as CommonJS, since Node starts that 3 ms sooner. What they
 * import dynamically stays where it is, but for the tables of the usual machines.
 */
import { dirname, relative, resolve } from 'node:path';
import { build } from 'esbuild';

const INSIDE = ['@qseccomp/syscall-tables/x86_64', '@qseccomp/syscall-tables/aarch64'];
const [entry = '', outfile = ''] = process.argv.slice(2);

await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
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
