// @ts-check
/** supervisor.mjs [--exit] COMMAND...: launches with a listener for getsid(2), and never answers. */
import { compilePolicy } from '@qseccomp/bpf';
import { launchWithListener } from '@qseccomp/runtime';
import { aarch64 } from '@qseccomp/syscall-tables/aarch64';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';

const words = process.argv.slice(2);
const exits = words[0] === '--exit';
const [command = '', ...args] = exits ? words.slice(1) : words;
const architecture = process.arch === 'arm64' ? aarch64 : x86_64;
const { program } = compilePolicy({
  defaultAction: 'ALLOW',
  architectures: [{ architecture, rules: [{ syscall: 'getsid', action: 'USER_NOTIF' }] }],
});
try {
  const { child, listener } = await launchWithListener(command, args, { filter: program });
  console.log(`child ${child.pid}`);
  if (exits) setTimeout(() => process.exit(3), 100);
  const call = await listener.next();
  if (call !== undefined) {
    console.log('waiting');
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
} catch (error) {
  console.error(/** @type {{ code: string }} */ (error).code, /** @type {Error} */ (error).message);
}
