/**
 * auth/clients — the clients that may come in: finds, renames, narrows, pauses and revokes them, and notes when they were seen.
 *
 * In: references of people, introductions of clients. Out: client records, and the principals that stand for them.
 * Owns: every record in memory; requests are answered from it. A change is stored before it counts, except shutting
 * somebody out: that counts at once, and is stored as soon as the store takes it.
 * Knows nothing of: keys, tokens, HTTP.
 */
import { type Clock, type Closeable, describeError, type Logger, newId, type Timer } from '../base/index.ts';
import {
  type AccessLimits,
  type Caller,
  type Client,
  type ClientId,
  type ClientIntroduction,
  type ClientKind,
  type ClientRepository,
  type DomainEvents,
  type FeatureSetId,
  nameOf,
  noLimits,
  type Principal,
  principalIdOf,
  type SpaceId,
} from '../model/index.ts';
import { authError } from './errors.ts';

/** When a client was last seen is for people: a minute is exact enough, and one write serves many calls. */
const seenEveryMs = 60_000;
const storeAgainEveryMs = 2_000;
const keptCapabilities = 4 * 1024;
const namePattern = /^[\p{L}\p{N}][\p{L}\p{N} ._@()+:/-]{0,63}$/u;

/** auth/ changes it in place; everybody else reads it. */
export type LivePrincipal = { -readonly [Fact in keyof Principal]: Principal[Fact] };

/** What a person may change of a client. Undefined = stays; null = taken away. */
export interface ClientChange {
  readonly alias?: string | null | undefined;
  /** Id or name of a Space. */
  readonly space?: string | null | undefined;
  /** Ids or names of FeatureSets, of that Space where there is one. */
  readonly featureSets?: readonly string[] | undefined;
  /** Epoch ms. */
  readonly expiresAt?: number | null | undefined;
  readonly status?: 'active' | 'paused' | undefined;
}

/** Where the limits that people name are looked up. access/ makes it real. */
export interface LimitNames {
  /** @param reference id or name. @returns undefined when there is no such Space */
  space(reference: string): SpaceId | undefined;
  /** @returns undefined when there is no such set in the Space, or in any where `spaceId` is undefined */
  featureSet(reference: string, spaceId: SpaceId | undefined): FeatureSetId | undefined;
}

export interface ClientsOptions {
  readonly repository: ClientRepository;
  readonly limitNames: LimitNames;
  readonly clock: Clock;
  readonly events: DomainEvents;
  readonly logger: Logger;
}

export interface NewClient {
  readonly kind: ClientKind;
  readonly name: string;
  readonly alias?: string | undefined;
  readonly limits?: AccessLimits;
  readonly expiresAt?: number | undefined;
  readonly oauthClientId?: string | undefined;
}

/** A client in memory. */
export interface ClientEntry {
  client: Client;
  lastSeenAt: number | undefined;
  introduction: ClientIntroduction | undefined;
  isUnsaved: boolean;
  readonly principals: Set<LivePrincipal>;
}

export class Clients implements Closeable {
  readonly #options: ClientsOptions;
  readonly #logger: Logger;
  readonly #byId = new Map<ClientId, ClientEntry>();
  /** Seen since the last write. */
  #unsaved: ClientEntry[] = [];
  /** Shut out here, and not in the store yet. */
  readonly #unstored = new Set<ClientEntry>();
  #seenTimer: Timer | undefined;
  #storeTimer: Timer | undefined;

  private constructor(options: ClientsOptions) {
    this.#options = options;
    this.#logger = options.logger.child({ room: 'auth' });
  }

  /** Loads the clients. @throws store.* */
  static async open(options: ClientsOptions): Promise<Clients> {
    const clients = new Clients(options);
    for (const client of await options.repository.list()) clients.#put(client);
    return clients;
  }

  /** Oldest first, the revoked ones too. The anonymous one only when somebody came as it. */
  list(): readonly Client[] {
    return [...this.#byId.values()]
      .map(current)
      .filter(({ kind, lastSeenAt }) => kind !== 'anonymous' || lastSeenAt !== undefined)
      .sort((one, other) => one.createdAt - other.createdAt);
  }

  get(id: ClientId): Client | undefined {
    const entry = this.#byId.get(id);
    return entry === undefined ? undefined : current(entry);
  }

  /** @internal for the credentials of this room */
  entry(id: ClientId): ClientEntry | undefined {
    return this.#byId.get(id);
  }

  /**
   * Finds a client that people name.
   *
   * @param reference id, or name in any case; the living before the revoked
   * @throws auth.no_such_client, auth.ambiguous_client
   */
  find(reference: string): Client {
    const byId = this.get(reference as ClientId);
    if (byId !== undefined) return byId;
    const wanted = reference.toLowerCase();
    const all = [...this.#byId.values()].map(current);
    const named = [
      all.filter((client) => client.alias?.toLowerCase() === wanted),
      all.filter((client) => client.alias === undefined && client.name.toLowerCase() === wanted),
    ].flat();
    const alive = named.filter(({ status }) => status !== 'revoked');
    const matches = alive.length > 0 ? alive : named;
    const [only, ...others] = matches;
    if (only === undefined) throw authError('no_such_client', { reference });
    if (others.length > 0 && alive.length > 0)
      throw authError('ambiguous_client', { reference, ids: matches.map(({ id }) => id).join(', ') });
    // Of several revoked ones, the one that came last.
    return matches.at(-1) ?? only;
  }

  /** A record that is stored by whoever stores its first credential; `adopt` brings it to life then. */
  draft(wish: NewClient): Client {
    const now = this.#options.clock.now();
    return {
      id: newId<ClientId>(),
      kind: wish.kind,
      name: wish.name,
      alias: wish.alias,
      status: 'active',
      statusAt: now,
      limits: wish.limits ?? noLimits,
      expiresAt: wish.expiresAt,
      oauthClientId: wish.oauthClientId,
      createdAt: now,
      lastSeenAt: undefined,
      introduction: undefined,
    };
  }

  /** A client that has been stored now. */
  adopt(client: Client): void {
    this.#put(client);
    this.#options.events.publish({ type: 'auth.client_created', clientId: client.id, name: nameOf(client) });
  }

  /**
   * Renames, narrows, pauses or resumes a client; counts from the next request on, and for what is open.
   *
   * @throws auth.no_such_client, auth.ambiguous_client, auth.client_is_revoked, auth.bad_client_name,
   *         auth.client_name_taken, auth.no_such_space, auth.no_such_feature_set, store.*
   */
  async change(reference: string, change: ClientChange): Promise<Client> {
    const before = this.find(reference);
    if (before.status === 'revoked') throw authError('client_is_revoked', { name: nameOf(before) });
    const entry = this.#byId.get(before.id) as ClientEntry;
    const alias = change.alias === undefined ? before.alias : (change.alias ?? undefined);
    if (alias !== undefined && alias !== before.alias) this.#checkAlias(alias, before);
    const limits = this.readLimits(change.space, change.featureSets, before.limits);
    const expiresAt = change.expiresAt === undefined ? before.expiresAt : (change.expiresAt ?? undefined);
    const status = change.status ?? before.status;
    const after: Client = {
      ...before,
      alias,
      limits,
      expiresAt,
      status,
      statusAt: status === before.status ? before.statusAt : this.#options.clock.now(),
    };
    if (status === 'paused' && before.status === 'active') await this.#shutOut(entry, after);
    else await this.#options.repository.update(after);
    this.#apply(entry, after);
    const tell = (what: 'renamed' | 'narrowed' | 'paused' | 'resumed') =>
      this.#options.events.publish({
        type: 'auth.client_changed',
        clientId: after.id,
        name: nameOf(after),
        change: what,
      });
    if (nameOf(after) !== nameOf(before)) tell('renamed');
    if (limits !== before.limits || expiresAt !== before.expiresAt) tell('narrowed');
    if (status !== before.status) tell(status === 'paused' ? 'paused' : 'resumed');
    if (status === 'paused' && before.status === 'active') this.#endAccess(after, 'it was paused');
    return current(entry);
  }

  /**
   * Ends a client for good, with all its credentials: its next request is refused, what it has open ends now, also when
   * the store cannot be written.
   *
   * @throws auth.no_such_client, auth.ambiguous_client, auth.anonymous_client
   */
  async revoke(reference: string): Promise<Client> {
    const before = this.find(reference);
    if (before.kind === 'anonymous') throw authError('anonymous_client', {});
    const entry = this.#byId.get(before.id) as ClientEntry;
    if (before.status === 'revoked') return before;
    const after: Client = { ...before, status: 'revoked', statusAt: this.#options.clock.now() };
    await this.#shutOut(entry, after);
    this.#apply(entry, after);
    this.#options.events.publish({
      type: 'auth.client_changed',
      clientId: after.id,
      name: nameOf(after),
      change: 'revoked',
    });
    this.#endAccess(after, 'it was revoked');
    return current(entry);
  }

  /** Is all that was done with this client in the store? */
  isStored(id: ClientId): boolean {
    const entry = this.#byId.get(id);
    return entry === undefined || !this.#unstored.has(entry);
  }

  /**
   * Limits from the names that people use.
   *
   * @param space       undefined = as before; null = none
   * @param featureSets undefined = as before; empty = none
   * @throws auth.no_such_space, auth.no_such_feature_set
   */
  readLimits(
    space: string | null | undefined,
    featureSets: readonly string[] | undefined,
    before: AccessLimits = noLimits,
  ): AccessLimits {
    if (space === undefined && featureSets === undefined) return before;
    const { limitNames } = this.#options;
    let { spaceId, featureSetIds } = before;
    if (space === null) spaceId = undefined;
    else if (space !== undefined) {
      spaceId = limitNames.space(space);
      if (spaceId === undefined) throw authError('no_such_space', { reference: space });
    }
    if (featureSets !== undefined)
      featureSetIds = featureSets.map((reference) => {
        const id = limitNames.featureSet(reference, spaceId);
        if (id === undefined) throw authError('no_such_feature_set', { reference });
        return id;
      });
    return { spaceId, featureSetIds };
  }

  /** The principal of one credential of a client. It changes with the client until `releasePrincipal`. */
  createPrincipal(
    entry: ClientEntry,
    credentialId: string | undefined,
    credentialLimits = noLimits,
  ): LivePrincipal {
    const { client } = entry;
    const principal: LivePrincipal = {
      id: principalIdOf(client.id),
      kind: client.kind,
      name: nameOf(client),
      clientId: client.id,
      credentialId,
      limits: client.limits,
      credentialLimits,
      isLive: client.status === 'active',
    };
    entry.principals.add(principal);
    return principal;
  }

  /** The credential is gone: nobody acts as this principal any more. */
  releasePrincipal(entry: ClientEntry, principal: LivePrincipal): void {
    principal.isLive = false;
    entry.principals.delete(principal);
  }

  /** May this client come in now? */
  standing(entry: ClientEntry): 'welcome' | 'paused' | 'expired' | 'revoked' {
    const { client } = entry;
    if (client.status !== 'active') return client.status;
    return client.expiresAt !== undefined && client.expiresAt <= this.#options.clock.now()
      ? 'expired'
      : 'welcome';
  }

  /** It was here. Costs two assignments; what is stored is stored once a minute. */
  noteSeen(entry: ClientEntry): void {
    entry.lastSeenAt = this.#options.clock.now();
    if (!entry.isUnsaved) this.#saveLater(entry);
  }

  /** It has said what it is: at `initialize`, `server/discover` or its first list. */
  introduce(caller: Caller): void {
    const entry = this.#byId.get(caller.principal.clientId);
    if (entry === undefined) return;
    const { info, era, revision, capabilities } = caller.client;
    const text = (value: unknown, atMost: number): string | undefined =>
      typeof value === 'string' ? value.slice(0, atMost) : undefined;
    const capabilitiesText = JSON.stringify(capabilities);
    entry.introduction = {
      appName: text(info?.['title'], 100) ?? text(info?.['name'], 100),
      appVersion: text(info?.['version'], 50),
      era,
      revision,
      capabilitiesText: capabilitiesText.length > keptCapabilities ? undefined : capabilitiesText,
    };
    this.noteSeen(entry);
  }

  /** Writes what is not stored yet. */
  async close(): Promise<void> {
    this.#seenTimer?.cancel();
    this.#storeTimer?.cancel();
    await this.#storeAgain();
    this.#storeTimer?.cancel();
    await this.#saveSeen();
  }

  #put(client: Client): void {
    this.#byId.set(client.id, {
      client,
      lastSeenAt: client.lastSeenAt,
      introduction: client.introduction,
      isUnsaved: false,
      principals: new Set(),
    });
  }

  /** What is open sees it through its principal. */
  #apply(entry: ClientEntry, client: Client): void {
    entry.client = client;
    for (const principal of entry.principals) {
      principal.name = nameOf(client);
      principal.limits = client.limits;
      principal.isLive = client.status === 'active';
    }
  }

  /** May a client be called this? @throws auth.bad_client_name, auth.client_name_taken */
  checkName(name: string): void {
    this.#checkAlias(name, undefined);
  }

  #checkAlias(alias: string, client: Client | undefined): void {
    if (!namePattern.test(alias)) throw authError('bad_client_name', { name: alias });
    const wanted = alias.toLowerCase();
    for (const { client: other } of this.#byId.values())
      if (other.id !== client?.id && other.status !== 'revoked' && nameOf(other).toLowerCase() === wanted)
        throw authError('client_name_taken', { name: alias });
  }

  #endAccess(client: Client, reason: string): void {
    this.#options.events.publish({
      type: 'auth.access_ended',
      principalId: principalIdOf(client.id),
      credentialId: undefined,
      reason,
    });
  }

  /** Stores it, or sees to it later: whoever is to be shut out does not stay because the disk is full. */
  async #shutOut(entry: ClientEntry, after: Client): Promise<void> {
    this.#apply(entry, after);
    try {
      await this.#options.repository.update(after);
    } catch (error) {
      this.#unstored.add(entry);
      this.#storeLater();
      this.#logger.error(
        { client: nameOf(after), error: describeError(error) },
        'a client is shut out, but that is not stored yet',
      );
    }
  }

  #storeLater(): void {
    this.#storeTimer ??= this.#options.clock.after(storeAgainEveryMs, () => {
      this.#storeTimer = undefined;
      void this.#storeAgain();
    });
  }

  async #storeAgain(): Promise<void> {
    for (const entry of this.#unstored) {
      try {
        await this.#options.repository.update(entry.client);
        this.#unstored.delete(entry);
        this.#logger.info({ client: nameOf(entry.client) }, 'it is stored now that a client is shut out');
      } catch {
        // Told when it happened; the store tells itself that it cannot be written.
        this.#storeLater();
      }
    }
  }

  #saveLater(entry: ClientEntry): void {
    entry.isUnsaved = true;
    this.#unsaved.push(entry);
    this.#seenTimer ??= this.#options.clock.after(seenEveryMs, () => {
      this.#seenTimer = undefined;
      void this.#saveSeen();
    });
  }

  async #saveSeen(): Promise<void> {
    if (this.#unsaved.length === 0) return;
    const entries = this.#unsaved;
    this.#unsaved = [];
    for (const entry of entries) entry.isUnsaved = false;
    try {
      await this.#options.repository.touch(
        entries.map(({ client, lastSeenAt, introduction }) => ({
          id: client.id,
          lastSeenAt: lastSeenAt ?? client.createdAt,
          introduction,
        })),
      );
    } catch (error) {
      // Losing it harms nobody; the next time writes a newer one.
      this.#logger.warn({ error: describeError(error) }, 'it was not stored when clients were last seen');
    }
  }
}

function current(entry: ClientEntry): Client {
  return { ...entry.client, lastSeenAt: entry.lastSeenAt, introduction: entry.introduction };
}
