/**
 * test/suites/postgres/outages.pg — the built daemon over a PostgreSQL server that breaks, freezes or is restarted under it.
 *
 * A table that somebody else holds keeps a write of ours inside its transaction, so that each fault meets a connection
 * that is in use.
 */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../support/deadline.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type PostgresServer, startPostgres } from './server.ts';

let server: PostgresServer;
let gateway: Gateway | undefined;
beforeAll(async () => {
  server = await startPostgres();
});
afterEach(async () => {
  await gateway?.kill();
  gateway = undefined;
});
afterAll(() => server?.dispose());

async function startOver(url: string): Promise<Gateway> {
  gateway = await startGateway({ env: { MCPMUX_DATABASE_URL: url, MCPMUX_KEY_SOURCE: 'file' } });
  return gateway;
}

const keyNames = async (daemon: Gateway): Promise<string[]> =>
  (await daemon.admin.listKeys()).keys.map(({ name }) => name);

/** Holds the keys' table; a new key waits for it in the middle of its statement. */
async function holdKeys(url: string): Promise<pg.Client> {
  const holder = new pg.Client({ connectionString: url });
  holder.on('error', () => {}); // It is broken together with the others.
  await holder.connect();
  await holder.query('begin; lock table api_keys in exclusive mode');
  return holder;
}

async function untilWaiting(url: string): Promise<void> {
  const watcher = new pg.Client({ connectionString: url });
  await watcher.connect();
  try {
    await eventually('a statement of the daemon that waits', async () => {
      const { rows } = await watcher.query<{ found: number }>(
        `select count(*)::int as found from pg_stat_activity
         where application_name = 'mcpmux' and wait_event_type = 'Lock'`,
      );
      return (rows[0]?.found ?? 0) > 0 ? true : undefined;
    });
  } finally {
    await watcher.end();
  }
}

async function terminateConnections(url: string): Promise<void> {
  const killer = new pg.Client({ connectionString: url });
  await killer.connect();
  await killer.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'mcpmux' and pid <> pg_backend_pid()`,
  );
  await killer.end();
}

describe('a connection that breaks while a statement is under way', () => {
  it.each([
    ['an administrator terminates it', (url: string) => terminateConnections(url)],
    [
      'the server is restarted',
      async () => {
        await server.stop();
        await server.start();
      },
    ],
    [
      'the server is away for a while',
      async () => {
        await server.stop();
        await new Promise((resolve) => setTimeout(resolve, 500));
        await server.start();
      },
    ],
  ])('R67 when %s, costs that request a 503 and nobody else anything', async (_, fault) => {
    const url = await server.createDatabase();
    const daemon = await startOver(url);
    await daemon.admin.createKey('acknowledged before');
    const holder = await holdKeys(url);
    const caught = daemon.admin.createKey('in between').catch((error: unknown) => error);
    await untilWaiting(url);
    await fault(url);
    // Where the fault frees the table first, the write may still get through; then it has to be there.
    const outcome = await caught;
    if (outcome instanceof Error) expect(outcome).toMatchObject({ status: 503, code: 'store.unreachable' });
    await holder.end().catch(() => {});
    await eventually('a key that is stored again', () =>
      daemon.admin.createKey('acknowledged after').then(
        () => true,
        () => undefined,
      ),
    );
    const names = await keyNames(daemon);
    expect(names).toContain('acknowledged before');
    await daemon.kill();
    const again = await startOver(url);
    const kept = [
      'acknowledged before',
      'acknowledged after',
      ...(outcome instanceof Error ? [] : ['in between']),
    ];
    expect(await keyNames(again)).toEqual(expect.arrayContaining(kept));
    expect(daemon.log()).not.toContain('nobody caught');
  });
});

describe('a server that stands still', () => {
  it('R73 makes no change wait longer than its deadline, and all is well when it goes on', async () => {
    const url = await server.createDatabase();
    const daemon = await startOver(url);
    await daemon.admin.createKey('before');
    await server.freeze();
    try {
      const startedAt = performance.now();
      const outcomes = await Promise.all(
        ['one', 'two', 'three'].map((name) => daemon.admin.createKey(name).catch((error: unknown) => error)),
      );
      expect(performance.now() - startedAt).toBeLessThan(20_000);
      for (const outcome of outcomes)
        expect(outcome).toMatchObject({ status: 503, code: 'store.unreachable' });
    } finally {
      await server.thaw();
    }
    await eventually('a key that is stored again', () =>
      daemon.admin.createKey('after').then(
        () => true,
        () => undefined,
      ),
    );
  });

  it('R73 does not hold up the end of the daemon', async () => {
    const url = await server.createDatabase();
    const daemon = await startOver(url);
    await daemon.admin.createKey('before');
    await server.freeze();
    try {
      const startedAt = performance.now();
      process.kill(daemon.pid, 'SIGTERM');
      const exit = await daemon.exited;
      expect(exit.code).toBe(0);
      expect(performance.now() - startedAt).toBeLessThan(25_000);
    } finally {
      await server.thaw();
    }
  });
});
