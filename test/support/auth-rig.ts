/**
 * support/auth-rig — the authorization server behind a real door, on a real port, over a real store, with a person who can
 * be there or not.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ApiKeys,
  AuthorizationServer,
  type AuthorizationServerOptions,
  ClientDocuments,
  Clients,
  type ConsentSpace,
  createAuthenticator,
} from '../../src/auth/index.ts';
import { EventBus, ManualClock, silentLogger } from '../../src/base/index.ts';
import {
  Door,
  DoorLimits,
  type Listeners,
  listen,
  localEntrance,
  loopbackHosts,
  loopbackOrigins,
  outsideEntrance,
  RouteTable,
  sendJson,
} from '../../src/http/index.ts';
import type { DomainEvent, FeatureSetId, SpaceId } from '../../src/model/index.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { allowDefault, TestBrowser } from './oauth-browser.ts';
import { newPkce, type Pkce } from './pkce.ts';

const spaces: readonly ConsentSpace[] = [
  { id: 'default', name: 'Personal', says: '3 servers, default', isDefault: true, sets: [] },
  {
    id: 'work',
    name: 'Work',
    says: '9 servers',
    isDefault: false,
    sets: [{ id: 'read', name: 'Read only', says: '' }],
  },
];

export interface AuthRigOptions {
  readonly registration?: AuthorizationServerOptions['registration'];
  readonly isAuthenticationOff?: boolean;
  readonly unusedRegistrations?: number;
  readonly documentHosts?: readonly string[];
  readonly publicUrl?: string;
  /** JSON documents of clients, by client id: what their addresses answer. */
  readonly documents?: Readonly<Record<string, unknown>>;
  /** Of an earlier life. */
  readonly folder?: string;
  readonly port?: number;
}

export class AuthRig {
  readonly folder: string;
  readonly clock: ManualClock;
  readonly told: DomainEvent[] = [];
  store!: Store;
  clients!: Clients;
  keys!: ApiKeys;
  server!: AuthorizationServer;
  routes!: RouteTable;
  isPersonHere = true;
  #listeners!: Listeners;

  private constructor(folder: string, clock: ManualClock) {
    this.folder = folder;
    this.clock = clock;
  }

  static async start(options: AuthRigOptions = {}, clock = new ManualClock(Date.now())): Promise<AuthRig> {
    const rig = new AuthRig(options.folder ?? mkdtempSync(join(tmpdir(), 'mcpmux-auth-')), clock);
    await rig.#open(options);
    return rig;
  }

  get base(): string {
    return `http://127.0.0.1:${this.#listeners.port}`;
  }

  get port(): number {
    return this.#listeners.port;
  }

  async #open(options: AuthRigOptions): Promise<void> {
    const { clock } = this;
    const logger = silentLogger;
    this.store = await openStore({
      location: { kind: 'sqlite', file: join(this.folder, 'mcpmux.db') },
      keys: { source: 'file', dataFolder: this.folder },
      clock,
      logger,
    });
    const { repositories } = this.store;
    const events = new EventBus<DomainEvent>(clock, (error) => {
      throw error;
    });
    events.subscribe(({ event }) => this.told.push(event));
    this.clients = await Clients.open({
      repository: repositories.clients,
      limitNames: {
        space: (reference) => spaces.find(({ id }) => id === reference)?.id as SpaceId | undefined,
        featureSet: (reference) => (reference === 'read' ? ('read' as FeatureSetId) : undefined),
      },
      clock,
      events,
      logger,
    });
    this.keys = await ApiKeys.open({
      repository: repositories.apiKeys,
      clients: this.clients,
      clock,
      events,
      logger,
    });
    const documents = new ClientDocuments({
      network: undefined,
      allowPrivate: [],
      hosts: options.documentHosts ?? [],
      clock,
      logger,
    });
    if (options.documents !== undefined) stand(documents, options.documents);
    this.server = await AuthorizationServer.open({
      clients: this.clients,
      clientRepository: repositories.clients,
      repository: repositories.oauthArtifacts,
      documents,
      person: () => ({
        sessionOf: () => (this.isPersonHere ? {} : undefined),
        isPerson: (exchange) => this.isPersonHere && exchange.header('x-mcpmux-proof') === 'proof',
        unlockAddress: (_, next) => `/admin/unlock?next=${encodeURIComponent(next)}`,
      }),
      spaces: () => spaces,
      registration: options.registration ?? 'local',
      unusedRegistrations: options.unusedRegistrations,
      isAuthenticationOff: options.isAuthenticationOff ?? false,
      installation: 'test',
      events,
      clock,
      logger,
    });
    const client = {
      auth: 'client',
      rate: 'client',
      isExposed: true,
      methods: ['GET', 'POST'],
      bodyCapBytes: 1_000,
      contentTypes: ['application/json'],
      refusalShape: 'json-rpc',
    } as const;
    const handle = (exchange: Parameters<typeof sendJson>[0]) =>
      sendJson(exchange, 200, { ...exchange.principal, limits: exchange.principal?.limits });
    this.routes = new RouteTable([
      { path: '/mcp', policy: { ...client, name: 'mcp' }, handle },
      { path: '/servers/:alias/mcp', policy: { ...client, name: 'server-mcp' }, handle },
      ...this.server.routes(),
    ]);
    let port = 0;
    const outside =
      options.publicUrl === undefined ? undefined : outsideEntrance('public', options.publicUrl);
    const publicHost = options.publicUrl === undefined ? undefined : new URL(options.publicUrl).host;
    const door = new Door({
      routes: this.routes,
      hosts: () => new Set([...loopbackHosts(port), ...(publicHost === undefined ? [] : [publicHost])]),
      origins: () => loopbackOrigins(port),
      entranceOf: (host) => (outside !== undefined && host === publicHost ? outside : localEntrance),
      limits: new DoorLimits({ clock, localRequestsPerSecond: 10_000 }),
      authenticate: createAuthenticator({
        apiKeys: this.keys,
        clients: this.clients,
        authorizationServer: this.server,
        isAuthenticationOff: options.isAuthenticationOff ?? false,
      }),
      challengeOf: this.server.challengeOf,
      logger,
    });
    this.#listeners = await listen({
      port: options.port ?? 0,
      addresses: ['127.0.0.1'],
      handler: door.handle,
    });
    ({ port } = this.#listeners);
  }

  /** Ends as a kill does: nothing is written any more. */
  async die(): Promise<void> {
    await this.#listeners.close(0);
    this.server.close();
  }

  /** The next life, over the same store. */
  async reborn(options: AuthRigOptions = {}): Promise<AuthRig> {
    const { port } = this;
    await this.die();
    await this.store.close();
    return AuthRig.start({ ...options, folder: this.folder, port }, this.clock);
  }

  async close(): Promise<void> {
    await this.die();
    await this.keys.close();
    await this.clients.close();
    await this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Documents come from here, as if their addresses had answered. */
function stand(documents: ClientDocuments, known: Readonly<Record<string, unknown>>): void {
  const { fetch } = documents;
  Object.assign(documents, {
    fetch: async (id: string) => {
      if (!(id in known)) return fetch(id);
      const { judgeClientMetadata } = await import('../../src/auth/server/client-metadata.ts');
      const judged = judgeClientMetadata(known[id], true);
      return 'fault' in judged ? new Response(null, { status: 404 }) : Response.json(judged.metadata);
    },
  });
}

export { allowDefault, deny, TestBrowser } from './oauth-browser.ts';
export { newPkce, type Pkce } from './pkce.ts';

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
  readonly token_type: string;
  readonly scope: string;
}

/** A public client that registers itself and signs in. */
export class TestClient {
  readonly rig: AuthRig;
  readonly redirectUri: string;
  readonly id: string;

  constructor(rig: AuthRig, id: string, redirectUri = 'http://127.0.0.1:41873/callback') {
    this.rig = rig;
    this.id = id;
    this.redirectUri = redirectUri;
  }

  static async register(rig: AuthRig, metadata: object = {}, redirectUri?: string): Promise<TestClient> {
    const uri = redirectUri ?? 'http://127.0.0.1:41873/callback';
    const answer = await postJson(`${rig.base}/oauth/register`, {
      client_name: 'Test client',
      redirect_uris: [uri],
      ...metadata,
    });
    if (answer.status !== 201)
      throw new Error(`registration: ${answer.status} ${JSON.stringify(answer.body)}`);
    return new TestClient(rig, (answer.body as { client_id: string }).client_id, uri);
  }

  authorizeUrl(pkce: Pkce, changed: Record<string, string | undefined> = {}): string {
    const parameters = new URLSearchParams();
    const all = {
      response_type: 'code',
      client_id: this.id,
      redirect_uri: this.redirectUri,
      code_challenge: pkce.challenge,
      code_challenge_method: 'S256',
      state: 'a state',
      resource: `${this.rig.base}/mcp`,
      ...changed,
    };
    for (const [name, value] of Object.entries(all)) if (value !== undefined) parameters.set(name, value);
    return `/oauth/authorize?${parameters.toString()}`;
  }

  /** @returns the answer of the authorization endpoint, after the person's decision */
  async authorize(
    pkce: Pkce,
    changed: Record<string, string | undefined> = {},
    choice: object = allowDefault,
    browser = new TestBrowser(this.rig.base),
  ): Promise<URL> {
    return browser.consent(this.authorizeUrl(pkce, changed), choice);
  }

  async redeem(code: string, pkce: Pkce, changed: Record<string, string> = {}): Promise<Answer> {
    return token(this.rig, {
      grant_type: 'authorization_code',
      code,
      code_verifier: pkce.verifier,
      client_id: this.id,
      redirect_uri: this.redirectUri,
      ...changed,
    });
  }

  async refresh(refreshToken: string, changed: Record<string, string> = {}): Promise<Answer> {
    return token(this.rig, {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: this.id,
      ...changed,
    });
  }

  /** The whole way. */
  async signIn(
    choice: object = allowDefault,
    changed: Record<string, string | undefined> = {},
  ): Promise<Tokens> {
    const pkce = newPkce();
    const back = await this.authorize(pkce, changed, choice);
    const code = back.searchParams.get('code');
    if (code === null) throw new Error(`no code: ${back.href}`);
    const answer = await this.redeem(code, pkce);
    if (answer.status !== 200) throw new Error(`token: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as unknown as Tokens;
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export async function token(
  rig: AuthRig,
  form: Record<string, string>,
  path = '/oauth/token',
): Promise<Answer> {
  return read(
    await fetch(rig.base + path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
      signal: AbortSignal.timeout(8_000),
    }),
  );
}

export async function postJson(url: string, body: unknown): Promise<Answer> {
  return read(
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(8_000),
    }),
  );
}

/** A call of the MCP endpoint, which answers who it thinks is calling. */
export async function call(rig: AuthRig, bearer: string | undefined, path = '/mcp'): Promise<Answer> {
  return read(
    await fetch(rig.base + path, {
      headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
      signal: AbortSignal.timeout(8_000),
    }),
  );
}

async function read(answer: Response): Promise<Answer> {
  const text = await answer.text();
  let body: Record<string, unknown> = { text };
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A page.
  }
  return { status: answer.status, headers: answer.headers, body };
}
