// Looks into a process (or, as `self`, into this one, with a filter on) some times, and says as JSON what came of it.
import { inspectProcess, installFilter } from '@qseccomp/runtime';

const [whom, times] = process.argv.slice(2);
try {
  if (whom === 'self') await installFilter([{ code: 6, jt: 0, jf: 0, k: 0x7fff0000 }]);
  let report;
  for (let time = 0; time < Number(times); time++)
    report = await inspectProcess(whom === 'self' ? process.pid : Number(whom));
  console.log(JSON.stringify({ stacks: report.stacks.length }));
} catch (error) {
  console.log(JSON.stringify({ code: error.code, message: error.message }));
}
