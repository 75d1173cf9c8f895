/**
 * test/suites/store-harness — a database of one kind for a suite to use, and a back door into its rows.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, silentLogger } from '../../src/base/index.ts';
import {
  loadSqlite,
  openStore,
  type Store,
  type StoreLocation,
  type StoreOptions,
} from '../../src/store/index.ts';

export type Row = Record<string, string | number | null>;

export interface StoreHarness {
  readonly kind: 'sqlite' | 'postgres';
  readonly folder: string;
  readonly location: StoreLocation;
  readonly clock: ManualClock;
  /** Opens the same database each time; what is open is closed by `dispose`. */
  open(changed?: Partial<StoreOptions>): Promise<Store>;
  /** Runs SQL past the store, as somebody with the database in their hands would. */
  sql(text: string): Promise<Row[]>;
  dispose(): Promise<void>;
}

export interface HarnessParts {
  readonly location: StoreLocation;
  sql(text: string): Promise<Row[]>;
  dispose(): Promise<void>;
}

export async function makeHarness(
  kind: StoreHarness['kind'],
  make: (folder: string) => Promise<HarnessParts>,
): Promise<StoreHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'mcpmux-store-'));
  const parts = await make(folder);
  const clock = new ManualClock();
  const opened: Store[] = [];
  return {
    kind,
    folder,
    location: parts.location,
    clock,
    async open(changed = {}) {
      const store = await openStore({
        location: parts.location,
        keys: { source: 'file', dataFolder: folder },
        clock,
        logger: silentLogger,
        ...changed,
      });
      opened.push(store);
      return store;
    },
    sql: (text) => parts.sql(text),
    async dispose() {
      for (const store of opened) await store.close();
      await parts.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function sqliteHarness(): Promise<StoreHarness> {
  return makeHarness('sqlite', async (folder) => {
    const file = join(folder, 'mcpmux.db');
    return {
      location: { kind: 'sqlite', file },
      async sql(text) {
        const { DatabaseSync } = await loadSqlite();
        const handle = new DatabaseSync(file);
        try {
          handle.exec('pragma busy_timeout = 2000');
          return handle.prepare(text).all() as Row[];
        } finally {
          handle.close();
        }
      },
      dispose: async () => {},
    };
  });
}

const tables = [
  'spaces',
  'servers',
  'features',
  'era_verdicts',
  'definition_pins',
  'definition_policies',
  'approval_rules',
  'standing_approvals',
  'presentations',
  'sessions',
  'clients',
  'api_keys',
  'oauth_artifacts',
  'settings',
  'tokens',
  'oauth_registrations',
  'refresh_leases',
  'token_generations',
  'root_keys',
  'data_keys',
  'calls',
  'call_parties',
  'call_targets',
  'work_sessions',
] as const;

/** Every value in every table, as one text to search in. */
export async function wholeDatabase(harness: StoreHarness): Promise<string> {
  const pages: Row[][] = [];
  for (const table of tables) pages.push(await harness.sql(`select * from ${table}`));
  return JSON.stringify(pages);
}
