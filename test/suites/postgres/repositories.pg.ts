/**
 * test/suites/postgres/repositories.pg — the suite over a real PostgreSQL server, and what only a server can do wrong.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callHistorySuite } from '../call-history.ts';
import { repositoriesSuite } from '../repositories.ts';
import { sealingSuite } from '../sealing.ts';
import type { StoreHarness } from '../store-harness.ts';
import { httpServer, plainSecrets } from '../store-samples.ts';
import { upkeepSuite } from '../store-upkeep.ts';
import { postgresHarness } from './harness.ts';
import { type PostgresServer, postgresPassword, startPostgres } from './server.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.dispose());

const make = (): Promise<StoreHarness> => postgresHarness(server);

repositoriesSuite('PostgreSQL', make);
callHistorySuite('PostgreSQL', make);
sealingSuite('PostgreSQL', make);
upkeepSuite('PostgreSQL', make);

describe('a PostgreSQL server', () => {
  it('is named without its password, wherever it is named', async () => {
    const harness = await make();
    try {
      const store = await harness.open();
      expect(store.describe().location).toMatch(/^postgres:\/\/127\.0\.0\.1:\d+\/suite_\d+$/);
    } finally {
      await harness.dispose();
    }
  });

  it.each([
    ['no address', 'not a url'],
    ['an unknown scheme', `mysql://u:${postgresPassword}@localhost/x`],
    ['nobody there', `postgres://u:${postgresPassword}@127.0.0.1:1/x`],
  ])('that has %s is refused without repeating the password', async (_, url) => {
    const harness = await make();
    try {
      const error = await harness.open({ location: { kind: 'postgres', url } }).then(
        () => expect.fail('opened'),
        (refusal: Error) => refusal,
      );
      expect(error).toMatchObject({ code: 'store.unreachable' });
      expect(error.message).not.toContain(postgresPassword);
    } finally {
      await harness.dispose();
    }
  });

  it('that has no such database is refused', async () => {
    const harness = await make();
    try {
      if (harness.location.kind !== 'postgres') throw new Error('not PostgreSQL');
      const url = harness.location.url.replace(/suite_\d+$/, 'nowhere');
      await expect(harness.open({ location: { kind: 'postgres', url } })).rejects.toMatchObject({
        code: 'store.unreachable',
        message: expect.stringContaining('nowhere'),
      });
    } finally {
      await harness.dispose();
    }
  });

  it('that goes away and comes back costs errors meanwhile, and nothing afterwards', async () => {
    const harness = await make();
    try {
      const store = await harness.open();
      const github = httpServer('GitHub');
      await store.repositories.servers.insert(github);
      await server.stop();
      await expect(store.repositories.settings.set('a', 'b')).rejects.toMatchObject({
        code: 'store.unreachable',
      });
      await expect(store.repositories.servers.get(github.id)).rejects.toMatchObject({
        code: 'store.unreachable',
      });
      await server.start();
      expect(plainSecrets(await store.repositories.servers.get(github.id))).toEqual(plainSecrets(github));
      await store.repositories.settings.set('a', 'b');
    } finally {
      await harness.dispose();
    }
  });

  it('that is read-only refuses writes by name and still reads', async () => {
    const harness = await make();
    try {
      const store = await harness.open();
      await store.repositories.settings.set('a', 'b');
      await store.close();
      const [row] = await harness.sql('select current_database() as name');
      await harness.sql(`alter database ${row?.['name']} set default_transaction_read_only = on`);
      const readOnly = await harness.open();
      expect(await readOnly.repositories.settings.get('a')).toBe('b');
      await expect(readOnly.repositories.settings.set('a', 'c')).rejects.toMatchObject({
        code: 'store.not_writable',
      });
    } finally {
      await harness.dispose();
    }
  });
});
