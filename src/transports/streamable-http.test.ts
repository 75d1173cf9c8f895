import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startHttpServer } from '../../test/fixtures/servers/http-server.mjs';
import { eventually, WireHarness } from '../../test/support/wire-harness.ts';
import { Secret, systemClock } from '../base/index.ts';
import type { WireLimits } from './limits.ts';
import { StreamableHttpTransport } from './streamable-http.ts';
import type { Authorization } from './transport.ts';

type Fixture = Awaited<ReturnType<typeof startHttpServer>>;

const open: WireHarness[] = [];
const servers: { close(): unknown }[] = [];

afterEach(async () => {
  for (const wire of open.splice(0)) {
    await wire.transport.close();
    expect(wire.closes.length).toBeLessThanOrEqual(1);
    expect(wire.afterEnd).toEqual([]);
  }
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function fixture(...modes: string[]): Promise<Fixture> {
  const server = await startHttpServer({ modes });
  servers.push(server);
  return server;
}

interface Options {
  readonly headers?: Readonly<Record<string, Secret>>;
  readonly authorization?: Authorization;
  readonly limits?: Partial<WireLimits>;
}

async function wire(url: string, options: Options = {}): Promise<WireHarness> {
  const harness = new WireHarness(
    new StreamableHttpTransport({
      server: 'remote',
      launch: { kind: 'http', url, headers: options.headers ?? {}, flavour: 'auto' },
      authorization: options.authorization,
      clock: systemClock,
      limits: options.limits,
    }),
  );
  open.push(harness);
  await harness.open();
  return harness;
}

/** After the legacy handshake. */
async function legacy(server: Fixture, options: Options = {}, path = '/mcp'): Promise<WireHarness> {
  const harness = await wire(server.origin + path, options);
  await harness.answer(harness.ask('initialize', { protocolVersion: '2025-11-25' }));
  harness.transport.agreed('legacy', '2025-11-25');
  harness.tell('notifications/initialized');
  return harness;
}

async function modern(server: Fixture, options: Options = {}): Promise<WireHarness> {
  const harness = await wire(server.url, options);
  harness.transport.agreed('modern', '2026-07-28');
  await harness.answer(harness.ask('server/discover'));
  return harness;
}

const methodsSeen = (server: Fixture): string[] =>
  server.seen.map((entry) => `${entry.method} ${entry.body?.method ?? ''}`.trim());

/** A server that says these bytes to each request, after its head. */
async function rawServer(body: Buffer, type: string): Promise<string> {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(head);
      socket.write(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

describe('StreamableHttpTransport, legacy era', () => {
  it('keeps the session, tells the revision and says goodbye', async () => {
    const server = await fixture();
    const remote = await legacy(server);
    expect(await remote.textOf(remote.callTool('echo', { a: 1 }))).toBe('{"a":1}');
    const stream = await server.sees((entry) => entry.method === 'GET');
    expect(stream.headers).toMatchObject({ 'mcp-session-id': 'session-1', accept: 'text/event-stream' });
    await remote.transport.close();
    const goodbye = await server.sees((entry) => entry.method === 'DELETE');
    expect(goodbye.headers['mcp-session-id']).toBe('session-1');

    const [first, ...rest] = server.seen;
    expect(first!.headers).not.toHaveProperty('mcp-session-id');
    expect(first!.headers).not.toHaveProperty('mcp-protocol-version');
    expect(first!.headers).toMatchObject({
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'mcpmux',
    });
    for (const { headers } of rest) {
      expect(headers).toMatchObject({ 'mcp-session-id': 'session-1', 'mcp-protocol-version': '2025-11-25' });
      expect(headers).not.toHaveProperty('mcp-method');
    }
  });

  it.each([
    ['are refused', () => Promise.reject(new Error('signed out'))],
    ['never come', () => new Promise<undefined>(() => {})],
  ])('closes without a goodbye when the credentials for it %s', async (_, credentials) => {
    const server = await fixture();
    let isSignedIn = true;
    const remote = await legacy(server, {
      authorization: {
        current: () => (isSignedIn ? undefined : credentials()),
        renew: () => Promise.resolve(undefined),
      } as unknown as Authorization,
    });
    isSignedIn = false;
    await remote.transport.close();
    expect(server.seen.some((entry) => entry.method === 'DELETE')).toBe(false);
  });

  it('sends nothing past notifications/initialized until that was taken', async () => {
    const server = await fixture();
    const remote = await legacy(server);
    const ids = [remote.ask('tools/list'), remote.ask('ping')];
    remote.transport.abandon(ids[1]!);
    await remote.answer(ids[0]!);
    expect(methodsSeen(server).slice(0, 2)).toEqual(['POST initialize', 'POST notifications/initialized']);
    expect(methodsSeen(server)).not.toContain('POST ping');
  });

  it('hears what the server tells by itself, without a cause', async () => {
    const server = await fixture();
    const remote = await legacy(server);
    await eventually('the stream', () => server.streams.size > 0);
    server.tell({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
    const heard = await eventually('the notification', () =>
      remote.messages.find(({ json }) => 'method' in json),
    );
    expect(heard.causedBy).toBeUndefined();
  });

  it('opens the standing stream again from where it was cut', async () => {
    const server = await fixture();
    const remote = await legacy(server);
    await eventually('the stream', () => server.streams.size > 0);
    server.tell({ jsonrpc: '2.0', method: 'notifications/one' }, 'e-17');
    await eventually('the event', () => remote.messages.length > 1);
    server.cutStreams();
    const again = await server.sees((entry) => entry.headers['last-event-id'] === 'e-17');
    expect(again.method).toBe('GET');
    await eventually('the new stream', () => server.streams.size > 0);
    server.tell({ jsonrpc: '2.0', method: 'notifications/two' });
    await eventually('the next event', () =>
      remote.messages.some(({ json }) => json['method'] === 'notifications/two'),
    );
  });

  it('does without a standing stream when the server has none', async () => {
    const server = await fixture('no-stream');
    const remote = await legacy(server);
    await remote.heardLog(/offers no stream/);
    expect(await remote.textOf(remote.callTool('echo'))).toBe('{}');
    expect(server.seen.filter((entry) => entry.method === 'GET')).toHaveLength(1);
  });

  it('reads answers from an event stream and says which request caused what', async () => {
    const server = await fixture('sse-answers');
    const remote = await legacy(server);
    const id = remote.callTool('echo', { a: 1 }, { progressToken: 5 });
    expect((await remote.answer(id)).causedBy).toBe(id);
    const progress = remote.messages.find(({ json }) => json['method'] === 'notifications/progress');
    expect(progress).toMatchObject({ causedBy: id, json: { params: { progressToken: 5 } } });
  });

  it('takes a broken answer stream up again when it had ids, and honours retry', async () => {
    const server = await fixture('sse-resume');
    const remote = await legacy(server);
    const before = performance.now();
    const id = remote.callTool('echo', { a: 1 });
    const answer = await remote.answer(id);
    expect(answer.causedBy).toBe(id);
    expect(performance.now() - before).toBeLessThan(900);
    const resumed = server.seen.find((entry) => entry.headers['last-event-id'] !== undefined);
    expect(resumed).toMatchObject({ method: 'GET', headers: { 'last-event-id': `${id}-a` } });
  });

  it('fails a request whose stream ends without answer and without ids', async () => {
    const server = await fixture('sse-cut');
    const remote = await legacy(server);
    expect(await remote.failure(remote.callTool('echo'))).toMatchObject({
      code: 'transports.cut',
      retry: 'unknown',
    });
    expect(remote.closes).toEqual([]);
  });

  it.each([
    ['404', []],
    ['400', ['session-400']],
  ])('notices with HTTP %s that its session is lost', async (_, modes) => {
    const server = await fixture('no-stream', ...modes);
    const remote = await legacy(server);
    await remote.answer(remote.ask('ping'));
    server.sessions.clear();
    const id = remote.callTool('echo');
    expect(await remote.end()).toEqual({ kind: 'session-lost' });
    expect(remote.failures.get(id)).toMatchObject({ code: 'transports.session_lost', retry: 'safe' });
    expect(() => remote.ask('ping')).toThrow(expect.objectContaining({ code: 'transports.closed' }));
    await remote.transport.close();
    expect(server.seen.some((entry) => entry.method === 'DELETE')).toBe(false);
  });

  it('notices through the standing stream that its session is lost, without a call', async () => {
    const server = await fixture();
    const remote = await legacy(server);
    await eventually('the stream', () => server.streams.size > 0);
    server.sessions.clear();
    server.cutStreams();
    expect(await remote.end()).toEqual({ kind: 'session-lost' });
  });

  it('R32 does not ask anybody to sign in for its stream when calls get on without', async () => {
    const server = await fixture();
    const asked: number[] = [];
    server.intercept = (request, response) => {
      if (request.method !== 'GET') return false;
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="x"' }).end();
      return true;
    };
    const remote = await legacy(server, {
      authorization: {
        current: () => undefined,
        renew: async (_, status) => {
          asked.push(status);
          return undefined;
        },
      },
    });
    await remote.heardLog(/refuses its stream/);
    expect(await remote.textOf(remote.callTool('echo', { a: 1 }))).toBe('{"a":1}');
    expect([asked, remote.closes]).toEqual([[], []]);
  });

  it('notices through the standing stream that the server is gone', { timeout: 15_000 }, async () => {
    const server = await fixture();
    const remote = await legacy(server);
    await eventually('the stream', () => server.streams.size > 0);
    await server.close();
    const reason = await eventually('the end', () => remote.closes[0], 10_000);
    expect(reason).toMatchObject({ kind: 'failed', error: { code: 'transports.unreachable' } });
  });
});

describe('a server that keeps no stream open to us and goes away', () => {
  const gone = {
    kind: 'failed',
    error: { code: 'transports.unreachable', message: expect.stringContaining('nothing listens at') },
  };
  const connects = {
    legacy: () => fixture('no-stream').then(async (server) => [server, await legacy(server)] as const),
    modern: () => fixture().then(async (server) => [server, await modern(server)] as const),
  };

  it.each(['legacy', 'modern'] as const)(
    'is known to be gone after a call that was cut (%s)',
    async (era) => {
      const [server, remote] = await connects[era]();
      server.modes.add('hang');
      const id = remote.callTool('echo');
      await server.sees((entry) => entry.body?.method === 'tools/call');
      await server.close();
      expect(await remote.failure(id)).toMatchObject({ code: 'transports.cut' });
      expect(await remote.end()).toMatchObject(gone);
    },
  );

  it.each(['legacy', 'modern'] as const)('is known to be gone after a vain call (%s)', async (era) => {
    const [server, remote] = await connects[era]();
    await server.close();
    // The first may be written to a connection whose end is still on its way.
    await eventually('the call that meets nobody', async () => {
      const { code } = await remote.failure(remote.callTool('echo'));
      return code === 'transports.unreachable';
    });
    expect(remote.closes).toEqual([]);
    expect(await remote.end()).toMatchObject(gone);
  });

  it('is not given up when it is there again a moment later', async () => {
    const [server, remote] = await connects.modern();
    await server.close();
    await remote.failure(remote.callTool('echo'));
    const back = await startHttpServer({ port: server.port });
    servers.push(back);
    // The question; this server has nothing to say to it, which is answer enough.
    await back.sees((entry) => entry.method === 'GET');
    expect(await remote.textOf(remote.callTool('echo', { a: 1 }))).toContain('"a":1');
    expect(remote.closes).toEqual([]);
  });

  it('is asked no more once the wire is closed', async () => {
    const [server, remote] = await connects.modern();
    await server.close();
    await remote.failure(remote.callTool('echo'));
    await remote.transport.close();
    expect(remote.closes).toEqual([{ kind: 'asked' }]);
  });
});

describe('StreamableHttpTransport, modern era', () => {
  it('mirrors method, name and parameters in headers, and keeps no session', async () => {
    const server = await fixture();
    const remote = await modern(server);
    const id = remote.ask(
      'tools/call',
      { name: 'grün' },
      { name: 'grün', paramHeaders: { 'Mcp-Param-Region': 'eu' } },
    );
    await remote.answer(id);
    expect(server.seen[0]!.headers).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'server/discover',
    });
    expect(server.seen[1]!.headers).toMatchObject({
      'mcp-method': 'tools/call',
      'mcp-name': `=?base64?${Buffer.from('grün').toString('base64')}?=`,
      'mcp-param-region': 'eu',
    });
    expect(server.seen[1]!.headers).not.toHaveProperty('mcp-session-id');
    await remote.transport.close();
    expect(server.seen.every((entry) => entry.method === 'POST')).toBe(true);
  });

  it('closes the POST of a request nobody waits for, and tells nothing of it', async () => {
    const server = await fixture('hang');
    const remote = await modern(server);
    const id = remote.callTool('echo');
    await server.sees((entry) => entry.body?.method === 'tools/call');
    remote.transport.abandon(id);
    await eventually('the closed POST', () => server.aborted === 1);
    expect(remote.failures.size).toBe(0);
    remote.transport.abandon(id);
    remote.transport.abandon(999);
  });

  it('never resumes a broken stream', async () => {
    const server = await fixture('sse-resume');
    const remote = await modern(server);
    expect(await remote.failure(remote.callTool('echo'))).toMatchObject({ code: 'transports.cut' });
    expect(server.seen.some((entry) => entry.method === 'GET')).toBe(false);
  });

  it.each([
    ['404', 'not-found', -32601],
    ['400 without our id', 'bad-request', -32020],
  ])('delivers a JSON-RPC error that came with HTTP %s', async (_, mode, code) => {
    const server = await fixture(mode);
    const remote = await modern(server);
    const id = remote.callTool('echo');
    expect((await remote.answer(id)).json).toMatchObject({ id, error: { code } });
    expect(remote.closes).toEqual([]);
  });
});

describe('StreamableHttpTransport, answers that must not pass for answers', () => {
  it.each([
    ['a connection reset in the body', 'reset', 'transports.cut'],
    ['fewer bytes than announced', 'short', 'transports.cut'],
    ['a chunked body that breaks off', 'cut-chunked', 'transports.cut'],
    ['an empty body', 'empty', 'transports.bad_answer'],
    ['HTTP 202 for a request', 'accepted', 'transports.bad_answer'],
    ['the answer to something else', 'wrong-answer', 'transports.bad_answer'],
    ['a compressed body', 'gzip', 'transports.bad_answer'],
  ])('%s', async (_, mode, code) => {
    const server = await fixture(mode);
    const remote = await legacy(server);
    const id = remote.callTool('echo', { a: 'b' });
    expect(await remote.failure(id)).toMatchObject({ code, retry: 'unknown' });
    expect(remote.messages.filter(({ json }) => json['id'] === id)).toEqual([]);
    server.modes.clear();
    expect(await remote.textOf(remote.callTool('echo'))).toBe('{}');
  });

  it('a body that stands still', async () => {
    const server = await fixture('stall');
    const remote = await legacy(server, { limits: { bodyIdleMs: 200 } });
    expect(await remote.failure(remote.callTool('echo'))).toMatchObject({ code: 'transports.cut' });
  });

  it.each([
    ['JSON', []],
    ['an event stream', ['sse-answers']],
  ])('more than the cap as %s', async (_, modes) => {
    const server = await fixture(...modes);
    const remote = await legacy(server, { limits: { maxMessageBytes: 100_000 } });
    expect(await remote.failure(remote.callTool('grow', { bytes: 200_000 }))).toMatchObject({
      code: 'transports.too_large',
      message: 'server "remote" sent a message larger than 100000 bytes',
    });
    expect(await remote.textOf(remote.callTool('grow', { bytes: 50_000 }))).toHaveLength(50_000);
  });

  it('but bytes that come one by one do', async () => {
    const server = await fixture('slow-bytes');
    const remote = await legacy(server);
    expect(await remote.textOf(remote.callTool('echo', { a: 'grün' }))).toBe('{"a":"grün"}');
  });

  it('and 20 MB do', async () => {
    const server = await fixture();
    const remote = await legacy(server);
    expect(await remote.textOf(remote.callTool('grow', { bytes: 20_000_000 }))).toHaveLength(20_000_000);
    expect(remote.transport.bufferedBytes).toBe(0);
  });

  it('a web page', async () => {
    const server = await fixture();
    const remote = await wire(`${server.origin}/page`);
    expect(await remote.failure(remote.ask('initialize'))).toMatchObject({
      code: 'transports.not_mcp',
      message: expect.stringContaining('text/html'),
    });
  });
});

describe('StreamableHttpTransport, refusals', () => {
  it.each([
    [
      'unavailable',
      {
        code: 'transports.overloaded',
        facts: { status: 503, retryAfterMs: 7_000 },
        hint: 'try again in 7 s',
      },
    ],
    ['rate-limited', { code: 'transports.rate_limited', facts: { retryAfterMs: 3_000 }, retry: 'safe' }],
    [
      'broken',
      { code: 'transports.http_refused', message: 'server "remote" answered HTTP 500: stack trace' },
    ],
    [
      'forbidden',
      { code: 'transports.http_refused', message: 'server "remote" answered HTTP 403: not for you' },
    ],
  ])('%s', async (mode, expected) => {
    const server = await fixture();
    const remote = await legacy(server);
    await remote.answer(remote.ask('ping'));
    server.modes.add(mode);
    expect(await remote.failure(remote.callTool('echo'))).toMatchObject(expected);
  });

  it('an endpoint that is not there', async () => {
    const server = await fixture();
    const remote = await wire(`${server.origin}/nothing`);
    expect(await remote.failure(remote.ask('initialize'))).toMatchObject({
      code: 'transports.http_refused',
      facts: { status: 404 },
    });
  });

  it('follows a redirect on the same origin with method and body, and remembers it', async () => {
    const server = await fixture('no-stream');
    const remote = await legacy(server, {}, '/moved');
    expect(await remote.textOf(remote.callTool('echo', { a: 1 }))).toBe('{"a":1}');
    expect(server.seen.filter((entry) => entry.path === '/moved')).toHaveLength(1);
  });

  it.each([
    ['/elsewhere', /redirects to http:\/\/example\.invalid\/mcp/],
    ['/loop', /redirects to/],
  ])('does not follow %s', async (path, message) => {
    const server = await fixture();
    const remote = await wire(server.origin + path);
    const error = await remote.failure(remote.ask('initialize'));
    expect(error).toMatchObject({ code: 'transports.http_refused', facts: { status: 307 } });
    expect(error.message).toMatch(message);
    expect(server.seen.length).toBeLessThanOrEqual(4);
  });
});

describe('StreamableHttpTransport, credentials', () => {
  /** Hands out `tokens` one after the other and counts renewals. */
  function authorization(
    ...tokens: string[]
  ): Authorization & { renewals: unknown[]; token: string | undefined } {
    return {
      renewals: [],
      token: tokens.shift(),
      current() {
        return this.token === undefined ? undefined : new Secret(`Bearer ${this.token}`);
      },
      renew(used, status, challenge) {
        this.renewals.push([used?.reveal(), status, challenge]);
        this.token = tokens.shift();
        return Promise.resolve(this.current());
      },
    };
  }
  const challenge = 'Bearer resource_metadata="http://x/.well-known/y"';

  it('are sent with every request', async () => {
    const server = await fixture();
    server.bearer = 'one';
    const remote = await legacy(server, { authorization: authorization('one') });
    expect(await remote.textOf(remote.callTool('echo'))).toBe('{}');
    await remote.transport.close();
    expect(server.seen.every((entry) => entry.headers.authorization === 'Bearer one')).toBe(true);
  });

  it('are renewed once when the server refuses them, and the request is sent again', async () => {
    const server = await fixture();
    server.bearer = 'one';
    const tokens = authorization('one', 'two');
    const remote = await legacy(server, { authorization: tokens });
    await remote.answer(remote.ask('ping'));
    server.bearer = 'two';
    expect(await remote.textOf(remote.callTool('echo'))).toBe('{}');
    expect(tokens.renewals[0]).toEqual(['Bearer one', 401, challenge]);
  });

  it('that stay refused mean that a person must sign in', async () => {
    const server = await fixture();
    server.bearer = 'never given';
    const tokens = authorization('one', 'two', 'three');
    const remote = await wire(server.url, { authorization: tokens });
    expect(await remote.failure(remote.ask('initialize'))).toMatchObject({
      code: 'transports.needs_sign_in',
      facts: { status: 401, wwwAuthenticate: challenge },
    });
    // Whoever gives the credentials has the last word: here there are no more after the third.
    expect(tokens.renewals).toHaveLength(3);
    expect(server.seen).toHaveLength(3);
  });

  it('that are not there mean the same', async () => {
    const server = await fixture();
    server.bearer = 'x';
    const without = await wire(server.url);
    expect(await without.failure(without.ask('initialize'))).toMatchObject({
      code: 'transports.needs_sign_in',
    });
    const none = await wire(server.url, { authorization: authorization() });
    expect(await none.failure(none.ask('initialize'))).toMatchObject({ code: 'transports.needs_sign_in' });
  });

  it('of a fixed header that is refused are named as such, and sign-in plays no part', async () => {
    const server = await fixture();
    server.bearer = 'x';
    const tokens = authorization('y');
    const remote = await wire(server.url, {
      headers: { Authorization: new Secret('Bearer wrong'), 'X-Team': new Secret('blue') },
      authorization: tokens,
    });
    expect(await remote.failure(remote.ask('initialize'))).toMatchObject({
      code: 'transports.credentials_refused',
      facts: { status: 401 },
    });
    expect(tokens.renewals).toEqual([]);
    expect(server.seen[0]!.headers).toMatchObject({ authorization: 'Bearer wrong', 'x-team': 'blue' });
  });

  it('with too little scope are renewed too (HTTP 403 insufficient_scope)', async () => {
    const server = await fixture('scope');
    const tokens = authorization('one', 'two');
    const remote = await wire(server.url, { authorization: tokens });
    expect(await remote.failure(remote.ask('initialize'))).toMatchObject({ facts: { status: 403 } });
    expect(tokens.renewals).toMatchObject([
      ['Bearer one', 403, expect.stringContaining('insufficient_scope')],
    ]);
  });
});

describe('StreamableHttpTransport, no connection', () => {
  it('says that nothing listens', async () => {
    const server = await fixture();
    await server.close();
    const remote = await wire(server.url);
    expect(await remote.failure(remote.ask('initialize'))).toMatchObject({
      code: 'transports.unreachable',
      retry: 'safe',
      message: `server "remote" cannot be reached: nothing listens at 127.0.0.1:${server.port}`,
    });
  });

  it('says that a name is not known', async () => {
    const remote = await wire('http://no-such-host.invalid/mcp');
    const error = await remote.failure(remote.ask('initialize'));
    expect(error.code).toBe('transports.unreachable');
    expect(error.message).toMatch(/the name no-such-host\.invalid (is not known|cannot be looked up)/);
  });

  it.each([
    [
      'TLS is asked of a plain server',
      'https',
      'HTTP/1.1 400 Bad Request\r\n\r\n',
      'transports.unreachable',
      /does not speak TLS|TLS with/,
    ],
    ['it is no HTTP at all', 'http', 'SSH-2.0-OpenSSH_9\r\n\r\n', 'transports.not_mcp', /not with HTTP/],
  ])('says that %s', async (_, scheme, greeting, code, message) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(greeting));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const remote = await wire(`${scheme}://127.0.0.1:${port}/mcp`);
    const error = await remote.failure(remote.ask('initialize'));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
});

describe('StreamableHttpTransport, floods and the end', () => {
  it('holds a server that floods its answer stream, then gives it up', async () => {
    const server = await fixture('sse-flood');
    const remote = await legacy(server, {
      limits: { messagesPerSecond: 500, messageBurst: 100, floodGraceMs: 400 },
    });
    remote.callTool('echo');
    expect(await remote.endError()).toMatchObject({ code: 'transports.flooded' });
    expect(remote.messages.length).toBeLessThan(1_000);
    expect(remote.transport.bufferedBytes).toBeLessThan(1_000_000);
  });

  it('answers many calls at once, each its own', async () => {
    const server = await fixture('no-stream');
    const remote = await legacy(server);
    const ids = Array.from({ length: 200 }, (_, i) => remote.callTool('echo', { i }));
    const texts = await Promise.all(ids.map((id) => remote.textOf(id)));
    expect(texts).toEqual(ids.map((_, i) => JSON.stringify({ i })));
  });

  it('is busy when too many requests wait', async () => {
    const server = await fixture('hang', 'no-stream');
    const remote = await legacy(server, { limits: { openPosts: 5 } });
    await remote.answer(remote.ask('ping'));
    for (let i = 0; i < 5; i += 1) remote.callTool('echo');
    expect(() => remote.callTool('echo')).toThrow(
      expect.objectContaining({ code: 'transports.busy', retry: 'safe' }),
    );
  });

  it('aborts what is open when it is closed, and tells the end once', async () => {
    const server = await fixture('hang');
    const remote = await legacy(server);
    remote.callTool('echo');
    await server.sees((entry) => entry.body?.method === 'tools/call');
    await Promise.all([remote.transport.close(), remote.transport.close()]);
    expect(remote.closes).toEqual([{ kind: 'asked' }]);
    await eventually('the closed POST', () => server.aborted > 0);
    expect(() => remote.ask('ping')).toThrow(expect.objectContaining({ code: 'transports.closed' }));
  });

  it.each([
    ['a relative URL', '/mcp'],
    ['another scheme', 'ftp://host/x'],
    ['credentials in the URL', 'http://me:secret@host/mcp'],
  ])('refuses %s', (_, url) => {
    const create = (): unknown =>
      new StreamableHttpTransport({
        server: 'remote',
        launch: { kind: 'http', url, headers: {}, flavour: 'auto' },
        clock: systemClock,
      });
    expect(create).toThrow(expect.objectContaining({ code: 'transports.bad_url' }));
    expect(create).not.toThrow(/secret/);
  });

  it.each([
    ['a line break', 'X-Key', 'a\r\nb'],
    ['a control character', 'X-Key', 'a\0b'],
    ['no header name', 'X Key', 'a'],
    ['a header of the protocol', 'Mcp-Session-Id', 'a'],
    ['a header of the connection', 'Content-Length', '5'],
  ])('refuses a configured header with %s, without showing its value', (_, name, value) => {
    const create = (): unknown =>
      new StreamableHttpTransport({
        server: 'remote',
        launch: {
          kind: 'http',
          url: 'http://host/mcp',
          headers: { [name]: new Secret(value) },
          flavour: 'auto',
        },
        clock: systemClock,
      });
    expect(create).toThrow(
      expect.objectContaining({
        code: 'transports.bad_header',
        facts: expect.objectContaining({ header: name }),
      }),
    );
  });
});

describe('memory', () => {
  const oneByteChunks = (text: string): Buffer => Buffer.from(text.replace(/[\s\S]/g, '1\r\n$&\r\n'));

  it.each([
    ['application/json', '{"jsonrpc":"2.0","id":1,"result":{"text":"', 'x'],
    ['text/event-stream', 'data:{"jsonrpc":"2.0","id":1,"result":{"text":"', 'x'],
    ['text/event-stream', '', 'data:\n'],
  ])(
    'R77 keeps answers in chunks of one byte in the memory of their bytes: %s %s',
    async (type, start, more) => {
      const answers = 8;
      const bytes = 250_000;
      const url = await rawServer(oneByteChunks(start + more.repeat(bytes / more.length)), type);
      const remote = await wire(url);
      const before = process.memoryUsage();
      for (let at = 0; at < answers; at += 1) remote.ask('tools/call');
      const expected = type === 'text/event-stream' && start === '' ? (bytes / more.length) * 0.9 : bytes;
      await eventually('all bytes', () => remote.transport.bufferedBytes >= answers * expected, 20_000);
      const after = process.memoryUsage();
      const kept = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
      // What they were sent in is 6 bytes for each; a buffer for each would be a hundred.
      expect(kept).toBeLessThan(64 * 1024 * 1024);
    },
    30_000,
  );
});
