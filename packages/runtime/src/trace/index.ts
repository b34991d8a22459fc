/**
 * What a dry run is made of: the filter that announces what others would deny, and the supervisor that answers.
 *
 * @module
 */
export { announceEveryCall, announcingProgram } from './announcing-program.ts';
export { type CallingProcess, processOf } from './process-of.ts';
export { serveTrace, type TracedCall, type TraceOptions } from './serve-trace.ts';
