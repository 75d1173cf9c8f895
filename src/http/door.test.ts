import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { principalOf } from '../../test/support/principals.ts';
import { rawHead, sendRaw } from '../../test/support/raw-http.ts';
import { silentLogger } from '../base/index.ts';
import type { Principal } from '../model/index.ts';
import {
  Door,
  type HttpRoute,
  type Listeners,
  listen,
  loopbackHosts,
  loopbackOrigins,
  type Refusal,
  RouteTable,
  readBody,
  sendEmpty,
  sendJson,
} from './index.ts';

const cap = 1024;
const knownToken = 'known-token';
const known: Principal = principalOf('1', { name: 'laptop' });

/** What reached a handler. Every refusal must leave it empty. */
let reached: string[] = [];
let refused: string[] = [];
let listeners: Listeners;
let port: number;

const mcp = (path: string, name: string): HttpRoute => ({
  path,
  policy: {
    name,
    auth: 'client',
    rate: 'none',
    methods: ['GET', 'POST', 'DELETE'],
    bodyCapBytes: cap,
    contentTypes: ['application/json'],
    refusalShape: 'json-rpc',
  },
  async handle(exchange) {
    const body = exchange.method === 'POST' ? await readBody(exchange, cap) : Buffer.alloc(0);
    if (body.toString() === '"throw"') throw new Error('token=abc in /home/me');
    reached.push(`${exchange.method} ${exchange.path}`);
    sendJson(exchange, 200, {
      who: exchange.principal?.name,
      path: exchange.path,
      query: exchange.query,
      parameters: exchange.parameters,
      bytes: body.length,
    });
  },
});

const routes: readonly HttpRoute[] = [
  mcp('/mcp', 'mcp'),
  mcp('/servers/:alias/mcp', 'server'),
  mcp('/async', 'async'),
  {
    path: '/livez',
    policy: {
      name: 'livez',
      auth: 'public',
      rate: 'none',
      methods: ['GET'],
      bodyCapBytes: 0,
      contentTypes: [],
    },
    handle(exchange) {
      reached.push(`${exchange.method} ${exchange.path}`);
      sendEmpty(exchange, 200);
    },
  },
  {
    path: '/page',
    policy: {
      name: 'page',
      auth: 'public',
      rate: 'none',
      methods: ['GET', 'POST'],
      bodyCapBytes: cap,
      contentTypes: ['application/json'],
      allowsNavigation: true,
    },
    handle: (exchange) => sendEmpty(exchange, 204),
  },
];

beforeAll(async () => {
  const door = new Door({
    routes: new RouteTable(routes),
    hosts: () => loopbackHosts(port),
    origins: () => loopbackOrigins(port),
    authenticate: (token, exchange) => {
      const principal = token === knownToken ? known : undefined;
      return exchange.path === '/async' ? Promise.resolve(principal) : principal;
    },
    logger: silentLogger,
    onRefused: (refusal: Refusal) => refused.push(refusal.code),
  });
  listeners = await listen({
    port: 0,
    addresses: ['127.0.0.1'],
    handler: door.handle,
    limits: { headersTimeoutMs: 300, requestTimeoutMs: 600, checkingIntervalMs: 50 },
  });
  port = listeners.port;
});

afterAll(() => listeners.close(0));

interface Sent {
  method?: string;
  target?: string;
  host?: string | undefined;
  headers?: readonly string[];
  body?: string;
}

/** A proper request with what the test changes. */
function request({ method = 'GET', target = '/mcp', host, headers = [], body }: Sent): string {
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${host ?? `127.0.0.1:${port}`}`,
    ...headers,
    ...length,
  ];
  return rawHead(...lines) + (body ?? '');
}

const signedIn = `Authorization: Bearer ${knownToken}`;
const json = 'Content-Type: application/json';

async function answerTo(sent: Sent | string) {
  reached = [];
  refused = [];
  const answer = await sendRaw(port, typeof sent === 'string' ? sent : request(sent));
  const text = answer?.body ?? '';
  const body = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : undefined;
  const error = body?.['error'] as { data?: { code?: string } } | undefined;
  return {
    status: answer?.status,
    headers: answer?.headers ?? {},
    text,
    body,
    code: (body?.['code'] ?? error?.data?.code) as string | undefined,
  };
}

describe('a request that is in order', () => {
  it('reaches its handler with principal, path, query and parameters', async () => {
    const answer = await answerTo({
      method: 'POST',
      target: '/servers/git%68ub/mcp?a=%2f',
      headers: [signedIn, json],
      body: '{}',
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      who: 'laptop',
      path: '/servers/github/mcp',
      query: 'a=%2f',
      parameters: { alias: 'github' },
      bytes: 2,
    });
  });

  it('carries the headers that keep browsers out, and names no server', async () => {
    const { headers } = await answerTo({ headers: [signedIn] });
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'content-type': 'application/json',
    });
    expect(headers).not.toHaveProperty('server');
    expect(headers).not.toHaveProperty('x-powered-by');
  });

  it('is known by a promise of the authenticator as well', async () => {
    expect((await answerTo({ target: '/async', headers: [signedIn] })).status).toBe(200);
    expect((await answerTo({ target: '/async' })).status).toBe(401);
  });

  it('may say bearer in any case and name its charset', async () => {
    const answer = await answerTo({
      method: 'POST',
      headers: [`authorization: bEARER ${knownToken}`, 'content-type: Application/JSON; charset=utf-8'],
      body: '{}',
    });
    expect(answer.status).toBe(200);
  });

  it('is asked to go on when it waits for 100-continue', async () => {
    const answer = await answerTo({
      method: 'POST',
      headers: [signedIn, json, 'Expect: 100-continue'],
      body: '{}',
    });
    expect(answer.status).toBe(200);
  });
});

/** The Host values of an attack by DNS rebinding and of its relatives; only the first three are ours. */
const hostValues: readonly (readonly [value: string, isOurs: boolean])[] = [
  ['localhost:P', true],
  ['LOCALHOST:P', true],
  ['127.0.0.1:P', true],
  ['[::1]:P', true],
  ['localhost', false],
  ['evil@localhost:P', false],
  ['localhost:P/evil', false],
  ['localhost:P#x', false],
  ['127.1:P', false],
  ['2130706433:P', false],
  ['0x7f.0.0.1:P', false],
  ['ⓛocalhost:P', false],
  ['localhost.:P', false],
  ['[::ffff:127.0.0.1]:P', false],
  ['localhost:1', false],
  ['evil.com:P', false],
  ['localhost:P, evil.com', false],
  ['127.0.0.1.nip.io:P', false],
  ['local host:P', false],
  ['localhost:0P', false],
];

describe('a target', () => {
  it.each([
    ['http://127.0.0.1:PORT/mcp', '/mcp', ''],
    ['http://localhost:PORT/mcp?a=1', '/mcp', 'a=1'],
    ['HTTP://LOCALHOST:PORT/servers/x/mcp/', '/servers/x/mcp', ''],
    ['https://[::1]:PORT/mcp?', '/mcp', ''],
  ])('R83 may be the whole URL %s, whose authority counts instead of Host', async (target, path, query) => {
    const answer = await answerTo({
      target: target.replace('PORT', String(port)),
      host: 'proxy.example',
      headers: [signedIn],
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ path, query });
  });

  it.each([
    ['http://127.0.0.1:1/mcp', 'http.bad_host'],
    ['http://localhost/mcp', 'http.bad_host'],
    ['http://evil.example/mcp', 'http.bad_host'],
    ['http://127.0.0.1:PORT', 'http.not_found'],
    ['http://127.0.0.1:PORT/../mcp', 'http.bad_target'],
    ['http://127.0.0.1:PORT#/mcp', 'http.malformed'],
  ])('R83 %s is refused with %s', async (target, code) => {
    const answer = await answerTo({ target: target.replace('PORT', String(port)), headers: [signedIn] });
    expect(answer.code).toBe(code);
    expect(reached).toEqual([]);
  });

  it('R83 needs a Host header beside a whole URL too', async () => {
    const answer = await answerTo(rawHead(`GET http://127.0.0.1:${port}/mcp HTTP/1.1`, signedIn));
    expect(answer.code).toBe('http.host_missing');
  });

  it('R83 HTTP/1.0 gets no interim answer', async () => {
    const head = rawHead(
      'POST /mcp HTTP/1.0',
      good(),
      signedIn,
      json,
      'Expect: 100-continue',
      'Content-Length: 2',
    );
    const socket = connect({ port, host: '127.0.0.1' });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.write(`${head}{}`);
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each(['/mcp/', '/servers/x/mcp/', '/livez/'])(
    'R41 %s is the same as without its slash',
    async (target) => {
      const answer = await answerTo({ target, headers: [signedIn] });
      expect(answer.status).toBe(200);
      if (answer.body !== undefined) expect(answer.body['path']).toBe(target.slice(0, -1));
    },
  );

  it.each(['/mcp//', '//mcp', '/', '/servers/mcp/', '/mcp/x/'])('R41 %s is not', async (target) => {
    expect([400, 404]).toContain((await answerTo({ target, headers: [signedIn] })).status);
  });
});

describe('the charset', () => {
  it.each(['utf-8', 'UTF-8', '"utf-8"', 'utf8'])('R76 may be %s', async (charset) => {
    const answer = await answerTo({
      method: 'POST',
      headers: [signedIn, `Content-Type: application/json ; charset=${charset}`],
      body: '{}',
    });
    expect(answer.status).toBe(200);
  });
});

describe('the Host header', () => {
  it('R41 names the setting when another is sent', async () => {
    const answer = await answerTo({ host: '127.0.0.1:1', headers: [signedIn] });
    expect(answer.text).toContain('MCPMUX_PUBLIC_URL');
  });

  const paths = [
    '/mcp',
    '/servers/x/mcp',
    '/livez',
    '/page',
    '/nowhere',
    '/.well-known/oauth-protected-resource',
  ];
  const methods = ['GET', 'POST', 'DELETE', 'OPTIONS', 'UPGRADE'];

  for (const [value, isOurs] of hostValues) {
    it(`${isOurs ? 'lets in' : 'refuses'} ${value} on every route with every method`, async () => {
      const host = value.replace('0P', `0${port}`).replace('P', String(port));
      for (const target of paths) {
        for (const method of methods) {
          const headers =
            method === 'UPGRADE' ? ['Connection: Upgrade', 'Upgrade: websocket', signedIn] : [signedIn];
          const answer = await answerTo({
            method: method === 'UPGRADE' ? 'GET' : method,
            target,
            host,
            headers,
          });
          if (isOurs) expect(answer.code).not.toBe('http.bad_host');
          else {
            expect([method, target, answer.status, answer.code]).toEqual([
              method,
              target,
              403,
              'http.bad_host',
            ]);
            expect(reached).toEqual([]);
            expect(refused).toEqual(['http.bad_host']);
          }
        }
      }
    });
  }

  it('has no meaning in the white space around it', async () => {
    // RFC 9110 §5.5: the value begins after it; whoever parses HTTP never sees it.
    expect((await answerTo({ host: `  127.0.0.1:${port}`, headers: [signedIn] })).status).toBe(200);
  });
});

interface BadRequest {
  readonly why: string;
  readonly send: () => Sent | string;
  readonly status: number;
  readonly code: string;
}

const good = (): string => `Host: 127.0.0.1:${port}`;

const badRequests: readonly BadRequest[] = [
  {
    why: 'no Host header',
    send: () => rawHead('GET /mcp HTTP/1.1', signedIn),
    status: 400,
    code: 'http.host_missing',
  },
  {
    why: 'no Host header in HTTP/1.0',
    send: () => rawHead('GET /mcp HTTP/1.0', signedIn),
    status: 400,
    code: 'http.host_missing',
  },
  {
    why: 'two Host headers',
    send: () => ({ headers: [signedIn, 'Host: evil.com'] }),
    status: 400,
    code: 'http.host_repeated',
  },
  {
    why: 'an absolute target',
    send: () => ({ target: 'http://evil.com/mcp', headers: [signedIn] }),
    status: 403,
    code: 'http.bad_host',
  },
  ...['http://user@127.0.0.1/mcp', 'ftp://127.0.0.1/mcp', 'http:///mcp', 'http://?', 'rtsp://x'].map(
    (target) => ({
      why: `the absolute target ${target}`,
      send: () => ({ target, headers: [signedIn] }),
      status: 400,
      code: 'http.bad_target',
    }),
  ),
  ...['HTTP/2.0', 'HTTP/0.9'].map((version) => ({
    why: `R76 version ${version}`,
    send: () => rawHead(`GET /mcp ${version}`, good(), signedIn),
    status: 400,
    code: 'http.unknown_version',
  })),
  ...['gzip, chunked', 'identity, chunked', 'x,chunked'].map((coding) => ({
    why: `R76 the transfer coding ${coding}`,
    send: () =>
      `${rawHead('POST /mcp HTTP/1.1', good(), signedIn, json, `Transfer-Encoding: ${coding}`)}0\r\n\r\n`,
    status: 400,
    code: 'http.unknown_coding',
  })),
  {
    why: 'a transfer coding in HTTP/1.0',
    send: () =>
      `${rawHead('POST /mcp HTTP/1.0', good(), signedIn, json, 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    status: 400,
    code: 'http.faulty_framing',
  },
  ...['utf-16', '"utf-16le"', 'latin1', 'utf-8; charset=utf-7', ''].map((charset) => ({
    why: `R76 charset ${charset}`,
    send: () => ({
      method: 'POST',
      headers: [signedIn, `Content-Type: application/json; charset=${charset}`],
      body: '{}',
    }),
    status: 415,
    code: 'http.unsupported_charset',
  })),
  {
    why: 'an asterisk target',
    send: () => ({ method: 'OPTIONS', target: '*' }),
    status: 400,
    code: 'http.bad_target',
  },
  {
    why: 'a foreign Origin',
    send: () => ({ headers: [signedIn, 'Origin: https://evil.example'] }),
    status: 403,
    code: 'http.bad_origin',
  },
  {
    why: 'a foreign Origin on an upgrade',
    send: () => ({
      headers: [signedIn, 'Origin: https://evil.example', 'Connection: Upgrade', 'Upgrade: websocket'],
    }),
    status: 403,
    code: 'http.bad_origin',
  },
  {
    why: 'an Origin on another port',
    send: () => ({ headers: [signedIn, 'Origin: http://127.0.0.1:1'] }),
    status: 403,
    code: 'http.bad_origin',
  },
  {
    why: 'the Origin null',
    send: () => ({ headers: [signedIn, 'Origin: null'] }),
    status: 403,
    code: 'http.bad_origin',
  },
  {
    why: 'two Origin headers',
    send: () => ({
      headers: [signedIn, `Origin: http://127.0.0.1:${port}`, `Origin: http://127.0.0.1:${port}`],
    }),
    status: 403,
    code: 'http.bad_origin',
  },
  {
    why: 'JSON that says it is text',
    send: () => ({ method: 'POST', headers: [signedIn, 'Content-Type: text/plain'], body: '{}' }),
    status: 415,
    code: 'http.unsupported_type',
  },
  {
    why: 'a type that only begins like JSON',
    send: () => ({ method: 'POST', headers: [signedIn, 'Content-Type: application/json-seq'], body: '{}' }),
    status: 415,
    code: 'http.unsupported_type',
  },
  {
    why: 'a form',
    send: () => ({
      method: 'POST',
      headers: [signedIn, 'Content-Type: application/x-www-form-urlencoded'],
      body: 'a=1',
    }),
    status: 415,
    code: 'http.unsupported_type',
  },
  {
    why: 'a body without a type',
    send: () => ({ method: 'POST', headers: [signedIn], body: '{}' }),
    status: 415,
    code: 'http.unsupported_type',
  },
  {
    why: 'a body where none is taken',
    send: () => ({ target: '/livez', headers: [json], body: '{}' }),
    status: 415,
    code: 'http.unsupported_type',
  },
  {
    why: 'a cross-site POST without Origin',
    send: () => ({ method: 'POST', headers: [signedIn, json, 'Sec-Fetch-Site: cross-site'], body: '{}' }),
    status: 403,
    code: 'http.cross_site',
  },
  {
    why: 'a same-site page of another port',
    send: () => ({ headers: [signedIn, 'Sec-Fetch-Site: same-site'] }),
    status: 403,
    code: 'http.cross_site',
  },
  {
    why: 'Sec-Fetch-Site twice, the bad one first',
    send: () => ({ headers: [signedIn, 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Site: none'] }),
    status: 403,
    code: 'http.cross_site',
  },
  {
    why: 'a cross-site POST to a page that links may lead to',
    send: () => ({
      method: 'POST',
      target: '/page',
      headers: [json, 'Sec-Fetch-Site: cross-site'],
      body: '{}',
    }),
    status: 403,
    code: 'http.cross_site',
  },
  {
    why: 'two Authorization headers, the bad one first',
    send: () => ({ headers: ['Authorization: Bearer bad', signedIn] }),
    status: 400,
    code: 'http.header_repeated',
  },
  {
    why: 'two Authorization headers, the good one first',
    send: () => ({ headers: [signedIn, 'Authorization: Bearer bad'] }),
    status: 400,
    code: 'http.header_repeated',
  },
  {
    why: 'two Content-Type headers',
    send: () => ({ method: 'POST', headers: [signedIn, json, 'Content-Type: text/plain'], body: '{}' }),
    status: 400,
    code: 'http.header_repeated',
  },
  {
    why: 'a repeated Mcp header',
    send: () => ({ headers: [signedIn, 'Mcp-Method: tools/list', 'MCP-Method: tools/call'] }),
    status: 400,
    code: 'http.header_repeated',
  },
  {
    why: 'Content-Length beside Transfer-Encoding',
    send: () =>
      `${rawHead('POST /mcp HTTP/1.1', good(), signedIn, json, 'Content-Length: 2', 'Transfer-Encoding: chunked')}2\r\n{}\r\n0\r\n\r\n`,
    status: 400,
    code: 'http.malformed',
  },
  {
    why: 'two Content-Length headers',
    send: () =>
      `${rawHead('POST /mcp HTTP/1.1', good(), signedIn, json, 'Content-Length: 2', 'Content-Length: 2')}{}`,
    status: 400,
    code: 'http.malformed',
  },
  {
    why: 'an unknown Transfer-Encoding',
    send: () => rawHead('POST /mcp HTTP/1.1', good(), signedIn, json, 'Transfer-Encoding: xchunked'),
    status: 400,
    code: 'http.unknown_coding',
  },
  {
    why: 'a folded header',
    send: () => rawHead('GET /mcp HTTP/1.1', good(), signedIn, 'X-A: 1', ' folded'),
    status: 400,
    code: 'http.malformed',
  },
  {
    why: 'a space before the colon',
    send: () => rawHead('GET /mcp HTTP/1.1', good(), signedIn, 'X-A : 1'),
    status: 400,
    code: 'http.malformed',
  },
  {
    why: 'a bare line feed',
    send: () => `GET /mcp HTTP/1.1\n${good()}\n\n`,
    status: 400,
    code: 'http.malformed',
  },
  {
    why: 'a NUL in a header',
    send: () => rawHead('GET /mcp HTTP/1.1', good(), 'X-A: a\0b'),
    status: 400,
    code: 'http.malformed',
  },
  ...[
    '/mcp%2f..%2fadmin',
    '/mcp%5Cadmin',
    '//mcp',
    '/servers//mcp',
    '/mcp%00',
    '/mcp/..',
    '/./mcp',
    '/x/../mcp',
    '/%2e%2e/mcp',
    '/%2E/mcp',
    '/mcp%',
    '/mcp%c0%af',
    '/mcp%0a',
    '/\\mcp',
    '/servers/%2f/mcp',
  ].map((target) => ({
    why: `the path ${target}`,
    send: () => ({ target, headers: [signedIn] }),
    status: 400,
    code: 'http.bad_target',
  })),
  ...['/MCP', '/..;/mcp', '/mcp;x', '/servers/mcp', '/servers//', '/', '/mcp%3f'].map((target) => ({
    why: `the path ${target}`,
    send: () => ({ target, headers: [signedIn] }),
    status: target === '/servers//' ? 400 : 404,
    code: target === '/servers//' ? 'http.bad_target' : 'http.not_found',
  })),
  {
    why: '101 headers',
    send: () => ({ headers: Array.from({ length: 100 }, (_, at) => `X-${at}: 1`) }),
    status: 431,
    code: 'http.too_many_headers',
  },
  {
    why: 'a header of 20 KB',
    send: () => ({ headers: [`X-Long: ${'a'.repeat(20_000)}`] }),
    status: 431,
    code: 'http.head_too_large',
  },
  ...['TRACE', 'PUT', 'PATCH', 'OPTIONS', 'HEAD'].map((method) => ({
    why: `the method ${method}`,
    send: () => ({ method, headers: [signedIn] }),
    status: 405,
    // An answer to HEAD has no body.
    code: method === 'HEAD' ? '' : 'http.method_not_allowed',
  })),
  {
    why: 'CONNECT',
    send: () => ({ method: 'CONNECT', target: 'evil.com:80' }),
    status: 405,
    code: 'http.method_not_allowed',
  },
  {
    why: 'a compressed body',
    send: () => ({ method: 'POST', headers: [signedIn, json, 'Content-Encoding: gzip'], body: '{}' }),
    status: 415,
    code: 'http.encoded_body',
  },
  {
    why: 'a body that is too large, chunked',
    send: () =>
      `${rawHead('POST /mcp HTTP/1.1', good(), signedIn, json, 'Transfer-Encoding: chunked')}401\r\n${'a'.repeat(1025)}\r\n0\r\n\r\n`,
    status: 413,
    code: 'http.body_too_large',
  },
  {
    why: 'invalid UTF-8',
    send: () => `${rawHead('POST /mcp HTTP/1.1', good(), signedIn, json, 'Content-Length: 3')}"\xff"`,
    status: 400,
    code: 'http.body_not_utf8',
  },
  { why: 'no credential', send: () => ({}), status: 401, code: 'http.token_missing' },
  {
    why: 'an unknown token',
    send: () => ({ headers: ['Authorization: Bearer nobody'] }),
    status: 401,
    code: 'http.token_unknown',
  },
  {
    why: 'another scheme',
    send: () => ({ headers: ['Authorization: Basic bWU6bWU='] }),
    status: 401,
    code: 'http.token_missing',
  },
];

describe('a bad request', () => {
  for (const { why, send, status, code } of badRequests) {
    it(`is answered ${status} ${code} for ${why}`, async () => {
      const sent = send();
      const raw = typeof sent === 'string' ? sent : request(sent);
      reached = [];
      const answer = await sendRaw(port, Buffer.from(raw, 'latin1'));
      expect(answer?.status).toBe(status);
      if (code !== '') expect(answer?.body).toContain(`"${code}"`);
      expect(reached).toEqual([]);
      expect(answer?.body.length).toBeLessThan(4096);
      expect(answer?.body).not.toMatch(/\bat .*\.(ts|js):\d+/);
      expect(answer?.headers).not.toHaveProperty('access-control-allow-origin');
    });
  }

  it('is refused at once when it announces too large a body', async () => {
    // Only the head is sent: an answer proves that nobody waited for the body.
    const head = rawHead('POST /mcp HTTP/1.1', good(), signedIn, json, `Content-Length: ${cap + 1}`);
    const answer = await answerTo(head);
    expect([answer.status, answer.code]).toEqual([413, 'http.body_too_large']);
  });

  it('reads its refusal although it goes on sending', async () => {
    const size = 4 * 1024 * 1024 + 1;
    const head = rawHead('POST /mcp HTTP/1.1', good(), signedIn, json, `Content-Length: ${size}`);
    const answer = await answerTo(head + 'a'.repeat(size));
    expect(answer.status).toBe(413);
  });

  it('is closed with 408 when its head or body does not arrive in time', async () => {
    const slowHead = await answerTo(`GET /mcp HTTP/1.1\r\n${good()}\r\nX-Slow:`);
    expect([slowHead.status, slowHead.code]).toEqual([408, 'http.request_timed_out']);
    const slowBody = await answerTo(
      `${rawHead('POST /mcp HTTP/1.1', good(), signedIn, json, 'Content-Length: 10')}{`,
    );
    expect([slowBody.status, slowBody.code]).toEqual([408, 'http.request_timed_out']);
  });

  it('says which methods are allowed', async () => {
    const answer = await answerTo({ method: 'PUT', headers: [signedIn] });
    expect(answer.headers['allow']).toBe('GET, POST, DELETE');
  });

  it('is told how to get a key', async () => {
    const missing = await answerTo({});
    expect(missing.headers['www-authenticate']).toBe('Bearer realm="mcpmux"');
    expect(missing.text).toContain('mcpmux key create');
    const unknown = await answerTo({ headers: ['Authorization: Bearer nobody'] });
    expect(unknown.headers['www-authenticate']).toBe('Bearer realm="mcpmux", error="invalid_token"');
    expect(unknown.text).not.toContain('nobody');
  });

  it('learns nothing about methods and types before it is known', async () => {
    expect((await answerTo({ method: 'PUT' })).status).toBe(401);
  });

  it('is answered in the shape of its route', async () => {
    expect((await answerTo({})).body).toEqual({
      jsonrpc: '2.0',
      id: null,
      error: {
        code: -32600,
        message: expect.stringContaining('A key is needed') as string,
        data: { code: 'http.token_missing' },
      },
    });
    expect((await answerTo({ method: 'PUT', target: '/livez' })).body).toEqual({
      type: 'about:blank',
      title: 'Method Not Allowed',
      status: 405,
      code: 'http.method_not_allowed',
      detail: expect.stringContaining('GET') as string,
    });
  });

  it('does not end the connection for the next one', async () => {
    const answer = await sendRaw(port, `${request({})}${request({ headers: [signedIn] })}`, { skip: 1 });
    expect(answer?.status).toBe(200);
  });
});

describe('browser signals', () => {
  it('let in a page of ours, and a client that says cors without a site', async () => {
    for (const headers of [
      [`Origin: http://127.0.0.1:${port}`, 'Sec-Fetch-Site: same-origin'],
      ['Sec-Fetch-Mode: cors'],
      ['Sec-Fetch-Site: none'],
    ]) {
      expect((await answerTo({ headers: [signedIn, ...headers] })).status).toBe(200);
    }
  });

  it('let a link from elsewhere lead to a page that allows it', async () => {
    expect((await answerTo({ target: '/page', headers: ['Sec-Fetch-Site: cross-site'] })).status).toBe(204);
  });

  it('never get a header that would let another site read', async () => {
    for (const target of ['/mcp', '/livez', '/page', '/nowhere']) {
      const { headers } = await answerTo({
        method: 'OPTIONS',
        target,
        headers: ['Origin: https://evil.example', 'Access-Control-Request-Method: POST'],
      });
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
});

describe('a handler that throws', () => {
  it('is answered with 500 and nothing of its error', async () => {
    const answer = await answerTo({ method: 'POST', headers: [signedIn, json], body: '"throw"' });
    expect([answer.status, answer.code]).toEqual([500, 'http.internal']);
    expect(answer.text).not.toMatch(/token|home/);
  });
});
