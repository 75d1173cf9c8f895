/**
 * upstream/handshake.test — which wires and eras are tried on a server over HTTP, and what a person is told.
 */
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { startHttpServer } from '../../test/fixtures/servers/http-server.mjs';
import { EventBus, silentLogger, systemClock } from '../base/index.ts';
import type { DomainEvent, EraVerdict, InstalledServer, ServerId, SpaceId } from '../model/index.ts';
import { createTransport } from '../transports/index.ts';
import { UpstreamPool } from './pool.ts';
import type { ServerInstance } from './server-instance.ts';

type Fixture = Awaited<ReturnType<typeof startHttpServer>>;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** How a server meets a request. */
type Way = (response: ServerResponse) => unknown;

interface Bench {
  readonly server: Fixture;
  readonly instance: ServerInstance;
  readonly verdicts: EraVerdict[];
  readonly methods: () => string[];
}

/** A server that meets some methods in its own way, and the instance that connects to it. */
async function connect(
  ways: Readonly<Record<string, Way>>,
  flavour: 'auto' | 'http' = 'auto',
): Promise<Bench> {
  const server = await startHttpServer({ modes: ['no-stream'] });
  closers.push(() => server.close());
  server.intercept = (request, response, body) => {
    const way = ways[body?.method ?? request.method ?? ''];
    if (way === undefined) return false;
    way(response);
    return true;
  };
  const verdicts: EraVerdict[] = [];
  const pool = new UpstreamPool({
    clock: systemClock,
    logger: silentLogger,
    events: new EventBus<DomainEvent>(systemClock, () => {}),
    serverLog: {
      append: () => {},
      read: async () => [],
      follow: () => () => {},
      remove: async () => {},
      close: async () => {},
    },
    verdicts: {
      get: async () => undefined,
      save: async (_, verdict) => void verdicts.push(verdict),
      delete: async () => {},
    },
    catalogue: {
      load: async () => [],
      replace: async () => ({ features: [], diff: { added: [], removed: [], changed: [] } }),
      setAvailability: async () => {},
      unlist: async () => {},
    },
    limits: { connectTimeoutMs: 600 },
    clientInfo: { name: 'test', version: '1' },
    bridgedCapabilities: {},
    handshakeCache: { recall: () => undefined, remember: () => {} },
    faces: { setFace: () => false },
    createTransport: (installed, wire) =>
      createTransport({
        server: installed.name,
        launch: installed.launch,
        wire: wire === 'sse' ? 'sse' : 'http',
        clock: systemClock,
        children: undefined as never,
      }),
    sessions: { ask: () => undefined, has: () => false, isPresent: () => false },
    random: () => 0.5,
  });
  closers.push(() => pool.close());
  const installed: InstalledServer = {
    id: 's1' as ServerId,
    spaceId: 'default' as SpaceId,
    name: 'remote',
    alias: 'remote',
    isEnabled: true,
    launch: { kind: 'http', url: server.url, headers: {}, flavour },
    sessionPolicy: 'auto',
    limits: {},
    revision: 1,
    createdAt: 0,
    updatedAt: 0,
  };
  const instance = pool.put(installed);
  instance.want();
  await instance.whenSettled(
    (phase) => phase !== 'idle' && phase !== 'opening' && phase !== 'agreeing' && phase !== 'listing',
    8_000,
  );
  const methods = () => server.seen.map(({ method, body }) => body?.method ?? method);
  return { server, instance, verdicts, methods };
}

const answer =
  (status: number, body = '', type = 'application/json'): Way =>
  (response) =>
    response.writeHead(status, { 'content-type': type }).end(body);
const rpcError = (code: number, message: string, data?: object): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code, message, data } });

describe('a legacy server and the first request of the modern era', () => {
  it.each<[string, Way, boolean]>([
    ['silence', () => {}, false],
    ['a head and then silence', (response) => response.writeHead(200).flushHeaders(), false],
    ['500', answer(500, 'oops'), false],
    ['501', answer(501), false],
    ['502', answer(502, 'bad gateway'), false],
    ['503', answer(503, 'later'), false],
    ['403', answer(403, 'no'), false],
    ['202', answer(202), false],
    ['204', answer(204), false],
    ['{}', answer(200, '{}'), false],
    ['no JSON', answer(200, 'hello'), false],
    ['an empty body', answer(200), false],
    ['an empty stream', answer(200, '', 'text/event-stream'), false],
    ['a stream without an answer', answer(200, ': nothing\n\n', 'text/event-stream'), false],
    ['a cut', (response) => response.destroy(), false],
    ['400', answer(400, 'Bad Request'), true],
    ['404', answer(404), true],
    ['405', answer(405), true],
    ['an error of JSON-RPC', answer(200, rpcError(-32_601, 'Method not found')), true],
    ['400 with an error of JSON-RPC', answer(400, rpcError(-32_000, 'Server not initialized')), true],
  ])('R31 is asked to initialize after %s', async (_, way, isProven) => {
    const { instance, verdicts, methods } = await connect({ 'server/discover': way });
    expect(instance.state).toMatchObject({ status: 'connected' });
    expect(methods().slice(0, 2)).toEqual(['server/discover', 'initialize']);
    // What proves nothing is not kept.
    expect(verdicts.map(({ eras }) => eras)).toEqual(isProven ? [['legacy']] : []);
    // Nor is it asked again for every client of the modern era.
    const leg = await instance.leg({ era: 'modern', owner: undefined });
    expect(leg.era).toBe('legacy');
  });

  it.each<[string, Way]>([
    ['a wish to be left alone', (response) => response.writeHead(503, { 'retry-after': '60' }).end()],
    ['429', (response) => response.writeHead(429).end()],
    ['401', (response) => response.writeHead(401, { 'www-authenticate': 'Bearer' }).end()],
  ])('R31 is not asked after %s', async (_, way) => {
    const { instance, methods } = await connect({ 'server/discover': way });
    expect(instance.state.status).not.toBe('connected');
    expect(methods()).toEqual(['server/discover']);
  });
});

describe('a server that lets nobody in', () => {
  it.each<[string, Record<string, Way>, RegExp]>([
    [
      'its own 400',
      {
        'server/discover': answer(400, 'x-team is missing', 'text/plain'),
        initialize: answer(400, 'x-team is missing', 'text/plain'),
      },
      /HTTP 400: x-team is missing/,
    ],
    [
      'JSON as text/plain',
      {
        'server/discover': answer(200, rpcError(-1, 'x'), 'text/plain'),
        initialize: answer(200, rpcError(-1, 'x'), 'text/plain'),
      },
      /answers with "text\/plain"/,
    ],
    [
      'a revision that nobody knows',
      {
        'server/discover': answer(400),
        initialize: answer(200, '{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"1999-01-01"}}'),
      },
      /1999-01-01/,
    ],
    [
      '404 everywhere',
      { 'server/discover': answer(404), initialize: answer(404), GET: answer(404) },
      /HTTP 404/,
    ],
    [
      'trouble in its only era',
      {
        'server/discover': answer(502, 'bad gateway', 'text/plain'),
        initialize: answer(
          400,
          rpcError(-32_022, 'Unsupported protocol version', { supported: ['2026-07-28'] }),
        ),
      },
      /HTTP 502: bad gateway/,
    ],
    [
      'words for the second try only',
      { 'server/discover': answer(405), initialize: answer(422, 'clientInfo is too old', 'text/plain') },
      /HTTP 422: clientInfo is too old/,
    ],
  ])('R37 is told by what it said on its own wire: %s', async (_, ways, expected) => {
    const { instance } = await connect({ GET: answer(405), ...ways });
    expect(instance.state.reason).toMatch(expected);
    expect(instance.state.reason).not.toMatch(/HTTP 405/);
  });

  it('R37 is told by the old wire when that is the one it has', async () => {
    const { instance } = await connect({
      'server/discover': answer(405),
      initialize: answer(405),
      GET: answer(503, 'starting up', 'text/plain'),
    });
    expect(instance.state.reason).toMatch(/HTTP 503\): starting up/);
  });
});
