/** The pure packages, where there is neither Node nor a browser; it is checked, never run. */
import { assemble, type Program } from '@qseccomp/bpf';
import { formatSandbox, parseSandbox } from '@qseccomp/options';
import { findArchitecture } from '@qseccomp/syscall-tables';
import { syscallNumber } from '@qseccomp/syscall-tables/lookup';

export const program: Program = assemble('ret #0x7fff0000').program;
export const text: string = formatSandbox(parseSandbox('on'));
export const execve: number | undefined = syscallNumber(findArchitecture('arm64'), 'execve');
