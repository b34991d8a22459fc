// @ts-check
/**
 * supervisor.mjs [--exit|--take PID|--answer] COMMAND...: launches with a listener for getsid(2), and never answers.
 * --exit: ends while the program runs. --take: takes descriptor 0 of a process as a listener instead. --answer: 7.
 */
import { compilePolicy } from '@qseccomp/bpf';
import { launchWithListener, takeListener } from '@qseccomp/runtime';
import { aarch64 } from '@qseccomp/syscall-tables/aarch64';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';

const words = process.argv.slice(2);
const mode = words[0]?.startsWith('--') ? words.shift() : undefined;
const [command = '', ...args] = words;
const architecture = process.arch === 'arm64' ? aarch64 : x86_64;
const { program } = compilePolicy({
  defaultAction: 'ALLOW',
  architectures: [{ architecture, rules: [{ syscall: 'getsid', action: 'USER_NOTIF' }] }],
});
try {
  if (mode === '--take') await takeListener(Number(command), 0);
  const { child, listener } = await launchWithListener(command, args, { filter: program });
  console.log(`child ${child.pid}`);
  if (mode === '--answer') for await (const call of listener) call.answer(7);
  if (mode === '--exit') setTimeout(() => process.exit(3), 100);
  const call = await listener.next();
  if (call !== undefined) {
    console.log('waiting');
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
} catch (error) {
  console.error(/** @type {{ code: string }} */ (error).code, /** @type {Error} */ (error).message);
}
