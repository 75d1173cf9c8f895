/**
 * sign-in/server-tokens — the tokens of one server: gives the Authorization header, renews tokens before they expire and
 * after a refusal, and decides when a person is needed.
 *
 *   nothing ─store, sign-in→ good ─time→ due (renewed beside) ─time→ over (renewed before the next request)
 *                                                                  over, and only a person can help → the connection ends
 *   refused (401) ─a better one in the store→ good    ─renewed→ good    ─neither→ a person is needed
 *   refused (403, insufficient_scope) → a person is needed for more scope, a bounded number of times
 *
 * Owns: the tokens in memory. Knows nothing of: other servers, browsers, statuses.
 */
import { describeError, Secret, type Semaphore } from '../base/index.ts';
import type { TokenSet } from '../model/index.ts';
import { type BearerChallenge, bearerChallenge, challengeWords, coversScope } from './challenge.ts';
import { signInError } from './errors.ts';
import type { OAuthServer } from './oauth-server.ts';
import { PersonNeeds } from './person-needs.ts';
import { RefreshBackoff } from './refresh-backoff.ts';
import { isSameOrigin, type Refresher, type RefreshOutcome } from './refresher.ts';
import { grantOf } from './registration.ts';
import { RenewalTimer } from './renewal-timer.ts';
import { SecondTry, secondTryAfterMs } from './second-try.ts';
import type { SignInNeed } from './sign-in-need.ts';
import { TokenLifetime } from './token-lifetime.ts';
import type { TokenServiceOptions } from './token-service-options.ts';

/** What the tokens of all servers share. */
export interface SharedByTokens {
  readonly options: TokenServiceOptions;
  readonly refresher: Refresher;
  /** Renewals ahead of time take turns. */
  readonly background: Semaphore;
}

interface Held {
  readonly tokens: TokenSet;
  readonly header: Secret;
  readonly life: TokenLifetime;
  readonly isRenewable: boolean;
  /** Where it came from. A token that was renewed because of a 401 is not renewed again for the next 401. */
  readonly source: 'store' | 'sign-in' | 'renewal' | 'refusal';
  readonly receivedAt: number;
}

/** If a token is refused within this time, another token would be refused too. */
const freshMs = 10_000;
const noRefreshToken = 'the token has expired and the provider gave no refresh token';

export class ServerTokens {
  readonly #shared: SharedByTokens;
  #server: OAuthServer;
  #isLoaded = false;
  #held: Held | undefined;
  #challenge: BearerChallenge | undefined;
  readonly #needs: PersonNeeds;
  readonly #pause: RefreshBackoff;
  readonly #renewal: RenewalTimer;
  #refreshing: Promise<RefreshOutcome> | undefined;
  readonly #secondTry: SecondTry;
  /** Counts sign-ins and sign-outs. Work that started in an earlier epoch must not change anything. */
  #epoch = 0;
  #isOver = false;

  constructor(server: OAuthServer, shared: SharedByTokens) {
    this.#server = server;
    this.#shared = shared;
    this.#needs = new PersonNeeds(shared.options);
    this.#pause = new RefreshBackoff(shared.options.clock);
    this.#secondTry = new SecondTry(shared.options.clock);
    this.#renewal = new RenewalTimer(shared.options.clock, () => this.#wake());
  }

  /** The server as its wires last named it. */
  get server(): OAuthServer {
    return this.#server;
  }
  /** What the server last asked a person for. */
  get need(): SignInNeed | undefined {
    return this.#needs.current;
  }
  /** The last Bearer challenge of the server. */
  get challenge(): BearerChallenge | undefined {
    return this.#challenge;
  }

  /** Its wires give its current name and address. Tokens in memory are not used at another address. */
  setServer(server: OAuthServer): void {
    if (this.#server.url !== server.url) {
      this.#isLoaded = false;
      this.#held = undefined;
    }
    this.#server = server;
  }

  /** A server may name its metadata in one refusal and not in the next. */
  noteChallenge(challenge: BearerChallenge): void {
    const resourceMetadataUrl = challenge.resourceMetadataUrl ?? this.#challenge?.resourceMetadataUrl;
    this.#challenge = { ...challenge, resourceMetadataUrl };
  }

  /** Renews the token ahead of time, until every returned function was called. */
  keepFresh(): () => void {
    const end = this.#renewal.keep();
    void this.#load()
      .then(() => this.#schedule())
      .catch((error: unknown) => this.#note('warn', 'the stored sign-in cannot be read', error));
    return end;
  }

  /** A sign-in has stored these tokens. */
  accept(tokens: TokenSet, requestedScope: string | undefined, isRenewable: boolean): void {
    this.#beginEpoch();
    this.#needs.signedIn(requestedScope);
    this.#pause.clear();
    this.#isLoaded = true;
    this.#hold(tokens, isRenewable, 'sign-in');
  }

  /** A person has signed out. */
  drop(): void {
    this.#beginEpoch();
    this.#renewal.stop();
    this.#held = undefined;
    this.#isLoaded = true;
    this.#needs.signedOut();
  }

  /** Ends the automatic renewal. */
  close(): void {
    this.#isOver = true;
    this.#renewal.close();
  }

  // ── a header for a request ─────────────────────────────────────────────────────────────────────

  /** The header to send now; undefined = none. @throws sign-in.unavailable, store.* */
  current(): Secret | undefined | Promise<Secret | undefined> {
    if (!this.#isLoaded) return this.#load().then(() => this.current());
    const held = this.#held;
    if (held === undefined) return undefined;
    const { phase } = held.life;
    if (phase === 'good') return held.header;
    if (phase === 'due') {
      if (held.isRenewable && this.#pause.isOver) this.#refreshInBackground();
      return held.header;
    }
    return this.#replaceEnded(held);
  }

  /** The token has expired. It is replaced before the request, without waiting for a 401. */
  async #replaceEnded(held: Held): Promise<Secret | undefined> {
    if (this.#isLast(held)) {
      // Another process may have signed in.
      await this.#load(true);
      if (this.#held !== undefined && this.#held.life.phase !== 'over') return this.#held.header;
    }
    if (!held.isRenewable) {
      this.#needSignIn(noRefreshToken);
      return undefined;
    }
    const outcome = await this.#refresh(held, 'renewal');
    if (outcome.kind === 'renewed') return this.#held?.header;
    if (outcome.kind === 'sign-in') return undefined;
    throw signInError('unavailable', { server: this.#server.name, reason: outcome.reason });
  }

  /**
   * The server refused `used`.
   *
   * @returns another header to try once, or undefined: a person must sign in
   * @throws  sign-in.unavailable, store.*
   */
  async renew(
    used: Secret | undefined,
    status: 401 | 403,
    wwwAuthenticate: string | undefined,
  ): Promise<Secret | undefined> {
    const challenge = bearerChallenge(wwwAuthenticate);
    if (challenge !== undefined) this.noteChallenge(challenge);
    // Another process, or another call of ours, may have a better token by now.
    await this.#load(true);
    const held = this.#held;
    if (held !== undefined && held.life.phase !== 'over' && held.header.reveal() !== used?.reveal()) {
      if (status === 401 || coversScope(held.tokens.scope, challenge?.scope)) return held.header;
    }
    if (status === 403)
      return this.#askPerson(this.#needs.moreScope(this.#server, challenge?.scope, held?.tokens));
    if (held === undefined)
      return this.#askPerson(
        this.#needSignIn('nobody has signed in yet', challenge?.scope, { hasToken: used !== undefined }),
      );
    if (this.#isRefusedAnew(held)) return this.#trySecondTime(held, challenge);
    const outcome = await this.#refresh(held, 'refusal');
    if (outcome.kind === 'renewed') return this.#held?.header;
    if (outcome.kind === 'unavailable')
      throw signInError('unavailable', { server: this.#server.name, reason: outcome.reason });
    return this.#askPerson(this.#needSignIn(outcome.reason, challenge?.scope));
  }

  /** Is a new token refused, and renewing it impossible or already tried? */
  #isRefusedAnew(held: Held): boolean {
    if (this.#secondTry.isOf(held.header)) return true;
    return held.source !== 'store' && this.#isFresh(held) && (held.source === 'refusal' || !held.isRenewable);
  }

  async #trySecondTime(held: Held, challenge: BearerChallenge | undefined): Promise<Secret | undefined> {
    const words = challengeWords(challenge, held.tokens.accessToken) ?? 'it does not say why';
    if (!this.#secondTry.isOf(held.header)) {
      const facts = { reason: words, seconds: secondTryAfterMs / 1000 };
      this.#shared.options.log(
        this.#server.id,
        'warn',
        'the server refuses a new token; it is tried again',
        facts,
      );
    }
    if (await this.#secondTry.wait(held.header)) return this.#held?.header;
    const reason = `it refuses the token that its provider has just given (${words})`;
    return this.#askPerson(this.#needSignIn(reason, challenge?.scope, { isTokenRefused: true }));
  }

  #isFresh(held: Held): boolean {
    const { expiresAt, updatedAt } = held.tokens;
    const halfLifeMs = expiresAt === undefined ? freshMs : (expiresAt - updatedAt) / 2;
    return this.#shared.options.clock.monotonic() - held.receivedAt < Math.min(freshMs, halfLifeMs);
  }

  async #askPerson(need: SignInNeed): Promise<Secret | undefined> {
    if (need.isHopeless) return undefined;
    const before = this.#held?.header;
    const isSignedIn = (await this.#shared.options.onSignInNeeded?.(this.#server, need)) === true;
    if (!isSignedIn) return undefined;
    await this.#load(true);
    return this.#held?.header === before ? undefined : this.#held?.header;
  }

  #needSignIn(
    reason: string,
    scope?: string,
    more: { readonly isTokenRefused?: boolean; readonly hasToken?: boolean } = {},
  ): SignInNeed {
    const facts = { scope, hasToken: this.#held !== undefined, ...more };
    return this.#needs.signIn(this.#server, reason, facts);
  }

  #refresh(held: Held, source: 'renewal' | 'refusal'): Promise<RefreshOutcome> {
    if (this.#refreshing !== undefined) return this.#refreshing;
    if (!held.isRenewable) {
      return Promise.resolve({ kind: 'sign-in', reason: 'the provider gave no refresh token' });
    }
    if (!this.#pause.isOver) {
      const reason = this.#pause.lastFailure ?? 'the last attempt failed';
      return Promise.resolve(
        this.#needs.isSignIn
          ? { kind: 'sign-in', reason: this.#needs.current?.reason ?? reason }
          : { kind: 'unavailable', reason, retryAfterMs: undefined },
      );
    }
    const refreshing = this.#doRefresh(held, source).finally(() => {
      if (this.#refreshing === refreshing) this.#refreshing = undefined;
    });
    this.#refreshing = refreshing;
    return refreshing;
  }

  #beginEpoch(): void {
    this.#epoch += 1;
    this.#refreshing = undefined;
  }

  async #doRefresh(held: Held, source: 'renewal' | 'refusal'): Promise<RefreshOutcome> {
    const epoch = this.#epoch;
    this.#shared.options.onRefreshing?.(this.#server.id, true);
    try {
      const outcome = await this.#shared.refresher.renew(this.#server, held.tokens);
      if (epoch !== this.#epoch) return this.#outcomeAfterChange();
      this.#learn(outcome, source);
      return outcome;
    } catch (error) {
      if (epoch !== this.#epoch) return this.#outcomeAfterChange();
      this.#learn({ kind: 'unavailable', reason: describeError(error), retryAfterMs: undefined }, source);
      throw error;
    } finally {
      this.#shared.options.onRefreshing?.(this.#server.id, false);
    }
  }

  /** Somebody signed in or out during the renewal. */
  #outcomeAfterChange(): RefreshOutcome {
    return this.#held === undefined
      ? { kind: 'sign-in', reason: 'it is signed out' }
      : { kind: 'renewed', tokens: this.#held.tokens, redeemed: false };
  }

  #learn(outcome: RefreshOutcome, source: 'renewal' | 'refusal'): void {
    switch (outcome.kind) {
      case 'renewed':
        this.#pause.clear();
        this.#needs.clear();
        this.#hold(outcome.tokens, this.#held?.isRenewable ?? true, outcome.redeemed ? source : 'store');
        return;
      case 'sign-in':
        this.#pause.refused();
        this.#needSignIn(outcome.reason);
        this.#schedule();
        return;
      case 'unavailable':
        this.#pause.failed(outcome.reason, outcome.retryAfterMs);
        this.#schedule();
        return;
    }
  }

  /** Only a person can get another. */
  #isLast(held: Held): boolean {
    return !held.isRenewable || this.#needs.isSignIn;
  }

  #refreshInBackground(): void {
    const held = this.#held;
    if (held === undefined || this.#refreshing !== undefined || this.#isOver) return;
    void this.#shared.background
      .run(() => this.#refresh(held, 'renewal'))
      .catch((error: unknown) => this.#note('warn', 'token refresh failed, the sign-in is kept', error));
  }

  #hold(tokens: TokenSet, isRenewable: boolean, source: Held['source']): void {
    const { clock } = this.#shared.options;
    this.#held = {
      tokens,
      header: new Secret(`Bearer ${tokens.accessToken.reveal()}`),
      life: new TokenLifetime(clock, tokens),
      isRenewable,
      source,
      receivedAt: clock.monotonic(),
    };
    this.#schedule();
  }

  /** Reads the store; `again`: even when memory has something, because another process may have renewed it. */
  async #load(again = false): Promise<void> {
    if (this.#isLoaded && !again) return;
    const { credentials, log } = this.#shared.options;
    const epoch = this.#epoch;
    const tokens = await credentials.getTokens(this.#server.id);
    if (epoch !== this.#epoch) return;
    if (tokens === undefined) {
      this.#held = undefined;
      this.#isLoaded = true;
      return;
    }
    if (this.#held?.tokens.accessToken.reveal() === tokens.accessToken.reveal()) {
      const isRenewable =
        this.#held.isRenewable &&
        (tokens.refreshToken !== undefined || this.#held.tokens.refreshToken === undefined);
      this.#held = { ...this.#held, tokens, isRenewable };
      return;
    }
    // Renewed, but not stored yet (see Refresher): memory is ahead of the store.
    if (this.#held !== undefined && tokens.updatedAt < this.#held.tokens.updatedAt) return;
    const registration = await credentials.getRegistration(this.#server.id, tokens.issuer);
    if (epoch !== this.#epoch) return;
    // A token is bound to its origin. After a change of the URL the person has to sign in again.
    if (registration === undefined || !isSameOrigin(registration.serverUrl, this.#server.url)) {
      log(this.#server.id, 'warn', 'the stored sign-in is for another address and is not used', {
        issuer: tokens.issuer,
      });
      this.#held = undefined;
      this.#isLoaded = true;
      return;
    }
    this.#isLoaded = true;
    // Somebody has signed in, so nobody is needed any more.
    if (this.#needs.isSignIn) {
      this.#needs.clear();
      this.#pause.clear();
    }
    const isRenewable = tokens.refreshToken !== undefined || grantOf(registration) === 'client_credentials';
    this.#hold(tokens, isRenewable, 'store');
  }

  #schedule(): void {
    const held = this.#held;
    const { dueInMs, remainingMs } = held?.life ?? {};
    this.#renewal.set(
      held === undefined || dueInMs === undefined || remainingMs === undefined
        ? undefined
        : {
            dueInMs: Math.max(dueInMs, this.#pause.remainingMs),
            remainingMs,
            isLast: this.#isLast(held),
          },
    );
  }

  /** The timer of the renewal has run out. */
  #wake(): void {
    const held = this.#held;
    if (held === undefined) return;
    const { phase } = held.life;
    const isLast = this.#isLast(held);
    if (phase === 'good' || (isLast && phase === 'due')) this.#schedule();
    else if (isLast) void this.#end();
    else this.#refreshInBackground();
  }

  /** The last token has expired. The connection is told, unless the store has a new token by now. */
  async #end(): Promise<void> {
    try {
      const isOver = (await this.current()) === undefined && this.#needs.isSignIn;
      if (isOver) this.#shared.options.onEnded?.(this.#server.id);
    } catch (error) {
      this.#note('warn', 'token refresh failed, the sign-in is kept', error);
    }
  }

  #note(level: 'warn' | 'error', message: string, error: unknown): void {
    this.#shared.options.log(this.#server.id, level, message, { reason: describeError(error) });
  }
}
