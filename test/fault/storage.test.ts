/**
 * fault/storage.test — what the daemon finds at its start that it must not run on, and a database that another holds.
 *
 * Rows 56, 58 and 59 of our list of bad inputs and row 35 of the faults. Of each start: how it ends or what it says, and
 * that nothing which was there has been written over.
 */
import { createHash } from 'node:crypto';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadSqlite } from '../../src/store/drivers/sqlite-module.ts';
import { runChild } from '../support/child.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { RawHttpClient } from '../support/raw-client.ts';

const fixture = repositoryPath('test/fixtures/servers/stdio-server.mjs');
/** A data folder as a daemon has left it, with a server that has a secret. */
let seed: string;
let folder: string;

const newFolder = async (): Promise<string> => realpath(await mkdtemp(join(tmpdir(), 'mcpmux-storage-')));
const echo = {
  name: 'echo',
  launch: {
    kind: 'stdio' as const,
    command: process.execPath,
    args: [fixture],
    env: { TOKEN: 'not-to-be-seen' },
  },
};
const keepsKeyInFile = { MCPMUX_KEY_SOURCE: 'file' };

beforeAll(async () => {
  seed = await newFolder();
  const gateway = await startGateway({ dataDir: seed, env: keepsKeyInFile, servers: [echo] });
  await gateway.stop();
});
afterAll(() => rm(seed, { recursive: true, force: true }));
afterEach(() => rm(folder, { recursive: true, force: true }));

async function copyOfSeed(): Promise<string> {
  folder = await newFolder();
  await cp(seed, folder, { recursive: true });
  return folder;
}

/** Starts the daemon and waits for its end. */
function start(env: Readonly<Record<string, string>> = {}) {
  return runChild({
    command: process.execPath,
    args: [repositoryPath('bin/mcpmux.mjs'), 'start'],
    env: {
      MCPMUX_DATA_DIR: folder,
      MCPMUX_PORT: '0',
      MCPMUX_SOCKET: join(folder, 'admin.sock'),
      ...keepsKeyInFile,
      ...env,
    },
    cwd: folder,
    timeoutMs: 15_000,
  });
}

async function hashOf(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

async function rootKeyFile(): Promise<string> {
  const name = (await readdir(join(folder, 'keys'))).find((one) => one.endsWith('.key'))!;
  return join(folder, 'keys', name);
}

describe('56: a settings file that', () => {
  it.each([
    ['has a syntax error', '{ "port": 1,\n  "logLevel" }', /config\.json:2:/],
    ['names a setting that does not exist', '{ "prot": 1 }', /"prot"/],
    ['names a setting twice', '{ "port": 1, "port": 2 }', /port/],
    ['holds __proto__', '{ "__proto__": { "port": 1 } }', /__proto__/],
    ['has a value of the wrong type', '{ "logLevel": 5 }', /logLevel/],
  ])('%s stops the start and says where', async (_, text, says) => {
    folder = await newFolder();
    const config = join(folder, 'config');
    await mkdir(config);
    await writeFile(join(config, 'config.json'), text);
    const { code, stderr } = await start({ MCPMUX_CONFIG_DIR: config, MCPMUX_PORT: '0' });
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
    expect(await readdir(folder)).not.toContain('mcpmux.db');
  });

  it.each([
    ['50 MB long', (file: string) => writeFile(file, ' '.repeat(50_000_000))],
    ['a pipe', (file: string) => runChild({ command: 'mkfifo', args: [file] })],
    ['a link to /dev/zero', (file: string) => symlink('/dev/zero', file)],
  ])('is %s is not read', async (_, make) => {
    folder = await newFolder();
    const config = join(folder, 'config');
    await mkdir(config);
    await make(join(config, 'config.json'));
    const { code } = await start({ MCPMUX_CONFIG_DIR: config });
    expect(code).toBe(9);
    expect(await readdir(folder)).not.toContain('mcpmux.db');
  });
});

describe('59: a database that', () => {
  it.each([
    ['is cut off in the middle', (file: string) => truncate(file, 5_000), /damaged/],
    ['is no database', (file: string) => writeFile(file, 'hello '.repeat(2_000)), /damaged|another program/],
    [
      'was written by a newer version',
      async (file: string) => {
        const { DatabaseSync } = await loadSqlite();
        const database = new DatabaseSync(file);
        database.prepare("insert into schema_versions values (9999, 'later', 0)").run();
        database.close();
      },
      /newer mcpmux/,
    ],
  ] as [string, (file: string) => Promise<unknown>, RegExp][])(
    '%s is left as it is',
    async (_, spoil, says) => {
      const file = join(await copyOfSeed(), 'mcpmux.db');
      await rm(`${file}-wal`, { force: true });
      await rm(`${file}-shm`, { force: true });
      await spoil(file);
      const before = await hashOf(file);
      const { code, stderr } = await start();
      expect(code).not.toBe(0);
      expect(stderr).toMatch(says);
      // Opening a sound database folds its log into it; a broken one is not touched at all.
      if (!says.test('newer mcpmux')) expect(await hashOf(file)).toBe(before);
    },
  );
});

describe('58: a root key that', () => {
  it.each([
    ['is missing', (file: string) => rm(file)],
    ['is 31 bytes long', (file: string) => truncate(file, 31)],
    ['others may read', (file: string) => chmod(file, 0o644)],
  ])('%s locks the store, and no other is written over what it sealed', async (_, spoil) => {
    await copyOfSeed();
    const file = await rootKeyFile();
    await spoil(file);
    const gateway = await startGateway({ dataDir: folder, env: keepsKeyInFile });
    const { notes } = await gateway.admin.getStatus();
    expect(notes.join(' ')).toMatch(/locked/);
    expect((await gateway.admin.listServers()).servers).toEqual([]);
    await gateway.stop();
    const keys = (await readdir(join(folder, 'keys'))).filter((name) => name.endsWith('.key'));
    expect(keys.filter((name) => !file.endsWith(name))).toEqual([]);
  });
});

it('35: a database that another program holds stops no call, and a change says why it waited in vain', async () => {
  await copyOfSeed();
  const gateway: Gateway = await startGateway({ dataDir: folder, env: keepsKeyInFile });
  await gateway.admin.awaitServer('echo', 10_000);
  const client = await RawHttpClient.connect({
    url: gateway.mcpUrl(),
    era: 'modern',
    headers: gateway.headers,
  });
  const { DatabaseSync } = await loadSqlite();
  const other = new DatabaseSync(join(folder, 'mcpmux.db'));
  other.prepare('begin immediate').run();
  const change = gateway.admin.createKey('while locked').catch((error: unknown) => error);
  let isSettled = false;
  void change.then(() => {
    isSettled = true;
  });
  let failed = 0;
  let calls = 0;
  while (!isSettled) {
    calls += 1;
    if ((await client.callTool('echo_echo', { calls })).result === undefined) failed += 1;
  }
  expect(failed).toBe(0);
  expect(calls).toBeGreaterThan(10);
  expect(await change).toMatchObject({ status: 503, code: 'store.busy' });
  other.prepare('rollback').run();
  other.close();
  expect((await gateway.admin.createKey('afterwards')).key.name).toBe('afterwards');
  client.close();
  await gateway.stop();
});
