// @ts-check
/** `npm run playground`: installs, and builds the playground's page. */
import { join } from 'node:path';
import { bootstrap, root, run } from './bootstrap.mjs';

const app = join(root, 'apps/playground');

bootstrap();
run('Playground', join(app, 'node_modules/.bin/vite'), ['build', app]);
console.log(join(app, 'dist/index.html'));
