/**
 * downstream/edge-clients.test — clients that go by the letter of the rules, or a little beside it.
 */
import { describe, expect, it } from 'vitest';
import {
  closeRigs,
  FakeCallHandler,
  initialize,
  post,
  type Rig,
  startRig,
} from '../../test/support/downstream-rig.ts';
import { resultAnswer } from '../gateway/index.ts';
import type { AskReply } from '../model/index.ts';
import { RawJson } from '../protocol/index.ts';

closeRigs();

/** A server that says something and asks something before it answers. */
class Talkative extends FakeCallHandler {
  reply: AskReply | undefined;

  constructor() {
    super();
    this.answer = async ({ scope }) => {
      scope.tell('notifications/progress', RawJson.ofValue({ progress: 1 }));
      this.reply = await scope.ask({ method: 'roots/list', params: undefined }, scope.cancellation);
      return resultAnswer({ done: true });
    };
  }
}

const call = (rig: Rig, session: string, accept: string): Promise<Response> =>
  fetch(`${rig.url}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, 'mcp-session-id': session },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 7,
      method: 'tools/call',
      params: { name: 't', _meta: { progressToken: 'p' } },
    }),
    signal: AbortSignal.timeout(5_000),
  });

async function withRoots(rig: Rig): Promise<string> {
  const { session } = await post(rig, {
    method: 'initialize',
    params: {
      protocolVersion: '2025-06-18',
      capabilities: { roots: {} },
      clientInfo: { name: 'c', version: '1' },
    },
  });
  return session as string;
}

describe('Accept', () => {
  it.each(['application/json', 'application/json, text/event-stream;q=0', 'application/*'])(
    'R41 %s gets JSON, whatever the server says on the way',
    async (accept) => {
      const serve = new Talkative();
      const rig = await startRig({ serve });
      const answer = await call(rig, await withRoots(rig), accept);
      expect(answer.headers.get('content-type')).toBe('application/json');
      expect(await answer.json()).toEqual({ jsonrpc: '2.0', id: 7, result: { done: true } });
      // It cannot be asked on this answer, and listens on no other stream.
      expect(serve.reply?.kind).not.toBe('result');
    },
  );

  it('R41 text/event-stream alone gets a stream with the answer only', async () => {
    const rig = await startRig();
    const answer = await call(rig, await initialize(rig), 'text/event-stream');
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    expect(await answer.text()).toMatch(
      /^event: message\nid: [^\n]+\ndata: \{"jsonrpc":"2.0","id":7,"result":\{\}\}\n\n$/,
    );
  });

  it('R41 events carry their name', async () => {
    const serve = new Talkative();
    const rig = await startRig({ serve });
    const answer = await call(rig, await initialize(rig), 'application/json, text/event-stream');
    const text = await answer.text();
    const events = text.split('\n\n').filter((event) => event.includes('data: {'));
    expect(events.length).toBeGreaterThan(1);
    for (const event of events) expect(event).toContain('event: message\n');
  });

  it.each(['application/json', 'text/html'])('R41 a GET that takes %s only is told so', async (accept) => {
    const rig = await startRig();
    const session = await initialize(rig);
    const answer = await fetch(`${rig.url}/mcp`, { headers: { accept, 'mcp-session-id': session } });
    expect(answer.status).toBe(406);
    expect(await answer.text()).toContain('text/event-stream');
  });
});

describe('paths', () => {
  it('R41 a session that began at /mcp/ goes on at /mcp, and the other way round', async () => {
    const rig = await startRig();
    const params = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'c', version: '1' },
    };
    const { session } = await post(rig, { method: 'initialize', params }, { path: '/mcp/' });
    expect((await post(rig, { method: 'ping' }, { session: session as string })).status).toBe(200);
    const other = await initialize(rig);
    expect((await post(rig, { method: 'ping' }, { session: other, path: '/mcp/' })).status).toBe(200);
  });

  it.each([
    ['/sse', 'https://proxy.example/sub/sse', 'https://proxy.example/sub/messages'],
    ['/sse/', 'https://proxy.example/sub/sse/', 'https://proxy.example/sub/messages'],
    ['/servers/a/sse', 'https://proxy.example/x/servers/a/sse', 'https://proxy.example/x/servers/a/messages'],
    ['/sse?token=1', 'http://127.0.0.1/sse?token=1', 'http://127.0.0.1/messages'],
  ])('R84 the endpoint of %s is right as seen from %s', async (path, seenAs, expected) => {
    const rig = await startRig();
    const answer = await fetch(rig.url + path, { headers: { accept: 'text/event-stream' } });
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const { value } = await reader.read();
    const reference = /^event: endpoint\ndata: (.+)$/m.exec(Buffer.from(value as Uint8Array).toString())?.[1];
    const resolved = new URL(reference as string, seenAs);
    expect(`${resolved.origin}${resolved.pathname}`).toBe(expected);
    expect(resolved.searchParams.get('sessionId')).toMatch(/^[A-Za-z0-9]{32}$/);
    await reader.cancel();
  });
});

describe('R107 a ping before initialize', () => {
  const ask = (rig: Rig, body: object): Promise<Response> =>
    fetch(`${rig.url}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', ...body }),
      signal: AbortSignal.timeout(5_000),
    });

  it.each([1, 'one'])('R107 is answered, with id %j', async (id) => {
    const answer = await ask(await startRig(), { id, method: 'ping' });
    expect([answer.status, await answer.json()]).toEqual([200, { jsonrpc: '2.0', id, result: {} }]);
  });

  it('R107 anything else still has to begin with initialize', async () => {
    const answer = await ask(await startRig(), { id: 1, method: 'tools/list' });
    expect(answer.status).toBe(400);
  });
});
