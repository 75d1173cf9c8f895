/**
 * auth/api-keys — creates, lists and revokes API keys, and says whom a key stands for.
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
import type {
  ApiKey,
  ApiKeyId,
  ApiKeyRepository,
  DomainEvents,
  Principal,
  PrincipalId,
} from '../model/index.ts';
import { authError } from './errors.ts';
import { hashKeyText, isKeyText, newKeyText, shownPrefixOf } from './key-text.ts';

/** Last-used times are for people: minutes are exact enough, and one write serves many calls. */
const lastUsedEveryMs = 60_000;
const storeAgainEveryMs = 2_000;
/** Keys that were recognised and need not be hashed again. More are in use in no daemon; then all are hashed once more. */
const maxRecognised = 1_000;
const namePattern = /^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}$/;

export interface ApiKeysOptions {
  readonly repository: ApiKeyRepository;
  readonly clock: Clock;
  readonly events: DomainEvents;
  readonly logger: Logger;
}

interface LiveKey {
  readonly key: ApiKey;
  readonly principal: Principal;
}

export class ApiKeys implements Closeable {
  readonly #repository: ApiKeyRepository;
  readonly #clock: Clock;
  readonly #events: DomainEvents;
  readonly #logger: Logger;
  readonly #liveByHash = new Map<string, LiveKey>();
  /** By text, so that a key is hashed when it comes first and not with each request. In memory only. */
  readonly #recognised = new Map<string, LiveKey>();
  readonly #revoked: ApiKey[] = [];
  /** Revoked here and not in the store yet, with the time. */
  readonly #unstored = new Map<ApiKeyId, number>();
  readonly #lastUsed = new Map<ApiKeyId, number>();
  #unsaved = new Set<ApiKeyId>();
  #timer: Timer | undefined;
  #storeTimer: Timer | undefined;

  private constructor(options: ApiKeysOptions) {
    this.#repository = options.repository;
    this.#clock = options.clock;
    this.#events = options.events;
    this.#logger = options.logger.child({ room: 'auth' });
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
   * @throws auth.bad_name, auth.name_taken
   */
  async create(name: string): Promise<{ readonly key: ApiKey; readonly text: string }> {
    if (!namePattern.test(name)) throw authError('bad_name', { name });
    if (this.#findByName(name) !== undefined) throw authError('name_taken', { name });
    const text = newKeyText();
    const key: ApiKey = {
      id: newId<ApiKeyId>(),
      name,
      shownPrefix: shownPrefixOf(text),
      hash: hashKeyText(text),
      createdAt: this.#clock.now(),
      lastUsedAt: undefined,
      revokedAt: undefined,
    };
    try {
      await this.#repository.insert(key);
    } catch (error) {
      if (isMcpMuxError(error, 'store.conflict')) throw authError('name_taken', { name }, error);
      throw error;
    }
    this.#remember(key);
    this.#events.publish({ type: 'auth.key_created', keyId: key.id, name });
    return { key, text };
  }

  /** All keys, oldest first, the revoked ones too. */
  list(): readonly ApiKey[] {
    const live = [...this.#liveByHash.values()].map(({ key }) => ({
      ...key,
      lastUsedAt: this.#lastUsed.get(key.id) ?? key.lastUsedAt,
    }));
    return [...live, ...this.#revoked].sort((a, b) => a.createdAt - b.createdAt);
  }

  /**
   * Ends a key: the next request with it is refused, also when the store cannot be written now. Then it is written
   * later, and until then `isStored` says so: a restart would let the key in again.
   *
   * @param reference id, or name in any case
   * @throws auth.no_such_key
   */
  async revoke(reference: string): Promise<ApiKey> {
    const live = this.#findById(reference) ?? this.#findByName(reference);
    if (live === undefined) throw authError('no_such_key', { reference });
    const { key } = live;
    const revokedAt = this.#clock.now();
    const lastUsedAt = this.#lastUsed.get(key.id) ?? key.lastUsedAt;
    this.#liveByHash.delete(key.hash);
    this.#recognised.clear();
    const revoked: ApiKey = { ...key, lastUsedAt, revokedAt };
    this.#revoked.push(revoked);
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
    if (wasLive) this.#events.publish({ type: 'auth.key_revoked', keyId: key.id, name: key.name });
    return revoked;
  }

  /** Is all that was done with this key in the store? */
  isStored(id: ApiKeyId): boolean {
    return !this.#unstored.has(id);
  }

  /** Whom a key's text stands for; undefined = no live key. Costs one hash at most, no I/O. Counts as a use. */
  authenticate(token: string): Principal | undefined {
    const live = this.#findByText(token);
    if (live === undefined) return undefined;
    this.#noteUse(live.key.id);
    return live.principal;
  }

  /** Is this the text of a live key? Not a use. */
  knows(text: string): boolean {
    return this.#findByText(text) !== undefined;
  }

  /** Writes the last-used times and revocations that are not stored yet. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#storeTimer?.cancel();
    await this.#storeRevocations();
    this.#storeTimer?.cancel();
    await this.#saveUses();
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
    if (key.revokedAt !== undefined) {
      this.#revoked.push(key);
      return;
    }
    const principal: Principal = { id: `key:${key.id}` as PrincipalId, kind: 'api-key', name: key.name };
    this.#liveByHash.set(key.hash, { key, principal });
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

  #findById(id: string): LiveKey | undefined {
    return [...this.#liveByHash.values()].find(({ key }) => key.id === id);
  }

  #findByName(name: string): LiveKey | undefined {
    const wanted = name.toLowerCase();
    return [...this.#liveByHash.values()].find(({ key }) => key.name.toLowerCase() === wanted);
  }

  #noteUse(id: ApiKeyId): void {
    this.#lastUsed.set(id, this.#clock.now());
    this.#unsaved.add(id);
    this.#timer ??= this.#clock.after(lastUsedEveryMs, () => {
      this.#timer = undefined;
      void this.#saveUses();
    });
  }

  async #saveUses(): Promise<void> {
    if (this.#unsaved.size === 0) return;
    const ids = this.#unsaved;
    this.#unsaved = new Set();
    try {
      await this.#repository.touch(
        [...ids].map((id) => ({ id, lastUsedAt: this.#lastUsed.get(id) as number })),
      );
    } catch (error) {
      // Losing a last-used time harms nobody; the next use writes a newer one.
      this.#logger.warn({ error: describeError(error) }, 'last-used times of keys were not stored');
    }
  }
}
