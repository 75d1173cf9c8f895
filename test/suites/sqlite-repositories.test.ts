/**
 * test/suites/sqlite-repositories — the suite over a SQLite file.
 */
import { callHistorySuite } from './call-history.ts';
import { repositoriesSuite } from './repositories.ts';
import { sqliteHarness } from './store-harness.ts';

repositoriesSuite('SQLite', sqliteHarness);
callHistorySuite('SQLite', sqliteHarness);
