/**
 * test/suites/sqlite-repositories — the suite over a SQLite file.
 */
import { repositoriesSuite } from './repositories.ts';
import { sqliteHarness } from './store-harness.ts';

repositoriesSuite('SQLite', sqliteHarness);
