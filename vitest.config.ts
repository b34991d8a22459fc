/** Two test projects: `unit` runs anywhere, `live` installs real filters in child processes on Linux. */
import { defineConfig } from 'vitest/config';

// Golden files have no colours, whoever asks for them.
Reflect.deleteProperty(process.env, 'FORCE_COLOR');

const source = { conditions: ['@qseccomp/source'] };

export default defineConfig({
  test: {
    // Not one fewer than there are, as vitest has it: nobody waits at the machine that runs all of them.
    maxWorkers: '100%',
    reporters: ['default', './scripts/closing-line-reporter.mjs'],
    projects: [
      {
        resolve: source,
        ssr: { resolve: source },
        test: {
          name: 'unit',
          include: ['{packages/*,bench,docs}/test/**/*.test.ts'],
          exclude: ['**/*.live.test.ts', '**/node_modules/**'],
          // A bound for what hangs, wide enough for a machine that is busy.
          testTimeout: 60_000,
        },
      },
      {
        resolve: source,
        ssr: { resolve: source },
        test: {
          name: 'live',
          include: ['{packages/*,apps/*,bench,docs}/test/**/*.live.test.ts'],
          testTimeout: 180_000,
        },
      },
    ],
  },
});
