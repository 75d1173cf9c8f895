/**
 * transports/http-edges.test — servers at the edge of the rules: cookies, compression, byte order marks, answers left open.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompressSync, createGzip, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { type SeenRequest, startHttpServer } from '../../test/fixtures/servers/http-server.mjs';
import { eventually, WireHarness } from '../../test/support/wire-harness.ts';
import { Secret, systemClock } from '../base/index.ts';
import { CookieJar } from './cookies.ts';
import { HttpSseTransport } from './http-sse.ts';
import type { WireLimits } from './limits.ts';
import { LineFramer } from './line-framer.ts';
import { StreamableHttpTransport } from './streamable-http.ts';

type Fixture = Awaited<ReturnType<typeof startHttpServer>>;
type Way = (
  response: ServerResponse,
  body: NonNullable<SeenRequest['body']>,
  request: IncomingMessage,
) => boolean | undefined;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serverThat(way: Way = () => false): Promise<Fixture> {
  const server = await startHttpServer({ modes: ['no-stream'] });
  closers.push(() => server.close());
  server.intercept = (request, response, body) => body !== undefined && way(response, body, request) === true;
  return server;
}

async function wire(
  url: string,
  more: { headers?: Record<string, Secret>; limits?: Partial<WireLimits>; isSse?: boolean } = {},
): Promise<WireHarness> {
  const Transport = more.isSse === true ? HttpSseTransport : StreamableHttpTransport;
  const harness = new WireHarness(
    new Transport({
      server: 'remote',
      launch: { kind: 'http', url, headers: more.headers ?? {}, flavour: 'auto' },
      clock: systemClock,
      limits: more.limits,
    }),
  );
  closers.push(() => harness.transport.close());
  await harness.open();
  return harness;
}

const resultFor = (id: number | undefined, text: string): string =>
  JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } });

describe('cookies of a load balancer', () => {
  it('R35 go back with every request of this connection, and join a cookie that was configured', async () => {
    const server = await serverThat((response, { method }) => {
      if (method === 'initialize')
        response.setHeader('set-cookie', ['AWSALB=node-1; Path=/; Max-Age=600', 'b=2; Path=/mcp']);
      return false;
    });
    const remote = await wire(server.url, { headers: { Cookie: new Secret('mine=1') } });
    await remote.answer(remote.ask('initialize'));
    await remote.answer(remote.ask('ping'));
    expect(server.seen.map(({ headers }) => headers.cookie)).toEqual([
      'mine=1',
      'mine=1; AWSALB=node-1; b=2',
    ]);
    const other = await wire(server.url);
    await other.answer(other.ask('ping'));
    expect(server.seen.at(-1)!.headers.cookie).toBeUndefined();
  });

  it.each<[string, readonly string[], string, string | undefined]>([
    ['set twice', ['a=1', 'a=2'], '/mcp', 'a=2'],
    ['taken back', ['a=1', 'a=; Max-Age=0'], '/mcp', undefined],
    ['expired', ['a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT'], '/mcp', undefined],
    ['for another folder', ['a=1; Path=/other'], '/mcp', undefined],
    ['for a folder that only begins alike', ['a=1; Path=/mc'], '/mcp', undefined],
    ['for TLS alone', ['a=1; Secure'], '/mcp', undefined],
    ['with a value in quotes', ['a="x y"; HttpOnly; SameSite=Lax'], '/mcp', 'a="x y"'],
    ['without a name', ['=1', 'x'], '/mcp', undefined],
    ['that would break the header', ['a=1\r\nb: 2', 'c=\u0001'], '/mcp', undefined],
    ['larger than any cookie', [`a=${'x'.repeat(5_000)}`], '/mcp', undefined],
  ])('R35 that are %s', (_, lines, path, expected) => {
    const jar = new CookieJar(false);
    jar.take(lines, '/mcp', 1_000);
    expect(jar.headerFor(path, 1_001)?.reveal()).toBe(expected);
  });

  it('R35 are no more than fifty', () => {
    const jar = new CookieJar(false);
    jar.take(
      Array.from({ length: 80 }, (_, at) => `c${at}=1`),
      '/',
      0,
    );
    expect(jar.headerFor('/', 1)!.reveal().split('; ')).toHaveLength(50);
  });
});

describe('a compressed answer', () => {
  it.each<[string, (text: string) => Buffer]>([
    ['gzip', (text) => gzipSync(text)],
    ['GZIP', (text) => gzipSync(text)],
    ['x-gzip', (text) => gzipSync(text)],
    ['deflate', (text) => deflateSync(text)],
    ['deflate', (text) => deflateRawSync(text)],
    ['br', (text) => brotliCompressSync(text)],
    ['identity', (text) => Buffer.from(text)],
  ])('R36 is read: %s', async (coding, compress) => {
    const text = 'grün '.repeat(50_000);
    const server = await serverThat((response, { method, id }) => {
      if (method !== 'tools/call') return false;
      const body = compress(resultFor(id, text));
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-encoding': coding,
        'content-length': body.length,
      });
      response.end(body);
      return true;
    });
    const remote = await wire(server.url);
    expect(await remote.textOf(remote.callTool('x'))).toBe(text);
    expect(await remote.textOf(remote.callTool('x'))).toBe(text);
  });

  it('R36 is read event by event when it is a stream', async () => {
    let finish = () => {};
    const server = await serverThat((response, { method, id }) => {
      if (method !== 'tools/call') return false;
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
      const gzip = createGzip();
      gzip.pipe(response);
      gzip.write('data: {"jsonrpc":"2.0","method":"first"}\n\n');
      gzip.flush();
      finish = () => gzip.end(`data: ${resultFor(id, 'done')}\n\n`);
      return true;
    });
    const remote = await wire(server.url);
    const id = remote.callTool('x');
    await eventually('the first event', () => remote.messages.some(({ json }) => json['method'] === 'first'));
    finish();
    expect(await remote.textOf(id)).toBe('done');
  });

  it('R36 is read when it is a refusal', async () => {
    const server = await serverThat((response) => {
      response
        .writeHead(422, { 'content-type': 'text/plain', 'content-encoding': 'br' })
        .end(brotliCompressSync('no such team'));
      return true;
    });
    const remote = await wire(server.url);
    expect((await remote.failure(remote.callTool('x'))).message).toMatch(/HTTP 422: no such team/);
  });

  it.each<[string, string, Buffer, string]>([
    ['is a bomb', 'gzip', gzipSync(Buffer.alloc(8_000_000, ' ')), 'transports.too_large'],
    ['is no such thing', 'gzip', Buffer.from('plain'), 'transports.bad_answer'],
    ['has a coding that nobody knows', 'snappy', Buffer.from('x'), 'transports.bad_answer'],
    ['is cut', 'gzip', gzipSync(Buffer.alloc(5_000, 'abc')).subarray(0, 20), 'transports.bad_answer'],
  ])('R36 fails its own call when it %s', async (_, coding, body, code) => {
    const server = await serverThat((response, { method }) => {
      if (method !== 'tools/call') return false;
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': coding }).end(body);
      return true;
    });
    const remote = await wire(server.url, { limits: { maxMessageBytes: 1_000_000 } });
    expect((await remote.failure(remote.callTool('x'))).code).toBe(code);
    await remote.answer(remote.ask('ping'));
  });
});

describe('the notification that ends the handshake', () => {
  it.each<[string, Way]>([
    [
      'is answered by a stream that stays open',
      (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': \n\n'),
    ],
    [
      'is answered by a body that does not end',
      (response) => response.writeHead(200, { 'content-length': 10 }).write('x'),
    ],
    ['is never answered', () => true],
  ])('R38 keeps nobody waiting when it %s', async (_, way) => {
    const stuck: Way = (response, body, request) => {
      if (body.method !== 'notifications/initialized') return false;
      way(response, body, request);
      return true;
    };
    const server = await serverThat(stuck);
    for (const isSse of [false, true]) {
      const remote = await wire(isSse ? `${server.origin}/sse` : server.url, { isSse });
      await remote.answer(remote.ask('initialize', { protocolVersion: '2025-11-25' }));
      remote.transport.agreed('legacy', '2025-11-25');
      remote.tell('notifications/initialized');
      await remote.answer(remote.ask('tools/list'));
    }
  });
});

describe('a byte order mark', () => {
  it('R40 before JSON over HTTP is passed over, also in a refusal', async () => {
    const server = await serverThat((response, { method, id }) => {
      const status = method === 'tools/call' ? 200 : 400;
      const text =
        status === 200
          ? resultFor(id, 'ok')
          : JSON.stringify({ jsonrpc: '2.0', id, error: { code: -1, message: 'no' } });
      response.writeHead(status, { 'content-type': 'application/json' }).end(`\ufeff${text}`);
      return true;
    });
    const remote = await wire(server.url);
    expect(await remote.textOf(remote.callTool('x'))).toBe('ok');
    expect((await remote.answer(remote.ask('tools/list'))).json['error']).toMatchObject({ message: 'no' });
  });

  it('R40 before a line of stdio is passed over', () => {
    const lines: string[] = [];
    const framer = new LineFramer(
      {
        line: (bytes) => lines.push(bytes.toString()),
        badLine: () => {
          throw new Error('it is a good line');
        },
        tooLarge: () => {},
      },
      1_000,
    );
    framer.push(Buffer.from('\ufeff{"a":1}\r\n\ufeff [1]\n{"b":2}\n'));
    expect(lines).toEqual(['{"a":1}', ' [1]', '{"b":2}']);
  });
});
