/**
 * fault/sixty-bad-inputs.test — what nobody should send, with the status and code it gets, over raw sockets.
 *
 * The numbers are those of our list of sixty bad inputs. Here stand 1–44, at the port for clients. Elsewhere:
 *   14 the body's half, with a shorter limit: src/http/listeners.test.ts;
 *   53–55 servers and authorization servers: hostile-servers.test.ts; 55 a line without end at the start: stdio.test.ts;
 *   56, 58–60 what the daemon finds at its start, and restoring: storage.test.ts; each place a value is sealed in:
 *      test/suites/sealing.ts; each way a backup can be damaged: test/suites/store-upkeep.ts.
 * Not on this surface, because what they are sent to does not exist:
 *   43 expired tokens, refresh tokens and codes in place of access tokens, other audiences; 45–52: there is no
 *      authorization server of our own. Clients have API keys, which do not expire;
 *   40 profiles, 54 quarantine for content: there are no FeatureSets; names that are not listed are refused here, and a
 *      definition without measure is not offered;
 *   57 deep links and imports: there is no dashboard.
 */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Rig, startRig, textResult } from '../edge-cases/rig.ts';
import { withDeadline } from '../support/deadline.ts';
import { deferred } from '../support/deferred.ts';
import { META, MODERN_REVISION } from '../support/raw-client.ts';
import { type RawAnswer, rawHead, sendRaw } from '../support/raw-http.ts';
import { rawTool } from '../support/raw-server.ts';

let rig: Rig;
/** A call has reached `hang`; it answers when it is released. */
const hanging = deferred<void>();
const release = deferred<void>();
/** Row 14 takes six seconds: it runs beside all others. */
let slowHead: Promise<{ text: string; afterMs: number }>;

beforeAll(async () => {
  const tools = [
    rawTool('plain'),
    rawTool('mirrored', {
      inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } },
    }),
  ];
  rig = await startRig({
    new: { wire: 'http', script: { eras: ['modern'], tools } },
    old: {
      wire: 'http',
      script: {
        eras: ['legacy'],
        tools: [rawTool('plain'), rawTool('hang')],
        handlers: {
          'tools/call:hang': async (call: { era: 'legacy' | 'modern' }) => {
            hanging.resolve();
            await release.promise;
            return textResult(call.era, 'called hang');
          },
        },
      },
    },
  });
  slowHead = sendSlowly(`POST /mcp HTTP/1.1\r\nhost: ${host()}\r\nx-slow: ${'a'.repeat(100)}\r\n\r\n`, 1_000);
});
afterAll(() => rig.close());

const host = (): string => `127.0.0.1:${rig.gateway.port}`;

/** Calls of tools that any server has got. */
function effects(): number {
  return ['new', 'old']
    .flatMap((alias) => [...rig.http(alias).received.all])
    .filter(({ message }) => message?.method === 'tools/call').length;
}

interface Given {
  /** Replaces the usual header of that name; undefined leaves it out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Further lines, as they are. */
  readonly lines?: readonly string[];
  readonly method?: string;
  readonly target?: string;
  readonly body?: string | Buffer;
}

/** A modern call of a tool, sound but for what is given. */
function post(given: Given = {}): Promise<RawAnswer | undefined> {
  const body = Buffer.from(given.body ?? call());
  const headers = {
    host: host(),
    authorization: `Bearer ${rig.gateway.key}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': MODERN_REVISION,
    'mcp-method': 'tools/call',
    'mcp-name': 'new_plain',
    'content-length': String(body.length),
    ...given.headers,
  };
  const head = rawHead(
    `${given.method ?? 'POST'} ${given.target ?? '/mcp'} HTTP/1.1`,
    ...Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`])),
    ...(given.lines ?? []),
  );
  return sendRaw(rig.gateway.port, Buffer.concat([Buffer.from(head, 'latin1'), body]));
}

const meta = { [META.protocolVersion]: MODERN_REVISION, [META.clientCapabilities]: {} };

function call(change: Readonly<Record<string, unknown>> = {}): string {
  const params = { name: 'new_plain', arguments: {}, _meta: meta };
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params, ...change });
}

/** The same with a piece of text put in as it is. */
function callWith(inArguments: string): string {
  return call({ params: { name: 'new_plain', arguments: 'HERE', _meta: meta } }).replace(
    '"HERE"',
    inArguments,
  );
}

function request(method: string, params: Readonly<Record<string, unknown>> = {}): Given {
  return {
    headers: { 'mcp-method': method, 'mcp-name': undefined },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } }),
  };
}

/** What has to hold: the HTTP status, and the JSON-RPC code or our own stable code. */
type Verdict = readonly [status: number, code?: number | string | undefined];

function verdictOf(answer: RawAnswer | undefined, expected: Verdict): Verdict {
  if (answer === undefined) return [0];
  if (expected.length === 1) return [answer.status];
  return [answer.status, codeOf(answer.body, typeof expected[1])];
}

function codeOf(body: string, kind: string): number | string | undefined {
  try {
    const parsed = JSON.parse(body) as {
      code?: string;
      error?: { code?: number; data?: { code?: string } };
    };
    return kind === 'number' ? parsed.error?.code : (parsed.code ?? parsed.error?.data?.code);
  } catch {
    return undefined;
  }
}

/** Writes `text` byte by byte until the other side ends it. */
function sendSlowly(text: string, everyMs: number): Promise<{ text: string; afterMs: number }> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const socket = connect({ port: rig.gateway.port, host: '127.0.0.1' });
    let at = 0;
    let answer = '';
    const timer = setInterval(() => socket.write(text.charAt(at++)), everyMs);
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      resolve({ text: answer, afterMs: performance.now() - startedAt });
    });
  });
}

interface Row {
  readonly n: number;
  readonly what: string;
  readonly send: () => Given | Promise<RawAnswer | undefined>;
  readonly expect: Verdict;
}

const row = (n: number, what: string, send: Row['send'], ...expected: Verdict): Row => ({
  n,
  what,
  send,
  expect: expected,
});
const raw = (...lines: readonly string[]) => sendRaw(rig.gateway.port, rawHead(...lines));
const bearer = (): string => `authorization: Bearer ${rig.gateway.key}`;
const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const manyKeys = (count: number): string =>
  `{${Array.from({ length: count }, (_, at) => `"k${at}":1`).join(',')}}`;

const head: readonly Row[] = [
  row(1, 'no Host', () => raw('GET /mcp HTTP/1.1', bearer()), 400),
  row(
    2,
    'two Host headers',
    () => raw('GET /mcp HTTP/1.1', `host: ${host()}`, 'host: evil.com'),
    400,
    'http.host_repeated',
  ),
  row(
    3,
    'an absolute target of another host',
    () => raw('GET http://evil.com/mcp HTTP/1.1', `host: ${host()}`),
    403,
    'http.bad_host',
  ),
  ...[
    'evil@127.0.0.1:P',
    '127.1:P',
    '2130706433:P',
    '0x7f.0.0.1:P',
    '\u24dbocalhost:P',
    'localhost.:P',
    '127.0.0.1.nip.io:P',
    '127.0.0.1:1',
  ].flatMap((name) =>
    ['/mcp', '/livez', '/servers/new/mcp'].map((path) =>
      row(
        4,
        `Host ${name} at ${path}`,
        () =>
          raw(
            `GET ${path} HTTP/1.1`,
            `host: ${Buffer.from(name).toString('latin1').replace('P', String(rig.gateway.port))}`,
          ),
        403,
        'http.bad_host',
      ),
    ),
  ),
  row(
    5,
    'an Origin of another site',
    () => ({ headers: { origin: 'https://evil.example' } }),
    403,
    'http.bad_origin',
  ),
  row(
    5,
    'the same at a well-known path',
    () =>
      raw(
        'GET /.well-known/oauth-protected-resource HTTP/1.1',
        `host: ${host()}`,
        'origin: https://evil.example',
      ),
    403,
    'http.bad_origin',
  ),
  row(
    5,
    'the same with an upgrade',
    () =>
      raw(
        'GET /mcp HTTP/1.1',
        `host: ${host()}`,
        'origin: https://evil.example',
        'connection: upgrade',
        'upgrade: websocket',
      ),
    403,
  ),
  row(6, 'Origin null', () => ({ headers: { origin: 'null' } }), 403, 'http.bad_origin'),
  row(6, 'two Origins', () => ({ lines: ['origin: http://localhost', 'origin: https://evil.example'] }), 403),
  ...['text/plain', 'application/json-seq', undefined].map((type) =>
    row(
      7,
      `Content-Type ${type}`,
      () => ({ headers: { 'content-type': type } }),
      415,
      'http.unsupported_type',
    ),
  ),
  row(
    8,
    'Sec-Fetch-Site cross-site',
    () => ({ lines: ['sec-fetch-site: cross-site'] }),
    403,
    'http.cross_site',
  ),
  row(
    9,
    'two Authorization headers, bad first',
    () => ({ headers: { authorization: 'Bearer nonsense' }, lines: [bearer()] }),
    400,
    'http.header_repeated',
  ),
  row(
    9,
    'two Authorization headers, good first',
    () => ({ lines: ['authorization: Bearer nonsense'] }),
    400,
    'http.header_repeated',
  ),
  row(10, 'Content-Length and Transfer-Encoding', () => ({ lines: ['transfer-encoding: chunked'] }), 400),
  row(10, 'two Content-Length headers', () => ({ lines: ['content-length: 3'] }), 400),
  row(
    10,
    'an unknown Transfer-Encoding',
    () => ({ headers: { 'content-length': undefined }, lines: ['transfer-encoding: xchunked'] }),
    400,
  ),
  row(10, 'a folded header', () => ({ lines: ['x-folded: a', ' b'] }), 400),
  row(10, 'a bare line feed', () => sendRaw(rig.gateway.port, `GET /mcp HTTP/1.1\nhost: ${host()}\n\n`), 400),
  row(10, 'NUL in a header', () => ({ lines: ['x-nul: a\u0000b'] }), 400),
  ...['/mcp%2f..%2fadmin', '//admin', '/admin%00'].map((target) => row(11, target, () => ({ target }), 400)),
  ...['/..;/admin', '/ADMIN', '/api/v1/status'].map((target) => row(11, target, () => ({ target }), 404)),
  row(12, '101 headers', () => ({ lines: Array.from({ length: 101 }, (_, at) => `x-${at}: 1`) }), 431),
  row(12, 'a header of 20 KB', () => ({ lines: [`x-long: ${'a'.repeat(20_000)}`] }), 431),
  row(13, 'TRACE', () => ({ method: 'TRACE', body: '' }), 405),
  row(13, 'PUT', () => ({ method: 'PUT' }), 405, 'http.method_not_allowed'),
  row(
    13,
    'GET by a modern client',
    () => ({ method: 'GET', headers: { 'content-length': undefined }, body: '' }),
    405,
  ),
  row(
    13,
    'DELETE by a modern client',
    () => ({ method: 'DELETE', headers: { 'content-length': undefined }, body: '' }),
    405,
  ),
];

const body: readonly Row[] = [
  row(
    15,
    '4 MiB + 1 with a length',
    () =>
      raw(
        'POST /mcp HTTP/1.1',
        `host: ${host()}`,
        bearer(),
        'content-type: application/json',
        'content-length: 4194305',
      ),
    413,
    'http.body_too_large',
  ),
  row(
    15,
    '4 MiB + 1 in chunks',
    () => {
      const chunk = 'a'.repeat(1_048_577);
      const text = `${chunk.length.toString(16)}\r\n${chunk}\r\n`.repeat(4);
      return sendRaw(
        rig.gateway.port,
        rawHead(
          'POST /mcp HTTP/1.1',
          `host: ${host()}`,
          bearer(),
          'content-type: application/json',
          'transfer-encoding: chunked',
        ) + text,
      );
    },
    413,
    'http.body_too_large',
  ),
  row(16, 'a compressed body', () => ({ headers: { 'content-encoding': 'gzip' } }), 415, 'http.encoded_body'),
  row(
    17,
    'invalid UTF-8',
    () => ({
      body: Buffer.concat([
        Buffer.from('{"jsonrpc":"2.0","method":"'),
        Buffer.from([0xc3, 0x28]),
        Buffer.from('"}'),
      ]),
    }),
    400,
    -32700,
  ),
  row(17, 'a byte order mark', () => ({ body: `\ufeff${call()}` }), 400, -32700),
  row(
    18,
    'a duplicate key',
    () => ({ body: call().replace('"method":"tools/call"', '"method":"tools/list","method":"tools/call"') }),
    400,
    -32600,
  ),
  row(18, 'a duplicate key deep inside', () => ({ body: callWith('{"a":[{"b":1,"b":2}]}') }), 400, -32600),
  row(19, '50,001 keys', () => ({ body: callWith(manyKeys(50_001)) }), 400, -32600),
  row(20, 'a batch', () => ({ body: `[${call()},${call({ id: 2 })}]` }), 400, -32600),
  row(21, 'depth 129', () => ({ body: callWith(deep(127)) }), 400, -32600),
  row(21, 'depth 5,000', () => ({ body: callWith(deep(5_000)) }), 400, -32600),
  row(22, 'Method for method', () => ({ body: call().replace('"method"', '"Method"') }), 400, -32600),
  row(
    22,
    'method\\u0000 beside method',
    () => ({ body: call().replace('"method"', '"method\\u0000":"tools/list","method"') }),
    400,
    -32600,
  ),
  ...['null', '1.5', '{}', 'true'].map((id) =>
    row(24, `id ${id}`, () => ({ body: call().replace('"id":1', `"id":${id}`) }), 400, -32600),
  ),
  row(
    25,
    'an id that a number cannot hold',
    () => ({ body: call().replace('"id":1', '"id":9007199254740993') }),
    400,
    -32600,
  ),
  row(27, 'a lone surrogate', () => ({ body: callWith('{"a":"\\ud800"}') }), 400, -32600),
  row(
    28,
    'a line break in the method',
    () => ({ body: call({ method: 'tools/call\r\nX: y' }) }),
    400,
    -32020,
  ),
];

const protocol: readonly Row[] = [
  row(
    29,
    'another version in _meta',
    () => ({
      body: call({
        params: {
          name: 'new_plain',
          arguments: {},
          _meta: { ...meta, [META.protocolVersion]: '2025-11-25' },
        },
      }),
    }),
    400,
    -32020,
  ),
  row(
    30,
    'version 1900-01-01',
    () => ({
      headers: { 'mcp-protocol-version': '1900-01-01' },
      body: call({
        params: {
          name: 'new_plain',
          arguments: {},
          _meta: { ...meta, [META.protocolVersion]: '1900-01-01' },
        },
      }),
    }),
    400,
    -32022,
  ),
  row(31, 'another method in Mcp-Method', () => ({ headers: { 'mcp-method': 'tools/list' } }), 400, -32020),
  row(32, 'no Mcp-Name', () => ({ headers: { 'mcp-name': undefined } }), 400, -32020),
  row(32, "another tool's Mcp-Name", () => ({ headers: { 'mcp-name': 'new_mirrored' } }), 400, -32020),
  row(33, 'broken base64 in Mcp-Name', () => ({ headers: { 'mcp-name': '=?base64?!!!?=' } }), 400, -32020),
  row(34, 'an unknown method', () => request('tools/destroy'), 404, -32601),
  row(
    35,
    'no client capabilities',
    () => ({
      body: call({
        params: { name: 'new_plain', arguments: {}, _meta: { [META.protocolVersion]: MODERN_REVISION } },
      }),
    }),
    400,
    -32602,
  ),
  row(
    36,
    'a parameter header that differs from the body',
    () => ({
      headers: { 'mcp-name': 'new_mirrored' },
      lines: ['mcp-param-region: us'],
      body: call({ params: { name: 'new_mirrored', arguments: { region: 'eu' }, _meta: meta } }),
    }),
    400,
    -32020,
  ),
  row(37, 'a cursor that nobody gave out', () => request('tools/list', { cursor: 'bm9ib2R5' }), 200, -32602),
  row(
    37,
    'a requestState that nobody gave out',
    () => ({
      body: call({ params: { name: 'old_plain', arguments: {}, requestState: 'AAAA', _meta: meta } }),
      headers: { 'mcp-name': 'old_plain' },
    }),
    200,
    -32602,
  ),
  ...['new_nothing', 'New_plain', 'new_plain '].map((name) =>
    row(
      40,
      `a tool called ${JSON.stringify(name)}`,
      () => ({
        headers: { 'mcp-name': name === 'new_plain ' ? `=?base64?${btoa(name)}?=` : name },
        body: call({ params: { name, arguments: {}, _meta: meta } }),
      }),
      200,
      -32602,
    ),
  ),
  row(43, 'no token', () => ({ headers: { authorization: undefined } }), 401, 'http.token_missing'),
  row(
    43,
    'a random token',
    () => ({ headers: { authorization: 'Bearer nonsense' } }),
    401,
    'http.token_unknown',
  ),
  row(
    43,
    'a key with a wrong checksum',
    () => ({
      headers: {
        authorization: `Bearer ${rig.gateway.key.slice(0, -1)}${rig.gateway.key.endsWith('0') ? '1' : '0'}`,
      },
    }),
    401,
    'http.token_unknown',
  ),
  row(
    44,
    'the key in the URL',
    () => ({ target: `/mcp?access_token=${rig.gateway.key}`, headers: { authorization: undefined } }),
    401,
    'http.token_missing',
  ),
];

it('a sound call gets through: the rows fail for what they say and nothing else', async () => {
  const before = effects();
  expect((await post())?.status).toBe(200);
  expect(effects()).toBe(before + 1);
});

describe.each([
  ['the head', head],
  ['the body', body],
  ['the protocol', protocol],
])('%s', (_, rows) => {
  it.each(rows.map((one) => [one.n, one.what, one.expect.join(' / '), one] as const))(
    '%d: %s → %s',
    async (_n, _what, _expected, { send, expect: expected }) => {
      const before = effects();
      const given = send();
      const answer = await (given instanceof Promise ? given : post(given));
      expect(verdictOf(answer, expected)).toEqual(expected);
      expect(answer?.body.length).toBeLessThanOrEqual(4_096);
      expect(answer?.body).not.toMatch(/\bat .*\.(?:m?js|ts):\d/);
      expect(effects()).toBe(before);
    },
  );
});

describe('answers that carry more', () => {
  it('8: a request without Origin and with sec-fetch-mode only is let in', async () => {
    expect((await post({ lines: ['sec-fetch-mode: cors'] }))?.status).toBe(200);
  });

  it('13: a refused method is told which ones there are', async () => {
    expect((await post({ method: 'PUT' }))?.headers['allow']).toContain('POST');
  });

  it('19: a million keys are refused within moments', async () => {
    const text = callWith(manyKeys(300_000));
    const startedAt = performance.now();
    expect((await post({ body: text }))?.status).toBe(400);
    // 50 ms is the figure of the list; the machine may be busy, and four megabytes travel first.
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('23: __proto__, constructor and prototype are data', async () => {
    const answer = await post({
      body: callWith('{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}'),
    });
    expect(answer?.status).toBe(200);
    const sent = rig.http('new').received.all.findLast(({ message }) => message?.method === 'tools/call');
    expect(sent?.body).toContain('"__proto__":{"x":1}');
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it('25: a number that is too large is told what to use instead', async () => {
    expect((await post({ body: call().replace('"id":1', '"id":9007199254740993') }))?.body).toMatch(/string/);
  });

  it('30: a version that is not served is told which ones are', async () => {
    const revision = '1900-01-01';
    const params = { name: 'new_plain', arguments: {}, _meta: { ...meta, [META.protocolVersion]: revision } };
    const answer = await post({ headers: { 'mcp-protocol-version': revision }, body: call({ params }) });
    expect(JSON.parse(answer!.body)).toMatchObject({
      error: { code: -32022, data: { supported: [MODERN_REVISION], requested: revision } },
    });
  });

  it('43: a revoked key is let in no more, nor into a session that it had, and is told so like an unknown one', async () => {
    const { admin } = rig.gateway;
    const { text, key } = await admin.createKey('to be revoked');
    const headers = { authorization: `Bearer ${text}` };
    expect((await post({ headers }))?.status).toBe(200);
    await admin.revokeKey(key.id);
    const before = effects();
    const [revoked, unknown] = [
      await post({ headers }),
      await post({ headers: { authorization: 'Bearer x' } }),
    ];
    for (const answer of [revoked, unknown]) {
      expect(verdictOf(answer, [401, 'http.token_unknown'])).toEqual([401, 'http.token_unknown']);
      expect(answer?.headers['www-authenticate']).toMatch(/^Bearer .*error="invalid_token"/);
    }
    expect(revoked?.body).toBe(unknown?.body);
    expect(effects()).toBe(before);
  });

  it('43: a refused token is told how to get in', async () => {
    const answer = await post({ headers: { authorization: 'Bearer nonsense' } });
    expect(answer?.headers['www-authenticate']).toMatch(/^Bearer .*error="invalid_token"/);
  });

  it('43: keys that are wrong in different ways are refused in the same time', async () => {
    const { key } = rig.gateway;
    const wrong = {
      random: 'Bearer nonsense',
      // Right in form and checksum, and nobody's.
      unknown: `Bearer ${await rig.gateway.admin.createKey('soon gone').then(async (made) => {
        await rig.gateway.admin.revokeKey(made.key.id);
        return made.text;
      })}`,
      checksum: `Bearer ${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`,
    };
    const medianMs = async (authorization: string): Promise<number> => {
      const tookMs: number[] = [];
      for (let time = 0; time < 21; time += 1) {
        const startedAt = performance.now();
        await post({ headers: { authorization } });
        tookMs.push(performance.now() - startedAt);
      }
      return tookMs.sort((a, b) => a - b)[10]!;
    };
    const medians = await Object.values(wrong).reduce<Promise<number[]>>(
      async (sofar, one) => [...(await sofar), await medianMs(one)],
      Promise.resolve([]),
    );
    // A class, not a figure: none costs a slow hash or a look into the store.
    expect(Math.max(...medians) - Math.min(...medians)).toBeLessThan(20);
  });

  it('44: a key in a URL appears in no log', () => {
    expect(rig.gateway.log()).not.toContain(rig.gateway.key);
  });

  it('28: a line break in a method stays one line of the log', () => {
    const lines = rig.gateway.log().trim().split('\n');
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });
});

describe('legacy sessions', () => {
  const open = async (given: Given = {}): Promise<string> => {
    const answer = await post({
      headers: { 'mcp-protocol-version': undefined, 'mcp-method': undefined, 'mcp-name': undefined },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 0,
        method: 'initialize',
        params: {
          protocolVersion: '2025-11-25',
          capabilities: {},
          clientInfo: { name: 'bad', version: '1' },
        },
      }),
      ...given,
    });
    return answer?.headers['mcp-session-id'] ?? '';
  };
  const inSession = (
    session: string | undefined,
    text: string,
    headers: Given['headers'] = {},
  ): Promise<RawAnswer | undefined> =>
    post({
      headers: {
        'mcp-protocol-version': '2025-11-25',
        'mcp-method': undefined,
        'mcp-name': undefined,
        'mcp-session-id': session,
        ...headers,
      },
      body: text,
    });
  const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}';

  it('26: a second open request with the same id is refused, and the first goes on', async () => {
    const client = await rig.client('legacy');
    const first = client.open('tools/call', { name: 'old_hang', arguments: {} }, { id: 'same' });
    await withDeadline(hanging.promise, 5_000, 'the call did not reach the server');
    const second = await client.callTool('old_plain', {}, { id: 'same' });
    expect(second.error?.code).toBe(-32600);
    release.resolve();
    expect((await first.answer).result).toMatchObject({ content: [{ text: 'called hang' }] });
  });

  it("38: another principal's session is answered like one that never was", async () => {
    const session: string = await open();
    const { text: other } = await rig.gateway.admin.createKey('other principal');
    const headers = { authorization: `Bearer ${other}` };
    const foreign = await inSession(session, ping, headers);
    const unknown = await inSession('nobody', ping, headers);
    expect([foreign?.status, unknown?.status]).toEqual([404, 404]);
    expect(foreign?.body).toBe(unknown?.body);
    expect((await inSession(session, ping))?.status).toBe(200);
  });

  it.each([
    ['no session id', undefined],
    ['an id with a space', 'a b'],
    ['an id of 5 KB', 'a'.repeat(5_000)],
  ])('39: %s', async (_, session) => {
    // A ping may come before a session is there.
    expect((await inSession(session, ping.replace('ping', 'tools/list')))?.status).toBe(400);
  });

  it('39: an ended session is gone', async () => {
    const session = await open();
    const end = await post({
      method: 'DELETE',
      headers: {
        'mcp-session-id': session,
        'content-length': undefined,
        'content-type': undefined,
        'mcp-protocol-version': '2025-11-25',
        'mcp-method': undefined,
        'mcp-name': undefined,
      },
      body: '',
    });
    expect(end?.status).toBe(200);
    expect((await inSession(session, ping))?.status).toBe(404);
  });

  it('42: an answer to nothing and progress of nobody are taken and change nothing', async () => {
    const session = await open();
    const before = effects();
    const answer = await inSession(session, '{"jsonrpc":"2.0","id":"no-such","result":{}}');
    const progress = await inSession(
      session,
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"foreign","progress":1}}',
    );
    expect([answer?.status, progress?.status]).toEqual([202, 202]);
    expect(effects()).toBe(before);
    expect((await inSession(session, ping))?.status).toBe(200);
  });
});

it('14: a head that comes one byte a second ends after six seconds with 408', async () => {
  const { text, afterMs } = await slowHead;
  expect(text).toMatch(/^HTTP\/1\.1 408 /);
  // 5 s and the second in which it is noticed; the rest is for a busy machine.
  expect(afterMs).toBeLessThan(8_000);
});
