// Has the kernel refuse an installation in this process; one JSON line with the error and what is installed.
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import { encodeProgram, Opcode } from '@qseccomp/bpf';
import { installFilter, installSandbox } from '@qseccomp/runtime';

/** Of this package, but no part of its interface. */
const own = (module) => import(new URL(`../dist/${module}.js`, import.meta.url).href);

const ALLOW = { code: Opcode.RET_K, jt: 0, jf: 0, k: 0x7fff0000 };
/** A filter of some length that allows everything. */
const filler = (length) => Array(length).fill(ALLOW);

async function fits(program) {
  try {
    await installFilter(program);
    return true;
  } catch (error) {
    if (error.errno === constants.errno.ENOMEM) return false;
    throw error;
  }
}

/** A Worker that takes a filter for itself alone, and stays. */
async function divergingWorker() {
  const source = `
    const { parentPort } = require('node:worker_threads');
    (async () => {
      const [{ systemCall }, { sockFprog }, { loadHost }] = await Promise.all([
        import(${JSON.stringify(new URL('../dist/libc.js', import.meta.url).href)}),
        import(${JSON.stringify(new URL('../dist/memory.js', import.meta.url).href)}),
        import(${JSON.stringify(new URL('../dist/platform.js', import.meta.url).href)}),
      ]);
      const { number } = await loadHost();
      systemCall(number('prctl'), 38, 1);
      const filter = Buffer.from('${Buffer.from(encodeProgram([ALLOW], 'little')).toString('hex')}', 'hex');
      const { value } = systemCall(number('seccomp'), 1, 0, sockFprog(filter));
      parentPort.postMessage([value, systemCall(number('gettid')).value]);
      setInterval(() => {}, 1000);
    })();`;
  const worker = new Worker(source, { eval: true });
  const [value, tid] = await new Promise((resolve) => worker.once('message', resolve));
  if (value !== 0) throw new Error('the Worker has no filter');
  return tid;
}

const field = (name) =>
  Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);

const FAULTS = {
  sandbox: () => installSandbox('on'),
  'no memory': async () => {
    // The kernel counts what it translates filters to: how much that is, it tells only by refusing.
    for (const length of [4096, 1024, 256, 64]) {
      while (await fits(filler(length)));
    }
    extra.before = field('Seccomp_filters');
    await installSandbox(Array(50).fill('on'));
  },
  'second listener': async () => {
    const { installWithListener } = await own('load-filter');
    const host = await (await own('platform')).loadHost();
    const filter = encodeProgram([ALLOW], host.architecture.endian);
    installWithListener(host, filter, false);
    installWithListener(host, filter, false);
  },
  invalid: async () => {
    const { installOnHost } = await own('load-filter');
    const host = await (await own('platform')).loadHost();
    // A program that never returns.
    installOnHost(host, encodeProgram([{ ...ALLOW, code: Opcode.LD_LEN }], host.architecture.endian));
  },
  'other thread': async () => {
    extra.thread = await divergingWorker();
    await installSandbox('on');
  },
  'other thread, listener': async () => {
    await divergingWorker();
    const { installWithListener } = await own('load-filter');
    const host = await (await own('platform')).loadHost();
    installWithListener(host, encodeProgram([ALLOW], host.architecture.endian), false);
  },
};

const extra = {};
let error;
try {
  await FAULTS[process.argv[2]]();
} catch (caught) {
  error = caught;
}
const { name, code, call, errno, tid, entry, message } = error ?? {};
console.log(
  JSON.stringify({
    error: { name, code, call, errno, tid, entry, message },
    filters: field('Seccomp_filters'),
    noNewPrivs: field('NoNewPrivs'),
    ...extra,
  }),
);
process.exit();
