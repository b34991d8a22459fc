/**
 * The machine that figures are of.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { cpus, release } from 'node:os';
import { libseccomp } from './peers.ts';

/** One sentence: processor, kernel, Node, libseccomp, compiler. */
export function machineText(): string {
  const processors = cpus();
  const [kernel] = release().split('-');
  const gcc = spawnSync('gcc', ['-dumpfullversion'], { encoding: 'utf8' }).stdout?.trim();
  return [
    `${processors.length} cores of ${processors[0]?.model.trim() ?? 'an unknown processor'}`,
    `Linux ${kernel}`,
    `Node ${process.versions.node}`,
    typeof libseccomp === 'string' ? 'no libseccomp' : `libseccomp ${libseccomp.version}`,
    gcc ? `gcc ${gcc}` : 'no gcc',
  ].join(', ');
}
