/** What a service writes in TypeScript; it is checked, never run. */
import { type CompiledPolicy, compilePolicy } from '@qseccomp/bpf';
import { main } from '@qseccomp/cli';
import { parseSandbox, type SandboxEntry, sandboxPolicy } from '@qseccomp/options';
import { type InstallReport, installSandbox, type Launched, launch, RuntimeError } from '@qseccomp/runtime';
import type { Architecture } from '@qseccomp/syscall-tables';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';

const entry: SandboxEntry = parseSandbox('on,spawn=deny');
const { defaultAction, rules } = sandboxPolicy(entry, { killProcess: true, cloneFlagsArgument: 0 });
const architecture: Architecture = x86_64;
export const compiled: CompiledPolicy = compilePolicy({
  defaultAction,
  architectures: [{ architecture, rules }],
});

export async function drop(): Promise<InstallReport> {
  try {
    return await installSandbox('on,spawn=deny');
  } catch (error) {
    if (error instanceof RuntimeError) console.error(error.code);
    throw error;
  }
}

export const launched: Launched = launch('echo', ['hello'], { sandbox: 'on,spawn=deny' });
export const status: Promise<number> = main(['--version']);

// The types are there: where they are not found, everything would be allowed.
// @ts-expect-error
parseSandbox(1);
// @ts-expect-error
compilePolicy({ defaultAction: 'KILL' });
// @ts-expect-error
installSandbox();
// @ts-expect-error
main('--version');
