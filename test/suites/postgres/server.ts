/**
 * test/suites/postgres/server — a PostgreSQL server of our own in a temporary folder, from the machine's package.
 *
 * PostgreSQL refuses to run as root; then it runs as the user `postgres` or `nobody`.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);

export interface PostgresServer {
  /** A fresh, empty database; the URL holds a password, to see whether it is repeated anywhere. */
  createDatabase(): Promise<string>;
  /** Breaks all connections and goes away, as in an outage. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** The whole server stands still, connections stay open: a paused machine, a disk that does not answer. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Stops and removes everything. */
  dispose(): Promise<void>;
}

export const postgresPassword = 'pg-canary-6a1f';

/** @throws when the machine has no PostgreSQL: this suite is not skipped in silence */
export async function startPostgres(): Promise<PostgresServer> {
  const binaries = findBinaries();
  const user = await findUser();
  const folder = await mkdtemp(join(tmpdir(), 'mcpmux-postgres-'));
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const asUser = user === undefined ? {} : { uid: user.uid, gid: user.gid };
  const data = join(folder, 'data');
  await run(
    join(binaries, 'initdb'),
    ['-D', data, '-U', 'mcpmux', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    {
      ...asUser,
      cwd: folder,
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    },
  );
  const port = await freePort();
  let stopped: Promise<void> | undefined;
  let server: ReturnType<typeof spawn> | undefined;
  const urlOf = (database: string) => `postgres://mcpmux:${postgresPassword}@127.0.0.1:${port}/${database}`;

  async function start(): Promise<void> {
    const started = spawn(
      join(binaries, 'postgres'),
      [
        '-D',
        data,
        '-p',
        String(port),
        '-h',
        '127.0.0.1',
        '-k',
        '',
        '-c',
        'fsync=off',
        '-c',
        'max_connections=200',
      ],
      { ...asUser, cwd: folder, stdio: 'ignore', env: { PATH: process.env['PATH'], LC_ALL: 'C' } },
    );
    server = started;
    stopped = new Promise((resolve) => started.once('exit', () => resolve()));
    await untilReady(urlOf('postgres'));
  }

  async function stop(): Promise<void> {
    // Fast shutdown: breaks connections, does not wait for them.
    server?.kill('SIGINT');
    await stopped;
  }

  /** The server and each of its connections is a process. */
  async function signalAll(signal: NodeJS.Signals): Promise<void> {
    const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=']);
    const family = stdout
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
      .filter(([pid, parent]) => pid === server?.pid || parent === server?.pid);
    for (const [pid] of family) if (pid !== undefined) process.kill(pid, signal);
  }

  await start();
  let databases = 0;
  return {
    async createDatabase() {
      databases += 1;
      const name = `suite_${databases}`;
      const client = new pg.Client({ connectionString: urlOf('postgres') });
      await client.connect();
      try {
        await client.query(`create database ${name}`);
      } finally {
        await client.end();
      }
      return urlOf(name);
    },
    start,
    stop,
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    async dispose() {
      await signalAll('SIGCONT');
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function findBinaries(): string {
  const roots = ['/usr/lib/postgresql', '/usr/local/lib/postgresql'];
  for (const root of roots) {
    if (!existsSync(root)) continue;
    const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
    for (const version of versions)
      if (existsSync(join(root, version, 'bin', 'initdb'))) return join(root, version, 'bin');
  }
  for (const folder of (process.env['PATH'] ?? '').split(':'))
    if (existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) return folder;
  throw new Error('no PostgreSQL server found; install it (Debian: apt-get install postgresql)');
}

/** Somebody who is not root; undefined when we are not root either. */
async function findUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
    } catch {
      // No such user; the next.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}

async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      // There is no event for "the server takes connections"; asking again is what pg_ctl does as well.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
