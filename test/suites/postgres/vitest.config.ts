/**
 * test/suites/postgres/vitest.config — a run of its own, because it needs a PostgreSQL server on the machine.
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'postgres',
    include: ['test/suites/postgres/**/*.pg.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
