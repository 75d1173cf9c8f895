/**
 * sign-in/sign-in — the sign-in flow of a server, from discovery to stored tokens.
 *
 *   start ─ discover ─ register ─ authorization URL ─→ open ─ callback | paste ─→ exchanging ─→ done
 *                                                       └ 300 s, cancel, another sign-in's end ─→ ended
 *
 * A server has at most one flow; a second start returns the running one. A `state` can be used once. A callback with an
 * unknown state, or that of an earlier flow, changes nothing. Flows are in memory, so nothing is left after a crash.
 *
 * Owns: the open flows and the callback endpoint.
 * Knows nothing of: how it is prepared, connections, statuses, how tokens stay fresh.
 *
 * @see MCP 2026-07-28, basic/authorization; RFC 6749; RFC 7636; RFC 8252; RFC 8707; RFC 9207
 */
import {
  describeError,
  isMcpMuxError,
  type McpMuxError,
  SingleFlight,
  showUrl,
  type Timer,
} from '../base/index.ts';
import type { ServerId, TokenSet } from '../model/index.ts';
import { createSafeFetch } from '../network/index.ts';
import { buildAuthorizationRequest, codeOfAnswer } from './authorization-request.ts';
import { CallbackEndpoint } from './callback-endpoint.ts';
import { signInError } from './errors.ts';
import type { OAuthServer } from './oauth-server.ts';
import { hashState, OpenFlows } from './open-flows.ts';
import { readPastedAddress } from './pasted-address.ts';
import { persistTokens } from './persist-tokens.ts';
import { identityOf } from './registration.ts';
import { failurePage, type ResultPage, successPage, unknownSignInPage } from './result-page.ts';
import type { SignInOptions, SignInOutcome, SignInStarted, StartOptions } from './sign-in-options.ts';
import { type Prepared, SignInPreparation } from './sign-in-preparation.ts';
import { requestTokens } from './token-endpoint.ts';

export const signInTimeoutMs = 300_000;
const maxOpenFlows = 64;

interface Flow extends Prepared {
  readonly id: number;
  readonly server: OAuthServer;
  readonly stateHash: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
  readonly authorizationUrl: string;
  readonly expiresAt: number;
  readonly timer: Timer;
  readonly ended: Promise<SignInOutcome>;
  readonly end: (outcome: SignInOutcome) => void;
}

export class SignInFlows {
  readonly #options: SignInOptions;
  readonly #callback: CallbackEndpoint;
  readonly #preparation: SignInPreparation;
  readonly #starts = new SingleFlight<ServerId, { flow: Flow; isBrowserOpened: boolean }>();
  readonly #flows = new OpenFlows<Flow>();
  /** Counts cancellations, so that a start that was cancelled during discovery opens no flow. */
  readonly #startEpochs = new Map<ServerId, number>();
  /** Servers whose last sign-in reused a registration and got no callback. */
  readonly #unanswered = new Set<ServerId>();
  #lastFlowId = 0;
  /** The number of starts in progress. They need the listener. */
  #openings = 0;
  #isClosed = false;

  constructor(options: SignInOptions) {
    this.#options = options;
    this.#callback = new CallbackEndpoint({
      ...options,
      onCallback: (parameters) => this.takeCallback(parameters),
      isNeeded: () => this.#flows.size + this.#openings > 0,
    });
    this.#preparation = new SignInPreparation(options, this.#callback.stableRedirectUri);
  }

  /**
   * Starts a sign-in, or returns the one that is running.
   *
   * @throws sign-in.* with what to do; the discovery's steps are what `doctor` shows
   */
  async start(server: OAuthServer, options: StartOptions): Promise<SignInStarted> {
    const running = this.#flows.ofServer(server.id);
    if (running !== undefined && options.client === undefined && options.isFreshRegistration !== true) {
      return this.#describe(running, false, false);
    }
    if (running !== undefined) this.cancel(server.id);
    let isNew = false;
    const { flow, isBrowserOpened } = await this.#starts.run(server.id, () => {
      isNew = true;
      return this.#open(server, options);
    });
    return this.#describe(flow, isNew, isBrowserOpened);
  }

  /** The running flow of a server. */
  openFlow(serverId: ServerId): SignInStarted | undefined {
    const flow = this.#flows.ofServer(serverId);
    return flow === undefined ? undefined : this.#describe(flow, false, false);
  }

  /** Resolves when the server's running flow ends; undefined when none runs. */
  ended(serverId: ServerId): Promise<SignInOutcome> | undefined {
    return this.#flows.ofServer(serverId)?.ended;
  }

  /**
   * Completes a sign-in with the address at which the browser ended.
   *
   * @throws sign-in.bad_paste, sign-in.no_such_flow
   */
  async complete(pasted: string, server?: Pick<OAuthServer, 'id' | 'name'>): Promise<SignInOutcome> {
    const expected = server === undefined ? undefined : this.#flows.ofServer(server.id);
    const url = readPastedAddress(pasted, expected?.redirectUri);
    const parameters = url.searchParams;
    const flow = this.#flows.ofCallback(parameters);
    if (flow === undefined || (expected !== undefined && flow !== expected))
      throw signInError('no_such_flow', { server: server?.name });
    if (`${url.origin}${url.pathname}` !== flow.redirectUri) {
      throw signInError('bad_paste', {
        reason: `it begins with ${showUrl(url)}`,
        redirectUri: flow.redirectUri,
      });
    }
    return this.#finish(flow, parameters);
  }

  /** Takes a callback, from the listener or from a public URL. Never throws. */
  async takeCallback(parameters: URLSearchParams): Promise<ResultPage> {
    const flow = this.#flows.ofCallback(parameters);
    if (flow === undefined) return unknownSignInPage();
    const outcome = await this.#finish(flow, parameters);
    if (outcome.kind === 'signed-in') return successPage(flow.server.name);
    return failurePage(400, 'Not signed in', outcome.error.message, outcome.error.hint);
  }

  /** Ends the server's running flow. @returns false when none runs */
  cancel(serverId: ServerId): boolean {
    this.#startEpochs.set(serverId, (this.#startEpochs.get(serverId) ?? 0) + 1);
    const flow = this.#flows.ofServer(serverId);
    if (flow === undefined) return false;
    this.#end(flow, signInError('cancelled', { server: flow.server.name }));
    return true;
  }

  /**
   * Signs in without a person: the client's own credentials are the grant (RFC 6749, section 4.4).
   *
   * @throws sign-in.*
   */
  async useClientCredentials(
    server: OAuthServer,
    options: Pick<StartOptions, 'client' | 'scopes' | 'challenge'>,
  ): Promise<TokenSet> {
    const { log, registration: settings } = this.#options;
    this.cancel(server.id);
    const grant = 'client_credentials';
    const discovered = await this.#preparation.discover(server, options, grant);
    const { registration, scope } = await this.#preparation.register(
      server,
      options,
      discovered,
      grant,
      undefined,
    );
    const answer = await requestTokens({
      authorizationServer: discovered.authorizationServer,
      identity: identityOf(registration),
      grantType: grant,
      parameters: { ...(scope === undefined ? {} : { scope }), resource: discovered.resource },
      fetch: createSafeFetch('the token endpoint', { ...settings.fetchOptions, serverUrl: server.url }),
    });
    const tokens = await persistTokens(this.#options, server, registration, answer, scope);
    log(server.id, 'info', 'signed in with client credentials', { issuer: discovered.issuer });
    return tokens;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const flow of this.#flows.all()) this.cancel(flow.server.id);
    await this.#callback.close();
  }

  async #open(server: OAuthServer, options: StartOptions): Promise<{ flow: Flow; isBrowserOpened: boolean }> {
    const { clock, log, openBrowser } = this.#options;
    if (this.#isClosed) throw signInError('cancelled', { server: server.name });
    if (this.#flows.size >= maxOpenFlows) {
      throw signInError('discovery_failed', {
        server: server.name,
        reason: 'too many sign-ins are open',
      });
    }
    const epoch = this.#startEpochs.get(server.id) ?? 0;
    log(server.id, 'info', 'sign-in started', { url: showUrl(server.url), mode: options.mode });
    this.#openings += 1;
    try {
      const grant = 'authorization_code';
      const discovered = await this.#preparation.discover(server, options, grant);
      const redirectUri = await this.#callback.open(server, {
        issuer: discovered.issuer,
        isClientGiven: options.client !== undefined,
        isBrowserElsewhere: options.mode === 'no-browser',
      });
      const prepared = await this.#preparation.register(server, options, discovered, grant, redirectUri);
      const flow = await this.#createFlow(server, prepared, redirectUri);
      if (this.#isClosed || (this.#startEpochs.get(server.id) ?? 0) !== epoch) {
        flow.timer.cancel();
        throw signInError('cancelled', { server: server.name });
      }
      this.#flows.add(flow);
      log(server.id, 'info', 'waiting for the sign-in', {
        url: showUrl(flow.authorizationUrl),
        scope: prepared.scope ?? '',
        seconds: Math.round((flow.expiresAt - clock.now()) / 1000),
      });
      const isBrowserOpened =
        options.mode === 'browser' && openBrowser !== undefined && (await openBrowser(flow.authorizationUrl));
      return { flow, isBrowserOpened };
    } catch (error) {
      log(server.id, 'error', 'sign-in could not be started', { reason: describeError(error) });
      throw error;
    } finally {
      this.#openings -= 1;
      this.#callback.closeWhenIdle();
    }
  }

  async #createFlow(server: OAuthServer, prepared: Prepared, redirectUri: string): Promise<Flow> {
    const { clock } = this.#options;
    const request = await buildAuthorizationRequest({
      server: server.name,
      discovered: prepared.discovered,
      clientId: prepared.registration.clientId,
      redirectUri,
      scope: prepared.scope,
    });
    let end: (outcome: SignInOutcome) => void = () => {};
    const ended = new Promise<SignInOutcome>((resolve) => {
      end = resolve;
    });
    this.#lastFlowId += 1;
    const flow: Flow = {
      ...prepared,
      id: this.#lastFlowId,
      server,
      stateHash: hashState(request.state),
      codeVerifier: request.codeVerifier,
      redirectUri,
      authorizationUrl: request.url,
      expiresAt: clock.now() + signInTimeoutMs,
      timer: clock.after(signInTimeoutMs, () =>
        this.#end(
          flow,
          signInError('expired', {
            server: server.name,
            seconds: signInTimeoutMs / 1000,
            isRegistrationInDoubt: flow.isRegistrationReused,
          }),
        ),
      ),
      ended,
      end,
    };
    return flow;
  }

  /** The state is used up before anything else happens, so no other callback can have this flow. */
  async #finish(flow: Flow, parameters: URLSearchParams): Promise<SignInOutcome> {
    const { log } = this.#options;
    this.#flows.useUpState(flow);
    flow.timer.cancel();
    try {
      const code = await codeOfAnswer(parameters, {
        server: flow.server.name,
        discovered: flow.discovered,
        source: flow.registration.source,
      });
      log(flow.server.id, 'info', 'callback received, exchanging the code', { codeLength: code.length });
      const answer = await requestTokens({
        authorizationServer: flow.discovered.authorizationServer,
        identity: identityOf(flow.registration),
        grantType: 'authorization_code',
        parameters: {
          code,
          code_verifier: flow.codeVerifier,
          redirect_uri: flow.redirectUri,
          resource: flow.discovered.resource,
        },
        fetch: createSafeFetch('the token endpoint', {
          ...this.#options.registration.fetchOptions,
          serverUrl: flow.server.url,
        }),
      });
      // It was cancelled during the exchange, so it must not sign in.
      if (!this.#flows.isOpen(flow)) return await flow.ended;
      const tokens = await persistTokens(this.#options, flow.server, flow.registration, answer, flow.scope);
      return this.#end(flow, tokens);
    } catch (error) {
      const known = isMcpMuxError(error)
        ? error
        : signInError('token_refused', { server: flow.server.name, reason: describeError(error) }, error);
      if (known.code === 'sign-in.registration_dropped') await this.#dropRegistration(flow);
      return this.#end(flow, known);
    }
  }

  #end(flow: Flow, result: TokenSet | McpMuxError): SignInOutcome {
    const { log, onEnded } = this.#options;
    const base = { serverId: flow.server.id, flowId: flow.id };
    const outcome: SignInOutcome =
      result instanceof Error
        ? { kind: 'failed', ...base, error: result }
        : { kind: 'signed-in', ...base, scope: result.scope };
    if (!this.#flows.isOpen(flow)) return outcome;
    const isUnanswered = this.#flows.isAwaited(flow);
    this.#flows.remove(flow);
    flow.timer.cancel();
    if (isUnanswered && flow.isRegistrationReused) this.#unanswered.add(flow.server.id);
    else this.#unanswered.delete(flow.server.id);
    if (outcome.kind === 'signed-in')
      log(flow.server.id, 'info', 'signed in', { issuer: flow.discovered.issuer });
    else log(flow.server.id, 'warn', 'sign-in ended without success', { reason: outcome.error.message });
    flow.end(outcome);
    onEnded?.(outcome);
    this.#callback.closeWhenIdle();
    return outcome;
  }

  /** The provider does not know it any more: the next sign-in registers anew. */
  async #dropRegistration({ server, registration }: Flow): Promise<void> {
    const { credentials, log } = this.#options;
    try {
      const stored = await credentials.getRegistration(server.id, registration.issuer);
      if (stored?.clientId === registration.clientId)
        await credentials.deleteRegistration(server.id, registration.issuer);
    } catch (error) {
      log(server.id, 'warn', 'the dropped registration cannot be deleted', { reason: describeError(error) });
    }
  }

  #describe(flow: Flow, isNew: boolean, isBrowserOpened: boolean): SignInStarted {
    return {
      flowId: flow.id,
      authorizationUrl: flow.authorizationUrl,
      redirectUri: flow.redirectUri,
      expiresAt: flow.expiresAt,
      isNew,
      isBrowserOpened,
      isRegistrationInDoubt: flow.isRegistrationReused && (!isNew || this.#unanswered.has(flow.server.id)),
    };
  }
}
