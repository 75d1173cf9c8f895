/**
 * fault/storage.test — what the daemon finds at its start that it must not run on, and a database that another holds.
 *
 * Rows 56 and 58 to 60 of our list of bad inputs and row 35 of the faults. Of each start: how it ends or what it says, and
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
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/index.ts';
import { writeArchive } from '../../src/store/archive/format.ts';
import { loadSqlite } from '../../src/store/drivers/sqlite-module.ts';
import { runChild } from '../support/child.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { RawHttpClient } from '../support/raw-client.ts';
import { type RawHttpServer, rawTool, startRawHttpServer } from '../support/raw-server.ts';

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

describe('59: with sealed values', () => {
  /** Two servers that each want a header of their own; what each was sent. */
  const servers: Record<string, RawHttpServer> = {};
  const secrets: Readonly<Record<string, string>> = { one: 'secret-of-one', two: 'secret-of-two' };
  const sentTo = (alias: string): unknown[] =>
    servers[alias]!.received.all.map(({ headers }) => headers['x-secret']);
  let sealed: string;

  beforeAll(async () => {
    for (const alias of Object.keys(secrets))
      servers[alias] = await startRawHttpServer({ eras: ['legacy'], tools: [rawTool('say')] });
    sealed = await newFolder();
    const gateway = await startGateway({
      dataDir: sealed,
      env: keepsKeyInFile,
      servers: Object.entries(secrets).map(([alias, secret]) => ({
        name: alias,
        launch: { kind: 'http' as const, url: servers[alias]!.url, headers: { 'X-Secret': secret } },
      })),
    });
    for (const alias of Object.keys(secrets)) expect(sentTo(alias)).toContain(secrets[alias]);
    await gateway.stop();
  });
  afterAll(async () => {
    await Promise.all(Object.values(servers).map((server) => server.close()));
    await rm(sealed, { recursive: true, force: true });
  });

  type Headers = Readonly<Record<string, string>>;
  /** Starts on a copy in which the sealed headers of both servers are what `change` makes of them. */
  async function startWith(change: (one: Headers, two: Headers) => readonly [Headers, Headers]) {
    folder = await newFolder();
    await cp(sealed, folder, { recursive: true });
    const { DatabaseSync } = await loadSqlite();
    const database = new DatabaseSync(join(folder, 'mcpmux.db'));
    const read = (alias: string) =>
      JSON.parse(
        (database.prepare('select launch from servers where alias = ?').get(alias) as { launch: string })
          .launch,
      ) as { headers: Headers };
    const [one, two] = [read('one'), read('two')];
    const changed = change(one.headers, two.headers);
    for (const [at, alias] of ['one', 'two'].entries())
      database
        .prepare('update servers set launch = ? where alias = ?')
        .run(JSON.stringify({ ...[one, two][at], headers: changed[at] }), alias);
    database.close();
    const seen = Object.fromEntries(['one', 'two'].map((alias) => [alias, sentTo(alias).length]));
    const gateway = await startGateway({ dataDir: folder, env: keepsKeyInFile });
    return { gateway, sentSince: (alias: string) => sentTo(alias).slice(seen[alias]) };
  }
  const flip = (text: string): string => {
    const at = text.length - 10;
    return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
  };
  const changedHeader = (headers: Headers, change: (text: string) => string): Headers =>
    Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, change(text)]));

  it('of two rows exchanged neither is sent anywhere, and both states say why', async () => {
    const { gateway, sentSince } = await startWith((one, two) => [two, one]);
    for (const alias of ['one', 'two']) {
      const { state } = await gateway.admin.awaitServer(alias, 10_000);
      expect(state.status).not.toBe('connected');
      expect(state.reason).toMatch(/cannot be opened/);
      for (const header of sentSince(alias)) expect(Object.values(secrets)).not.toContain(header);
    }
    await gateway.stop();
  });

  it('in which one letter is another that one is not used, and the other server works', async () => {
    const { gateway, sentSince } = await startWith((one, two) => [changedHeader(one, flip), two]);
    const { state } = await gateway.admin.awaitServer('one', 10_000);
    expect(state.reason).toMatch(/cannot be opened/);
    expect((await gateway.admin.awaitServer('two', 10_000)).state.status).toBe('connected');
    expect(sentSince('one').filter((header) => header !== undefined)).toEqual([]);
    expect(new Set(sentSince('two'))).toEqual(new Set([secrets['two']]));
    await gateway.stop();
  });
});

describe('59: a database', () => {
  it('that is empty beside keys is not begun anew over them', async () => {
    const file = join(await copyOfSeed(), 'mcpmux.db');
    const keyBefore = await hashOf(await rootKeyFile());
    for (const end of ['-wal', '-shm']) await rm(`${file}${end}`, { force: true });
    await truncate(file, 0);
    const { code, stderr } = await start();
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/is damaged \(it is empty\); it was left as it is/);
    expect((await stat(file)).size).toBe(0);
    expect(await hashOf(await rootKeyFile())).toBe(keyBefore);
  });

  it('whose log was deleted is as it was at its last checkpoint', async () => {
    await copyOfSeed();
    const first = await startGateway({ dataDir: folder, env: keepsKeyInFile });
    await first.admin.addServer({ ...echo, name: 'later' });
    await first.kill();
    for (const end of ['-wal', '-shm']) await rm(join(folder, `mcpmux.db${end}`), { force: true });
    const gateway = await startGateway({ dataDir: folder, env: keepsKeyInFile });
    const names = (await gateway.admin.listServers()).servers.map(({ name }) => name);
    expect(names).toContain('echo');
    expect(await gateway.admin.awaitServer('echo', 10_000)).toMatchObject({ state: { status: 'connected' } });
    await gateway.stop();
  });
});

describe('a damaged row', () => {
  async function startAfter(change: string): Promise<Gateway> {
    await copyOfSeed();
    const first = await startGateway({ dataDir: folder, env: keepsKeyInFile });
    await first.addServer({ ...echo, name: 'sound' });
    await first.kill();
    const { DatabaseSync } = await loadSqlite();
    const database = new DatabaseSync(join(folder, 'mcpmux.db'));
    database.exec(change);
    database.close();
    return startGateway({ dataDir: folder, env: keepsKeyInFile });
  }

  it.each([
    ['an item of the catalogue', `update features set item = '{"name": "ec' where server_key = 'echo'`],
    ['a name of the catalogue', `update features set name = 'x"y' where server_key = 'echo'`],
    ['an item that is no object', `update features set item = '[1]' where server_key = 'echo'`],
  ])('R74 that is %s is dropped and read again', async (_, change) => {
    const gateway = await startAfter(change);
    await gateway.admin.awaitServer('echo', 10_000);
    const { tools } = await gateway.admin.listTools();
    expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['echo_echo', 'sound_echo']));
    await gateway.stop();
  });

  it.each([
    ['limits that are cut', `update servers set limits = '{"callTi' where alias = 'echo'`],
    ['limits that are no object', `update servers set limits = '7' where alias = 'echo'`],
    ['a launch that is cut', `update servers set launch = substr(launch, 1, 40) where alias = 'echo'`],
    ['a launch of no kind', `update servers set launch = '{}' where alias = 'echo'`],
    ['an unknown policy', `update servers set session_policy = 'never' where alias = 'echo'`],
  ])('R74 with %s makes its server need attention, and no other', async (_, change) => {
    const gateway = await startAfter(change);
    expect((await gateway.admin.awaitServer('sound', 10_000)).state.status).toBe('connected');
    const { state } = await gateway.admin.awaitServer('echo', 10_000);
    expect(state).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('damaged'),
      nextStep: expect.stringContaining('mcpmux remove echo'),
    });
    const rotated = await gateway.cli(['key', 'rotate']);
    expect(rotated.stderr).not.toContain('please report');
    expect((await gateway.cli(['remove', 'echo'])).code).toBe(0);
    await gateway.stop();
  });
});

describe('a database that was lost beside its keys', () => {
  const files = ['mcpmux.db', 'mcpmux.db-wal', 'mcpmux.db-shm'];

  it.each([
    [
      'the database',
      async () => {
        for (const name of files) await rm(join(folder, name), { force: true });
      },
    ],
    [
      'the database and the root keys',
      async () => {
        for (const name of [...files, 'keys']) await rm(join(folder, name), { force: true, recursive: true });
      },
    ],
    [
      'the database and the client key',
      async () => {
        for (const name of [...files, 'client-key']) await rm(join(folder, name), { force: true });
      },
    ],
    [
      'the log of a first start, which holds all there is',
      async () => {
        await rm(folder, { recursive: true });
        folder = await newFolder();
        const gateway = await startGateway({ dataDir: folder, env: keepsKeyInFile });
        await gateway.kill();
        for (const name of files.slice(1)) await rm(join(folder, name));
      },
    ],
  ])('R74 (%s) stops the start with the choice, and changes nothing', async (_, lose) => {
    await copyOfSeed();
    await lose();
    const before = (await readdir(folder)).sort();
    const { code, stderr } = await start();
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/keys of an earlier one/);
    expect(stderr).toMatch(/mcpmux restore FILE/);
    expect(stderr).toMatch(/to start anew, move these away/);
    const made = (await readdir(folder)).filter(
      (name) => !before.includes(name) && name.startsWith('mcpmux.db'),
    );
    expect(made.filter((name) => !/-(?:wal|shm)$/.test(name))).toEqual([]);
    // The choice to begin anew.
    await mkdir(join(folder, 'away'));
    for (const name of ['keys', 'client-key'])
      await rename(join(folder, name), join(folder, 'away', name)).catch(() => {});
    const gateway = await startGateway({ dataDir: folder, env: keepsKeyInFile });
    await gateway.stop();
  });
});

describe('60: as a backup', () => {
  /** A tar archive by hand: one entry. */
  function tar(name: string, type: '0' | '2', linkTo = ''): Buffer {
    const head = Buffer.alloc(512);
    head.write(name, 0);
    head.write('0000644\u00000000000\u00000000000\u000000000000004\u000000000000000\u0000', 100);
    head.write('        ', 148);
    head.write(type, 156);
    head.write(linkTo, 157);
    head.write('ustar\u000000', 257);
    const sum = head.reduce((total, byte) => total + byte, 0);
    head.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148);
    return Buffer.concat([head, Buffer.from('evil'.padEnd(512, '\u0000')), Buffer.alloc(1_024)]);
  }
  const passphrase = 'correct horse battery';

  async function restore(file: string) {
    return runChild({
      command: process.execPath,
      args: [repositoryPath('bin/mcpmux.mjs'), 'restore', file],
      env: {
        MCPMUX_DATA_DIR: join(folder, 'data'),
        MCPMUX_SOCKET: join(folder, 'admin.sock'),
        ...keepsKeyInFile,
      },
      cwd: folder,
      input: `${passphrase}\n`,
      timeoutMs: 20_000,
    });
  }

  it.each<[string, (file: string) => unknown]>([
    ['an archive with ../../etc/x', (file) => writeFile(file, gzipSync(tar('../../../../etc/x', '0')))],
    ['an archive with an absolute path', (file) => writeFile(file, tar('/etc/x', '0'))],
    ['an archive with a link', (file) => writeFile(file, tar('data', '2', '/etc'))],
    ['a bomb', (file) => writeFile(file, gzipSync(Buffer.alloc(50_000_000)))],
    [
      'a sealed archive that is a bomb inside',
      async (file) => {
        const bomb = gzipSync(Buffer.alloc(300_000_000));
        await writeFile(
          file,
          await writeArchive(bomb, new Secret(passphrase), { createdAt: 1, schemaVersion: 1 }),
        );
      },
    ],
    [
      'a sealed archive of other things',
      async (file) => {
        const content = Buffer.from(`{"../../etc/x":["evil"]}\n{"table":"../x"}\n`);
        await writeFile(
          file,
          await writeArchive(content, new Secret(passphrase), { createdAt: 1, schemaVersion: 1 }),
        );
      },
    ],
    ['a link to /dev/zero', (file) => symlink('/dev/zero', file)],
    ['a pipe', (file) => runChild({ command: 'mkfifo', args: [file] })],
    ['a folder', (file) => mkdir(file)],
  ])('%s is refused before anything is written', async (_, make) => {
    folder = await newFolder();
    const file = join(folder, 'backup');
    await make(file);
    const { code, stderr } = await restore(file);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/is refused as a backup: .*; nothing was changed/);
    const left = await readdir(folder, { recursive: true });
    expect(left.filter((name) => /mcpmux\.db|\.key$/.test(name))).toEqual([]);
    await expect(stat('/etc/x')).rejects.toThrow();
  });
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
    const { problems } = await gateway.admin.getStatus();
    expect(problems[0]).toMatchObject({
      code: 'store.locked',
      fix: { command: expect.stringContaining('mcpmux unlock') },
    });
    expect((await gateway.admin.listServers()).servers.map(({ name }) => name)).toEqual(['echo']);
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
