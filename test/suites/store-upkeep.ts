/**
 * test/suites/store-upkeep — rotating keys, upgrading, backing up and restoring, over any database.
 */

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/index.ts';
import { RawJson } from '../../src/protocol/index.ts';
import { restoreStore, type Store } from '../../src/store/index.ts';
import { migrations, newestVersion } from '../../src/store/migrations/list.ts';
import { firstSpaceId } from '../support/first-space.ts';
import { expectAllSecrets, fillWithSecrets } from './sealing.ts';
import { type StoreHarness, sqliteHarness, wholeDatabase } from './store-harness.ts';
import {
  allSecrets,
  apiKey,
  httpServer,
  plainSecrets,
  session,
  stdioServer,
  verdict,
} from './store-samples.ts';

const passphrase = new Secret('correct horse battery staple');
const dayMs = 24 * 3_600_000;

export function upkeepSuite(name: string, make: () => Promise<StoreHarness>): void {
  // Deriving keys from passphrases is slow on purpose.
  describe(`upkeep over ${name}`, { timeout: 60_000 }, () => {
    let harness: StoreHarness;
    let store: Store;
    beforeEach(async () => {
      harness = await make();
      store = await harness.open();
      await fillWithSecrets(store);
    });
    afterEach(() => harness.dispose());

    const dataKeys = () => harness.sql('select id, is_active from data_keys order by created_at');
    const keyFiles = () => readdir(join(harness.folder, 'keys'));
    async function reopened(): Promise<Store> {
      await store.close();
      return harness.open();
    }

    describe('rotating the data key', () => {
      it('seals everything anew and removes the old key', async () => {
        const [old] = await dataKeys();
        // Two servers, two token sets and two registrations hold sealed values, the stdio server too.
        expect(await store.rotateDataKey()).toEqual({ rows: 7, damaged: 0, removedKeys: 1 });
        expect(await wholeDatabase(harness)).not.toContain(String(old?.['id']));
        await expectAllSecrets(store);
        await expectAllSecrets(await reopened());
      });

      it('goes on at the next start with what a killed one has left', async () => {
        const [old] = await dataKeys();
        await store.close();
        // As it is after the first transaction: the old key retired, nothing sealed anew yet.
        await harness.sql('update data_keys set is_active = 0 returning 1');
        const next = await harness.open();
        await next.rotateRootKey();
        await expectAllSecrets(next);
        expect(await wholeDatabase(harness)).not.toContain(String(old?.['id']));
      });

      it('loses nothing that is written meanwhile, here and in another process', async () => {
        const other = await harness.open();
        const many = Array.from({ length: 80 }, (_, at) => httpServer(`m${at}`));
        for (const server of many) await store.repositories.servers.insert(server);
        const late = Array.from({ length: 40 }, (_, at) => httpServer(`late${at}`));
        const [rotation] = await Promise.all([
          store.rotateDataKey(),
          ...late.map((server, at) => (at % 2 ? store : other).repositories.servers.insert(server)),
          ...many.map((server, at) =>
            (at % 2 ? store : other).repositories.servers.update({ ...server, revision: 2 }, 1),
          ),
        ]);
        expect(rotation).toMatchObject({ damaged: 0, removedKeys: 1 });
        for (const one of [store, other, await harness.open()]) {
          const listed = await one.repositories.servers.list(firstSpaceId);
          expect(listed).toHaveLength(123);
          for (const server of listed) expect(() => plainSecrets(server)).not.toThrow();
        }
      });

      it('keeps the retired key of a value that cannot be opened', async () => {
        await harness.sql(`update oauth_registrations set client_id = 'changed' returning 1`);
        expect(await store.rotateDataKey()).toMatchObject({ damaged: 2, removedKeys: 0 });
        await harness.sql(`update oauth_registrations set client_id = 'client-1' returning 1`);
        await expectAllSecrets(await reopened());
      });

      it('happens by itself when a key is old', async () => {
        const [old] = await dataKeys();
        harness.clock.advance(89 * dayMs);
        store = await reopened();
        await store.rotateRootKey(); // Waits for the tidying that a start begins with.
        expect((await dataKeys()).map((row) => row['id'])).toEqual([old?.['id']]);
        harness.clock.advance(2 * dayMs);
        store = await reopened();
        await store.rotateRootKey();
        expect((await dataKeys()).map((row) => row['id'])).not.toContain(old?.['id']);
        await expectAllSecrets(store);
      });
    });

    describe('rotating the root key', () => {
      it('takes a new key file and forgets the old one, without touching records', async () => {
        const before = await harness.sql('select * from tokens');
        const [oldFile] = await keyFiles();
        const oldId = store.describe().keyId;
        const described = await store.rotateRootKey();
        expect(described.keyId).not.toBe(oldId);
        expect(await keyFiles()).toEqual([`root-${described.keyId}.key`]);
        expect(await keyFiles()).not.toContain(oldFile);
        expect(await harness.sql('select * from tokens')).toEqual(before);
        expect(await harness.sql('select id from root_keys')).toEqual([{ id: described.keyId }]);
        await expectAllSecrets(await reopened());
      });

      it('moves from a key file to a passphrase and to a credential', async () => {
        const ask = async () => new Secret('first passphrase');
        const withPassphrase = await store.rotateRootKey({ source: 'passphrase', askPassphrase: ask });
        expect(withPassphrase).toMatchObject({ keySource: 'passphrase', isLocked: false });
        expect(await keyFiles()).toEqual([]);
        await store.close();

        const keys = { source: 'auto', dataFolder: harness.folder } as const;
        const locked = await harness.open({ keys });
        expect(locked.describe()).toMatchObject({ isLocked: true, keySource: 'passphrase' });
        expect(
          (await locked.unlock({ askPassphrase: async () => new Secret('wrong one') })).lockReason,
        ).toContain('passphrase is wrong');
        expect((await locked.unlock({ askPassphrase: ask })).isLocked).toBe(false);
        await expectAllSecrets(locked);

        const credentialFile = join(harness.folder, 'credential');
        await writeFile(credentialFile, 'ab'.repeat(32), { mode: 0o600 });
        await locked.rotateRootKey({ source: 'credential', credentialFile });
        await locked.close();
        const last = await harness.open({ keys });
        expect(last.describe()).toMatchObject({ keySource: 'credential', isLocked: false });
        await expectAllSecrets(last);
        await expect(last.rotateRootKey()).rejects.toMatchObject({
          code: 'store.bad_key',
          message: expect.stringContaining('in use already'),
        });
      });

      it('leaves the old key in force when the new one cannot be made', async () => {
        await expect(
          store.rotateRootKey({ source: 'passphrase', askPassphrase: async () => new Secret('short') }),
        ).rejects.toMatchObject({ code: 'store.bad_passphrase' });
        await expect(
          store.rotateRootKey({ source: 'keychain', loadKeyring: () => Promise.reject(new Error('no bus')) }),
        ).rejects.toMatchObject({ code: 'store.keychain' });
        await expectAllSecrets(store);
        await expectAllSecrets(await reopened());
      });

      it('stops another process from making data keys with the old one', async () => {
        const other = await harness.open();
        await store.rotateRootKey();
        await harness.sql('update data_keys set is_active = 0 returning 1');
        await expect(other.repositories.servers.insert(httpServer('late'))).rejects.toMatchObject({
          code: 'store.locked',
          message: expect.stringContaining('another process has changed the root key'),
        });
        await expectAllSecrets(store);
        await expectAllSecrets(await reopened());
      });
    });

    describe('upgrading', () => {
      const next = (statement: string) => [
        ...migrations,
        { version: newestVersion + 1, name: 'next', statements: ['create table added (id text)', statement] },
      ];

      it('brings an older database to the newest version and keeps what is in it', async () => {
        await store.close();
        const upgraded = await harness.open({ migrations: next(`insert into added values ('x')`) });
        expect(upgraded.describe().schemaVersion).toBe(newestVersion + 1);
        expect(await harness.sql('select * from added')).toEqual([{ id: 'x' }]);
        await expectAllSecrets(upgraded);
      });

      it('undoes the whole of a version that fails', async () => {
        await store.close();
        await expect(harness.open({ migrations: next('this is no SQL') })).rejects.toMatchObject({
          code: 'store.failed',
        });
        await expectAllSecrets(await harness.open());
        const upgraded = await harness.open({ migrations: next(`insert into added values ('y')`) });
        expect(upgraded.describe().schemaVersion).toBe(newestVersion + 1);
      });

      it('is done once when several replicas begin at once', async () => {
        await store.close();
        const changed = { migrations: next(`insert into added values ('once')`) };
        await Promise.all([harness.open(changed), harness.open(changed), harness.open(changed)]);
        expect(await harness.sql('select * from added')).toEqual([{ id: 'once' }]);
      });

      it('refuses the database of a newer version and names both', async () => {
        await store.close();
        await harness.sql(`insert into schema_versions values (99, 'future', 0) returning 1`);
        const before = await wholeDatabase(harness);
        await expect(harness.open()).rejects.toMatchObject({
          code: 'store.newer_database',
          message: expect.stringMatching(new RegExp(`schema version 99.*up to ${newestVersion}`)),
          hint: expect.stringContaining('newer mcpmux'),
        });
        expect(await wholeDatabase(harness)).toBe(before);
      });
    });

    describe('backing up and restoring', () => {
      const backupFile = () => join(harness.folder, 'mcpmux.backup');
      let target: StoreHarness;
      beforeEach(async () => {
        const { servers, catalogue, eraVerdicts, sessions, apiKeys } = store.repositories;
        const server = stdioServer('full');
        await servers.insert(server);
        await catalogue.replace(server.id, {
          tools: Array.from({ length: 450 }, (_, at) =>
            RawJson.ofValue({ name: `t${at}`, text: '\u0000 ü 🙂 \ud800' }),
          ),
          prompts: undefined,
          resources: undefined,
          templates: undefined,
        });
        await eraVerdicts.save(server.id, verdict());
        await sessions.insert(session());
        await apiKeys.insert(apiKey('laptop'));
      });
      afterEach(async () => {
        await target?.dispose();
      });

      const restoring = (changed: object = {}) =>
        restoreStore({
          fromFile: backupFile(),
          passphrase,
          into: target.location,
          keys: { source: 'file', dataFolder: target.folder },
          clock: target.clock,
          logger: { ...console, child: () => console } as never,
          ...changed,
        });

      async function content(one: Store): Promise<unknown> {
        const { servers, catalogue, apiKeys, sessions } = one.repositories;
        const listed = await servers.list(firstSpaceId);
        return {
          listed,
          secrets: listed.map(plainSecrets),
          features: await catalogue.load(),
          keys: await apiKeys.list(),
          sessions: await sessions.count(),
        };
      }

      it.each([
        ['the same kind of database', () => make()],
        ['SQLite', () => sqliteHarness()],
      ])('brings everything to another machine, into %s', async (_, makeTarget) => {
        target = await makeTarget();
        const result = await store.backup(backupFile(), passphrase);
        expect(result.bytes).toBe((await readFile(backupFile())).length);
        expect(await restoring()).toMatchObject({ servers: 4, keySource: 'file', movedAside: undefined });
        const restored = await target.open();
        expect(restored.describe().keyId).not.toBe(store.describe().keyId);
        await expectAllSecrets(restored);
        expect(await content(restored)).toEqual(await content(store));
      });

      it('holds no secret in plain and is readable for its owner only', async () => {
        target = await sqliteHarness();
        await store.backup(backupFile(), passphrase);
        const { stat } = await import('node:fs/promises');
        if (process.platform !== 'win32') expect((await stat(backupFile())).mode & 0o777).toBe(0o600);
        const text = (await readFile(backupFile())).toString('latin1');
        expect(text.startsWith('MCPMUX-BACKUP 1\n')).toBe(true);
        for (const secret of [...allSecrets, 'API_TOKEN', 'laptop']) expect(text).not.toContain(secret);
      });

      it('does not write over a file, and wants a passphrase that deserves the name', async () => {
        target = await sqliteHarness();
        await writeFile(backupFile(), 'mine');
        await expect(store.backup(backupFile(), passphrase)).rejects.toMatchObject({
          code: 'store.already_there',
        });
        expect(await readFile(backupFile(), 'utf8')).toBe('mine');
        await expect(store.backup(join(harness.folder, 'b'), new Secret('short'))).rejects.toMatchObject({
          code: 'store.bad_passphrase',
        });
        await expect(
          store.backup(join(harness.folder, 'no', 'such', 'folder'), passphrase),
        ).rejects.toMatchObject({ code: 'store.not_writable' });
      });

      it('refuses a wrong passphrase and a changed file before anything is written', async () => {
        target = await make();
        await store.backup(backupFile(), passphrase);
        const good = await readFile(backupFile());
        const bad: [string, Buffer][] = [
          ['no backup', Buffer.from('SQLite format 3\0')],
          ['an empty file', Buffer.alloc(0)],
          ['a newer format', Buffer.from('MCPMUX-BACKUP 2\n{}\n')],
          ['no facts', Buffer.from('MCPMUX-BACKUP 1\n')],
          ['facts that are no JSON', Buffer.from('MCPMUX-BACKUP 1\n{]\n')],
          [
            'facts that ask for all memory',
            Buffer.from(good.toString('latin1').replace('"N":131072', '"N":2147483648'), 'latin1'),
          ],
          [
            'the time changed',
            Buffer.from(good.toString('latin1').replace('"createdAt":1', '"createdAt":2'), 'latin1'),
          ],
          ['its end cut off', good.subarray(0, -1)],
          ['something behind it', Buffer.concat([good, Buffer.from('x')])],
          ['a bit in the middle', flipped(good, Math.floor(good.length / 2))],
        ];
        const before = await readdir(target.folder);
        for (const [what, bytes] of bad) {
          await writeFile(backupFile(), bytes);
          await expect(restoring(), what).rejects.toMatchObject({ code: 'store.bad_archive' });
        }
        await writeFile(backupFile(), good);
        await expect(restoring({ passphrase: new Secret('another passphrase') })).rejects.toMatchObject({
          code: 'store.bad_archive',
          message: expect.stringContaining('passphrase is wrong'),
        });
        await expect(restoring({ fromFile: join(harness.folder, 'nowhere') })).rejects.toMatchObject({
          code: 'store.bad_archive',
        });
        expect(await readdir(target.folder)).toEqual(before);
      });

      it('R105 is one of two that are written to one file at once; the other is told', async () => {
        const outcomes = await Promise.allSettled([
          store.backup(backupFile(), passphrase),
          store.backup(backupFile(), passphrase),
          store.backup(backupFile(), passphrase),
        ]);
        const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
        expect(lost.map(({ reason }) => (reason as { code: string }).code)).toEqual([
          'store.already_there',
          'store.already_there',
        ]);
        target = await make();
        await restoring();
        await expectAllSecrets(await target.open());
      });

      it('replaces a database only when asked to', async () => {
        target = await make();
        await store.backup(backupFile(), passphrase);
        const there = await target.open();
        await there.repositories.servers.insert(httpServer('precious'));
        await there.close();
        const before = await wholeDatabase(target);
        await expect(restoring()).rejects.toMatchObject({
          code: 'store.already_there',
          hint: expect.stringContaining('--overwrite'),
        });
        expect(await wholeDatabase(target)).toBe(before);
        const { movedAside } = await restoring({ overwrite: true });
        expect(movedAside).toMatch(
          target.kind === 'postgres' ? /^the schema mcpmux_before_restore_/ : /before-restore/,
        );
        const restored = await target.open();
        await expectAllSecrets(restored);
        expect((await restored.repositories.servers.list(firstSpaceId)).map((one) => one.name)).not.toContain(
          'precious',
        );
      });

      it('is of one moment while others write', async () => {
        target = await make();
        const { servers, settings } = store.repositories;
        const writing = (async () => {
          for (let at = 0; at < 60; at += 1) {
            await servers.insert(httpServer(`w${at}`));
            await settings.set('count', String(at + 1));
          }
        })();
        await store.backup(backupFile(), passphrase);
        await writing;
        await restoring();
        const restored = await target.open();
        const count = Number((await restored.repositories.settings.get('count')) ?? 0);
        const written = (await restored.repositories.servers.list(firstSpaceId)).filter((one) =>
          /^w\d/.test(one.name),
        );
        // Between a server and its count there is one step.
        expect(written.length - count).toBeGreaterThanOrEqual(0);
        expect(written.length - count).toBeLessThanOrEqual(1);
      });
    });
  });
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
