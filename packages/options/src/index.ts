/**
 * QEMU's option grammar (QemuOpts) and its `-sandbox` option as data. What system calls do, in words, is in
 * `@qseccomp/options/describe` alone.
 * @module
 */
export * from './argv.ts';
export { loadSandboxArgv } from './argv-lazy.ts';
export * from './editions.ts';
export * from './errors.ts';
export * from './messages.ts';
export * from './qemu-opts/index.ts';
export * from './sandbox.ts';
