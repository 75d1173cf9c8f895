/**
 * upstream/connection-service — connects servers and keeps them signed in: connect, disconnect, reconnect, cancel, retry.
 *
 *   manual attempt ─ connected | failed | sign-in required → a sign-in is started, its address is given
 *   background     ─ connected | failed | sign-in required → told, nothing is opened
 *
 * In: installed servers and what a person wants of them. Out: outcomes, and the Authorization for their wires.
 * Owns: the TokenService, the SignInFlows, how the end of a sign-in becomes a connection, who is kept fresh.
 * Knows nothing of: how servers are stored, HTTP of the admin API, clients.
 */
import {
  type Clock,
  type Closeable,
  type Logger,
  McpMuxError,
  type Secret,
  type Timer,
} from '../base/index.ts';
import type {
  CredentialRepository,
  DomainEvents,
  Feature,
  InstalledServer,
  ServerId,
  ServerLog,
} from '../model/index.ts';
import {
  type DoctorReport,
  diagnose,
  type GivenClient,
  hasFixedAuthorization,
  maskUrl,
  type OAuthServer,
  oauthServerOf,
  type ResultPage,
  SignInFlows,
  type SignInNeed,
  type SignInOptions,
  type SignInOutcome,
  type SignInStarted,
  type StartOptions,
  TokenService,
  type TokenStatus,
} from '../sign-in/index.ts';
import type { Authorization } from '../transports/index.ts';
import { upstreamError } from './errors.ts';
import type { UpstreamPool } from './pool.ts';
import type { ServerInstance } from './server-instance.ts';
import { SignInCountdown } from './sign-in-countdown.ts';

export interface ConnectionServiceOptions {
  readonly credentials: CredentialRepository;
  readonly clock: Clock;
  readonly events: DomainEvents;
  readonly serverLog: ServerLog;
  /** Asked when it is needed: the pool's wires come from here, so one of the two is made first. */
  pool(): UpstreamPool;
  /** What is known to be offered by a server. */
  featuresOf(serverId: ServerId): readonly Feature[];
  readonly registration: SignInOptions['registration'];
  /** Of the daemon: told what goes wrong with a request to the callback listener. */
  readonly logger?: Logger;
  readonly callbackPort: number;
  /** Where browsers come back to when the gateway has a public URL (see `takeCallback`); undefined = the loopback listener. */
  readonly publicRedirectUri?: string | undefined;
  /** For a store that only one process can use at a time; undefined = several share it. */
  readonly leaseHolder?: string | undefined;
  /** For a step-up, which no person at the command line has started; undefined = no browser here. */
  readonly openBrowser?: (url: string) => Promise<boolean>;
  /**
   * The launch as it is used now: secrets that are only referred to are filled in.
   *
   * @throws upstream.secret_unresolved
   */
  fillIn(server: InstalledServer): Promise<InstalledServer>;
}

/** How an attempt to connect ended. */
export type ConnectionOutcome =
  | {
      readonly kind: 'connected';
      /** A healthy connection was there already. */
      readonly isReused: boolean;
      readonly features: readonly Feature[];
    }
  | {
      readonly kind: 'oauth-required';
      /** To be opened by the person; undefined after an attempt in the background. */
      readonly signIn: SignInStarted | undefined;
      readonly reason: string;
      readonly nextStep: string;
    }
  | { readonly kind: 'failed'; readonly reason: string; readonly nextStep: string | undefined };

/** What there is to say about signing in to one server. No secret in it. */
export interface SignInState {
  /** The sign-in that is open. */
  readonly open: SignInStarted | undefined;
  /** How the last one ended, in this life of the daemon. */
  readonly last: SignInEnd | undefined;
  readonly tokens: TokenStatus;
  readonly need: SignInNeed | undefined;
}

export interface SignInEnd {
  readonly flowId: number;
  readonly isSignedIn: boolean;
  /** Epoch ms. */
  readonly at: number;
  /** Why not. */
  readonly error: McpMuxError | undefined;
}

/** How long a call waits for a person who has to give more permission. It ends before the call's own patience does. */
const stepUpWaitMs = 45_000;

export class ConnectionService implements Closeable {
  readonly #options: ConnectionServiceOptions;
  readonly #tokens: TokenService;
  readonly #signInFlows: SignInFlows;
  readonly #ends = new Map<ServerId, SignInEnd>();
  /** Servers whose token is renewed even while nobody calls; by the end of it. */
  readonly #kept = new Map<ServerId, () => void>();
  /** Sign-ins that a call has started: its connection must outlive them. */
  readonly #stepUps = new Set<number>();
  readonly #countdown: SignInCountdown;
  readonly #unsubscribe: () => void;

  constructor(options: ConnectionServiceOptions) {
    this.#options = options;
    const { credentials, clock, registration, callbackPort, publicRedirectUri, openBrowser } = options;
    const log: SignInOptions['log'] = (serverId, level, message, facts) =>
      options.serverLog.append(serverId, {
        at: clock.now(),
        level,
        source: 'oauth',
        message,
        ...(facts !== undefined && { facts }),
      });
    this.#tokens = new TokenService({
      credentials,
      clock,
      log,
      fetchOptions: registration.fetchOptions,
      leaseHolder: options.leaseHolder,
      onNeed: (serverId) => this.#instance(serverId)?.tellAgain(),
      onEnded: (serverId) => this.#instance(serverId)?.signInStatus.required(),
      onRefreshing: (serverId, isRefreshing) => this.#instance(serverId)?.signInStatus.renewing(isRefreshing),
      onSignInNeeded: (server, need) => this.#stepUp(server, need),
    });
    this.#signInFlows = new SignInFlows({
      credentials,
      tokens: this.#tokens,
      clock,
      log,
      ...(options.logger !== undefined && { logger: options.logger }),
      registration,
      callbackPort,
      ...(publicRedirectUri !== undefined && { publicRedirectUri }),
      ...(openBrowser !== undefined && { openBrowser }),
      onEnded: (outcome) => this.#signInEnded(outcome),
    });
    this.#countdown = new SignInCountdown(clock, options.events, (serverId) =>
      this.#signInFlows.openFlow(serverId),
    );
    this.#unsubscribe = options.events.subscribe(({ event }) => {
      if (event.type === 'upstream.status_changed') this.#follow(event.state.serverId, event.state.status);
      else if (event.type === 'gateway.server_removed') this.#forget(event.serverId);
    });
  }

  // ── for the wires ──────────────────────────────────────────────────────────────────────────────

  /**
   * A server as it is really reached: with its secrets filled in, at the address its registration was made for.
   * Every path goes through here, so that none of them reaches another address or forgets a header.
   *
   * @throws upstream.secret_unresolved, store.*
   */
  async prepare(installed: InstalledServer): Promise<{
    readonly server: InstalledServer;
    /** Undefined when OAuth has no part in it. */
    readonly authorization: Authorization | undefined;
  }> {
    const server = await this.#effective(installed);
    const oauthServer = oauthServerOf(server, installed);
    return {
      server,
      authorization: oauthServer === undefined ? undefined : this.#authorizationOf(oauthServer),
    };
  }

  /** Why a person is needed for the server's sign-in; for its state. */
  signInNeed(serverId: ServerId): SignInNeed | undefined {
    return this.#tokens.needOf(serverId);
  }

  // ── connect, disconnect ────────────────────────────────────────────────────────────────────────

  /**
   * Connects, or reuses a healthy connection. Who asks while an attempt runs shares it.
   *
   * @param origin a `manual` attempt starts a sign-in where one is needed; one in the `background` never does
   */
  async connect(server: InstalledServer, origin: 'manual' | 'background'): Promise<ConnectionOutcome> {
    const outcome = await this.#attempt(server, false);
    return origin === 'manual' ? this.#offerSignIn(server, outcome) : outcome;
  }

  /**
   * A fresh attempt, whatever there is: ends a wait, a crash loop or a healthy connection. Joins one that is on its way,
   * unless a person has changed meanwhile how long it may take.
   */
  async retry(server: InstalledServer, origin: 'manual' | 'background'): Promise<ConnectionOutcome> {
    const outcome = await this.#attempt(server, true);
    return origin === 'manual' ? this.#offerSignIn(server, outcome) : outcome;
  }

  /**
   * Logout: the tokens go, here and at the provider, the registration stays; what it offers becomes unavailable.
   *
   * @throws upstream.sign_in_impossible, store.*
   */
  async disconnect(installed: InstalledServer): Promise<{
    readonly wasSignedIn: boolean;
    readonly isRevoked: boolean;
    readonly reason: string | undefined;
  }> {
    const server = await this.#oauthServer(installed);
    this.#signInFlows.cancel(installed.id);
    const { isSignedIn: wasSignedIn } = await this.#tokens.status(installed.id);
    if (wasSignedIn) this.#log(installed.id, 'signing out');
    const revocation = await this.#tokens.signOut(server);
    if (wasSignedIn) await this.#instance(installed.id)?.signInStatus.signedOut();
    return { wasSignedIn, ...revocation };
  }

  /**
   * A server has another definition. Its registration goes with it to another address of the same origin, tokens too;
   * at another origin it is somebody else, so the sign-in ends. Another way to run it has no sign-in at all.
   *
   * @throws store.*
   */
  async moved(old: InstalledServer, server: InstalledServer): Promise<void> {
    if (old.launch.kind !== 'http' || old.launch === server.launch) return;
    const from = old.launch.url;
    const to = server.launch.kind === 'http' ? server.launch.url : undefined;
    if (from === to) return;
    const isNear = to !== undefined && new URL(from).origin === new URL(to).origin;
    const { credentials, clock } = this.#options;
    this.#signInFlows.cancel(server.id);
    if (!isNear && oauthServerOf(old) !== undefined)
      await this.disconnect(old).catch(async () => {
        // It cannot be told to the provider, because its own values cannot be read any more. Here it ends all the same.
        this.#tokens.forget(server.id);
        await credentials.clearTokens(server.id);
      });
    const registration = await credentials.getRegistration(server.id);
    if (registration === undefined) return;
    if (to === undefined) await credentials.deleteRegistration(server.id);
    else await credentials.saveRegistration({ ...registration, serverUrl: to, updatedAt: clock.now() });
  }

  /** Connects with the tokens of a sign-in that has just ended, with all headers of the installation. */
  reconnectAfterOAuth(serverId: ServerId): void {
    const instance = this.#instance(serverId);
    if (instance?.server.isEnabled !== true) return;
    this.#log(serverId, 'connecting after the sign-in');
    openAnew(instance, () => instance.signInStatus.succeeded());
  }

  // ── signing in ─────────────────────────────────────────────────────────────────────────────────

  /**
   * Starts a sign-in, or gives the one that is open.
   *
   * @throws upstream.sign_in_impossible, sign-in.*, store.*
   */
  async startSignIn(installed: InstalledServer, options: StartOptions): Promise<SignInStarted> {
    const server = await this.#oauthServer(installed);
    const started = await this.#signInFlows.start(server, options).catch((error: unknown) => {
      if (error instanceof McpMuxError) this.#instance(installed.id)?.signInStatus.impossible(error);
      throw error;
    });
    this.#instance(installed.id)?.signInStatus.began(started.expiresAt);
    this.#countdown.start(installed.id);
    return started;
  }

  /** What a browser brought back to the public redirect URI. Never throws; without an open sign-in it changes nothing. */
  takeCallback(parameters: URLSearchParams): Promise<ResultPage> {
    return this.#signInFlows.takeCallback(parameters);
  }

  /** Completes the open sign-in with the address a browser ended on. @throws sign-in.* */
  async completeSignIn(installed: InstalledServer, pastedUrl: string): Promise<void> {
    const outcome = await this.#signInFlows.complete(pastedUrl, installed);
    if (outcome.kind === 'failed') throw outcome.error;
  }

  /** Ends the open sign-in. @returns false when there is none */
  cancelSignIn(serverId: ServerId): boolean {
    return this.#signInFlows.cancel(serverId);
  }

  /**
   * Signs in without a person, with the client's own credentials.
   *
   * @throws upstream.sign_in_impossible, sign-in.*, store.*
   */
  async useClientCredentials(
    installed: InstalledServer,
    options: { readonly client?: GivenClient; readonly scopes?: readonly string[] },
  ): Promise<void> {
    await this.#signInFlows.useClientCredentials(await this.#oauthServer(installed), options);
    this.reconnectAfterOAuth(installed.id);
  }

  /** Resolves when the open sign-in has ended, at once when there is none, at the latest after `waitMs`. */
  async signInState(serverId: ServerId, waitMs = 0): Promise<SignInState> {
    const ended = this.#signInFlows.ended(serverId);
    if (waitMs > 0 && ended !== undefined) await this.#atMost(waitMs, ended);
    return {
      open: this.#signInFlows.openFlow(serverId),
      last: this.#ends.get(serverId),
      tokens: await this.#tokens.status(serverId),
      need: this.#tokens.needOf(serverId),
    };
  }

  /** Replays how we would sign in, step by step, and changes nothing. */
  async diagnose(installed: InstalledServer): Promise<DoctorReport> {
    const server = await this.#effective(installed);
    if (server.launch.kind !== 'http') throw notReachedByUrl(server);
    const { credentials, clock, registration, callbackPort, publicRedirectUri } = this.#options;
    const { id, name, launch } = server;
    return diagnose(
      { id, name, url: launch.url, headers: launch.headers },
      {
        credentials,
        clock,
        fetchOptions: registration.fetchOptions,
        clientMetadataUrl: registration.clientMetadataUrl,
        callbackPort,
        ...(publicRedirectUri !== undefined && { publicRedirectUri }),
        hasFixedAuthorization: hasFixedAuthorization(server),
      },
    );
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    this.#countdown.close();
    for (const end of this.#kept.values()) end();
    await this.#signInFlows.close();
    await this.#tokens.close();
  }

  // ── inside ─────────────────────────────────────────────────────────────────────────────────────

  async #attempt(server: InstalledServer, isFresh: boolean): Promise<ConnectionOutcome> {
    const instance = this.#options.pool().put(server);
    const isReused = instance.isReady && !isFresh;
    if (!isReused && server.isEnabled) {
      if (!instance.isOpening) openAnew(instance, () => instance.again());
      await instance.whenOpened();
    }
    return this.#outcomeOf(instance, isReused);
  }

  #outcomeOf(instance: ServerInstance, isReused: boolean): ConnectionOutcome {
    const { status, reason = `it is ${status}`, nextStep } = instance.state;
    if (instance.isReady)
      return { kind: 'connected', isReused, features: this.#options.featuresOf(instance.server.id) };
    return status === 'sign-in-required' || status === 'authenticating'
      ? {
          kind: 'oauth-required',
          signIn: undefined,
          reason,
          nextStep: nextStep ?? `run: mcpmux login ${instance.server.alias}`,
        }
      : { kind: 'failed', reason, nextStep };
  }

  async #offerSignIn(server: InstalledServer, outcome: ConnectionOutcome): Promise<ConnectionOutcome> {
    if (outcome.kind !== 'oauth-required') return outcome;
    return { ...outcome, signIn: await this.startSignIn(server, { mode: 'caller' }) };
  }

  async #effective(installed: InstalledServer): Promise<InstalledServer> {
    const server = await this.#options.fillIn(installed);
    if (oauthServerOf(server) === undefined || server.launch.kind !== 'http') return server;
    // A URL that was filled in is not what the registration names: see OAuthServer.definedUrl.
    if (installed.launch.kind === 'http' && installed.launch.url !== server.launch.url) return server;
    const url = await this.#tokens.registeredUrl(server.id);
    if (url === undefined || url === server.launch.url) return server;
    this.#log(server.id, 'the address of the registration is used instead of the configured one', {
      used: maskUrl(url),
      configured: maskUrl(server.launch.url),
    });
    return { ...server, launch: { ...server.launch, url } };
  }

  async #oauthServer(installed: InstalledServer): Promise<OAuthServer> {
    if (installed.launch.kind !== 'http') throw notReachedByUrl(installed);
    const server = oauthServerOf(await this.#effective(installed), installed);
    if (server !== undefined) return server;
    throw upstreamError('sign_in_impossible', {
      server: installed.name,
      reason: 'it was given an Authorization header, which is sent as it is',
    });
  }

  #authorizationOf(server: OAuthServer): Authorization {
    const inner = this.#tokens.authorizationFor(server);
    return {
      current: () => inner.current(),
      renew: async (used, status, wwwAuthenticate): Promise<Secret | undefined> => {
        const renewed = await inner.renew(used, status, wwwAuthenticate);
        // The call that met it is told first; then everything else of the server learns that it is over. Where no token
        // is in use, the connection works without one, and only this request needs a sign-in.
        if (renewed === undefined && status === 401 && this.#tokens.needOf(server.id)?.hasToken !== false)
          this.#options.clock.after(0, () => this.#instance(server.id)?.signInStatus.required());
        return renewed;
      },
    };
  }

  /**
   * A request needs a person. Only where it is a matter of more permission for somebody who has signed in does the
   * request wait for them; who has to sign in at all is told by the state of the server.
   */
  #stepUp(server: OAuthServer, need: SignInNeed): Promise<boolean> | undefined {
    if (need.kind !== 'more-scope' || this.#instance(server.id)?.isReady !== true) return undefined;
    return (async () => {
      const started = await this.#signInFlows.start(server, { mode: 'browser' });
      if (started.isNew) this.#stepUps.add(started.flowId);
      this.#countdown.start(server.id);
      const ended = this.#signInFlows.ended(server.id);
      return ended === undefined ? true : this.#atMost(stepUpWaitMs, ended).then((end) => end === 'in time');
    })().catch(() => false); // The sign-in's own log says why; the request fails with "asks for sign-in".
  }

  #signInEnded(outcome: SignInOutcome): void {
    const { serverId, flowId } = outcome;
    const wasStepUp = this.#stepUps.delete(flowId);
    this.#countdown.stop(serverId);
    const isSignedIn = outcome.kind === 'signed-in';
    const error = isSignedIn ? undefined : outcome.error;
    this.#ends.set(serverId, { flowId, isSignedIn, error, at: this.#options.clock.now() });
    this.#options.events.publish({
      type: 'upstream.sign_in_ended',
      serverId,
      flowId,
      isSignedIn,
      reason: error?.message,
    });
    const instance = this.#instance(serverId);
    if (error !== undefined) instance?.signInStatus.ended(error);
    else if (wasStepUp && instance?.isReady === true) instance.tellAgain();
    else this.reconnectAfterOAuth(serverId);
  }

  /** Connected servers keep their token fresh; the others rest. */
  #follow(serverId: ServerId, status: string): void {
    const isConnected = status === 'connected' || status === 'refreshing';
    const kept = this.#kept.get(serverId);
    if (!isConnected) {
      this.#kept.delete(serverId);
      kept?.();
    } else if (kept === undefined) {
      const server = this.#instance(serverId)?.server;
      const oauthServer = server === undefined ? undefined : oauthServerOf(server);
      const known = oauthServer === undefined ? undefined : this.#tokens.serverOf(serverId);
      if (known !== undefined) this.#kept.set(serverId, this.#tokens.keepFresh(known));
    }
  }

  #forget(serverId: ServerId): void {
    this.#signInFlows.cancel(serverId);
    this.#kept.get(serverId)?.();
    this.#kept.delete(serverId);
    this.#ends.delete(serverId);
    this.#tokens.forget(serverId);
  }

  async #atMost(waitMs: number, work: Promise<unknown>): Promise<'in time' | 'too late'> {
    let timer: Timer | undefined;
    const late = new Promise<'too late'>((resolve) => {
      timer = this.#options.clock.after(waitMs, () => resolve('too late'));
    });
    try {
      return await Promise.race([work.then(() => 'in time' as const), late]);
    } finally {
      timer?.cancel();
    }
  }

  #instance(serverId: ServerId): ServerInstance | undefined {
    return this.#options.pool().get(serverId);
  }

  #log(serverId: ServerId, message: string, facts?: Readonly<Record<string, string>>): void {
    this.#options.serverLog.append(serverId, {
      at: this.#options.clock.now(),
      level: 'info',
      source: 'connection',
      message,
      ...(facts !== undefined && { facts }),
    });
  }
}

/** One attempt: to want a server that rests opens it already. */
function openAnew(instance: ServerInstance, open: () => void): void {
  const { flowId } = instance.state;
  instance.want();
  if (instance.state.flowId === flowId) open();
}

function notReachedByUrl(server: InstalledServer): Error {
  return upstreamError('sign_in_impossible', {
    server: server.name,
    reason: 'it runs as a program on this machine; what it needs is given with -e NAME=VALUE',
  });
}
