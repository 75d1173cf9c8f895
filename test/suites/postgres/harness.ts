/**
 * test/suites/postgres/harness — the store over a PostgreSQL database.
 */
import pg from 'pg';
import { makeHarness, type Row, type StoreHarness } from '../store-harness.ts';
import type { PostgresServer } from './server.ts';

export function postgresHarness(server: PostgresServer): Promise<StoreHarness> {
  return makeHarness('postgres', async () => {
    const url = await server.createDatabase();
    return {
      location: { kind: 'postgres', url },
      async sql(text) {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        try {
          return (await client.query<Row>(text)).rows;
        } finally {
          await client.end();
        }
      },
      dispose: async () => {},
    };
  });
}
