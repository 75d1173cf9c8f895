/**
 * test/suites/postgres/one-daemon.pg — two daemons, or a daemon and a restore, that want the same PostgreSQL database.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runChild } from '../../support/child.ts';
import { eventually } from '../../support/deadline.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { repositoryPath } from '../../support/paths.ts';
import { type PostgresServer, startPostgres } from './server.ts';

const passphrase = 'correct horse battery';
let server: PostgresServer;
let folder: string;
const running: Gateway[] = [];
beforeAll(async () => {
  server = await startPostgres();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcpmux-one-'));
});
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.kill();
  await rm(folder, { recursive: true, force: true });
});
afterAll(() => server?.dispose());

async function startOver(url: string, dataDir?: string): Promise<Gateway> {
  const gateway = await startGateway({
    env: { MCPMUX_DATABASE_URL: url, MCPMUX_KEY_SOURCE: 'file' },
    ...(dataDir !== undefined && { dataDir }),
  });
  running.push(gateway);
  return gateway;
}

/** A command of another machine: a data folder of its own, the same database. */
function elsewhere(url: string, args: readonly string[], input = '') {
  return runChild({
    command: process.execPath,
    args: [repositoryPath('bin/mcpmux.mjs'), ...args],
    env: {
      MCPMUX_DATA_DIR: join(folder, 'other'),
      MCPMUX_PORT: '0',
      MCPMUX_DATABASE_URL: url,
      MCPMUX_KEY_SOURCE: 'file',
    },
    cwd: folder,
    input,
    timeoutMs: 20_000,
  });
}

async function query<R extends pg.QueryResultRow>(url: string, text: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(text)).rows;
  } finally {
    await client.end();
  }
}

const terminateClaim = `select pg_terminate_backend(pid) from pg_stat_activity
  where application_name like 'mcpmux daemon%' and datname = current_database()`;

describe('a second daemon on a database', () => {
  it('R72 does not start, and names the first', async () => {
    const url = await server.createDatabase();
    const first = await startOver(url);
    const second = await elsewhere(url, ['start']);
    expect(second.code).toBe(7);
    expect(second.stderr).toContain(`daemon, pid ${first.pid} on ${hostname()}`.slice(0, 50));
    expect(second.stderr).toMatch(/stop that one/);
    await first.admin.createKey('still served');
  });

  it.each([
    ['stops', (gateway: Gateway) => gateway.stop()],
    ['is killed', (gateway: Gateway) => gateway.kill()],
  ])('R72 starts once the first %s', async (_, end) => {
    const url = await server.createDatabase();
    const first = await startOver(url);
    const { key } = await first.admin.createKey('of the first');
    await first.admin.revokeKey(key.id);
    await end(first);
    running.splice(0);
    const second = await startOver(url);
    const keys = (await second.admin.listKeys()).keys;
    expect(keys.find(({ name }) => name === 'of the first')?.revokedAt).toEqual(expect.any(Number));
  });

  it('R72 stays away when the connection that holds the database breaks, for it is taken again', async () => {
    const url = await server.createDatabase();
    const first = await startOver(url);
    await query(url, terminateClaim);
    await eventually('the database taken again', async () =>
      first.log().includes('ours again') ? true : undefined,
    );
    expect((await elsewhere(url, ['start'])).code).toBe(7);
    await first.admin.createKey('still served');
  });

  it('R72 that took the database while the first could not reach it, makes the first stop', async () => {
    const url = await server.createDatabase();
    const first = await startOver(url);
    const rival = new pg.Client({ connectionString: url, application_name: 'mcpmux daemon, pid 1 on rival' });
    await rival.connect();
    // In line for the lock, it has it in the moment the first is cut off.
    const taken = rival.query(`select pg_advisory_lock(5566458, hashtext('public'))`);
    await eventually('the rival in line', async () => {
      const waiting = await query(url, `select 1 from pg_locks where locktype = 'advisory' and not granted`);
      return waiting.length > 0 ? true : undefined;
    });
    await query(url, terminateClaim.replace('mcpmux daemon%', `mcpmux daemon, pid ${first.pid}%`));
    await taken;
    expect((await first.exited).code).toBe(0);
    expect(first.log()).toMatch(/pid 1 on rival/);
    await rival.end();
  });
});

describe('a restore over PostgreSQL', () => {
  it('R102 is refused while a daemon lives elsewhere on the database, whatever is asked for', async () => {
    const url = await server.createDatabase();
    const first = await startOver(url);
    const file = join(folder, 'copy.mcpmux');
    await first.cli(['backup', file], { input: `${passphrase}\n` });
    await first.admin.createKey('made after the backup');
    for (const more of [[], ['--overwrite']]) {
      const refused = await elsewhere(url, ['restore', file, ...more], `${passphrase}\n`);
      expect(refused.code, refused.stderr).toBe(7);
      expect(refused.stderr).toContain(`pid ${first.pid}`);
    }
    const names = (await first.admin.listKeys()).keys.map(({ name }) => name);
    expect(names).toContain('made after the backup');
  });

  it('R102 keeps what it replaces, and says where', async () => {
    const url = await server.createDatabase();
    const first = await startOver(url);
    const file = join(folder, 'copy.mcpmux');
    await first.cli(['backup', file], { input: `${passphrase}\n` });
    await first.admin.createKey('made after the backup');
    await first.stop();
    running.splice(0);
    const restored = await elsewhere(url, ['restore', file, '--overwrite'], `${passphrase}\n`);
    expect(restored.code, restored.stderr).toBe(0);
    const schema = /mcpmux_before_restore_\w+/.exec(restored.stderr)?.[0];
    const kept = await query<{ name: string }>(url, `select name from ${schema}.api_keys`);
    expect(kept.map(({ name }) => name)).toContain('made after the backup');
    const now = await query<{ name: string }>(url, 'select name from api_keys');
    expect(now.map(({ name }) => name)).not.toContain('made after the backup');
    const second = await startOver(url, join(folder, 'other'));
    expect((await second.admin.getVault()).isLocked).toBe(false);
  });
});
