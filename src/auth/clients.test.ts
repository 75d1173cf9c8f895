import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firstSpaceId } from '../../test/support/first-space.ts';
import { EventBus, ManualClock, silentLogger } from '../base/index.ts';
import type { Caller, ClientRepository, DomainEvent, FeatureSetId, Principal } from '../model/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { ApiKeys, Clients } from './index.ts';

let folder: string;
let store: Store;
let clock: ManualClock;
let told: DomainEvent[];
let clients: Clients;
let keys: ApiKeys;

async function open(repository: ClientRepository = store.repositories.clients): Promise<void> {
  const events = new EventBus<DomainEvent>(clock, (error) => {
    throw error;
  });
  events.subscribe(({ event }) => told.push(event));
  const logger = silentLogger;
  clients = await Clients.open({
    repository,
    limitNames: {
      space: (reference) => (reference === 'Default' ? firstSpaceId : undefined),
      featureSet: (reference) => (reference === 'Read' ? ('set-1' as FeatureSetId) : undefined),
    },
    clock,
    events,
    logger,
  });
  keys = await ApiKeys.open({ repository: store.repositories.apiKeys, clients, clock, events, logger });
}

async function reopen(repository?: ClientRepository): Promise<void> {
  await keys.close();
  await clients.close();
  await open(repository);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcpmux-clients-'));
  clock = new ManualClock();
  store = await openStore({
    location: { kind: 'sqlite', file: join(folder, 'mcpmux.db') },
    keys: { source: 'file', dataFolder: folder },
    clock,
    logger: silentLogger,
  });
  told = [];
  await open();
});

afterEach(async () => {
  await keys.close();
  await clients.close();
  await store.close();
  await rm(folder, { recursive: true });
});

function letIn(text: string, address?: string): Principal {
  const answer = keys.authenticate(text, () => address);
  if (answer === undefined || typeof answer === 'string') throw new Error(`not let in: ${answer}`);
  return answer;
}

describe('a client', () => {
  it('is made with its first key and keeps its identity over a change of key', async () => {
    const first = await keys.create('laptop');
    const second = await keys.renew('laptop');
    expect(second.key).toMatchObject({ name: 'laptop-2', clientId: first.key.clientId });
    const [old, next] = [letIn(first.text), letIn(second.text)];
    expect([old.id, old.credentialId]).not.toEqual([next.id, next.credentialId]);
    expect(old.id).toBe(next.id);
    await keys.revoke('laptop');
    expect([old.isLive, next.isLive]).toEqual([false, true]);
    expect(clients.find('laptop').status).toBe('active');
    expect(told.at(-1)).toEqual({
      type: 'auth.access_ended',
      principalId: next.id,
      credentialId: first.key.id,
      reason: 'its key was revoked',
    });
  });

  it('has two live keys at most, and goes with its last', async () => {
    await keys.create('laptop');
    await keys.create('spare', { client: 'laptop' });
    await expect(keys.renew('laptop')).rejects.toMatchObject({
      code: 'auth.too_many_keys',
      hint: expect.stringContaining('mcpmux key revoke "laptop"'),
    });
    await keys.revoke('laptop');
    await keys.revoke('spare');
    expect(clients.find('laptop').status).toBe('revoked');
    await expect(keys.create('more', { client: 'laptop' })).rejects.toMatchObject({
      code: 'auth.client_is_revoked',
    });
    expect((await keys.create('laptop')).client.id).not.toBe(clients.list()[0]?.id);
  });

  it('is renamed, and found by its new name in any case, also after a restart', async () => {
    const { client, text } = await keys.create('laptop');
    const principal = letIn(text);
    await clients.change('laptop', { alias: 'Büro (alt)' });
    expect([principal.name, clients.find('BÜRO (ALT)').id]).toEqual(['Büro (alt)', client.id]);
    expect(() => clients.find('laptop')).toThrow(/no client/);
    await reopen();
    expect(clients.find('büro (alt)')).toMatchObject({ name: 'laptop', alias: 'Büro (alt)' });
    await clients.change('büro (alt)', { alias: null });
    expect(clients.find('laptop').alias).toBeUndefined();
  });

  it.each(['', ' x', 'a\nb', 'x'.repeat(65), '<b>', '\u202egnp'])('cannot be called %j', async (alias) => {
    await keys.create('laptop');
    await expect(clients.change('laptop', { alias })).rejects.toMatchObject({ code: 'auth.bad_client_name' });
  });

  it('cannot take the name of another one that lives', async () => {
    await keys.create('one');
    await keys.create('two');
    await expect(clients.change('one', { alias: 'TWO' })).rejects.toMatchObject({
      code: 'auth.client_name_taken',
    });
    await clients.revoke('two');
    await clients.change('one', { alias: 'TWO' });
    expect(clients.find('two').name).toBe('one');
  });

  it('is narrowed and widened at once, for what is open as well', async () => {
    const { text } = await keys.create('laptop');
    const principal = letIn(text);
    await clients.change('laptop', { space: 'Default', featureSets: ['Read'] });
    const narrow = { spaceId: 'default', featureSetIds: ['set-1'] };
    expect(principal.limits).toEqual(narrow);
    await reopen();
    expect(letIn(text).limits).toEqual(narrow);
    await clients.change('laptop', { space: null, featureSets: [] });
    expect(letIn(text).limits).toEqual({ spaceId: undefined, featureSetIds: [] });
    await expect(clients.change('laptop', { space: 'nowhere' })).rejects.toMatchObject({
      code: 'auth.no_such_space',
    });
    await expect(clients.change('laptop', { featureSets: ['none'] })).rejects.toMatchObject({
      code: 'auth.no_such_feature_set',
    });
  });

  it('is paused and comes back, revoked and does not', async () => {
    const { text, client } = await keys.create('laptop');
    const principal = letIn(text);
    await clients.change('laptop', { status: 'paused' });
    expect([principal.isLive, keys.authenticate(text)]).toEqual([false, 'paused']);
    await reopen();
    expect(keys.authenticate(text)).toBe('paused');
    await clients.change('laptop', { status: 'active' });
    expect(letIn(text).isLive).toBe(true);
    await clients.revoke('laptop');
    expect(keys.authenticate(text)).toBeUndefined();
    expect(keys.list().map(({ revokedAt }) => revokedAt)).toEqual([clock.now()]);
    await expect(clients.change(client.id, { status: 'active' })).rejects.toMatchObject({
      code: 'auth.client_is_revoked',
    });
    await reopen();
    expect(keys.authenticate(text)).toBeUndefined();
  });

  it('that is shut out stays out when the store cannot be written, and that is stored later', async () => {
    let fails = true;
    const failing: ClientRepository = {
      ...store.repositories.clients,
      async update(client) {
        if (fails) throw new Error('the disk is full');
        await store.repositories.clients.update(client);
      },
    };
    await reopen(failing);
    const { text, client } = await keys.create('laptop');
    await clients.revoke('laptop');
    expect([keys.authenticate(text), clients.isStored(client.id)]).toEqual([undefined, false]);
    await expect(keys.create('laptop').then(({ client: next }) => next.id)).rejects.toMatchObject({
      code: 'auth.name_taken',
    });
    fails = false;
    clock.advance(2_000);
    await expect.poll(() => clients.isStored(client.id)).toBe(true);
    await reopen();
    expect(keys.authenticate(text)).toBeUndefined();
  });

  it('ends when its time is over, and so does a key', async () => {
    const day = 86_400_000;
    const { text } = await keys.create('laptop', { expiresAt: clock.now() + 2 * day });
    await clients.change('laptop', { expiresAt: clock.now() + day });
    expect(letIn(text)).toBeDefined();
    clock.advance(day);
    expect(keys.authenticate(text)).toBe('expired');
    await clients.change('laptop', { expiresAt: null });
    expect(letIn(text)).toBeDefined();
    clock.advance(day);
    expect(keys.authenticate(text)).toBe('expired');
    await expect(keys.create('past', { expiresAt: clock.now() })).rejects.toMatchObject({
      code: 'auth.expires_in_the_past',
    });
  });

  it('is remembered with what it said of itself, in one write a minute', async () => {
    const writes: unknown[] = [];
    await reopen({
      ...store.repositories.clients,
      async touch(seen) {
        writes.push(seen);
        await store.repositories.clients.touch(seen);
      },
    });
    const { text } = await keys.create('laptop');
    const principal = letIn(text);
    for (let count = 0; count < 1_000; count += 1) keys.authenticate(text);
    const caller = {
      principal,
      route: { kind: 'all' },
      client: {
        era: 'modern',
        revision: '2026-07-28',
        info: { name: 'claude-code', title: 'Claude Code', version: '2.1.0' },
        capabilities: { elicitation: {} },
      },
      sessionKey: undefined,
    } satisfies Caller;
    clients.introduce(caller);
    clients.introduce({
      ...caller,
      client: { ...caller.client, info: { name: 7 as never }, capabilities: { x: 'y'.repeat(5_000) } },
    });
    expect(clients.find('laptop').introduction).toEqual({
      appName: undefined,
      appVersion: undefined,
      era: 'modern',
      revision: '2026-07-28',
      capabilitiesText: undefined,
    });
    clients.introduce(caller);
    expect(writes).toEqual([]);
    clock.advance(60_000);
    expect(writes).toHaveLength(1);
    await reopen();
    expect(clients.find('laptop')).toMatchObject({
      lastSeenAt: clock.now() - 60_000,
      introduction: { appName: 'Claude Code', appVersion: '2.1.0', capabilitiesText: '{"elicitation":{}}' },
    });
  });

  it('that comes without a key is listed once it has come, and is paused but not revoked', async () => {
    expect(clients.list()).toEqual([]);
    const entry = clients.entry(clients.find('anonymous').id);
    clients.noteSeen(entry as NonNullable<typeof entry>);
    expect(clients.list().map(({ kind }) => kind)).toEqual(['anonymous']);
    await expect(clients.revoke('anonymous')).rejects.toMatchObject({ code: 'auth.anonymous_client' });
    expect((await clients.change('anonymous', { status: 'paused' })).status).toBe('paused');
  });
});

describe('a key that is held to addresses', () => {
  it.each([
    [['10.0.0.0/8'], '10.1.2.3', true],
    [['10.0.0.0/8'], '::ffff:10.1.2.3', true],
    [['10.0.0.0/8'], '11.1.2.3', false],
    [['192.168.1.7'], '192.168.1.7', true],
    [['192.168.1.7'], '192.168.1.8', false],
    [['fd00::/8', '127.0.0.1'], 'fd12::1', true],
    [['fd00::/8', '127.0.0.1'], '127.0.0.1', true],
    [['fd00::/8', '127.0.0.1'], '::1', false],
    [['fd00::/8'], undefined, false],
  ])('of %j lets %s in: %s', async (sourceRanges, address, isLetIn) => {
    const { text } = await keys.create('laptop', { sourceRanges });
    const answer = keys.authenticate(text, () => address);
    expect(typeof answer === 'object' ? true : answer).toBe(isLetIn ? true : 'bad-source');
  });

  it.each(['10.0.0.0/33', '10.0.0', 'example.com', '10.0.0.0/8/8', 'fd00::/129', '10.0.0.0/-1', ''])(
    'cannot be held to %j',
    async (range) => {
      await expect(keys.create('laptop', { sourceRanges: [range] })).rejects.toMatchObject({
        code: 'auth.bad_source_range',
      });
    },
  );
});
