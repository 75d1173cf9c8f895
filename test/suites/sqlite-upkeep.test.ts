/**
 * test/suites/sqlite-upkeep — the suite of upkeep over a SQLite file.
 */

import { sqliteHarness } from './store-harness.ts';
import { upkeepSuite } from './store-upkeep.ts';

upkeepSuite('SQLite', sqliteHarness);
