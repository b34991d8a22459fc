/** QEMU's general option parser: lists, entries, typed values, config files, help. @module */
export * from './bytes.ts';
export * from './config.ts';
export * from './dict.ts';
export * from './grammar.ts';
export * from './help.ts';
export { appendLists, findList, OptsList, type OptsListSettings, type ParseSettings } from './list.ts';
export * from './numbers.ts';
export type { Opt, Opts } from './opts.ts';
export * from './types.ts';
