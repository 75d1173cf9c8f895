import { execFile } from 'node:child_process';
import {
  chmod,
  chown,
  copyFile,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock, silentLogger } from '../../base/index.ts';
import { migrations, newestVersion } from '../migrations/list.ts';
import { openStore, type Store, type StoreOptions } from '../open.ts';
import { openDatabase } from './open-database.ts';
import { loadSqlite } from './sqlite-module.ts';

const onPosix = process.platform !== 'win32';
const run = promisify(execFile);

describe('a SQLite database', () => {
  let folder: string;
  let file: string;
  const clock = new ManualClock();
  const opened: Store[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcpmux-sqlite-'));
    file = join(folder, 'data', 'mcpmux.db');
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(changed: Partial<StoreOptions> = {}): Promise<Store> {
    const store = await openStore({
      location: { kind: 'sqlite', file },
      keys: { source: 'file', dataFolder: join(folder, 'data') },
      clock,
      logger: silentLogger,
      ...changed,
    });
    opened.push(store);
    return store;
  }

  /** A closed database with a setting in it. */
  async function filled(): Promise<void> {
    const store = await open();
    await store.repositories.settings.set('kept', 'yes');
    await store.close();
  }

  /** What lies in the data folder, but for the log that stays behind empty on Node 20. */
  async function names(): Promise<string[]> {
    return (await readdir(join(folder, 'data'))).filter((name) => !/-(?:wal|shm)$/.test(name)).sort();
  }

  async function handle() {
    const { DatabaseSync } = await loadSqlite();
    return new DatabaseSync(file);
  }

  describe('that is new', () => {
    it.runIf(onPosix)('is made in a folder of mode 0700, files 0600', async () => {
      const store = await open();
      await store.repositories.settings.set('a', 'b');
      const modes: Record<string, string> = {};
      for (const path of ['', 'mcpmux.db', 'mcpmux.db-wal', 'mcpmux.db-shm', 'keys'])
        modes[path] = ((await stat(join(folder, 'data', path))).mode & 0o777).toString(8);
      expect(modes).toEqual({
        '': '700',
        'mcpmux.db': '600',
        'mcpmux.db-wal': '600',
        'mcpmux.db-shm': '600',
        keys: '700',
      });
      const [key] = await readdir(join(folder, 'data', 'keys'));
      expect((await stat(join(folder, 'data', 'keys', key!))).mode & 0o777).toBe(0o600);
    });

    it('leaves nothing behind but itself and its key', async () => {
      await filled();
      expect(await names()).toEqual(['keys', 'mcpmux.db']);
    });

    it('is durable: write-ahead log, full sync, foreign keys, deleted rows wiped', async () => {
      await filled();
      const { database } = await openDatabase({ kind: 'sqlite', file }, clock, silentLogger);
      const pragmas: Record<string, unknown> = {};
      for (const name of ['journal_mode', 'synchronous', 'foreign_keys', 'secure_delete', 'trusted_schema']) {
        const { rows } = await sql.raw<Record<string, unknown>>(`pragma ${name}`).execute(database.db);
        pragmas[name] = rows[0]?.[name];
      }
      await database.close();
      expect(pragmas).toEqual({
        journal_mode: 'wal',
        synchronous: 2,
        foreign_keys: 1,
        secure_delete: 1,
        trusted_schema: 0,
      });
    });

    it('waits for the disk or not, as each write asks for', async () => {
      await filled();
      const { database } = await openDatabase({ kind: 'sqlite', file }, clock, silentLogger);
      const { db, relaxed } = database;
      const synchronous = async (connection: typeof db): Promise<number | undefined> => {
        const { rows } = await sql.raw<{ synchronous: number }>('pragma synchronous').execute(connection);
        return rows[0]?.synchronous;
      };
      const failing = relaxed.write(async () => Promise.reject(new Error('no'))).catch(() => 'failed');
      const seen = await Promise.all([
        synchronous(db),
        synchronous(relaxed.db),
        database.write(synchronous),
        relaxed.write(synchronous),
        failing,
        synchronous(db),
      ]);
      expect(seen).toEqual([2, 1, 2, 1, 'failed', 2]);
      await database.close();
      for (const connection of [db, relaxed.db])
        await expect(synchronous(connection)).rejects.toMatchObject({ code: 'store.closed' });
    });

    it('is not made beside the log of a database that is gone', async () => {
      await mkdir(join(folder, 'data'), { mode: 0o700 });
      await writeFile(`${file}-wal`, 'frames of another database', { mode: 0o600 });
      await expect(open()).rejects.toMatchObject({
        code: 'store.corrupt',
        message: expect.stringContaining('write-ahead log'),
      });
      await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('takes no notice of what a creation that was killed has left', async () => {
      await filled();
      // Killed between giving the finished file its name and taking away its first one.
      await link(file, `${file}.AbCd1234.new`);
      await writeFile(`${file}.zzzz9999.new-journal`, 'half');
      const store = await open();
      expect(await store.repositories.settings.get('kept')).toBe('yes');
      expect((await readdir(join(folder, 'data'))).filter((name) => name.includes('.new'))).toEqual([]);
    });
  });

  describe('that is damaged', () => {
    beforeEach(filled);

    const overwrite = async (offset: number, bytes: Buffer) => {
      const content = await readFile(file);
      bytes.copy(content, offset);
      await writeFile(file, content);
    };
    const damages: readonly [string, string, () => Promise<void>][] = [
      ['empty', 'it is empty', () => truncate(file, 0)],
      ['cut inside its head', 'it is cut short', () => truncate(file, 50)],
      ['cut in the middle', 'it is cut short', async () => truncate(file, (await stat(file)).size / 2)],
      [
        'without its last page',
        'it is cut short',
        async () => truncate(file, (await stat(file)).size - 4_096),
      ],
      ['zeroed', 'filled with zeros', async () => writeFile(file, Buffer.alloc((await stat(file)).size))],
      ['a text file', 'no SQLite database', () => writeFile(file, 'hello '.repeat(1_000))],
      ['zeroed in its first table page', '', () => overwrite(4_096, Buffer.alloc(4_096))],
      ['random from its second page on', '', () => overwrite(4_096, Buffer.alloc(40_000, 0xa7))],
    ];
    it.each(damages)('%s is refused and left as it is', async (_, reason, damage) => {
      await damage();
      const before = await readFile(file);
      await expect(open()).rejects.toMatchObject({
        code: 'store.corrupt',
        message: expect.stringContaining(file),
        hint: expect.stringContaining('mcpmux restore'),
      });
      await expect(open()).rejects.toMatchObject({ message: expect.stringContaining(reason) });
      expect((await readFile(file)).equals(before)).toBe(true);
      expect(await names()).toEqual(['keys', 'mcpmux.db']);
    });

    it('of another program is refused', async () => {
      await rm(file);
      const foreign = await handle();
      foreign.exec('create table notes (id text)');
      foreign.close();
      await chmod(file, 0o600);
      await expect(open()).rejects.toMatchObject({ code: 'store.foreign_database' });
    });

    it('of a newer version names the copy from before the upgrade', async () => {
      await (await upgraded()).close();
      const error = await open().catch((refusal: unknown) => refusal);
      expect(error).toMatchObject({
        code: 'store.newer_database',
        message: expect.stringMatching(
          new RegExp(`schema version ${newestVersion + 1}.*up to ${newestVersion}`),
        ),
        hint: expect.stringContaining(join(folder, 'data', 'copies', `mcpmux.db.v${newestVersion}-`)),
      });
    });
  });

  const future = (upTo: number) => [
    ...migrations,
    ...Array.from({ length: upTo - newestVersion }, (_, at) => ({
      version: newestVersion + 1 + at,
      name: `future ${at}`,
      statements: [`create table future_${at} (id text)`],
    })),
  ];
  const upgraded = (version = newestVersion + 1) => open({ migrations: future(version) });
  const copies = async () =>
    (await readdir(join(folder, 'data', 'copies'))).sort((a, b) =>
      a.localeCompare(b, 'en', { numeric: true }),
    );

  describe('that is upgraded', () => {
    it('is copied first, and the copy opens with the former version', async () => {
      await filled();
      await (await upgraded()).close();
      const [copy] = await copies();
      expect(copy).toBe(`mcpmux.db.v${newestVersion}-20231114T221320Z`);
      const path = join(folder, 'data', 'copies', copy!);
      if (onPosix) expect((await stat(path)).mode & 0o777).toBe(0o600);
      for (const former of ['', '-wal', '-shm']) await rm(`${file}${former}`, { force: true });
      await copyFile(path, file);
      const store = await open();
      expect(await store.repositories.settings.get('kept')).toBe('yes');
      expect(store.describe().schemaVersion).toBe(newestVersion);
    });

    it('keeps the newest three copies', async () => {
      await filled();
      for (let version = newestVersion + 1; version <= newestVersion + 5; version += 1) {
        clock.advance(1_000);
        await (await upgraded(version)).close();
      }
      expect((await copies()).map((name) => name.split('-')[0])).toEqual(
        [2, 3, 4].map((later) => `mcpmux.db.v${newestVersion + later}`),
      );
    });

    it('is not copied when there is nothing to upgrade', async () => {
      await filled();
      await open();
      await expect(copies()).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('is not changed when the copy cannot be made', async () => {
      await filled();
      await writeFile(join(folder, 'data', 'copies'), 'a file in the way');
      await expect(upgraded()).rejects.toMatchObject({ code: 'store.not_writable' });
      expect((await open()).describe().schemaVersion).toBe(newestVersion);
    });
  });

  describe('that others could touch', { skip: !onPosix }, () => {
    beforeEach(filled);

    it.each([
      ['the data folder is open to the group', 0o750, '0750', '700'],
      ['the data folder is open to all', 0o777, '0777', '700'],
    ])('is refused when %s', async (_, mode, shown, wanted) => {
      await chmod(join(folder, 'data'), mode);
      await expect(open()).rejects.toMatchObject({
        code: 'store.exposed',
        message: expect.stringContaining(shown),
        hint: `run: chmod ${wanted} '${join(folder, 'data')}'`,
      });
    });

    it('is refused when its file is readable for others', async () => {
      await chmod(file, 0o644);
      await expect(open()).rejects.toMatchObject({
        code: 'store.exposed',
        hint: `run: chmod 600 '${file}'`,
      });
    });

    it('is refused when its file is a link', async () => {
      await rename(file, join(folder, 'elsewhere'));
      await symlink(join(folder, 'elsewhere'), file);
      await expect(open()).rejects.toMatchObject({ code: 'store.unsafe_file' });
    });

    it('is refused when its file has a second name', async () => {
      await link(file, join(folder, 'second'));
      await expect(open()).rejects.toMatchObject({ code: 'store.unsafe_file' });
    });

    it.runIf(process.getuid?.() === 0)('is refused when it belongs to somebody else', async () => {
      await chown(file, 65_534, 65_534);
      await expect(open()).rejects.toMatchObject({ code: 'store.wrong_owner' });
    });

    it('is refused when the data folder is a file', async () => {
      await rm(join(folder, 'data'), { recursive: true });
      await writeFile(join(folder, 'data'), '');
      await expect(open()).rejects.toMatchObject({ code: 'store.not_writable' });
    });
  });

  describe('while another program holds its lock', () => {
    it('is read, and written as soon as the lock is free, without holding up the process', async () => {
      await filled();
      const store = await open();
      const other = await handle();
      other.exec('begin immediate');
      try {
        expect(await store.repositories.settings.get('kept')).toBe('yes');
        const writing = store.repositories.settings.set('late', 'yes');
        // Timers run while the write waits.
        for (let at = 0; at < 5; at += 1) await new Promise((resolve) => setTimeout(resolve, 10));
        other.exec('commit');
        await writing;
      } finally {
        other.close();
      }
      expect(await store.repositories.settings.get('late')).toBe('yes');
    });

    it('gives up after five seconds and says so', async () => {
      await filled();
      const store = await open();
      const other = await handle();
      other.exec('begin immediate');
      try {
        await expect(store.repositories.settings.set('a', 'b')).rejects.toMatchObject({
          code: 'store.busy',
          kind: 'unavailable',
          retry: 'safe',
        });
      } finally {
        other.close();
      }
      await store.repositories.settings.set('a', 'b');
    }, 20_000);
  });

  describe('on a disk that is full', () => {
    it('refuses to write, keeps what is there, and works again when there is space', async () => {
      await filled();
      const { database } = await openDatabase({ kind: 'sqlite', file }, clock, silentLogger);
      try {
        // SQLite's own limit ends in the same failure as a full disk.
        await sql`pragma max_page_count = 1`.execute(database.db);
        const big = { key: 'big', value: 'x'.repeat(100_000) };
        const write = () => database.db.insertInto('settings').values(big).execute();
        await expect(write()).rejects.toMatchObject({ code: 'store.disk_full', retry: 'safe' });
        await expect(
          database.write((connection) => connection.insertInto('settings').values(big).execute()),
        ).rejects.toMatchObject({ code: 'store.disk_full' });
        expect(await database.db.selectFrom('settings').selectAll().execute()).toEqual([
          { key: 'kept', value: 'yes' },
        ]);
        await sql`pragma max_page_count = 1000000`.execute(database.db);
        await write();
      } finally {
        await database.close();
      }
    });
  });

  it.runIf(process.platform === 'linux')(
    'is refused by name in a folder that cannot be written to',
    async () => {
      await filled();
      for (const leftover of ['-wal', '-shm']) await rm(`${file}${leftover}`, { force: true });
      // Root may write anywhere; then somebody else tries.
      const isRoot = process.getuid?.() === 0;
      if (isRoot) await run('chown', ['-R', '65534:65534', folder]);
      await chmod(folder, 0o755);
      await chmod(join(folder, 'data'), 0o500);
      const script = `
      import { openStore } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)};
      import { systemClock, silentLogger } from ${JSON.stringify(new URL('../../base/index.ts', import.meta.url).href)};
      const kept = ${JSON.stringify(file)};
      for (const file of [kept, kept.replace('mcpmux.db', 'new.db'), kept.replace('mcpmux.db', 'deeper/new.db')])
        await openStore({
          location: { kind: 'sqlite', file },
          keys: { source: 'file', dataFolder: ${JSON.stringify(folder)} },
          clock: systemClock,
          logger: silentLogger,
        }).then(() => console.log('opened'), (error) => console.log(error.code, error.message.includes(${JSON.stringify(folder)})));
    `;
      const { stdout } = await run(
        process.execPath,
        ['--import', 'tsx', '--input-type=module', '-e', script],
        {
          ...(isRoot ? { uid: 65_534, gid: 65_534 } : {}),
          env: { ...process.env, TMPDIR: folder, HOME: folder },
        },
      );
      await chmod(join(folder, 'data'), 0o700);
      expect(stdout.trim().split('\n')).toEqual(Array(3).fill('store.not_writable true'));
    },
    30_000,
  );
});
