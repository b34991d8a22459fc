// @ts-check
/**
 * Prints why each skipped test was skipped, and ends a run with one plain line: `tests: N passed, N failed, N skipped`.
 * A run in which no test was executed fails, and so does one on Linux without a live test.
 * @implements {import('vitest/node').Reporter}
 */
export default class ClosingLineReporter {
  /** @param {readonly import('vitest/node').TestModule[]} modules */
  onTestRunEnd(modules) {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const result = test.result();
        count[result.state] += 1;
        if (result.state === 'skipped')
          console.log(`skipped: ${test.fullName}: ${result.note ?? 'no reason given'}`);
      }
      if (module.state() === 'failed' && [...module.children.allTests('failed')].length === 0)
        count.failed += 1;
    }
    console.log(
      `tests: ${count.passed} passed, ${count.failed + count.pending} failed, ${count.skipped} skipped`,
    );
    if (count.passed + count.failed === 0) process.exitCode = 1;
  }
}
