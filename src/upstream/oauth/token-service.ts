/**
 * upstream/oauth/token-service — keeps the tokens of every signed-in server good, and says when only a person can help.
 *
 * In: the Authorization of a server, asked by its wire. Out: a header value, or a need for sign-in with its reason.
 * Owns: the tokens in memory, the timers that renew ahead of time, what the servers last asked for.
 * Knows nothing of: browsers, connections, statuses. One redemption at a time is the refresher's work.
 */
import { type Clock, describeError, Secret, Semaphore, type Timer } from '../../base/index.ts';
import type { CredentialRepository, ServerId, TokenSet } from '../../model/index.ts';
import type { Authorization } from '../transport.ts';
import { type BearerChallenge, bearerChallenge, coversScope, unionScopes } from './challenge.ts';
import { oauthError } from './errors.ts';
import type { OAuthLog, OAuthServer } from './oauth-server.ts';
import { isSameOrigin, Refresher, type RefreshOutcome } from './refresher.ts';
import { discoveredOf, grantOf, identityOf } from './registration.ts';
import { createSafeFetch, type SafeFetchOptions } from './safe-fetch.ts';
import { revokeToken } from './token-endpoint.ts';
import { TokenLife } from './token-life.ts';

/** Why a person is needed. */
export interface SignInNeed {
  readonly kind: 'sign-in' | 'more-scope';
  /** One clause, for: server "x" asks for sign-in: <reason>. */
  readonly reason: string;
  /** What the sign-in should ask for; undefined = what discovery finds. */
  readonly scope: string | undefined;
  /** A further sign-in would not help: it was asked for already and the server still refuses. */
  readonly isHopeless: boolean;
}

export interface TokenServiceOptions {
  readonly credentials: CredentialRepository;
  readonly clock: Clock;
  readonly log: OAuthLog;
  readonly fetchOptions: Omit<SafeFetchOptions, 'serverUrl'>;
  /** See Refresher. */
  readonly leaseHolder?: string | undefined;
  /**
   * A request met a server that wants a person. May start a sign-in and resolve true once it has succeeded: then the
   * request is sent again with the new token. Undefined or false: the request fails with "asks for sign-in".
   */
  readonly onSignInNeeded?: (server: OAuthServer, need: SignInNeed) => Promise<boolean> | undefined;
  /** A person is needed, for a reason not told before; the token at hand may still be good for a while. */
  readonly onNeed?: (serverId: ServerId, need: SignInNeed) => void;
  /** A refresh starts and ends; for the status a person sees. */
  readonly onRefreshing?: (serverId: ServerId, isRefreshing: boolean) => void;
}

/** What there is to say about a server's tokens; no secret in it. */
export interface TokenStatus {
  readonly isSignedIn: boolean;
  readonly issuer: string | undefined;
  readonly scope: string | undefined;
  readonly expiresAt: number | undefined;
  readonly isRenewable: boolean;
  readonly generation: number;
  readonly updatedAt: number | undefined;
}

interface Entry {
  server: OAuthServer;
  isLoaded: boolean;
  held: Held | undefined;
  challenge: BearerChallenge | undefined;
  need: SignInNeed | undefined;
  /** What the last completed sign-in asked for, and how many of them widened scopes lately. */
  requestedScope: string | undefined;
  widenedAt: number[];
  failuresInARow: number;
  /** Monotonic ms before which no refresh is tried again. */
  notBefore: number;
  lastFailure: string | undefined;
  keepers: number;
  timer: Timer | undefined;
  refreshing: Promise<RefreshOutcome> | undefined;
}

interface Held {
  readonly tokens: TokenSet;
  readonly header: Secret;
  readonly life: TokenLife;
  readonly isRenewable: boolean;
  /** How it came here: a token that was just renewed because of a 401 is not renewed for a 401 again. */
  readonly source: 'store' | 'sign-in' | 'renewal' | 'refusal';
  readonly receivedAt: number;
}

/** A fresh token that is refused at once is the server's fault; asking for another would go on for ever. */
const freshMs = 10_000;
const widenLimit = 3;
const widenWindowMs = 600_000;
const firstBackoffMs = 2_000;
const slowestBackoffMs = 300_000;
/** After a refusal that only a person can mend, at most one further attempt in this time. */
const refusedBackoffMs = 900_000;
const refreshesAtOnce = 4;
/** Timers count milliseconds in 31 bits; a long wait is taken in pieces. */
const longestTimerMs = 12 * 3600 * 1000;
const noRefreshToken = 'the sign-in has ended and the provider gave no refresh token';

export class TokenService {
  readonly #options: TokenServiceOptions;
  readonly #refresher: Refresher;
  readonly #background = new Semaphore(refreshesAtOnce);
  readonly #entries = new Map<ServerId, Entry>();
  #isClosed = false;

  constructor(options: TokenServiceOptions) {
    this.#options = options;
    this.#refresher = new Refresher(options);
  }

  /** The source of a server's Authorization header. One server, one state, however many wires ask. */
  authorizationFor(server: OAuthServer): Authorization {
    const entry = this.#entry(server);
    return {
      current: () => this.#current(entry),
      renew: (used, status, wwwAuthenticate) => this.#renew(entry, used, status, wwwAuthenticate),
    };
  }

  /**
   * Renews the server's token ahead of its end even while nobody calls. For connected servers.
   *
   * @returns the end of it; safe to call twice
   */
  keepFresh(server: OAuthServer): () => void {
    const entry = this.#entry(server);
    entry.keepers += 1;
    let isKept = true;
    void this.#load(entry)
      .then(() => this.#schedule(entry))
      .catch((error: unknown) => this.#note(entry, 'warn', 'the stored sign-in cannot be read', error));
    return () => {
      if (!isKept) return;
      isKept = false;
      entry.keepers -= 1;
      if (entry.keepers === 0) entry.timer?.cancel();
    };
  }

  /** A sign-in has stored these tokens. */
  accept(
    server: OAuthServer,
    tokens: TokenSet,
    requestedScope: string | undefined,
    isRenewable: boolean,
  ): void {
    const entry = this.#entry(server);
    const now = this.#options.clock.monotonic();
    if (entry.need?.kind === 'more-scope') {
      entry.widenedAt = [...entry.widenedAt.filter((at) => now - at < widenWindowMs), now];
    }
    entry.requestedScope = requestedScope;
    entry.need = undefined;
    entry.isLoaded = true;
    this.#hold(entry, tokens, isRenewable, 'sign-in');
  }

  /** The server as its wires last named it: at the address that is really called, with its headers. */
  serverOf(serverId: ServerId): OAuthServer | undefined {
    return this.#entries.get(serverId)?.server;
  }

  /** What the server last asked a person for. */
  needOf(serverId: ServerId): SignInNeed | undefined {
    return this.#entries.get(serverId)?.need;
  }

  /** The last Bearer challenge of the server: where its metadata is, which scopes it wants. */
  challengeOf(serverId: ServerId): BearerChallenge | undefined {
    return this.#entries.get(serverId)?.challenge;
  }

  /** A challenge met outside a wire (the probe of an endpoint, say). */
  noteChallenge(server: OAuthServer, wwwAuthenticate: string | undefined): void {
    const challenge = bearerChallenge(wwwAuthenticate);
    if (challenge !== undefined) this.#entry(server).challenge = challenge;
  }

  /** The URL the registration was made for. When it differs from the configured one, it is the one to call. */
  async registeredUrl(serverId: ServerId): Promise<string | undefined> {
    return (await this.#options.credentials.getRegistration(serverId))?.serverUrl;
  }

  async status(serverId: ServerId): Promise<TokenStatus> {
    const { credentials } = this.#options;
    const tokens = await credentials.getTokens(serverId);
    const registration = await credentials.getRegistration(serverId, tokens?.issuer);
    return {
      isSignedIn: tokens !== undefined,
      issuer: tokens?.issuer ?? registration?.issuer,
      scope: tokens?.scope,
      expiresAt: tokens?.expiresAt,
      isRenewable:
        tokens?.refreshToken !== undefined ||
        (registration !== undefined && grantOf(registration) === 'client_credentials'),
      generation: tokens?.generation ?? 0,
      updatedAt: tokens?.updatedAt,
    };
  }

  /**
   * Logout: the tokens go, here first and then at the provider (RFC 7009, where offered). The registration stays, so
   * that the next sign-in has the same client id.
   *
   * @returns whether the provider has confirmed it, and why not
   */
  async signOut(
    server: OAuthServer,
  ): Promise<{ readonly isRevoked: boolean; readonly reason: string | undefined }> {
    const { credentials, log, fetchOptions } = this.#options;
    const entry = this.#entry(server);
    const tokens = await credentials.getTokens(server.id);
    await credentials.clearTokens(server.id);
    entry.timer?.cancel();
    Object.assign(entry, { held: undefined, isLoaded: true, need: undefined, requestedScope: undefined });
    if (tokens === undefined) return { isRevoked: false, reason: 'it was not signed in' };
    log(server.id, 'info', 'signed out');
    const registration = await credentials.getRegistration(server.id, tokens.issuer);
    const discovered = registration === undefined ? undefined : discoveredOf(registration);
    if (registration === undefined || discovered === undefined)
      return { isRevoked: false, reason: 'our registration is no longer stored' };
    const revoke = (token: Secret, kind: 'refresh_token' | 'access_token') =>
      revokeToken(
        discovered.authorizationServer,
        identityOf(registration),
        token.reveal(),
        kind,
        createSafeFetch('the revocation endpoint', { ...fetchOptions, serverUrl: server.url }),
      );
    // The refresh token first: with it goes the whole grant.
    const reasons = [
      tokens.refreshToken === undefined ? undefined : await revoke(tokens.refreshToken, 'refresh_token'),
      await revoke(tokens.accessToken, 'access_token'),
    ];
    const reason = reasons.find((one) => one !== undefined);
    if (reason === undefined) log(server.id, 'info', 'tokens revoked at the provider');
    else log(server.id, 'warn', 'tokens not revoked at the provider', { reason });
    return { isRevoked: reason === undefined, reason };
  }

  /** The server was removed or its settings changed: nothing in memory counts any more. */
  forget(serverId: ServerId): void {
    this.#entries.get(serverId)?.timer?.cancel();
    this.#entries.delete(serverId);
  }

  close(): void {
    this.#isClosed = true;
    for (const entry of this.#entries.values()) entry.timer?.cancel();
  }

  #entry(server: OAuthServer): Entry {
    const known = this.#entries.get(server.id);
    if (known !== undefined) {
      if (known.server.url !== server.url) Object.assign(known, { isLoaded: false, held: undefined });
      known.server = server;
      return known;
    }
    const entry: Entry = {
      server,
      isLoaded: false,
      held: undefined,
      challenge: undefined,
      need: undefined,
      requestedScope: undefined,
      widenedAt: [],
      failuresInARow: 0,
      notBefore: 0,
      lastFailure: undefined,
      keepers: 0,
      timer: undefined,
      refreshing: undefined,
    };
    this.#entries.set(server.id, entry);
    return entry;
  }

  #current(entry: Entry): Secret | undefined | Promise<Secret | undefined> {
    if (!entry.isLoaded) return this.#load(entry).then(() => this.#current(entry));
    const { held } = entry;
    if (held === undefined) return undefined;
    const { phase } = held.life;
    if (phase === 'good') return held.header;
    if (phase === 'due') {
      if (held.isRenewable && this.#mayTry(entry)) this.#refreshInBackground(entry);
      return held.header;
    }
    return this.#replaceEnded(entry, held);
  }

  /** The token is over: no request may wait for a 401 to learn that. */
  async #replaceEnded(entry: Entry, held: Held): Promise<Secret | undefined> {
    if (!held.isRenewable) {
      await this.#load(entry, true);
      if (entry.held !== undefined && entry.held.life.phase !== 'over') return entry.held.header;
      this.#need(entry, noRefreshToken);
      return undefined;
    }
    const outcome = await this.#refresh(entry, held, 'renewal');
    if (outcome.kind === 'renewed') return entry.held?.header;
    if (outcome.kind === 'sign-in') return undefined;
    throw oauthError('oauth_unavailable', { server: entry.server.name, reason: outcome.reason });
  }

  async #renew(
    entry: Entry,
    used: Secret | undefined,
    status: 401 | 403,
    wwwAuthenticate: string | undefined,
  ): Promise<Secret | undefined> {
    const challenge = bearerChallenge(wwwAuthenticate);
    if (challenge !== undefined) entry.challenge = challenge;
    // Another process, or another call of ours, may have a better token by now.
    await this.#load(entry, true);
    const { held } = entry;
    if (held !== undefined && held.life.phase !== 'over' && held.header.reveal() !== used?.reveal()) {
      if (status === 401 || coversScope(held.tokens.scope, challenge?.scope)) return held.header;
    }
    if (status === 403) return this.#widen(entry, challenge?.scope);
    if (held === undefined)
      return this.#askPerson(entry, this.#need(entry, 'nobody has signed in yet', challenge?.scope));
    if (held.source === 'refusal' && this.#isFresh(held)) {
      return this.#askPerson(
        entry,
        this.#need(entry, 'the server refuses a token that was just renewed', challenge?.scope),
      );
    }
    const outcome = await this.#refresh(entry, held, 'refusal');
    if (outcome.kind === 'renewed') return entry.held?.header;
    if (outcome.kind === 'unavailable')
      throw oauthError('oauth_unavailable', { server: entry.server.name, reason: outcome.reason });
    return this.#askPerson(entry, this.#need(entry, outcome.reason, challenge?.scope));
  }

  #isFresh(held: Held): boolean {
    const { expiresAt, updatedAt } = held.tokens;
    const halfLifeMs = expiresAt === undefined ? freshMs : (expiresAt - updatedAt) / 2;
    return this.#options.clock.monotonic() - held.receivedAt < Math.min(freshMs, halfLifeMs);
  }

  /** 403 insufficient_scope: ask for what is granted, was asked for and is demanded now, together; a bounded number of times. */
  #widen(entry: Entry, demanded: string | undefined): Promise<Secret | undefined> {
    const now = this.#options.clock.monotonic();
    const granted = entry.held?.tokens.scope;
    const wanted = unionScopes(granted, entry.requestedScope, demanded);
    const wasAsked =
      demanded !== undefined && coversScope(unionScopes(granted, entry.requestedScope), demanded);
    const tooOften = entry.widenedAt.filter((at) => now - at < widenWindowMs).length >= widenLimit;
    const isHopeless = entry.held !== undefined && (wasAsked || tooOften);
    const need: SignInNeed = {
      kind: 'more-scope',
      scope: wanted,
      isHopeless,
      reason: isHopeless
        ? `the server refuses for want of permission (${demanded ?? 'it does not say which'}), although it was asked for at sign-in`
        : `more permission is needed (${demanded ?? 'the server does not say which'})`,
    };
    this.#tellNeed(entry, need);
    return this.#askPerson(entry, need);
  }

  async #askPerson(entry: Entry, need: SignInNeed): Promise<Secret | undefined> {
    if (need.isHopeless) return undefined;
    const before = entry.held?.header;
    const isSignedIn = (await this.#options.onSignInNeeded?.(entry.server, need)) === true;
    if (!isSignedIn) return undefined;
    await this.#load(entry, true);
    return entry.held?.header === before ? undefined : entry.held?.header;
  }

  #need(entry: Entry, reason: string, scope?: string): SignInNeed {
    const need: SignInNeed = { kind: 'sign-in', reason, scope, isHopeless: false };
    this.#tellNeed(entry, need);
    return need;
  }

  #tellNeed(entry: Entry, need: SignInNeed): void {
    const isNew = entry.need?.reason !== need.reason;
    entry.need = need;
    if (!isNew) return;
    this.#options.log(entry.server.id, need.isHopeless ? 'warn' : 'info', 'sign-in required', {
      reason: need.reason,
    });
    this.#options.onNeed?.(entry.server.id, need);
  }

  #refresh(entry: Entry, held: Held, source: 'renewal' | 'refusal'): Promise<RefreshOutcome> {
    if (entry.refreshing !== undefined) return entry.refreshing;
    if (!held.isRenewable) {
      return Promise.resolve({ kind: 'sign-in', reason: 'the provider gave no refresh token' });
    }
    if (!this.#mayTry(entry)) {
      const reason = entry.lastFailure ?? 'the last attempt failed';
      return Promise.resolve(
        entry.need?.kind === 'sign-in'
          ? { kind: 'sign-in', reason: entry.need.reason }
          : { kind: 'unavailable', reason, retryAfterMs: undefined },
      );
    }
    entry.refreshing = this.#doRefresh(entry, held, source).finally(() => {
      entry.refreshing = undefined;
    });
    return entry.refreshing;
  }

  async #doRefresh(entry: Entry, held: Held, source: 'renewal' | 'refusal'): Promise<RefreshOutcome> {
    this.#options.onRefreshing?.(entry.server.id, true);
    try {
      const outcome = await this.#refresher.renew(entry.server, held.tokens);
      this.#learn(entry, outcome, source);
      return outcome;
    } catch (error) {
      this.#learn(
        entry,
        { kind: 'unavailable', reason: describeError(error), retryAfterMs: undefined },
        source,
      );
      throw error;
    } finally {
      this.#options.onRefreshing?.(entry.server.id, false);
    }
  }

  #learn(entry: Entry, outcome: RefreshOutcome, source: 'renewal' | 'refusal'): void {
    const now = this.#options.clock.monotonic();
    switch (outcome.kind) {
      case 'renewed':
        entry.failuresInARow = 0;
        entry.notBefore = 0;
        entry.need = undefined;
        this.#hold(
          entry,
          outcome.tokens,
          entry.held?.isRenewable ?? true,
          outcome.redeemed ? source : 'store',
        );
        return;
      case 'sign-in':
        entry.notBefore = now + refusedBackoffMs;
        this.#need(entry, outcome.reason);
        return;
      case 'unavailable': {
        entry.failuresInARow += 1;
        entry.lastFailure = outcome.reason;
        const backoffMs = Math.min(firstBackoffMs * 2 ** (entry.failuresInARow - 1), slowestBackoffMs);
        entry.notBefore = now + Math.max(backoffMs, Math.min(outcome.retryAfterMs ?? 0, slowestBackoffMs));
        this.#schedule(entry);
        return;
      }
    }
  }

  #mayTry(entry: Entry): boolean {
    return this.#options.clock.monotonic() >= entry.notBefore;
  }

  #refreshInBackground(entry: Entry): void {
    const { held } = entry;
    if (held === undefined || entry.refreshing !== undefined || this.#isClosed) return;
    void this.#background
      .run(() => this.#refresh(entry, held, 'renewal'))
      .catch((error: unknown) =>
        this.#note(entry, 'warn', 'token refresh failed, the sign-in is kept', error),
      );
  }

  #hold(entry: Entry, tokens: TokenSet, isRenewable: boolean, source: Held['source']): void {
    const { clock } = this.#options;
    entry.held = {
      tokens,
      header: new Secret(`Bearer ${tokens.accessToken.reveal()}`),
      life: new TokenLife(clock, tokens),
      isRenewable,
      source,
      receivedAt: clock.monotonic(),
    };
    if (source === 'sign-in')
      Object.assign(entry, { failuresInARow: 0, notBefore: 0, lastFailure: undefined });
    this.#schedule(entry);
  }

  /** Reads the store; `again`: even when memory has something, because another process may have renewed it. */
  async #load(entry: Entry, again = false): Promise<void> {
    if (entry.isLoaded && !again) return;
    const { credentials, log } = this.#options;
    const tokens = await credentials.getTokens(entry.server.id);
    if (tokens === undefined) {
      entry.held = undefined;
      entry.isLoaded = true;
      return;
    }
    if (entry.held?.tokens.accessToken.reveal() === tokens.accessToken.reveal()) {
      const isRenewable =
        entry.held.isRenewable &&
        (tokens.refreshToken !== undefined || entry.held.tokens.refreshToken === undefined);
      entry.held = { ...entry.held, tokens, isRenewable };
      return;
    }
    // Renewed, but not stored yet (see Refresher): memory is ahead of the store.
    if (entry.held !== undefined && tokens.updatedAt < entry.held.tokens.updatedAt) return;
    const registration = await credentials.getRegistration(entry.server.id, tokens.issuer);
    // Bound to the origin it was got for: after a change of URL nothing is sent, the person signs in again.
    if (registration === undefined || !isSameOrigin(registration.serverUrl, entry.server.url)) {
      log(entry.server.id, 'warn', 'the stored sign-in is for another address and is not used', {
        issuer: tokens.issuer,
      });
      entry.held = undefined;
      entry.isLoaded = true;
      return;
    }
    entry.isLoaded = true;
    const isRenewable = tokens.refreshToken !== undefined || grantOf(registration) === 'client_credentials';
    this.#hold(entry, tokens, isRenewable, 'store');
  }

  #schedule(entry: Entry): void {
    entry.timer?.cancel();
    entry.timer = undefined;
    const { held } = entry;
    if (entry.keepers === 0 || this.#isClosed || held === undefined) return;
    const { dueInMs, remainingMs } = held.life;
    if (dueInMs === undefined || remainingMs === undefined) return;
    const waitMs = held.isRenewable
      ? // Many servers that were signed in to together should not all ask at the same moment.
        Math.max(dueInMs, entry.notBefore - this.#options.clock.monotonic()) +
        Math.min(Math.max(0, remainingMs) * 0.05, 10_000) * Math.random()
      : remainingMs;
    entry.timer = this.#options.clock.after(Math.min(Math.max(0, waitMs), longestTimerMs), () => {
      if (entry.held?.isRenewable === false) {
        if (entry.held.life.phase !== 'over') this.#schedule(entry);
        else this.#need(entry, noRefreshToken);
      } else if (entry.held?.life.phase === 'good') this.#schedule(entry);
      else this.#refreshInBackground(entry);
    });
  }

  #note(entry: Entry, level: 'warn' | 'error', message: string, error: unknown): void {
    this.#options.log(entry.server.id, level, message, { reason: describeError(error) });
  }
}
