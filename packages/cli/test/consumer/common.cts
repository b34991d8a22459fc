/** TypeScript that is compiled to CommonJS; it is checked, never run. */
import { compilePolicy } from '@qseccomp/bpf';

import options = require('@qseccomp/options');

export const sets: readonly string[] = options.parseSandbox('on').sets;
// @ts-expect-error
compilePolicy({ defaultAction: 'KILL' });
