// @ts-check
/** `npm run docs`: installs, and builds the API reference into docs/api; a link that leads nowhere is an error. */
import { join } from 'node:path';
import { bootstrap, root, run } from './bootstrap.mjs';

const docs = join(root, 'docs');

bootstrap();
run('API reference', join(docs, 'node_modules/.bin/typedoc'), ['--options', join(docs, 'typedoc.json')]);
console.log(join(docs, 'api/index.html'));
