import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Through the built daemon: a process for each file, and time. */
const throughTheDaemon = { pool: 'forks', testTimeout: 60_000, hookTimeout: 60_000 } as const;

/** Kills, races and whole sign-ins that take their time. */
const thorough = [
  'test/e2e/first-ten-minutes.test.ts',
  'test/e2e/refresh-race.test.ts',
  'test/e2e/sign-in*.test.ts',
  'test/e2e/store-crash.test.ts',
];

/**
 * unit: shares threads and modules. e2e: what a user does. Both are `npm test`.
 * deep: edge cases, faults, golden comparisons, crashes: `npm run test:deep`.
 */
export default defineConfig({
  test: {
    // Most of them wait for processes, sockets and disks: two at a time are worth it on two cores, too.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'dashboard/src/**/*.test.ts',
            'bench/**/*.test.ts',
            'test/{architecture,field,search}/**/*.test.ts',
            'test/suites/**/*.test.ts',
          ],
          pool: 'threads',
          isolate: false,
          testTimeout: 10_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/{e2e,support}/**/*.test.ts'],
          exclude: thorough,
          ...throughTheDaemon,
        },
      },
      {
        test: {
          name: 'deep',
          include: ['test/{edge-cases,fault,golden,network}/**/*.test.ts', ...thorough],
          ...throughTheDaemon,
        },
      },
    ],
  },
});
