/**
 * upstream/connection-service.test — outcomes of connecting, with real servers that do and do not want a sign-in.
 */
import { afterEach, describe, expect, it } from 'vitest';
import {
  startAuthorizationServer,
  type TestAuthorizationServer,
} from '../../test/fixtures/oauth/authorization-server.ts';
import { browse } from '../../test/fixtures/oauth/browser.ts';
import { memoryCredentials } from '../../test/fixtures/oauth/memory-credentials.ts';
import { startResourceServer, type TestResourceServer } from '../../test/fixtures/oauth/resource-server.ts';
import { raw } from '../../test/support/raw-json.ts';
import { startRawHttpServer } from '../../test/support/raw-server.ts';
import { plainScope } from '../../test/support/server-life.ts';
import { type Closeable, EventBus, Secret, silentLogger, systemClock } from '../base/index.ts';
import type { DomainEvent, InstalledServer, ServerId, SpaceId } from '../model/index.ts';
import { createTransport } from '../transports/index.ts';
import { ConnectionService } from './connection-service.ts';
import { UpstreamPool } from './pool.ts';

const open: Closeable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

interface Bench {
  readonly authorizationServer: TestAuthorizationServer;
  readonly resource: TestResourceServer;
  readonly credentials: ReturnType<typeof memoryCredentials>;
  readonly connections: ConnectionService;
  readonly pool: UpstreamPool;
  readonly server: InstalledServer;
  /** URLs that wires were made for. */
  readonly reached: string[];
  readonly events: DomainEvent[];
  readonly lines: string[];
  readonly entries: { level: string; message: string; facts?: object }[];
}

/** The least of MCP that makes a connection: one tool, legacy. */
const answers: Readonly<Record<string, unknown>> = {
  initialize: {
    protocolVersion: '2025-06-18',
    capabilities: { tools: {} },
    serverInfo: { name: 'x', version: '1' },
  },
  'tools/list': { tools: [{ name: 'one', inputSchema: { type: 'object' } }] },
};
const respond = ({ method = '' }: { method?: string }): unknown => answers[method] ?? {};

async function openBench(change: Partial<InstalledServer['launch']> = {}): Promise<Bench> {
  const authorizationServer = await startAuthorizationServer();
  const resource = await startResourceServer(authorizationServer, {
    behind: 'http://127.0.0.1:9/',
    scopesSupported: ['mcp:read'],
    respond,
  });
  const credentials = memoryCredentials();
  const bus = new EventBus<DomainEvent>(systemClock, () => {});
  const events: DomainEvent[] = [];
  bus.subscribe(({ event }) => void events.push(event));
  const lines: string[] = [];
  const entries: Bench['entries'] = [];
  const reached: string[] = [];
  const serverLog = {
    append(_: ServerId, entry: Bench['entries'][number]) {
      lines.push(entry.message);
      entries.push(entry);
    },
    read: async () => [],
    follow: () => () => {},
    remove: async () => {},
    close: async () => {},
  };
  const connections: ConnectionService = new ConnectionService({
    credentials,
    clock: systemClock,
    events: bus,
    serverLog,
    pool: () => pool,
    featuresOf: () => [],
    registration: { clientName: 'McpMux', clientMetadataUrl: undefined, fetchOptions: {} },
    callbackPort: 0,
    fillIn: (server) =>
      Promise.resolve(
        server.launch.kind === 'http'
          ? { ...server, launch: { ...server.launch, headers: { 'X-Team': new Secret('filled in') } } }
          : server,
      ),
  });
  const pool: UpstreamPool = new UpstreamPool({
    clock: systemClock,
    logger: silentLogger,
    events: bus,
    serverLog,
    verdicts: { get: async () => undefined, save: async () => {}, delete: async () => {} },
    catalogue: {
      load: async () => [],
      replace: async () => ({ features: [], diff: { added: [], removed: [], changed: [] } }),
      setAvailability: async () => {},
      unlist: async () => {},
    },
    limits: {},
    clientInfo: { name: 'test', version: '1' },
    bridgedCapabilities: {},
    handshakeCache: { recall: () => undefined, remember: () => {} },
    faces: { setFace: () => false },
    createTransport: async (installed, wire) => {
      const { server, authorization } = await connections.prepare(installed);
      if (server.launch.kind === 'http') reached.push(server.launch.url);
      return createTransport({
        server: server.name,
        launch: server.launch,
        wire: wire === 'sse' ? 'sse' : 'http',
        clock: systemClock,
        children: undefined as never,
        authorization,
      });
    },
    signInNeed: (id) => connections.signInNeed(id),
    sessions: { ask: () => undefined, has: () => false, isPresent: () => false },
    random: () => 0.5,
  });
  const server: InstalledServer = {
    id: 's1' as ServerId,
    spaceId: 'default' as SpaceId,
    name: 'tracker',
    alias: 'tracker',
    isEnabled: true,
    launch: {
      kind: 'http',
      url: resource.url,
      headers: {},
      flavour: 'http',
      ...change,
    } as InstalledServer['launch'],
    sessionPolicy: 'auto',
    limits: {},
    revision: 1,
    createdAt: 0,
    updatedAt: 0,
  };
  open.push(authorizationServer, resource, connections, pool);
  return {
    authorizationServer,
    resource,
    credentials,
    connections,
    pool,
    server,
    reached,
    events,
    lines,
    entries,
  };
}

describe('connect', () => {
  it('starts no sign-in in the background, and one by the wish of a person', async () => {
    const { connections, server, authorizationServer } = await openBench();
    expect(await connections.connect(server, 'background')).toEqual({
      kind: 'oauth-required',
      signIn: undefined,
      reason: 'server "tracker" asks for sign-in: nobody has signed in yet',
      nextStep: 'run: mcpmux login tracker',
    });
    expect(authorizationServer.requests).toEqual([]);
    const manual = await connections.connect(server, 'manual');
    expect(manual).toMatchObject({ kind: 'oauth-required', signIn: { flowId: 1, isNew: true } });
  });

  it('connects after the sign-in, with the headers that were filled in, and reuses the connection then', async () => {
    const { connections, server, pool, resource } = await openBench();
    await connections.connect(server, 'background');
    await browse(await connections.startSignIn(server, { mode: 'caller' }));
    await pool.require(server.id).whenSettled((phase) => phase === 'ready', 5_000);
    expect(await connections.connect(server, 'background')).toMatchObject({
      kind: 'connected',
      isReused: true,
    });
    expect(await connections.retry(server, 'background')).toMatchObject({
      kind: 'connected',
      isReused: false,
    });
    const teams = new Set(
      resource.requests.filter(({ line }) => line === 'POST /mcp').map(({ team }) => team),
    );
    expect([...teams]).toEqual(['filled in']);
  });

  it('shares one attempt among all who ask at the same time', async () => {
    const { connections, server, lines } = await openBench();
    const outcomes = await Promise.all([1, 2, 3].map(() => connections.connect(server, 'background')));
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['oauth-required']));
    expect(lines.filter((line) => line === 'connecting')).toHaveLength(1);
  });

  it('says why it failed and what to do', async () => {
    const { connections, server } = await openBench({ url: 'http://127.0.0.1:9/mcp' });
    expect(await connections.connect(server, 'manual')).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('server "tracker" cannot be reached'),
    });
    const disabled = { ...server, isEnabled: false };
    expect(await connections.connect(disabled, 'manual')).toEqual({
      kind: 'failed',
      reason: expect.any(String),
      nextStep: expect.any(String),
    });
  });
});

describe('a new token that the server refuses', () => {
  it('R49 is no reason to sign in again: the state says why, and names the doctor', async () => {
    const { connections, server, pool, resource } = await openBench();
    await connections.connect(server, 'background');
    resource.isClosedToAll = true;
    await browse(await connections.startSignIn(server, { mode: 'caller' }));
    await pool.require(server.id).whenSettled((phase) => phase === 'oauth_required', 20_000);
    expect(pool.require(server.id).state).toMatchObject({
      status: 'sign-in-required',
      reason: expect.stringMatching(
        /^server "tracker" cannot be used: it refuses the token that its provider has just given/,
      ),
      nextStep: 'see what each step finds: mcpmux auth doctor tracker',
    });
  });

  it('R49 is taken after a short while: nobody has to do anything', async () => {
    const { connections, server, pool, resource } = await openBench();
    await connections.connect(server, 'background');
    resource.isClosedToAll = true;
    await browse(await connections.startSignIn(server, { mode: 'caller' }));
    const { length } = resource.requests;
    await expect.poll(() => resource.requests.length, { timeout: 5_000 }).toBeGreaterThan(length);
    resource.isClosedToAll = false;
    await pool.require(server.id).whenSettled((phase) => phase === 'ready', 10_000);
    expect(pool.require(server.id).state.status).toBe('connected');
  });
});

describe('one request that wants a sign-in', () => {
  it('R32 fails alone, with the hint; the server stays connected, with the need beside it', async () => {
    const { connections, server, pool, resource } = await openBench();
    resource.options = { ...resource.options, isOpenTo: ({ method }) => method !== 'tools/call' };
    expect(await connections.connect(server, 'background')).toMatchObject({ kind: 'connected' });
    const instance = pool.require(server.id);
    const callOne = () => instance.legs[0]!.call('tools/call', raw({ name: 'one' }), plainScope());
    for (let again = 0; again < 3; again += 1)
      await expect(callOne()).rejects.toMatchObject({
        code: 'transports.needs_sign_in',
        hint: 'run: mcpmux login tracker',
      });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(instance.state).toMatchObject({
      status: 'connected',
      reason: 'some of its requests need a sign-in (nobody has signed in yet); the others work',
      nextStep: 'run: mcpmux login tracker',
    });
    await browse(await connections.startSignIn(server, { mode: 'caller' }));
    await expect
      .poll(() => instance.state, { timeout: 5_000 })
      .toMatchObject({
        status: 'connected',
        reason: undefined,
      });
  });
});

describe('the address of a registration', () => {
  it('R52 is logged beside the configured one, and the need for sign-in is no error', async () => {
    const { connections, server, resource, entries } = await openBench();
    await connections.connect(server, 'background');
    expect(entries.filter(({ level }) => level === 'error')).toEqual([]);
    const needs = entries.filter(({ message }) => /asks for sign-in|sign-in required/.test(message));
    expect(needs.length).toBeGreaterThanOrEqual(2);
    for (const need of needs) expect(need).toMatchObject({ level: 'info', facts: { url: resource.url } });
    await browse(await connections.startSignIn(server, { mode: 'caller' }));
    const moved = {
      ...server,
      launch: { ...server.launch, url: `${resource.origin}/other?key=s3cr3t` } as never,
    };
    await connections.connect(moved, 'background');
    expect(entries).toContainEqual(
      expect.objectContaining({
        level: 'info',
        message: 'the address of the registration is used instead of the configured one',
        facts: { used: resource.url, configured: `${resource.origin}/other?key=…` },
      }),
    );
    expect((await connections.signInState(server.id)).tokens.registeredUrl).toBe(resource.url);
  });

  it('is the one that is called on every path, when another one is configured', async () => {
    const { connections, server, credentials, resource, reached, pool } = await openBench();
    await browse(await connections.startSignIn(server, { mode: 'caller' }));
    const moved = { ...server, launch: { ...server.launch, url: `${resource.origin}/other` } as never };
    expect((await credentials.getRegistration(server.id))?.serverUrl).toBe(resource.url);
    const before = resource.requests.length;
    expect(await connections.connect(moved, 'background')).toMatchObject({ kind: 'connected' });
    expect((await connections.diagnose(moved)).isHealthy).toBe(true);
    expect(await connections.startSignIn(moved, { mode: 'caller' })).toMatchObject({ isNew: true });
    expect(await connections.disconnect(moved)).toMatchObject({ wasSignedIn: true, isRevoked: true });
    const paths = new Set(resource.requests.slice(before).map(({ line }) => line));
    expect([...paths]).not.toContain('POST /other');
    expect(new Set(reached)).toEqual(new Set([resource.url]));
    await pool.remove(server.id);
  });
});

describe('signing out', () => {
  it('ends what is connected, gives an open sign-in up, and tells a second time that nobody was there', async () => {
    const { connections, server, pool, events } = await openBench();
    await connections.connect(server, 'background');
    await browse(await connections.startSignIn(server, { mode: 'caller' }));
    await pool.require(server.id).whenSettled((phase) => phase === 'ready', 5_000);
    await connections.startSignIn(server, { mode: 'caller' });
    expect(await connections.disconnect(server)).toMatchObject({ wasSignedIn: true });
    expect(pool.require(server.id).state).toMatchObject({
      status: 'sign-in-required',
      reason: 'server "tracker" asks for sign-in: you have signed out',
    });
    expect(await connections.disconnect(server)).toMatchObject({ wasSignedIn: false });
    const ends = events.filter(({ type }) => type === 'upstream.sign_in_ended');
    expect(ends).toMatchObject([{ isSignedIn: true }, { isSignedIn: false }]);
  });

  it('is refused where there is nothing to sign in to', async () => {
    const { connections, server } = await openBench();
    const stdio = {
      ...server,
      launch: { kind: 'stdio', command: 'x', args: [], cwd: undefined, env: {} } as const,
    };
    await expect(connections.disconnect(stdio)).rejects.toMatchObject({
      code: 'upstream.sign_in_impossible',
    });
    await expect(connections.diagnose(stdio)).rejects.toMatchObject({ code: 'upstream.sign_in_impossible' });
  });
});

describe('a server that works without a sign-in', () => {
  it.each([
    ['a tool', 'tools/call'],
    ['a resource', 'resources/read'],
    ['a prompt', 'prompts/get'],
  ])('R32 stays connected when %s asks for one, and says so beside it', async (_, method) => {
    const remote = await startRawHttpServer({
      eras: ['legacy'],
      onRequest: ({ message }, response) => {
        if (message?.method !== method) return false;
        response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
        return true;
      },
    });
    open.push(remote);
    const { connections, server, pool } = await openBench({ url: remote.url });
    expect(await connections.connect(server, 'background')).toMatchObject({ kind: 'connected' });
    const instance = pool.require(server.id);
    const leg = await instance.leg({ era: 'legacy', owner: undefined });
    await expect(leg.ask(method, undefined, { timeoutMs: 5_000 })).rejects.toMatchObject({
      code: 'transports.needs_sign_in',
      hint: 'run: mcpmux login tracker',
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(instance.state).toMatchObject({ status: 'connected', nextStep: 'run: mcpmux login tracker' });
    expect(leg.isClosed).toBe(false);
    expect((await leg.ask('tools/list', undefined, { timeoutMs: 5_000 })).kind).toBe('result');
  });
});
