/**
 * auth/api-keys — creates, renews, lists and revokes API keys, and says whom a key stands for.
 *
 * In: key texts from the door. Out: principals.
 * Owns: the map of live hashes in memory; every request is answered from it. A change is stored before it counts; a
 * revocation counts at once, and is stored as soon as the store takes it.
 * Knows nothing of: HTTP, what a key may see. A key lets a client in; it never administers.
 */
import {
  type Clock,
  type Closeable,
  describeError,
  isMcpMuxError,
  type Logger,
  newId,
  type Timer,
} from '../base/index.ts';
import {
  type ApiKey,
  type ApiKeyId,
  type ApiKeyRepository,
  type Client,
  type ClientId,
  type DomainEvents,
  nameOf,
  type Principal,
  principalIdOf,
} from '../model/index.ts';
import type { ClientEntry, Clients, LivePrincipal } from './clients.ts';
import { authError } from './errors.ts';
import { hashKeyText, isKeyText, newKeyText, shownPrefixOf } from './key-text.ts';
import { createSourceCheck, sourceRangeFault } from './source-range.ts';

/** Last-used times are for people: minutes are exact enough, and one write serves many calls. */
const lastUsedEveryMs = 60_000;
const storeAgainEveryMs = 2_000;
/** Keys that were recognised and need not be hashed again. More are in use in no daemon; then all are hashed once more. */
const maxRecognised = 1_000;
/** The one in use, and the one that takes its place. */
const liveKeysPerClient = 2;
const maxSourceRanges = 32;
const namePattern = /^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}$/;

export interface ApiKeysOptions {
  readonly repository: ApiKeyRepository;
  readonly clients: Clients;
  readonly clock: Clock;
  readonly events: DomainEvents;
  readonly logger: Logger;
}

export interface KeyWish {
  /** The client that it belongs to, by id or name; undefined = a new client of the key's name. */
  readonly client?: string | undefined;
  /** Id or name of the one Space that it reaches. */
  readonly space?: string | undefined;
  /** Ids or names of the FeatureSets that it reaches. */
  readonly featureSets?: readonly string[] | undefined;
  /** Epoch ms. */
  readonly expiresAt?: number | undefined;
  /** `10.0.0.0/8`, `192.168.1.7` … */
  readonly sourceRanges?: readonly string[] | undefined;
}

/** Why a key that is known is refused. */
export type KeyRefusal = 'paused' | 'expired' | 'bad-source';

interface LiveKey {
  readonly key: ApiKey;
  readonly entry: ClientEntry;
  readonly principal: LivePrincipal;
  readonly isFromHere: ((address: string | undefined) => boolean) | undefined;
  lastUsedAt: number | undefined;
  isUnsaved: boolean;
}

export class ApiKeys implements Closeable {
  readonly #repository: ApiKeyRepository;
  readonly #clients: Clients;
  readonly #clock: Clock;
  readonly #events: DomainEvents;
  readonly #logger: Logger;
  readonly #liveByHash = new Map<string, LiveKey>();
  /** By text, so that a key is hashed when it comes first and not with each request. In memory only. */
  readonly #recognised = new Map<string, LiveKey>();
  readonly #revoked: ApiKey[] = [];
  /** Revoked here and not in the store yet, with the time. */
  readonly #unstored = new Map<ApiKeyId, number>();
  #unsaved: LiveKey[] = [];
  #timer: Timer | undefined;
  #storeTimer: Timer | undefined;
  readonly #unsubscribe: () => void;

  private constructor(options: ApiKeysOptions) {
    this.#repository = options.repository;
    this.#clients = options.clients;
    this.#clock = options.clock;
    this.#events = options.events;
    this.#logger = options.logger.child({ room: 'auth' });
    this.#unsubscribe = options.events.subscribe(({ event }) => {
      if (event.type === 'auth.client_changed' && event.change === 'revoked')
        this.#forgetKeysOf(event.clientId);
    });
  }

  /** Loads the keys. @throws store.* */
  static async open(options: ApiKeysOptions): Promise<ApiKeys> {
    const keys = new ApiKeys(options);
    for (const key of await options.repository.list()) keys.#remember(key);
    return keys;
  }

  /**
   * Makes a key.
   *
   * @returns the key and its text; the text is never available again
   * @throws auth.bad_name, auth.name_taken, auth.no_such_client, auth.not_a_key_client, auth.too_many_keys,
   *         auth.bad_source_range, auth.no_such_space, auth.no_such_feature_set, auth.expires_in_the_past
   */
  async create(
    name: string,
    wish: KeyWish = {},
  ): Promise<{ readonly key: ApiKey; readonly client: Client; readonly text: string }> {
    if (!namePattern.test(name)) throw authError('bad_name', { name });
    if (this.#findByName(name) !== undefined) throw authError('name_taken', { name });
    const sourceRanges = wish.sourceRanges ?? [];
    for (const range of sourceRanges) {
      const fault = sourceRangeFault(range);
      if (fault !== undefined) throw authError('bad_source_range', { range, fault });
    }
    if (sourceRanges.length > maxSourceRanges)
      throw authError('bad_source_range', {
        range: `${sourceRanges.length} ranges`,
        fault: `a key has at most ${maxSourceRanges}`,
      });
    if (wish.expiresAt !== undefined && wish.expiresAt <= this.#clock.now())
      throw authError('expires_in_the_past', { name });
    const limits = this.#clients.readLimits(wish.space, wish.featureSets);
    const owner = wish.client === undefined ? undefined : this.#ownerOf(wish.client);
    const client = owner ?? this.#clients.draft({ kind: 'key', name });
    const text = newKeyText();
    const key: ApiKey = {
      id: newId<ApiKeyId>(),
      clientId: client.id,
      name,
      shownPrefix: shownPrefixOf(text),
      hash: hashKeyText(text),
      limits,
      sourceRanges,
      expiresAt: wish.expiresAt,
      createdAt: this.#clock.now(),
      lastUsedAt: undefined,
      revokedAt: undefined,
    };
    try {
      await this.#repository.insert(key, owner === undefined ? client : undefined);
    } catch (error) {
      if (isMcpMuxError(error, 'store.conflict')) throw authError('name_taken', { name }, error);
      throw error;
    }
    if (owner === undefined) this.#clients.adopt(client);
    this.#remember(key);
    this.#events.publish({ type: 'auth.key_created', keyId: key.id, clientId: client.id, name });
    return { key, client, text };
  }

  /**
   * Makes the key that takes another's place: same client, same limits. Both work until the old one is revoked.
   *
   * @param reference id or name of a live key
   * @throws auth.no_such_key, auth.too_many_keys
   */
  async renew(
    reference: string,
    expiresAt?: number,
  ): Promise<{ readonly key: ApiKey; readonly client: Client; readonly text: string }> {
    const { key } = this.#find(reference);
    const base = key.name.replace(/-\d+$/, '').slice(0, 58);
    let name = `${base}-2`;
    for (let count = 3; this.#findByName(name) !== undefined; count += 1) name = `${base}-${count}`;
    return this.create(name, {
      client: key.clientId,
      space: key.limits.spaceId,
      featureSets: key.limits.featureSetIds,
      sourceRanges: key.sourceRanges,
      expiresAt,
    });
  }

  /** All keys, oldest first, the revoked ones too. */
  list(): readonly ApiKey[] {
    const live = [...this.#liveByHash.values()].map(({ key, lastUsedAt }) => ({ ...key, lastUsedAt }));
    return [...live, ...this.#revoked].sort((a, b) => a.createdAt - b.createdAt);
  }

  /**
   * Ends a key: the next request with it is refused, also when the store cannot be written now. Then it is written
   * later, and until then `isStored` says so: a restart would let the key in again. A client that has no other key goes
   * with it.
   *
   * @param reference id, or name in any case
   * @throws auth.no_such_key
   */
  async revoke(reference: string): Promise<ApiKey> {
    const live = this.#find(reference);
    const { key, entry } = live;
    const revokedAt = this.#clock.now();
    const revoked: ApiKey = { ...key, lastUsedAt: live.lastUsedAt, revokedAt };
    this.#drop(live, revoked);
    let wasLive = true;
    try {
      wasLive = await this.#repository.revoke(key.id, revokedAt);
    } catch (error) {
      this.#unstored.set(key.id, revokedAt);
      this.#storeLater();
      this.#logger.error(
        { key: key.name, error: describeError(error) },
        'a revoked key is shut out, but that is not stored yet',
      );
    }
    // Somebody else was first (another replica); they have told it.
    if (wasLive) {
      this.#events.publish({
        type: 'auth.key_revoked',
        keyId: key.id,
        clientId: key.clientId,
        name: key.name,
      });
      this.#events.publish({
        type: 'auth.access_ended',
        principalId: principalIdOf(key.clientId),
        credentialId: key.id,
        reason: 'its key was revoked',
      });
    }
    if (entry.client.kind === 'key' && this.#liveKeysOf(key.clientId).length === 0)
      await this.#clients.revoke(key.clientId);
    return revoked;
  }

  /** Is all that was done with this key in the store? */
  isStored(id: ApiKeyId): boolean {
    return !this.#unstored.has(id);
  }

  /**
   * Whom a key's text stands for; undefined = no live key. Costs one hash at most, no I/O. Counts as a use.
   *
   * @param address the other end of the connection; asked of keys with source ranges only
   */
  authenticate(token: string, address?: () => string | undefined): Principal | KeyRefusal | undefined {
    const live = this.#findByText(token);
    if (live === undefined) return undefined;
    const { entry, principal } = live;
    const refusal = this.#refusalOf(live, address);
    if (refusal !== undefined) return refusal;
    this.#clients.noteSeen(entry);
    live.lastUsedAt = entry.lastSeenAt;
    if (!live.isUnsaved) this.#saveLater(live);
    return principal;
  }

  /** Is this the text of a live key? Not a use. */
  knows(text: string): boolean {
    return this.#findByText(text) !== undefined;
  }

  /** Writes the last-used times and revocations that are not stored yet. */
  async close(): Promise<void> {
    this.#unsubscribe();
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#storeTimer?.cancel();
    await this.#storeRevocations();
    this.#storeTimer?.cancel();
    await this.#saveUses();
  }

  #refusalOf(
    { key, entry, isFromHere }: LiveKey,
    address: (() => string | undefined) | undefined,
  ): KeyRefusal | undefined {
    const standing = this.#clients.standing(entry);
    if (standing === 'revoked') return undefined;
    if (standing !== 'welcome') return standing;
    if (key.expiresAt !== undefined && key.expiresAt <= this.#clock.now()) return 'expired';
    if (isFromHere !== undefined && !isFromHere(address?.())) return 'bad-source';
    return undefined;
  }

  /** @throws auth.no_such_client, auth.not_a_key_client, auth.too_many_keys */
  #ownerOf(reference: string): Client {
    const client = this.#clients.find(reference);
    const name = nameOf(client);
    if (client.status === 'revoked') throw authError('client_is_revoked', { name });
    if (client.kind !== 'key') throw authError('not_a_key_client', { name });
    const live = this.#liveKeysOf(client.id);
    if (live.length >= liveKeysPerClient)
      throw authError('too_many_keys', { name, limit: liveKeysPerClient, oldest: live[0]?.key.name });
    return client;
  }

  #liveKeysOf(clientId: ClientId): readonly LiveKey[] {
    return [...this.#liveByHash.values()].filter(({ key }) => key.clientId === clientId);
  }

  #drop(live: LiveKey, revoked: ApiKey): void {
    this.#liveByHash.delete(live.key.hash);
    this.#recognised.clear();
    this.#clients.releasePrincipal(live.entry, live.principal);
    this.#revoked.push(revoked);
  }

  /** The client was revoked, and its keys with it, in the store as well. */
  #forgetKeysOf(clientId: ClientId): void {
    for (const live of this.#liveKeysOf(clientId))
      this.#drop(live, { ...live.key, lastUsedAt: live.lastUsedAt, revokedAt: this.#clock.now() });
  }

  #storeLater(): void {
    this.#storeTimer ??= this.#clock.after(storeAgainEveryMs, () => {
      this.#storeTimer = undefined;
      void this.#storeRevocations();
    });
  }

  async #storeRevocations(): Promise<void> {
    for (const [id, revokedAt] of this.#unstored) {
      try {
        await this.#repository.revoke(id, revokedAt);
        this.#unstored.delete(id);
        this.#logger.info({ keyId: id }, 'a revocation is stored now');
      } catch {
        // Told when it happened; the store tells itself that it cannot be written.
        this.#storeLater();
      }
    }
  }

  #remember(key: ApiKey): void {
    const entry = this.#clients.entry(key.clientId);
    if (key.revokedAt !== undefined || entry === undefined) {
      this.#revoked.push(key);
      return;
    }
    this.#liveByHash.set(key.hash, {
      key,
      entry,
      principal: this.#clients.createPrincipal(entry, key.id, key.limits),
      isFromHere: createSourceCheck(key.sourceRanges),
      lastUsedAt: key.lastUsedAt,
      isUnsaved: false,
    });
  }

  #findByText(text: string): LiveKey | undefined {
    const recognised = this.#recognised.get(text);
    if (recognised !== undefined) return recognised;
    const live = isKeyText(text) ? this.#liveByHash.get(hashKeyText(text)) : undefined;
    if (live === undefined) return undefined;
    if (this.#recognised.size >= maxRecognised) this.#recognised.clear();
    this.#recognised.set(text, live);
    return live;
  }

  /** @throws auth.no_such_key */
  #find(reference: string): LiveKey {
    const live =
      [...this.#liveByHash.values()].find(({ key }) => key.id === reference) ?? this.#findByName(reference);
    if (live === undefined) throw authError('no_such_key', { reference });
    return live;
  }

  #findByName(name: string): LiveKey | undefined {
    const wanted = name.toLowerCase();
    return [...this.#liveByHash.values()].find(({ key }) => key.name.toLowerCase() === wanted);
  }

  #saveLater(live: LiveKey): void {
    live.isUnsaved = true;
    this.#unsaved.push(live);
    this.#timer ??= this.#clock.after(lastUsedEveryMs, () => {
      this.#timer = undefined;
      void this.#saveUses();
    });
  }

  async #saveUses(): Promise<void> {
    if (this.#unsaved.length === 0) return;
    const uses = this.#unsaved;
    this.#unsaved = [];
    for (const live of uses) live.isUnsaved = false;
    try {
      await this.#repository.touch(
        uses.map(({ key, lastUsedAt }) => ({ id: key.id, lastUsedAt: lastUsedAt ?? key.createdAt })),
      );
    } catch (error) {
      // Losing a last-used time harms nobody; the next use writes a newer one.
      this.#logger.warn({ error: describeError(error) }, 'last-used times of keys were not stored');
    }
  }
}
