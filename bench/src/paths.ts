/**
 * Where things are. A file of this folder and the bundle, dist/main.mjs, are equally deep.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';

/** The repository. */
export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url));

/** This package, from which the five packages are imported as they are built. */
export const BENCH: string = fileURLToPath(new URL('../', import.meta.url));

/** The command, with the shell lines in front of Node. */
export const COMMAND: string = `${ROOT}packages/cli/bin/qseccomp.mjs`;
