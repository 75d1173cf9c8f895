/**
 * test/suites/sqlite-sealing — the suite of sealing over a SQLite file.
 */
import { sealingSuite } from './sealing.ts';
import { sqliteHarness } from './store-harness.ts';

sealingSuite('SQLite', sqliteHarness);
