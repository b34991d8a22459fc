/** Compares filters beside the page, since that can take long. @module */
import { compareFilters, describeDifferences } from '@qseccomp/bpf/proof';
import { conditionTexts } from '@qseccomp/cli/difference';
import { errnoName, syscallNames } from '@qseccomp/syscall-tables/lookup';
import type { ProofAnswer, ProofQuestion } from './proof.ts';

self.onmessage = ({ data }: MessageEvent<ProofQuestion>) => self.postMessage(prove(data));

function prove({ a, b, architectures }: ProofQuestion): ProofAnswer {
  try {
    const comparison = compareFilters(a, b);
    if (comparison.equal) return { kind: 'equal' };
    const conditionText = conditionTexts(architectures);
    const sentences = describeDifferences(comparison, { architectures, errnoName, conditionText });
    const { nr, arch, args } = comparison.example;
    const architecture = architectures.find(({ auditArch }) => auditArch === arch);
    const name = architecture && syscallNames(architecture, nr)[0];
    const words = [
      name ?? String(nr),
      ...args.map((value) => (value === 0n ? '0' : `0x${value.toString(16)}`)),
    ];
    const last = words.findLastIndex((word) => word !== '0');
    return {
      kind: 'different',
      sentences,
      example: words.slice(0, Math.max(last, 0) + 1).join(' '),
      architecture: architecture?.name,
    };
  } catch (error) {
    return { kind: 'unknown', message: (error as Error).message };
  }
}
