/**
 * test/suites/sealing — what is secret stays sealed, whatever is done to the rows, and whoever lacks the key.
 */

import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/index.ts';
import type { Store } from '../../src/store/index.ts';
import { firstSpaceId } from '../support/first-space.ts';
import { type StoreHarness, wholeDatabase } from './store-harness.ts';
import {
  allSecrets,
  apiKey,
  headerSecret,
  httpServer,
  plainSecrets,
  registration,
  session,
  stdioServer,
  tokens,
} from './store-samples.ts';

const [a, b] = [httpServer('A', { createdAt: 1 }), httpServer('B', { createdAt: 2 })];
const local = stdioServer('Local', { createdAt: 3 });

export async function fillWithSecrets(store: Store): Promise<void> {
  const { servers, credentials, settings } = store.repositories;
  for (const server of [a, b, local]) await servers.insert(server);
  for (const { id } of [a, b]) {
    await credentials.saveTokens(tokens(id), 0);
    await credentials.saveRegistration(registration(id));
  }
  await settings.set('plain', 'setting');
}

/** Opens everything that is sealed. */
export async function expectAllSecrets(store: Store): Promise<void> {
  const { servers, credentials } = store.repositories;
  const found = new Set<string>();
  for (const server of await servers.list(firstSpaceId))
    for (const value of Object.values(plainSecrets(server))) found.add(value.replace(/^Bearer /, ''));
  for (const { id } of [a, b]) {
    const stored = await credentials.getTokens(id);
    found.add(stored?.accessToken.reveal() ?? '');
    found.add(stored?.refreshToken?.reveal() ?? '');
    found.add((await credentials.getRegistration(id))?.clientSecret?.reveal() ?? '');
  }
  expect([...found].sort()).toEqual(['', ...allSecrets].sort());
}

export function sealingSuite(name: string, make: () => Promise<StoreHarness>): void {
  describe(`sealing over ${name}`, () => {
    let harness: StoreHarness;
    let store: Store;
    beforeEach(async () => {
      harness = await make();
      store = await harness.open();
      await fillWithSecrets(store);
    });
    afterEach(() => harness.dispose());

    it('writes no secret and no key in plain', async () => {
      const text = await wholeDatabase(harness);
      for (const secret of [
        ...allSecrets,
        ...allSecrets.map((plain) => Buffer.from(plain).toString('base64')),
      ])
        expect(text).not.toContain(secret);
      expect(text).toContain('API_TOKEN');
      expect(text).toContain('Authorization');
      await expectAllSecrets(store);
    });

    it('seals equal values to different texts', async () => {
      const rows = await harness.sql('select sealed_access_token as sealed from tokens');
      expect(new Set(rows.map((row) => row['sealed'])).size).toBe(2);
    });

    const tampering: readonly [string, string, () => Promise<unknown>][] = [
      [
        'the tokens of one server put into the row of another',
        `update tokens set sealed_access_token =
           (select sealed_access_token from tokens where server_id = '${b.id}') where server_id = '${a.id}' returning 1`,
        () => store.repositories.credentials.getTokens(a.id),
      ],
      [
        'the refresh token put in place of the access token',
        `update tokens set sealed_access_token = sealed_refresh_token where server_id = '${a.id}' returning 1`,
        () => store.repositories.credentials.getTokens(a.id),
      ],
      [
        'tokens carried to another issuer',
        `update tokens set issuer = 'https://evil.example' where server_id = '${a.id}' returning 1`,
        () => store.repositories.credentials.getTokens(a.id),
      ],
      [
        'tokens passed off as another generation',
        `update tokens set generation = 2 where server_id = '${a.id}' returning 1`,
        () => store.repositories.credentials.getTokens(a.id),
      ],
      [
        'a client secret of another server',
        `update oauth_registrations set sealed_client_secret =
           (select sealed_client_secret from oauth_registrations where server_id = '${b.id}')
           where server_id = '${a.id}' returning 1`,
        () => store.repositories.credentials.getRegistration(a.id),
      ],
      [
        'a client secret for another client',
        `update oauth_registrations set client_id = 'evil' where server_id = '${a.id}' returning 1`,
        () => store.repositories.credentials.getRegistration(a.id),
      ],
      [
        'plain text in place of sealed text',
        `update tokens set sealed_access_token = 'planted' where server_id = '${a.id}' returning 1`,
        () => store.repositories.credentials.getTokens(a.id),
      ],
      [
        'the data key removed',
        `update tokens set sealed_access_token = 'v1.0000000000000000.' || substr(sealed_access_token, 21)
           where server_id = '${a.id}' returning 1`,
        () => store.repositories.credentials.getTokens(a.id),
      ],
    ];
    it.each(tampering)('refuses %s', async (_, statement, read) => {
      expect(await harness.sql(statement)).toHaveLength(1);
      const error = await read().then(
        (value) => expect.fail(`it was opened: ${JSON.stringify(value)}`),
        (refusal: Error) => refusal,
      );
      expect(error).toMatchObject({
        code: 'store.sealed_damaged',
        hint: expect.stringContaining('mcpmux restore'),
      });
      for (const secret of allSecrets)
        expect(`${error.message} ${String(error.stack)}`).not.toContain(secret);
      // Others are not drawn into it.
      expect((await store.repositories.credentials.getTokens(b.id))?.accessToken.reveal()).toBeDefined();
    });

    it('refuses a text with any byte changed', async () => {
      const [row] = await harness.sql(
        `select sealed_access_token as sealed from tokens where server_id = '${a.id}'`,
      );
      const sealed = String(row?.['sealed']);
      for (let at = 0; at < sealed.length; at += 5) {
        const other = sealed[at] === 'A' ? 'B' : 'A';
        const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
        await harness.sql(
          `update tokens set sealed_access_token = '${changed}' where server_id = '${a.id}' returning 1`,
        );
        await expect(store.repositories.credentials.getTokens(a.id), `byte ${at}`).rejects.toMatchObject({
          code: 'store.sealed_damaged',
        });
      }
    });

    describe('when one value of a launch cannot be opened', () => {
      /** As somebody would who wants our header sent to their own host. */
      const redirect = () =>
        harness.sql(
          `update servers set launch = replace(launch, 'mcp.example.com', 'evil.example') where id = '${a.id}' returning 1`,
        );

      it('does not give a header to another host, and lists the server and all others', async () => {
        await redirect();
        const listed = await store.repositories.servers.list(firstSpaceId);
        expect(listed.map((server) => server.name)).toEqual(['A', 'B', 'Local']);
        expect(() => plainSecrets(listed[0])).toThrow(
          expect.objectContaining({ code: 'store.sealed_damaged', message: expect.stringContaining(a.id) }),
        );
        expect(plainSecrets(listed[1])).toEqual({ Authorization: `Bearer ${headerSecret}` });
      });

      it('does not give an environment to another command', async () => {
        await harness.sql(
          `update servers set launch = replace(launch, '"npx"', '"/tmp/evil"') where id = '${local.id}' returning 1`,
        );
        const [server] = (await store.repositories.servers.list(firstSpaceId)).slice(2);
        expect(() => plainSecrets(server)).toThrow(expect.objectContaining({ code: 'store.sealed_damaged' }));
      });

      it('keeps the text when the rest of the row is written', async () => {
        await redirect();
        const read = await store.repositories.servers.get(a.id);
        await store.repositories.servers.update({ ...read!, isEnabled: false, revision: 2 }, 1);
        await harness.sql(
          `update servers set launch = replace(launch, 'evil.example', 'mcp.example.com') where id = '${a.id}' returning 1`,
        );
        const healed = await store.repositories.servers.get(a.id);
        expect(healed?.isEnabled).toBe(false);
        expect(plainSecrets(healed)).toEqual({ Authorization: `Bearer ${headerSecret}` });
      });
    });

    describe('without the key', () => {
      let keyFile: string;
      let before: string;
      beforeEach(async () => {
        await store.close();
        before = await wholeDatabase(harness);
        const [keyName] = await readdir(join(harness.folder, 'keys'));
        keyFile = join(harness.folder, 'keys', keyName!);
      });

      const takeAway: readonly [string, () => Promise<unknown>][] = [
        ['missing', () => rename(keyFile, `${keyFile}.away`)],
        ['empty', () => writeFile(keyFile, '')],
        ['zeroed', () => writeFile(keyFile, Buffer.alloc(62))],
        ['of another database', async () => writeFile(keyFile, await otherKey(make))],
        ['too long', () => writeFile(keyFile, 'x'.repeat(5_000))],
      ];
      it.each(takeAway)('starts locked when the key file is %s, and makes no new key', async (_, take) => {
        await take();
        const keysBefore = await readdir(join(harness.folder, 'keys'));
        const locked = await harness.open();
        expect(locked.describe()).toMatchObject({ isLocked: true, keySource: 'file' });
        expect(locked.describe().lockReason).toContain('keys');
        expect(locked.describe().lockHint).toContain('mcpmux restore');
        expect(await readdir(join(harness.folder, 'keys'))).toEqual(keysBefore);
        expect(await wholeDatabase(harness)).toBe(before);
      });

      it('reads and writes what is not sealed, refuses the rest, and writes over nothing', async () => {
        await rename(keyFile, `${keyFile}.away`);
        const { repositories, ...locked } = await harness.open();
        const { servers, credentials, settings, apiKeys, sessions } = repositories;
        const refused = { code: 'store.locked', hint: expect.stringContaining('mcpmux restore') };
        expect(await settings.get('plain')).toBe('setting');
        await settings.set('plain', 'setting');
        await apiKeys.insert(apiKey('k'));
        await sessions.insert(session());
        const listed = await servers.list(firstSpaceId);
        expect(listed.map((server) => server.name)).toEqual(['A', 'B', 'Local']);
        expect(() => plainSecrets(listed[0])).toThrow(expect.objectContaining({ code: 'store.locked' }));
        await expect(credentials.getTokens(a.id)).rejects.toMatchObject(refused);
        await expect(credentials.getRegistration(a.id)).rejects.toMatchObject(refused);
        await expect(credentials.saveTokens(tokens(a.id, { generation: 2 }), 1)).rejects.toMatchObject(
          refused,
        );
        await expect(credentials.saveRegistration(registration(a.id))).rejects.toMatchObject(refused);
        await expect(servers.insert(httpServer('new'))).rejects.toMatchObject(refused);
        await expect(servers.update({ ...a, revision: 2 }, 1), 'new secrets').rejects.toMatchObject(refused);
        const carriedOff = { ...listed[0]!.launch, url: 'https://evil.example/' } as typeof a.launch;
        await expect(
          servers.update({ ...listed[0]!, launch: carriedOff, revision: 2 }, 1),
        ).rejects.toMatchObject(refused);
        await servers.update({ ...listed[1]!, isEnabled: false, revision: 2 }, 1);
        await expect(locked.rotateDataKey()).rejects.toMatchObject(refused);
        await expect(locked.rotateRootKey()).rejects.toMatchObject(refused);
        await expect(
          locked.backup(join(harness.folder, 'x.backup'), new Secret('a long passphrase')),
        ).rejects.toMatchObject(refused);
        await locked.close();
        await rename(`${keyFile}.away`, keyFile);
        const again = await harness.open();
        await expectAllSecrets(again);
        expect((await again.repositories.servers.get(b.id))?.isEnabled).toBe(false);
      });

      it('takes a server without secrets while locked', async () => {
        await rename(keyFile, `${keyFile}.away`);
        const { repositories } = await harness.open();
        const plain = stdioServer('plain', {
          launch: { kind: 'stdio', command: 'c', args: [], cwd: undefined, env: {} },
        });
        await repositories.servers.insert(plain);
        await repositories.servers.delete(a.id);
        expect((await repositories.servers.list(firstSpaceId)).map((server) => server.name)).toContain(
          'plain',
        );
      });

      it('unlocks when the key is back, without a restart', async () => {
        await rename(keyFile, `${keyFile}.away`);
        const locked = await harness.open();
        expect((await locked.unlock()).isLocked).toBe(true);
        await rename(`${keyFile}.away`, keyFile);
        expect(await locked.unlock()).toMatchObject({ isLocked: false, lockReason: undefined });
        await expectAllSecrets(locked);
      });

      it.each([
        ['its canary is another', `update root_keys set canary = 'v1.x' returning 1`],
        ['its record is gone', `update root_keys set is_current = 0 returning 1`],
      ])('starts locked when the key file is right and in the database %s', async (_, statement) => {
        await harness.sql(statement);
        const keysBefore = await readdir(join(harness.folder, 'keys'));
        const locked = await harness.open();
        expect(locked.describe().isLocked).toBe(true);
        expect(await readdir(join(harness.folder, 'keys'))).toEqual(keysBefore);
        expect(await harness.sql('select * from root_keys')).toHaveLength(1);
      });
    });
  });
}

/** The key of a database that has nothing to do with this one. */
async function otherKey(make: () => Promise<StoreHarness>): Promise<Buffer> {
  const other = await make();
  try {
    await other.open();
    const [keyName] = await readdir(join(other.folder, 'keys'));
    return await readFile(join(other.folder, 'keys', keyName!));
  } finally {
    await other.dispose();
  }
}
