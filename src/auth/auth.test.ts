import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firstSpaceId } from '../../test/support/first-space.ts';
import { EventBus, ManualClock, silentLogger } from '../base/index.ts';
import type { Exchange } from '../http/index.ts';
import type { DomainEvent, FeatureSetId } from '../model/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { ApiKeys, Clients, createAuthenticator, ensureFirstKey, keyTextPattern } from './index.ts';
import { isKeyText, newKeyText } from './key-text.ts';

const noExchange = undefined as unknown as Exchange;

let folder: string;
let store: Store;
let clock: ManualClock;
let told: DomainEvent[];
let clients: Clients;
let keys: ApiKeys;

async function openKeys(): Promise<ApiKeys> {
  const events = new EventBus<DomainEvent>(clock, (error) => {
    throw error;
  });
  events.subscribe(({ event }) => told.push(event));
  clients = await Clients.open({
    repository: store.repositories.clients,
    limitNames: {
      space: (reference) => (reference === 'Default' ? firstSpaceId : undefined),
      featureSet: (reference) => (reference === 'Read' ? ('set-1' as FeatureSetId) : undefined),
    },
    clock,
    events,
    logger: silentLogger,
  });
  return ApiKeys.open({
    repository: store.repositories.apiKeys,
    clients,
    clock,
    events,
    logger: silentLogger,
  });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcpmux-auth-'));
  clock = new ManualClock();
  store = await openStore({
    location: { kind: 'sqlite', file: join(folder, 'mcpmux.db') },
    keys: { source: 'file', dataFolder: folder },
    clock,
    logger: silentLogger,
  });
  told = [];
  keys = await openKeys();
});

afterEach(async () => {
  await keys.close();
  await store.close();
  await rm(folder, { recursive: true });
});

describe('the text of a key', () => {
  it('is the prefix, 43 random characters and 6 of checksum', () => {
    const text = newKeyText();
    expect(text).toMatch(/^mcpk_[0-9A-Za-z]{49}$/);
    expect(keyTextPattern.test(text)).toBe(true);
    expect(isKeyText(text)).toBe(true);
    expect(newKeyText()).not.toBe(text);
  });

  it('has a checksum that others can compute', () => {
    // Worked out with another implementation: CRC-32 (IEEE) of the prefix and 43 zeros, in base 62.
    expect(isKeyText(`mcpk_${'0'.repeat(43)}38RaDo`)).toBe(true);
  });

  it('is no key with one character changed, cut, longer or under another prefix', () => {
    const text = newKeyText();
    const other = text[20] === 'a' ? 'b' : 'a';
    for (const wrong of [
      `${text.slice(0, 20)}${other}${text.slice(21)}`,
      text.slice(0, -1),
      `${text}0`,
      text.replace('mcpk_', 'mcpx_'),
      text.toLowerCase().replace(/[0-9]/g, '0'),
      '',
    ]) {
      expect(isKeyText(wrong)).toBe(false);
    }
  });
});

describe('API keys', () => {
  it('let in whoever has the text, as one principal, also after a restart', async () => {
    const { key, text } = await keys.create('laptop');
    const principal = {
      id: `client:${key.clientId}`,
      kind: 'key',
      name: 'laptop',
      clientId: key.clientId,
      credentialId: key.id,
      limits: { spaceId: undefined, featureSetIds: [] },
      credentialLimits: { spaceId: undefined, featureSetIds: [] },
      isLive: true,
    };
    expect(keys.authenticate(text)).toEqual(principal);
    expect(keys.authenticate(newKeyText())).toBeUndefined();
    expect(keys.authenticate('')).toBeUndefined();
    await keys.close();
    keys = await openKeys();
    expect(keys.authenticate(text)).toEqual(principal);
  });

  it('are stored as a hash only', async () => {
    const { key, text } = await keys.create('laptop');
    expect(key.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(key.shownPrefix).toBe(text.slice(0, 13));
    expect(JSON.stringify(keys.list())).not.toContain(text.slice(13));
    for (const file of ['mcpmux.db', 'mcpmux.db-wal']) {
      const bytes = await readFile(join(folder, file)).catch(() => Buffer.alloc(0));
      expect(bytes.includes(text.slice(13))).toBe(false);
    }
  });

  it('are refused from the moment they are revoked, by name in any case or by id', async () => {
    const first = await keys.create('one');
    clock.advance(1);
    const second = await keys.create('Two');
    await keys.revoke('tWO');
    await keys.revoke(first.key.id);
    for (const { text } of [first, second]) expect(keys.authenticate(text)).toBeUndefined();
    expect(keys.list().map(({ name, revokedAt }) => [name, revokedAt])).toEqual([
      ['one', clock.now()],
      ['Two', clock.now()],
    ]);
    await keys.close();
    keys = await openKeys();
    expect(keys.authenticate(first.text)).toBeUndefined();
    await expect(keys.revoke('one')).rejects.toMatchObject({ code: 'auth.no_such_key' });
  });

  it('have names of their own while they live', async () => {
    await keys.create('Laptop');
    await expect(keys.create('laptop')).rejects.toMatchObject({ code: 'auth.name_taken' });
    await keys.revoke('laptop');
    await keys.create('laptop');
  });

  it('that another process has stored first are reported as taken', async () => {
    const other = await openKeys();
    await other.create('laptop');
    await expect(keys.create('laptop')).rejects.toMatchObject({ code: 'auth.name_taken' });
    await other.close();
  });

  it.each(['', ' x', '-x', 'a\nb', 'a/b', 'x'.repeat(65), '<b>'])('cannot be named %j', async (name) => {
    await expect(keys.create(name)).rejects.toMatchObject({ code: 'auth.bad_name' });
  });

  it('are told about when they come and go', async () => {
    const { key } = await keys.create('laptop');
    await keys.revoke('laptop');
    const { clientId } = key;
    const principalId = `client:${clientId}`;
    expect(told).toEqual([
      { type: 'auth.client_created', clientId, name: 'laptop' },
      { type: 'auth.key_created', keyId: key.id, clientId, name: 'laptop' },
      { type: 'auth.key_revoked', keyId: key.id, clientId, name: 'laptop' },
      { type: 'auth.access_ended', principalId, credentialId: key.id, reason: 'its key was revoked' },
      { type: 'auth.client_changed', clientId, name: 'laptop', change: 'revoked' },
      { type: 'auth.access_ended', principalId, credentialId: undefined, reason: 'it was revoked' },
    ]);
  });

  it('show their last use at once and store it in one write a minute', async () => {
    const writes: unknown[] = [];
    const repository = store.repositories.apiKeys;
    const counting = {
      ...repository,
      touch: async (uses: Parameters<typeof repository.touch>[0]) => {
        writes.push(uses);
        await repository.touch(uses);
      },
    };
    const busy = await ApiKeys.open({
      repository: counting,
      clients,
      clock,
      events: new EventBus<DomainEvent>(clock, () => {}),
      logger: silentLogger,
    });
    const { key, text } = await busy.create('busy');
    for (let count = 0; count < 1_000; count += 1) busy.authenticate(text);
    expect(busy.list()[0]?.lastUsedAt).toBe(clock.now());
    expect(writes).toEqual([]);
    clock.advance(60_000);
    expect(writes).toEqual([[{ id: key.id, lastUsedAt: clock.now() - 60_000 }]]);
    busy.authenticate(text);
    await busy.close();
    expect(writes).toHaveLength(2);
    expect((await repository.list())[0]?.lastUsedAt).toBe(clock.now());
  });
});

describe('the authenticator', () => {
  it('knows valid keys only', async () => {
    const { text } = await keys.create('laptop');
    const authenticate = createAuthenticator({ apiKeys: keys, clients, isAuthenticationOff: false });
    expect(authenticate(text, noExchange)).toMatchObject({ name: 'laptop' });
    expect(authenticate(undefined, noExchange)).toBeUndefined();
    expect(authenticate(newKeyText(), noExchange)).toBeUndefined();
  });

  it('takes everybody for anonymous when it is switched off, but honours a key', async () => {
    const { text } = await keys.create('laptop');
    const authenticate = createAuthenticator({ apiKeys: keys, clients, isAuthenticationOff: true });
    expect(authenticate(text, noExchange)).toMatchObject({ name: 'laptop' });
    expect(authenticate(undefined, noExchange)).toMatchObject({ id: 'client:anonymous' });
    expect(authenticate(newKeyText(), noExchange)).toMatchObject({ id: 'client:anonymous' });
  });
});

describe('the key of this machine', () => {
  const file = (): string => join(folder, 'client-key');

  it('is made at the first start, in a file that only its owner can read', async () => {
    const made = await ensureFirstKey(keys, file());
    expect(made.created?.name).toBe('this-machine');
    expect(keys.authenticate(made.text)).toMatchObject({ name: 'this-machine' });
    expect((await readFile(file(), 'utf8')).trim()).toBe(made.text);
    if (process.platform !== 'win32') expect((await stat(file())).mode & 0o777).toBe(0o600);
  });

  it('stays the same at later starts and is shown only once', async () => {
    const made = await ensureFirstKey(keys, file());
    await keys.close();
    keys = await openKeys();
    expect(await ensureFirstKey(keys, file())).toEqual({ text: made.text, created: undefined });
    expect(keys.list()).toHaveLength(1);
  });

  it('is replaced when its file was lost before anybody used it', async () => {
    const lost = await ensureFirstKey(keys, file());
    await rm(file());
    const made = await ensureFirstKey(keys, file());
    expect(made.created?.name).toBe('this-machine');
    expect(keys.authenticate(lost.text)).toBeUndefined();
  });

  it('gets a neighbour when its file was lost after a client had used it', async () => {
    const lost = await ensureFirstKey(keys, file());
    keys.authenticate(lost.text);
    await writeFile(file(), 'mcpk_nonsense');
    const made = await ensureFirstKey(keys, file());
    expect(made.created?.name).toBe('this-machine-2');
    expect(keys.authenticate(lost.text)).toMatchObject({ name: 'this-machine' });
  });

  it('is made again after it was revoked', async () => {
    const revoked = await ensureFirstKey(keys, file());
    await keys.revoke('this-machine');
    const made = await ensureFirstKey(keys, file());
    expect(made.created?.name).toBe('this-machine');
    expect(keys.authenticate(revoked.text)).toBeUndefined();
  });

  it('says why it cannot be written', async () => {
    await expect(ensureFirstKey(keys, join(folder, 'no', 'folder', 'key'))).rejects.toMatchObject({
      code: 'auth.key_file_unwritable',
    });
  });
});
