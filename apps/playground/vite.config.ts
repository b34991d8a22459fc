/** Builds one HTML file that holds everything and asks for nothing: it works from a disk as from a server. */
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';

/** The page may load nothing at all; its script and styles are in it, and workers are made from its own text. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; worker-src blob:; img-src data:";

export default defineConfig({
  resolve: { conditions: ['@qseccomp/source', ...defaultClientConditions] },
  // A page from a disk may not start a worker that is a module.
  worker: { format: 'iife' },
  build: { modulePreload: false, assetsInlineLimit: Number.MAX_SAFE_INTEGER, reportCompressedSize: false },
  plugins: [oneFile()],
});

/** Puts scripts and styles in the place of the elements that ask for them. */
function oneFile(): Plugin {
  return {
    name: 'one-file',
    apply: 'build',
    enforce: 'post',
    generateBundle(_, bundle) {
      const page = bundle['index.html'];
      if (page?.type !== 'asset') throw new Error('expected index.html in the bundle');
      let html = String(page.source).replace(
        '<head>',
        `<head>\n    <meta http-equiv="Content-Security-Policy" content="${POLICY}" />`,
      );
      for (const [name, part] of Object.entries(bundle)) {
        if (part === page) continue;
        const isScript = part.type === 'chunk';
        const code = isScript ? part.code : String(part.source);
        const asking = isScript
          ? new RegExp(`<script[^>]*src="[^"]*${name}"[^>]*></script>`)
          : new RegExp(`<link[^>]*href="[^"]*${name}"[^>]*>`);
        if (!asking.test(html)) throw new Error(`expected ${name} to be asked for by the page`);
        const element = isScript
          ? `<script type="module">${code.replaceAll('</script', '<\\/script')}</script>`
          : `<style>${code}</style>`;
        html = html.replace(asking, () => element);
        delete bundle[name];
      }
      page.source = html;
    },
  };
}
