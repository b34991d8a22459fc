/**
 * All that is measured, in the order of the table.
 *
 * @module
 */
import type { Effort } from './effort.ts';
import { host } from './policies.ts';
import { build } from './sections/build.ts';
import { calls } from './sections/calls.ts';
import { filters } from './sections/filters.ts';
import { growth } from './sections/growth.ts';
import { bundles, installed } from './sections/size.ts';
import { imports, launches } from './sections/start.ts';
import type { Section } from './table.ts';

/** Sections by the name that the command line has for them. */
export const SECTIONS: Readonly<Record<string, (effort: Effort) => Section>> = {
  build,
  filters: () => filters(host),
  calls,
  growth,
  launch: launches,
  start: imports,
  install: installed,
  bundle: bundles,
};
