/**
 * auth/server/authorization-server — the way in for AI clients that sign in with OAuth: routes and pages around the
 * protocol library, which is loaded when the first of them comes.
 *
 *     client ─▶ /oauth/authorize ─▶ /oauth/consent/ID ─(the person allows)─▶ its redirect URI ─▶ /oauth/token ─▶ /mcp
 *
 * Decides what the library must not: which resources and scopes there are, what becomes of a predecessor, who is the person.
 * Owns: one library for each address that we are reached by, over one store.
 * Knows nothing of: how an admin session is opened, what a client may see.
 */
import { type Clock, type Closeable, describeError, type Logger } from '../../base/index.ts';
import {
  type Exchange,
  type HttpRoute,
  publicBase,
  type RoutePolicy,
  readBody,
  sendJson,
  sendProblem,
  setAnswerHeaders,
  TokenBuckets,
} from '../../http/index.ts';
import {
  type Client,
  type ClientId,
  type ClientRepository,
  type DomainEvents,
  nameOf,
  type OAuthArtifactRepository,
  type Principal,
  principalIdOf,
} from '../../model/index.ts';
import type { Clients } from '../clients.ts';
import { hashKeyText } from '../key-text.ts';
import { AccessTokens, type TokenRefusal } from './access-tokens.ts';
import { Artifacts } from './artifacts.ts';
import type { LibraryAnswer } from './call-library.ts';
import type { ClientDocuments } from './client-documents.ts';
import { judgeClientMetadata } from './client-metadata.ts';
import { ConsentRoutes, type PersonDoor } from './consent-routes.ts';
import { Consents } from './consents.ts';
import { LibraryHost } from './library-host.ts';
import { resourceMetadata, resourceMetadataPath, serverMetadata, wellKnownOf } from './metadata.ts';
import { type ConsentSpace, messagePage, pageFiles, pagePolicy } from './pages.ts';
import { isResourceOf, normalizeResource, resourceOf } from './resources.ts';
import { scope } from './scope.ts';
import { notFound, pathOf, queryOf, sendFile, sendPage, textOf } from './send-page.ts';
import { failure, TokenEndpoint } from './token-endpoint.ts';

const formCapBytes = 16 * 1024;
const jsonCapBytes = 32 * 1024;
const sweepEveryMs = 60 * 60_000;
/** Registrations from outside, by address. Here on this machine all programs share one. */
const registrationsFromOutside = { perSecond: 10 / 3_600, burst: 10 };

export interface AuthorizationServerOptions {
  readonly clients: Clients;
  readonly clientRepository: ClientRepository;
  readonly repository: OAuthArtifactRepository;
  readonly documents: ClientDocuments;
  readonly person: () => PersonDoor;
  readonly spaces: () => readonly ConsentSpace[];
  /** Who may register: clients of this machine, everybody, nobody. */
  readonly registration: 'local' | 'everywhere' | 'off';
  /** How many registrations wait for a consent; default 500. The oldest go. */
  readonly unusedRegistrations?: number | undefined;
  /** `--no-auth`: nobody has to sign in, so nothing is advertised. */
  readonly isAuthenticationOff: boolean;
  /** Tells our cookies from those of other installations on this machine. */
  readonly installation: string;
  readonly events: DomainEvents;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class AuthorizationServer implements Closeable {
  readonly #options: AuthorizationServerOptions;
  readonly #logger: Logger;
  readonly #artifacts: Artifacts;
  readonly #tokens: AccessTokens;
  readonly #tokenEndpoint: TokenEndpoint;
  readonly #consents: Consents;
  readonly #registrations: TokenBuckets;
  readonly #library: LibraryHost;
  readonly #consentRoutes: ConsentRoutes;
  readonly #unsubscribe: () => void;
  #sweep: { cancel(): void } | undefined;

  private constructor(options: AuthorizationServerOptions) {
    this.#options = options;
    this.#logger = options.logger.child({ room: 'auth' });
    const { clients, clock, repository } = options;
    this.#tokens = new AccessTokens({
      clients,
      clock,
      firstUsed: (hash) => {
        this.#tokenEndpoint.accessTokenUsed(hash);
        repository.markUsed('AccessToken', hash, clock.now()).catch((error: unknown) => {
          this.#logger.warn({ error: describeError(error) }, 'the first use of a token was not stored');
        });
      },
    });
    this.#artifacts = new Artifacts({
      repository,
      accessTokens: this.#tokens,
      clock,
      ended: (grantId) =>
        options.events.publish({
          type: 'auth.access_ended',
          principalId: principalIdOf(grantId),
          credentialId: `grant:${grantId}`,
          reason: 'its tokens have ended',
        }),
      unusedRegistrations: options.unusedRegistrations,
    });
    this.#tokenEndpoint = new TokenEndpoint({
      artifacts: this.#artifacts,
      accessTokens: this.#tokens,
      clients,
      clock,
      logger: this.#logger,
      alarm: (what, grantId) => this.#alarm(what, grantId),
    });
    this.#consents = new Consents({
      clients,
      repository: options.clientRepository,
      artifacts: this.#artifacts,
      clock,
      spaces: options.spaces,
    });
    this.#library = new LibraryHost({
      artifacts: this.#artifacts,
      documents: options.documents,
      installation: options.installation,
      hasRegistration: options.registration !== 'off',
      clock,
      logger: this.#logger,
    });
    this.#consentRoutes = new ConsentRoutes({
      library: this.#library,
      consents: this.#consents,
      repository,
      person: options.person,
      clock,
      tell: (what, name, clientId) => this.#tellDecision(what, name, clientId),
    });
    this.#registrations = new TokenBuckets(registrationsFromOutside, clock);
    this.#unsubscribe = options.events.subscribe(({ event }) => {
      if (event.type === 'auth.client_changed' && event.change === 'revoked') this.#revoked(event.clientId);
    });
    this.#sweepLater();
  }

  /** Loads the tokens that are good. @throws store.* */
  static async open(options: AuthorizationServerOptions): Promise<AuthorizationServer> {
    const server = new AuthorizationServer(options);
    await server.#artifacts.load();
    return server;
  }

  /** Whom an access token stands for at the URL of this request. */
  authenticate(token: string, exchange: Exchange): Principal | TokenRefusal | undefined {
    return this.#tokens.authenticate(token, () => resourceOf(publicBase(exchange), exchange.path));
  }

  /**
   * Where a client without a good token finds how to get one (RFC 9728); undefined = it is not to begin an OAuth flow:
   * authentication is off, or it came with a key, and another key is what it needs.
   */
  readonly challengeOf = (
    exchange: Exchange,
    token: string | undefined,
  ): { readonly metadata: string; readonly scope: string } | undefined => {
    if (this.#options.isAuthenticationOff || token?.startsWith('mcpk_') === true) return undefined;
    const { path } = exchange;
    const route = path.endsWith('/messages') ? `${path.slice(0, -'/messages'.length)}/sse` : path;
    return { metadata: `${publicBase(exchange)}${resourceMetadataPath}${route}`, scope };
  };

  /** Registers a client by hand. @throws auth.*, store.* */
  preregister(name: string, redirectUris: readonly string[]): Promise<Client> {
    return this.#consents.preregister(name, redirectUris);
  }

  routes(): readonly HttpRoute[] {
    const form = 'application/x-www-form-urlencoded';
    const self = (name: string, rate: RoutePolicy['rate']): RoutePolicy => ({
      name,
      auth: 'self',
      rate,
      isExposed: true,
      methods: ['POST'],
      bodyCapBytes: formCapBytes,
      contentTypes: [form],
    });
    return [
      {
        path: '/.well-known/*',
        policy: {
          name: 'well-known',
          auth: 'public',
          rate: 'page',
          isExposed: true,
          methods: ['GET'],
          bodyCapBytes: 0,
          contentTypes: [],
        },
        handle: (exchange) => this.#wellKnown(exchange),
      },
      {
        path: '/oauth/*',
        policy: {
          name: 'oauth',
          auth: 'public',
          rate: 'page',
          isExposed: true,
          methods: ['GET', 'POST'],
          bodyCapBytes: jsonCapBytes,
          contentTypes: ['application/json'],
          // Clients send the person here from wherever they are.
          allowsNavigation: true,
        },
        handle: (exchange) => this.#page(exchange),
      },
      {
        path: '/oauth/token',
        policy: self('oauth-token', 'token'),
        handle: (exchange) => this.#token(exchange),
      },
      {
        path: '/oauth/revoke',
        policy: self('oauth-revoke', 'token'),
        handle: (exchange) => this.#form(exchange, '/oauth/revoke'),
      },
      {
        path: '/oauth/device/code',
        policy: self('oauth-device-code', 'costly'),
        handle: (exchange) => this.#form(exchange, '/oauth/device/code'),
      },
    ];
  }

  close(): void {
    this.#unsubscribe();
    this.#sweep?.cancel();
  }

  // ── documents ──────────────────────────────────────────────────────────────────────────────────

  #wellKnown(exchange: Exchange): void {
    const base = publicBase(exchange);
    const publicPath = new URL(base).pathname.replace(/\/$/, '');
    const found = this.#options.isAuthenticationOff ? undefined : wellKnownOf(exchange.path, publicPath);
    if (found === undefined) {
      sendProblem(exchange, 404, notFound);
      return;
    }
    const document =
      found.kind === 'resource'
        ? resourceMetadata(base, found.path)
        : serverMetadata(base, this.#mayRegister(exchange));
    sendJson(exchange, 200, document);
  }

  // ── pages ──────────────────────────────────────────────────────────────────────────────────────

  async #page(exchange: Exchange): Promise<void> {
    const { path, method } = exchange;
    const file = pageFiles[path];
    if (file !== undefined && method === 'GET') {
      sendFile(exchange, file);
      return;
    }
    if (path === '/oauth/register' && method === 'POST') return this.#register(exchange);
    if (path === '/oauth/device')
      return method === 'GET'
        ? this.#consentRoutes.showDevice(exchange)
        : this.#consentRoutes.decideDevice(exchange);
    if (path.startsWith('/oauth/consent/'))
      return method === 'GET' ? this.#consentRoutes.show(exchange) : this.#consentRoutes.decide(exchange);
    if (method === 'GET' && path === '/oauth/done') {
      const isAllowed = exchange.query === 'allowed';
      const title = isAllowed ? 'Allowed' : 'Denied';
      const says = isAllowed ? 'The device goes on by itself.' : 'The device was told so.';
      sendPage(exchange, messagePage(pathOf(exchange), title, [says, 'You can close this page.']));
      return;
    }
    if (method === 'GET' && path === '/oauth/authorize') return this.#authorize(exchange);
    if (method === 'GET' && path.startsWith('/oauth/authorize/'))
      return this.#answer(
        exchange,
        await this.#library.call(exchange, exchange.path + queryOf(exchange), undefined),
      );
    sendProblem(exchange, 404, notFound);
  }

  async #authorize(exchange: Exchange): Promise<void> {
    const base = publicBase(exchange);
    const parameters = new URLSearchParams(exchange.query);
    // What clients ask for beyond the one scope is not granted, and no reason to refuse them.
    parameters.set('scope', scope);
    // A consent is always asked for; other values are of OpenID, and one of them comes from Copilot CLI.
    if (parameters.get('prompt') !== 'none') parameters.delete('prompt');
    for (const name of openIdParameters) parameters.delete(name);
    const mode = parameters.get('response_mode');
    if (mode !== null && mode !== 'query') parameters.set('response_mode', 'unsupported');
    const resources = parameters.getAll('resource').map((asked) => normalizeResource(base, asked) ?? asked);
    parameters.delete('resource');
    // Several of ours together are all of ours; the library judges one that is not.
    const foreign = resources.find((resource) => !isResourceOf(base, resource));
    const [only] = resources;
    parameters.set('resource', foreign ?? (resources.length === 1 && only !== undefined ? only : `${base}/`));
    this.#answer(
      exchange,
      await this.#library.call(exchange, `/oauth/authorize?${parameters.toString()}`, undefined),
    );
  }

  // ── requests of clients ────────────────────────────────────────────────────────────────────────

  async #token(exchange: Exchange): Promise<void> {
    const form = new URLSearchParams((await readBody(exchange, formCapBytes)).toString());
    const answer = await this.#tokenEndpoint.handle(publicBase(exchange), form, (judged) =>
      this.#library.call(exchange, '/oauth/token', judged),
    );
    const isWrong = answer.status !== 200 && !answer.body.includes('authorization_pending');
    if (isWrong && exchange.failedAttempt() > 0) {
      this.#answer(exchange, failure(429, 'slow_down', 'too many requests that failed; wait a minute'));
      return;
    }
    this.#answer(exchange, answer);
  }

  async #form(exchange: Exchange, path: string): Promise<void> {
    const form = new URLSearchParams((await readBody(exchange, formCapBytes)).toString());
    if (form.getAll('client_id').length !== 1) {
      this.#answer(exchange, failure(401, 'invalid_client', 'client_id is missing'));
      return;
    }
    if (path === '/oauth/device/code') {
      const base = publicBase(exchange);
      const asked = form.get('resource');
      const resource = asked === null ? `${base}/` : normalizeResource(base, asked);
      if (resource === undefined || !isResourceOf(base, resource)) {
        this.#answer(exchange, failure(400, 'invalid_target', 'there is no such resource here'));
        return;
      }
      form.set('resource', resource);
      form.set('scope', scope);
    }
    this.#answer(exchange, await this.#library.call(exchange, path, form));
  }

  async #register(exchange: Exchange): Promise<void> {
    if (!this.#mayRegister(exchange)) {
      this.#answer(
        exchange,
        failure(403, 'access_denied', 'registration is off here; use a client id that is a URL'),
      );
      return;
    }
    if (exchange.entrance.kind !== 'local' && this.#registrations.take(exchange.address) > 0) {
      this.#answer(exchange, failure(429, 'slow_down', 'too many registrations from this address'));
      return;
    }
    const body = (await readBody(exchange, jsonCapBytes)).toString();
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch {
      this.#answer(exchange, failure(400, 'invalid_client_metadata', 'the body is no JSON'));
      return;
    }
    const judged = judgeClientMetadata(value, false);
    if ('fault' in judged) {
      this.#answer(exchange, failure(400, judged.fault.error, judged.fault.description));
      return;
    }
    const answer = await this.#library.call(exchange, '/oauth/register', JSON.stringify(judged.metadata));
    if (answer.status !== 201) {
      this.#answer(exchange, answer);
      return;
    }
    this.#tellDecision('registered', textOf(judged.metadata['client_name']), undefined);
    // The library also tells its defaults of OpenID, which nobody has asked for.
    const registered = JSON.parse(answer.body) as Record<string, unknown>;
    const told = Object.entries(registered).filter(([name]) => toldOfRegistration.has(name));
    sendJson(exchange, 201, Object.fromEntries(told));
  }

  #answer(exchange: Exchange, answer: LibraryAnswer): void {
    const { response } = exchange;
    setAnswerHeaders(response);
    const type = String(answer.headers['content-type'] ?? '');
    const isPage = type.startsWith('text/html');
    for (const name of passedHeaders) {
      const value = answer.headers[name];
      if (value !== undefined) response.setHeader(name, value);
    }
    if (isPage) {
      response.setHeader('content-security-policy', pagePolicy);
      response.setHeader('x-frame-options', 'DENY');
    }
    // Of a redirect, the library's page about it is left out.
    const body = answer.headers['location'] === undefined ? answer.body : '';
    response.writeHead(isPage && answer.status > 400 && answer.status < 500 ? 400 : answer.status, {
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  }

  #mayRegister(exchange: Exchange): boolean {
    const { registration } = this.#options;
    return registration === 'everywhere' || (registration === 'local' && exchange.entrance.kind === 'local');
  }

  // ── ends ───────────────────────────────────────────────────────────────────────────────────────

  #revoked(clientId: ClientId): void {
    const client = this.#options.clients.get(clientId);
    const work = async (): Promise<void> => {
      await this.#artifacts.revokeGrant(clientId);
      // Its registration goes too: it hears that it is unknown, and begins anew.
      if (client !== undefined && client.kind !== 'cimd' && client.oauthClientId !== undefined)
        await this.#options.repository.delete('Client', hashKeyText(client.oauthClientId));
    };
    work().catch((error: unknown) => {
      this.#logger.error(
        { error: describeError(error) },
        'tokens of a revoked client were not removed; they open nothing',
      );
    });
  }

  #alarm(what: 'code_reused' | 'refresh_reused', grantId: ClientId): void {
    const client = this.#options.clients.get(grantId);
    const name = client === undefined ? '' : nameOf(client);
    this.#logger.warn({ client: name, what }, 'a token came a second time; all of this client have ended');
    this.#tellDecision(what, name, grantId);
  }

  #tellDecision(what: AuthDecision, name: string, clientId: ClientId | undefined): void {
    this.#options.events.publish({ type: 'auth.decided', what, name, clientId });
  }

  /** Clients that hold no token any more have signed out, or did not come back in time: they would have to ask anew. */
  async #endGone(): Promise<void> {
    const { clients, repository, clock } = this.#options;
    const now = clock.now();
    for (const { id, kind, status, createdAt } of clients.list()) {
      // What the person has registered stays until the person takes it away.
      const isItsOwn = kind === 'dcr' || kind === 'cimd';
      if (!isItsOwn || status !== 'active' || createdAt > now - sweepEveryMs) continue;
      const refresh = await repository.ofGrant('RefreshToken', id);
      const access = await repository.ofGrant('AccessToken', id);
      const isHeld =
        refresh.some(({ consumedAt }) => consumedAt === undefined) ||
        access.some(({ expiresAt }) => (expiresAt ?? 0) > now);
      if (!isHeld) await clients.revoke(id);
    }
  }

  #sweepLater(): void {
    this.#sweep = this.#options.clock.after(sweepEveryMs, () => {
      const work = async (): Promise<void> => {
        await this.#artifacts.sweep();
        await this.#endGone();
      };
      work().catch((error: unknown) => {
        this.#logger.warn({ error: describeError(error) }, 'expired tokens were not removed');
      });
      this.#sweepLater();
    });
  }
}

type AuthDecision = 'registered' | 'consent_allowed' | 'consent_denied' | 'code_reused' | 'refresh_reused';

/** Of OpenID, or of extensions that we do not have: a client that sends them is served without. */
const openIdParameters = [
  'claims',
  'max_age',
  'id_token_hint',
  'login_hint',
  'ui_locales',
  'acr_values',
  'display',
];
const toldOfRegistration = new Set([
  'client_id',
  'client_id_issued_at',
  'client_name',
  'client_uri',
  'redirect_uris',
  'application_type',
  'token_endpoint_auth_method',
  'grant_types',
  'response_types',
]);
const passedHeaders = ['content-type', 'location', 'set-cookie', 'www-authenticate', 'allow'];
