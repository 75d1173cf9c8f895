/**
 * Edge cases of lifecycle: envelopes, versions, sessions, both eras at one endpoint.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, withDeadline } from '../support/deadline.ts';
import { deferred } from '../support/deferred.ts';
import { META, MODERN_REVISION, type RpcId } from '../support/raw-client.ts';
import { rawTool } from '../support/raw-server.ts';
import { type Rig, startRig, textOf, textResult } from './rig.ts';

let rig: Rig;
let hanging = deferred<void>();
let cancelled = deferred<void>();
/** How often each side-effecting tool was really run. */
const runs = { vanish: 0 };
/** Calls of `vanish` at the server end its session in mid-call while this is true. */
let losesSession = false;

beforeAll(async () => {
  const tools = [rawTool('plain'), rawTool('hang'), rawTool('vanish')];
  const handlers = {
    'tools/call:hang': async (call: { cancelled: Promise<void> }) => {
      hanging.resolve();
      await call.cancelled;
      cancelled.resolve();
      return undefined;
    },
    'tools/call:vanish': (call: { era: 'legacy' | 'modern'; breakOff(): void }) => {
      runs.vanish += 1;
      if (!losesSession) return textResult(call.era, 'still here');
      rig.http('old').sessions.clear();
      call.breakOff();
      return undefined;
    },
  };
  rig = await startRig({
    old: { wire: 'http', script: { eras: ['legacy'], tools, handlers } },
    new: { wire: 'http', script: { eras: ['modern'], tools, handlers } },
    pipe: { wire: 'stdio', script: { eras: ['legacy'], tools, handlers } },
    picky: {
      wire: 'http',
      script: {
        eras: ['modern'],
        tools: [rawTool('plain')],
        handlers: {
          'tools/call': (call) => {
            call.fail({
              code: -32022,
              message: 'Unsupported protocol version',
              data: { supported: ['2099-01-01'], requested: MODERN_REVISION },
            });
            return undefined;
          },
        },
      },
    },
  });
});
afterAll(() => rig.close());

describe('edge 7: the modern envelope', () => {
  it.each([
    ['_meta', undefined],
    ['protocolVersion', { [META.protocolVersion]: undefined }],
    ['clientCapabilities', { [META.clientCapabilities]: undefined }],
  ])('refuses a request without %s', async (what, meta) => {
    const client = await rig.client('modern');
    const answer =
      meta === undefined
        ? await client.send(JSON.stringify({ jsonrpc: '2.0', id: 5, method: 'tools/list', params: {} }), {
            headers: { 'mcp-protocol-version': MODERN_REVISION, 'mcp-method': 'tools/list' },
          }).answer
        : await client.request('tools/list', {}, { id: 5, meta });
    expect([answer.status, answer.error?.code, answer.message?.id], what).toEqual([400, -32602, 5]);
  });

  it('serves a request without clientInfo', async () => {
    const client = await rig.client('modern');
    const answer = await client.request('tools/list', {}, { meta: { [META.clientInfo]: undefined } });
    expect(answer.status).toBe(200);
    expect(answer.result?.['tools']).toBeInstanceOf(Array);
  });
});

describe('edge 8: versions that are not served', () => {
  it('answers -32022 with what is supported and what was asked for', async () => {
    const client = rig.stranger('modern', undefined, { revision: '2027-01-01' });
    const answer = await client.request('tools/list');
    expect(answer.status).toBe(400);
    expect(answer.error).toMatchObject({
      code: -32022,
      data: { supported: [MODERN_REVISION], requested: '2027-01-01' },
    });
  });

  it.each(['legacy', 'modern'] as const)('never passes on -32022 of a server to a %s client', async (era) => {
    const client = await rig.client(era, 'picky');
    const answer = await client.callTool('plain');
    expect(answer.error?.code).toBe(-32603);
    expect(answer.error?.data).toMatchObject({ source: 'gateway' });
    expect(answer.text).not.toContain('2099-01-01');
  });
});

describe('edge 9: ids in errors', () => {
  const ids: readonly RpcId[] = [0, '', 7, 'seven', -3, 'ünï', 2 ** 40];
  it.each(ids.map((id) => [id]))('gives id %j back with its type', async (id) => {
    const modern = await rig.client('modern');
    const refused = await modern.request('no/such/method', {}, { id });
    expect(refused.message?.id).toBe(id);
    const unknown = await modern.callTool('no-such-tool', {}, { id });
    expect(unknown.message?.id).toBe(id);
    const mismatch = await modern.request('tools/list', {}, { id, headers: { 'mcp-method': 'tools/call' } });
    expect(mismatch.message?.id).toBe(id);
    const legacy = await rig.client('legacy');
    expect((await legacy.callTool('no-such-tool', {}, { id })).message?.id).toBe(id);
    expect((await legacy.callTool('old_plain', {}, { id })).message?.id).toBe(id);
  });
});

describe('edge 10: methods of the other era', () => {
  it.each([
    'initialize',
    'ping',
    'logging/setLevel',
    'resources/subscribe',
    'resources/unsubscribe',
    'no/such/method',
  ])('answers 404 and -32601 to a modern %s', async (method) => {
    const client = await rig.client('modern');
    const answer = await client.request(method, { uri: 'x://y', level: 'debug' }, { id: 'ten' });
    expect([answer.status, answer.error?.code, answer.message?.id]).toEqual([404, -32601, 'ten']);
  });
});

describe('edge 11: one endpoint, both eras', () => {
  it('serves a modern request, a legacy session and a standing stream at the same time', async () => {
    const legacy = await rig.client('legacy');
    const stream = legacy.openStream();
    expect((await stream.head).status).toBe(200);
    const modern = await rig.client('modern');
    const [one, two, ping] = await Promise.all([
      modern.callTool('new_plain'),
      legacy.callTool('new_plain'),
      legacy.request('ping'),
    ]);
    expect(textOf(one.result)).toBe('called plain');
    expect(textOf(two.result)).toBe('called plain');
    expect(one.headers['mcp-session-id']).toBeUndefined();
    expect(ping.result).toEqual({});
    stream.abort();
  });
});

describe('edge 12: legacy versions', () => {
  it.each([
    ['2024-11-05', '2024-11-05'],
    ['2025-03-26', '2025-03-26'],
    ['2025-06-18', '2025-06-18'],
    ['2025-11-25', '2025-11-25'],
    ['2020-01-01', '2025-11-25'],
    ['2099-12-31', '2025-11-25'],
    ['nonsense', '2025-11-25'],
    // The modern revision has no handshake: it is never agreed by one.
    [MODERN_REVISION, '2025-11-25'],
  ])('a client that asks for %s gets %s', async (asked, agreed) => {
    const client = rig.stranger('legacy', undefined, { revision: asked });
    const answer = await client.initialize();
    expect(answer.result?.['protocolVersion']).toBe(agreed);
    expect((await client.callTool('old_plain')).result).toBeDefined();
  });
});

describe('edge 13: batches', () => {
  const batch = JSON.stringify([
    { jsonrpc: '2.0', id: 'a', method: 'tools/call', params: { name: 'old_plain', arguments: {} } },
    { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'nobody' } },
    { jsonrpc: '2.0', id: 1, method: 'ping' },
  ]);

  it('accepts one in a session of 2025-03-26 and answers each request', async () => {
    const client = await rig.client('legacy', undefined, { revision: '2025-03-26' });
    const answer = await client.send(batch, {
      headers: { 'mcp-session-id': client.sessionId, 'mcp-protocol-version': '2025-03-26' },
    }).answer;
    expect(answer.status).toBe(200);
    const answers = JSON.parse(answer.text) as { id: RpcId; result: unknown }[];
    expect(new Set(answers.map((one) => one.id))).toEqual(new Set([1, 'a']));
  });

  it.each(['2024-11-05', '2025-06-18', '2025-11-25'])('refuses one in a session of %s', async (revision) => {
    const client = await rig.client('legacy', undefined, { revision });
    for (const header of [revision, undefined]) {
      const answer = await client.send(batch, {
        headers: { 'mcp-session-id': client.sessionId, 'mcp-protocol-version': header },
      }).answer;
      expect([answer.status, answer.error?.code]).toEqual([400, -32600]);
    }
  });

  it('refuses one without a session and one of modern messages', async () => {
    const client = await rig.client('modern');
    expect((await client.send(batch).answer).status).toBe(400);
    const headers = { 'mcp-protocol-version': MODERN_REVISION };
    expect((await client.send(batch, { headers }).answer).status).toBe(400);
  });
});

describe('edge 14: session ids', () => {
  it('answers 404 to an unknown id and 400 to a missing one', async () => {
    const client = await rig.client('legacy');
    const unknown = await client.request('tools/list', {}, { headers: { 'mcp-session-id': 'nobody' } });
    expect([unknown.status, unknown.message?.id]).toEqual([404, 2]);
    const missing = await client.request('tools/list', {}, { headers: { 'mcp-session-id': undefined } });
    expect(missing.status).toBe(400);
    const stream = client.openStream({ headers: { 'mcp-session-id': 'nobody' } });
    expect((await stream.head).status).toBe(404);
  });

  it("answers 404 to another principal's id, whatever it does", async () => {
    const owner = await rig.client('legacy');
    const { text: secret } = await rig.gateway.admin.createKey('somebody else');
    const thief = rig.stranger('legacy', undefined, { headers: { authorization: `Bearer ${secret}` } });
    const headers = { 'mcp-session-id': owner.sessionId, 'mcp-protocol-version': '2025-11-25' };
    const post = await thief.request('tools/list', {}, { headers });
    const get = await thief.openStream({ headers }).head;
    const end = await thief.terminate(headers);
    expect([post.status, get.status, end.status]).toEqual([404, 404, 404]);
    expect((await owner.request('ping')).status).toBe(200);
  });

  it.each(['old', 'pipe', 'new'])('ends what runs at %s when the session is deleted', async (alias) => {
    hanging = deferred();
    cancelled = deferred();
    const client = await rig.client('legacy', alias);
    const call = client.open('tools/call', { name: 'hang', arguments: {} });
    await withDeadline(hanging.promise, 5_000, 'the call did not reach the server');
    expect((await client.terminate()).status).toBe(200);
    await withDeadline(cancelled.promise, 5_000, 'the server was not told to stop');
    await withDeadline(call.ended, 5_000, 'the call did not end for the client');
    expect((await client.request('ping')).status).toBe(404);
  });
});

describe('edge 15: a server that forgets our session', () => {
  it('is initialised again, and the next call succeeds', async () => {
    const client = await rig.client('legacy', 'old');
    expect(textOf((await client.callTool('plain')).result)).toBe('called plain');
    rig.http('old').sessions.clear();
    // The first call may hear of the lost session; it was refused before it began, so it may also be sent again.
    await client.callTool('plain');
    expect(textOf((await client.callTool('plain')).result)).toBe('called plain');
  });

  it('does not repeat a call that may have run', async () => {
    const client = await rig.client('legacy', 'old');
    losesSession = true;
    const before = runs.vanish;
    const answer = await client.callTool('vanish');
    losesSession = false;
    expect(answer.error?.data).toMatchObject({ source: 'gateway' });
    expect(runs.vanish).toBe(before + 1);
    await eventually('a call that works again', async () =>
      (await client.callTool('plain')).result === undefined ? undefined : true,
    );
    expect(runs.vanish).toBe(before + 1);
  });
});

describe('edge 39: credentials (what exists today)', () => {
  it('refuses a missing, a wrong and a revoked key, and a key in the URL', async () => {
    const { text: secret, key } = await rig.gateway.admin.createKey('short-lived');
    const headers = { authorization: `Bearer ${secret}` };
    expect((await rig.stranger('modern', undefined, { headers }).request('tools/list')).status).toBe(200);
    await rig.gateway.admin.revokeKey(key.id);
    const attempts = [
      rig.stranger('modern', undefined, { headers }),
      rig.stranger('modern', undefined, { headers: { authorization: undefined } }),
      rig.stranger('modern', undefined, { headers: { authorization: 'Bearer mcpmux_nonsense' } }),
      rig.stranger('modern', undefined, {
        url: `${rig.gateway.mcpUrl()}?access_token=${rig.gateway.key}&key=${rig.gateway.key}`,
        headers: { authorization: undefined },
      }),
    ];
    for (const attempt of attempts) {
      const answer = await attempt.request('tools/list');
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    }
  });

  it("never sends the client's own credential to a server", async () => {
    const client = await rig.client('modern');
    await client.callTool('new_plain', {}, { meta: { 'example.com/x': 1 } });
    const legacy = await rig.client('legacy');
    await legacy.callTool('old_plain');
    const told = [...rig.http('new').received.all, ...rig.http('old').received.all].map(
      (one) => `${JSON.stringify(one.headers)} ${one.body}`,
    );
    expect(told.length).toBeGreaterThan(4);
    expect(told.filter((text) => text.includes(rig.gateway.key))).toEqual([]);
  });
});
