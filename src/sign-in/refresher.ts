/**
 * sign-in/refresher — redeems a refresh token exactly once, however many clients and processes want it renewed.
 *
 * The steps, for one credential:
 *
 *   read ─ somebody renewed it already? use theirs
 *   take the lease (a write: a store that cannot be written stops us before anything is spent)
 *     held by another process ─ wait, read again from the top
 *   read again under the lease ─ renewed meanwhile? use theirs
 *   redeem ─ save if the generation is still the one we read ─ release
 *
 * A failure of the network or of a server deletes nothing. A grant is dead only when the authorization server
 * says `invalid_grant` to the newest refresh token. After a sign-out (`drop`), tokens that still arrive are neither used
 * nor stored.
 *
 * Knows nothing of: who asks, sign-in, timers.
 */
import { type Clock, describeError, isMcpMuxError, randomText, sleep } from '../base/index.ts';
import type { CredentialRepository, OAuthRegistration, ServerId, TokenSet } from '../model/index.ts';
import { createSafeFetch, type SafeFetchOptions } from '../network/index.ts';
import { canonicalResource, type Discovered, discover } from './discovery.ts';
import { signInError } from './errors.ts';
import { HeldLease } from './held-lease.ts';
import { isSameIssuer } from './issuer.ts';
import type { OAuthLog, OAuthServer } from './oauth-server.ts';
import { isAboutParameters, nextParameters, type RefreshParameters } from './refresh-parameters.ts';
import { discoveredOf, grantOf, identityOf } from './registration.ts';
import { requestTokens } from './token-endpoint.ts';
import type { GrantedTokens, TokenResponse } from './token-response.ts';
import { type UnsavedTokenSet, UnsavedTokens } from './unsaved-tokens.ts';

/** Longer than two requests of safe-fetch and the rest of a lease. */
const waitForOthersMs = 35_000;
const firstPollMs = 15;
const slowestPollMs = 250;
const saveAttempts = 4;

export type RefreshOutcome =
  /** @param redeemed we redeemed it; false = another process had */
  | { readonly kind: 'renewed'; readonly tokens: TokenSet; readonly redeemed: boolean }
  /** Only a person can help. */
  | { readonly kind: 'sign-in'; readonly reason: string }
  /** Nothing is lost; try again later. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly retryAfterMs: number | undefined };

export interface RefresherOptions {
  readonly credentials: CredentialRepository;
  readonly clock: Clock;
  readonly log: OAuthLog;
  readonly fetchOptions: Omit<SafeFetchOptions, 'serverUrl'>;
  /**
   * The name of the lease holder; random when absent. If no other process can use the store, a fixed name lets the daemon
   * take over its own lease after a crash instead of waiting for the end of it.
   */
  readonly leaseHolder?: string | undefined;
  /** Tokens arrived after a sign-out. */
  readonly onUnwanted?: (set: UnsavedTokenSet) => void;
}

/** One renewal under way. */
interface Flight {
  dropped: DropReason | undefined;
}

/** `replaced`: by a new sign-in. It may have the same grant at the provider, so the old tokens are not revoked. */
export type DropReason = 'signed-out' | 'replaced';

const signedOut: RefreshOutcome = { kind: 'sign-in', reason: 'it is signed out' };

export class Refresher {
  readonly #options: RefresherOptions;
  readonly #holder: string;
  readonly #running = new Map<
    ServerId,
    { readonly flight: Flight; readonly outcome: Promise<RefreshOutcome> }
  >();
  readonly #unsaved: UnsavedTokens;
  /** The parameters that worked last. */
  readonly #parameters = new Map<ServerId, RefreshParameters>();

  constructor(options: RefresherOptions) {
    this.#options = options;
    this.#holder = options.leaseHolder ?? randomText(16);
    this.#unsaved = new UnsavedTokens(options);
  }

  /**
   * Replaces the token set whose access token is `stale`.
   *
   * @param stale what shall be replaced; when the store already holds another one, that is the answer
   * @throws store.*; sign-in.lease_timeout
   */
  renew(server: OAuthServer, stale: TokenSet): Promise<RefreshOutcome> {
    const running = this.#running.get(server.id);
    if (running !== undefined) return running.outcome;
    const flight: Flight = { dropped: undefined };
    const outcome = this.#renew(server, stale, flight).finally(() => {
      if (this.#running.get(server.id)?.flight === flight) this.#running.delete(server.id);
    });
    this.#running.set(server.id, { flight, outcome });
    return outcome;
  }

  /**
   * The sign-in of this server has ended or was replaced. Tokens that are still being renewed are not wanted.
   *
   * @returns the tokens that were renewed and could not be stored
   */
  drop(serverId: ServerId, reason: DropReason): UnsavedTokenSet | undefined {
    const running = this.#running.get(serverId);
    if (running !== undefined) running.flight.dropped = reason;
    this.#running.delete(serverId);
    this.#parameters.delete(serverId);
    return this.#unsaved.take(serverId);
  }

  close(): Promise<void> {
    return this.#unsaved.close();
  }

  async #renew(server: OAuthServer, stale: TokenSet, flight: Flight): Promise<RefreshOutcome> {
    const { credentials, clock, log } = this.#options;
    await this.#unsaved.save(server.id);
    const giveUpAt = clock.monotonic() + waitForOthersMs;
    let pollMs = firstPollMs;
    for (;;) {
      const stored = await credentials.getTokens(server.id);
      const early = this.#compare(stored, stale);
      if (early !== undefined) return early;
      const { generation } = stored as TokenSet;
      const lease = await HeldLease.take({
        credentials,
        clock,
        log,
        serverId: server.id,
        holder: this.#holder,
        generation,
      });
      if (lease !== undefined) {
        try {
          const current = await credentials.getTokens(server.id);
          return (
            this.#compare(current, stale) ?? (await this.#redeem(server, current as TokenSet, lease, flight))
          );
        } finally {
          await lease.release();
        }
      }
      if (clock.monotonic() >= giveUpAt) throw signInError('lease_timeout', { server: server.name });
      await sleep(clock, pollMs * (0.5 + Math.random()));
      pollMs = Math.min(pollMs * 2, slowestPollMs);
    }
  }

  /** @returns the outcome when there is nothing left to redeem */
  #compare(stored: TokenSet | undefined, stale: TokenSet): RefreshOutcome | undefined {
    if (stored === undefined) return signedOut;
    if (stored.accessToken.reveal() === stale.accessToken.reveal()) return undefined;
    return { kind: 'renewed', tokens: stored, redeemed: false };
  }

  async #redeem(
    server: OAuthServer,
    current: TokenSet,
    lease: HeldLease,
    flight: Flight,
  ): Promise<RefreshOutcome> {
    const { credentials, clock, log } = this.#options;
    const registration = await credentials.getRegistration(server.id, current.issuer);
    if (registration === undefined)
      return { kind: 'sign-in', reason: 'our registration is no longer stored' };
    const isClientCredentials = grantOf(registration) === 'client_credentials';
    if (!isClientCredentials && current.refreshToken === undefined)
      return { kind: 'sign-in', reason: 'the token has expired and the provider gave no refresh token' };

    const discovered = await this.#metadataOf(server, registration);
    if (discovered.kind !== 'known') return discovered;
    const answer = await this.#ask(server, registration, current, discovered.discovered, lease);
    switch (answer.kind) {
      case 'granted':
        return this.#save(flight, {
          server,
          registration,
          tokens: nextTokens(current, answer.tokens, clock.now()),
          expectedGeneration: current.generation,
        });
      case 'refused':
        return this.#refused(server, registration, current, answer);
      case 'unavailable':
        log(server.id, 'warn', 'token refresh failed; the sign-in is kept', { reason: answer.reason });
        return { kind: 'unavailable', reason: answer.reason, retryAfterMs: answer.retryAfterMs };
      case 'unusable':
        log(server.id, 'error', 'the token response cannot be used; the sign-in is kept', {
          reason: answer.reason,
        });
        return { kind: 'unavailable', reason: answer.reason, retryAfterMs: undefined };
    }
  }

  /** Asks for new tokens. If the parameters are refused, it tries others. */
  async #ask(
    server: OAuthServer,
    registration: OAuthRegistration,
    current: TokenSet,
    discovered: Discovered,
    lease: HeldLease,
  ): Promise<TokenResponse> {
    const { log, fetchOptions } = this.#options;
    const isClientCredentials = grantOf(registration) === 'client_credentials';
    const send = ({ hasResource, hasScope }: RefreshParameters): Promise<TokenResponse> => {
      // If this process was suspended, another one may be redeeming this token now.
      if (!lease.isHeld)
        return Promise.resolve({
          kind: 'unavailable',
          reason: 'this process was suspended; another one may be renewing the token',
          mayHaveHappened: false,
        });
      return requestTokens({
        authorizationServer: discovered.authorizationServer,
        identity: identityOf(registration),
        grantType: isClientCredentials ? 'client_credentials' : 'refresh_token',
        parameters: {
          ...(isClientCredentials ? {} : { refresh_token: current.refreshToken?.reveal() ?? '' }),
          ...(hasScope && current.scope !== undefined ? { scope: current.scope } : {}),
          ...(hasResource ? { resource: discovered.resource } : {}),
        },
        fetch: createSafeFetch('the token endpoint', { ...fetchOptions, serverUrl: server.url }),
      });
    };
    const sendTwice = async (parameters: RefreshParameters): Promise<TokenResponse> => {
      const answer = await send(parameters);
      if (answer.kind !== 'unavailable' || !answer.mayHaveHappened) return answer;
      // The response may be lost although the token was used. Most providers accept one repeat at once, but not later.
      log(server.id, 'warn', 'no response to the token refresh, asking once more', { reason: answer.reason });
      return send(parameters);
    };

    const first = this.#parameters.get(server.id) ?? { hasResource: true, hasScope: isClientCredentials };
    const refusals: TokenResponse[] = [];
    for (let parameters: RefreshParameters | undefined = first; parameters !== undefined; ) {
      const answer = await sendTwice(parameters);
      if (!isAboutParameters(answer)) {
        if (answer.kind === 'granted') this.#parameters.set(server.id, parameters);
        return answer;
      }
      refusals.push(answer);
      parameters = nextParameters(first, refusals, current.scope !== undefined);
      if (parameters !== undefined)
        log(server.id, 'info', 'the token refresh was refused, trying other parameters', { ...parameters });
    }
    this.#parameters.delete(server.id);
    return refusals[0] as TokenResponse;
  }

  async #refused(
    server: OAuthServer,
    registration: OAuthRegistration,
    current: TokenSet,
    answer: TokenResponse & { kind: 'refused' },
  ): Promise<RefreshOutcome> {
    const { credentials, clock, log } = this.#options;
    const why = answer.description === '' ? answer.error : `${answer.error}: ${answer.description}`;
    log(server.id, 'warn', 'the authorization server refused to renew the sign-in', { reason: why });
    switch (answer.error) {
      case 'server_error':
      case 'temporarily_unavailable':
      case 'slow_down':
        return { kind: 'unavailable', reason: why, retryAfterMs: undefined };
      case 'invalid_grant': {
        // Stored, so that nobody asks again with a dead token. If our lease expired and another process renewed the
        // token, this write fails and their token counts.
        const dead = {
          ...current,
          refreshToken: undefined,
          generation: current.generation + 1,
          updatedAt: clock.now(),
        };
        if (await credentials.saveTokens(dead, current.generation))
          return { kind: 'sign-in', reason: `the provider ended the sign-in (${why})` };
        const stored = await credentials.getTokens(server.id);
        return (
          this.#compare(stored, current) ?? {
            kind: 'sign-in',
            reason: `the provider ended the sign-in (${why})`,
          }
        );
      }
      case 'invalid_client':
      case 'unauthorized_client':
        if (registration.source === 'dynamic')
          await credentials.deleteRegistration(server.id, registration.issuer);
        return { kind: 'sign-in', reason: `the provider no longer knows our registration (${why})` };
      default:
        return { kind: 'sign-in', reason: `the provider refuses to renew the sign-in (${why})` };
    }
  }

  async #save(flight: Flight, set: UnsavedTokenSet): Promise<RefreshOutcome> {
    const { credentials, clock, log } = this.#options;
    const { server, tokens, expectedGeneration } = set;
    for (let attempt = 1; flight.dropped === undefined; attempt += 1) {
      try {
        if (await credentials.saveTokens(tokens, expectedGeneration)) {
          log(server.id, 'info', 'token renewed', { generation: tokens.generation });
          return { kind: 'renewed', tokens, redeemed: true };
        }
        const stored = await credentials.getTokens(server.id);
        log(server.id, 'info', 'somebody else changed the sign-in during the renewal; their change is kept');
        if (stored !== undefined) return { kind: 'renewed', tokens: stored, redeemed: false };
        this.#options.onUnwanted?.(set);
        return signedOut;
      } catch (error) {
        // The old refresh token was used. To give up now would lose the grant.
        if (attempt < saveAttempts) {
          await sleep(clock, 50 * 4 ** (attempt - 1));
          continue;
        }
        if (flight.dropped !== undefined) break;
        this.#unsaved.keep(set);
        const facts = { reason: describeError(error) };
        log(
          server.id,
          'error',
          'renewed tokens could not be stored; they are kept in memory and tried again',
          facts,
        );
        return { kind: 'renewed', tokens, redeemed: true };
      }
    }
    log(server.id, 'info', 'the sign-in ended during the renewal; the renewed tokens are not used');
    if (flight.dropped === 'signed-out') this.#options.onUnwanted?.(set);
    return signedOut;
  }

  /** The metadata kept with the registration; discovered again when it is not readable. The issuer must stay. */
  async #metadataOf(
    server: OAuthServer,
    registration: OAuthRegistration,
  ): Promise<
    { kind: 'known'; discovered: Discovered } | (RefreshOutcome & { kind: 'sign-in' | 'unavailable' })
  > {
    const known = discoveredOf(registration);
    if (known !== undefined) return { kind: 'known', discovered: known };
    try {
      const found = await discover(server, {
        fetchOptions: this.#options.fetchOptions,
        preferredIssuer: registration.issuer,
      });
      if (isSameIssuer(found.issuer, registration.issuer)) return { kind: 'known', discovered: found };
      return { kind: 'sign-in', reason: `the server names another authorization server (${found.issuer})` };
    } catch (error) {
      const reason = describeError(error);
      return isMcpMuxError(error) && error.retry === 'no'
        ? { kind: 'sign-in', reason }
        : { kind: 'unavailable', reason, retryAfterMs: undefined };
    }
  }
}

function nextTokens(current: TokenSet, granted: GrantedTokens, now: number): TokenSet {
  return {
    ...current,
    accessToken: granted.accessToken,
    refreshToken: granted.refreshToken ?? current.refreshToken,
    tokenType: 'Bearer',
    scope: granted.scope ?? current.scope,
    expiresAt: granted.lifetimeMs === undefined ? undefined : now + granted.lifetimeMs,
    generation: current.generation + 1,
    updatedAt: now,
  };
}

/** Is a token for `registeredUrl` meant for `url`? It is sent only to its own origin. */
export function isSameOrigin(registeredUrl: string, url: string): boolean {
  return new URL(canonicalResource(registeredUrl)).origin === new URL(url).origin;
}
