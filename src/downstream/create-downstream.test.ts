/**
 * downstream/create-downstream.test — sessions over real sockets: what is held for them, and when it is let go.
 */
import { describe, expect, it } from 'vitest';
import {
  closeRigs,
  hello,
  initialize,
  post,
  Records,
  type Rig,
  startRig,
  subscribe,
} from '../../test/support/downstream-rig.ts';
import type { SessionId, SessionRecord } from '../model/index.ts';

closeRigs();

function gate(): { readonly wait: Promise<void>; open(): void } {
  let open = (): void => {};
  const wait = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { wait, open: () => open() };
}

async function eventually(isSo: () => boolean, what: string): Promise<void> {
  for (const endsAt = Date.now() + 5_000; !isSo(); ) {
    if (Date.now() > endsAt) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A stream that is read until it ends; what came so far is in `text`. */
async function listen(
  rig: Rig,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ text: string; isOver: boolean; end(): void }> {
  const aborting = new AbortController();
  const response = await fetch(rig.url + path, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: aborting.signal,
  });
  const heard = { text: '', isOver: false, end: () => aborting.abort() };
  void (async () => {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
        heard.text += decoder.decode(chunk, { stream: true });
    } catch {
      // Cut, by us or by the other side: over all the same.
    }
    heard.isOver = true;
  })();
  return heard;
}

describe('subscriptions of a session', () => {
  it('are all kept when several are asked for at once', async () => {
    const rig = await startRig();
    const session = await initialize(rig);
    await Promise.all(['a:1', 'a:2', 'a:3'].map((uri, at) => subscribe(rig, session, uri, at)));
    await Promise.all([
      post(
        rig,
        { method: 'resources/unsubscribe', params: { uri: 'a:1' } },
        { session, headers: { 'x-n': '1' } },
      ),
      post(rig, { method: 'logging/setLevel', params: { level: 'error' }, id: 2 }, { session }),
      subscribe(rig, session, 'a:4', 3),
    ]);
    const row = rig.records.rows.get(session as SessionId);
    expect([[...(row?.subscriptions ?? [])].sort(), row?.logLevel]).toEqual([['a:2', 'a:3', 'a:4'], 'error']);
    expect(Object.fromEntries(rig.serve.held)).toEqual({ 'a:1': 0, 'a:2': 1, 'a:3': 1, 'a:4': 1 });
  });

  it('are let go when the session ended while the server was asked', async () => {
    const rig = await startRig();
    const session = await initialize(rig);
    const asked = gate();
    rig.serve.gate = asked.wait;
    const answer = subscribe(rig, session, 'a:1');
    await eventually(() => rig.serve.asked === 1, 'the server is asked');
    const ended = await fetch(`${rig.url}/mcp`, { method: 'DELETE', headers: { 'mcp-session-id': session } });
    asked.open();
    await answer;
    expect([ended.status, rig.serve.held.get('a:1')]).toEqual([200, 0]);
  });

  it('are not held when they cannot be stored', async () => {
    const rig = await startRig();
    const session = await initialize(rig);
    rig.records.fails = true;
    const { status, body } = await subscribe(rig, session, 'a:1', 7);
    // A failure of ours names the request, so that its client need not wait for it.
    expect([status, body.id]).toEqual([500, 7]);
    rig.records.fails = false;
    expect(rig.serve.held.get('a:1')).toBe(0);
  });

  it('of an earlier life end only where they were taken up again', async () => {
    const records = new Records();
    const first = await startRig({ records });
    const session = await initialize(first);
    await subscribe(first, session, 'a:1');
    await first.downstream.close();

    const second = await startRig({ records });
    second.serve.refuses = true;
    await post(second, { method: 'ping' }, { session });
    await fetch(`${second.url}/mcp`, { method: 'DELETE', headers: { 'mcp-session-id': session } });
    expect(second.serve.held.get('a:1')).toBeUndefined();
  });

  it('are a thousand at most', async () => {
    const rig = await startRig();
    const session = await initialize(rig);
    const row = rig.records.rows.get(session as SessionId) as SessionRecord;
    await rig.downstream.close();
    rig.records.rows.set(row.id, {
      ...row,
      subscriptions: Array.from({ length: 1_000 }, (_, at) => `u:${at}`),
    });
    const second = await startRig({ records: rig.records });
    expect((await subscribe(second, session, 'a:1')).body.error?.code).toBe(-32602);
  });
});

describe('a session', () => {
  it('that comes back after a restart is still in the workspace that its client names', async () => {
    const records = new Records();
    const first = await startRig({ records });
    const session = await initialize(first);
    await first.downstream.close();
    const second = await startRig({ records });
    const headers = { 'x-mcpmux-workspace': '/home/me/project' };
    await post(second, { method: 'tools/list' }, { session, headers });
    expect(second.serve.callers[0]?.workspace).toBe('/home/me/project');
  });

  it('is over in memory even when the store cannot forget it', async () => {
    const rig = await startRig();
    const session = await initialize(rig);
    rig.records.fails = true;
    await fetch(`${rig.url}/mcp`, { method: 'DELETE', headers: { 'mcp-session-id': session } }).catch(
      () => {},
    );
    expect([rig.downstream.sessionCount, rig.released]).toEqual([0, [session]]);
  });

  it('is told to be over once, though two requests end it', async () => {
    const rig = await startRig();
    const session = await initialize(rig);
    const closed: string[] = [];
    rig.events.subscribe(({ event }) => closed.push(event.type));
    const storing = gate();
    rig.records.gate = storing.wait;
    const ends = [1, 2].map(() =>
      fetch(`${rig.url}/mcp`, { method: 'DELETE', headers: { 'mcp-session-id': session } }),
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    storing.open();
    await Promise.all(ends);
    expect([closed, rig.released]).toEqual([['downstream.session_closed'], [session]]);
  });

  it('gives its private legs up when it makes room for another, and when it expires unseen', async () => {
    const rig = await startRig({ maxSessions: 1 });
    const first = await initialize(rig);
    rig.clock.advance(1);
    const second = await initialize(rig);
    expect(rig.released).toEqual([first]);
    rig.clock.advance(3_600_000);
    await eventually(() => {
      rig.clock.advance(60_000);
      return rig.released.length === 3;
    }, 'both expired');
    expect(new Set(rig.released.slice(1))).toEqual(new Set([first, second]));
  });

  it.each([
    ['clientInfo', { ...hello, clientInfo: { name: 'x'.repeat(70_000) } }],
    ['capabilities', { ...hello, capabilities: { experimental: { x: 'x'.repeat(70_000) } } }],
  ])('does not begin with %s of any size', async (_, params) => {
    const rig = await startRig();
    const { status, body } = await post(rig, { method: 'initialize', params });
    expect([status, body.error?.code, rig.records.rows.size]).toEqual([400, -32602, 0]);
  });

  it('ends with its key, and another key keeps its own', async () => {
    const rig = await startRig();
    const [hers, his] = [await initialize(rig), await initialize(rig, { authorization: 'Bearer bob' })];
    const standing = await listen(rig, '/mcp', { 'mcp-session-id': hers });
    const old = await listen(rig, '/sse');
    rig.shutOut('alice');
    await eventually(() => standing.isOver && old.isOver, 'her streams are over');
    expect([...rig.records.rows.keys()]).toEqual([his]);
  });
});

it('a batch is answered on a stream when its answers are too large to be gathered', async () => {
  const rig = await startRig();
  const params = { ...hello, protocolVersion: '2025-03-26' };
  const { session } = await post(rig, { method: 'initialize', params });
  const batch = async (): Promise<[string | null, string]> => {
    const response = await fetch(`${rig.url}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'mcp-session-id': session as string },
      body: JSON.stringify([1, 2, 3].map((id) => ({ jsonrpc: '2.0', id, method: 'tools/list' }))),
      signal: AbortSignal.timeout(5_000),
    });
    return [response.headers.get('content-type'), await response.text()];
  };
  const [small, text] = await batch();
  expect([small, JSON.parse(text)]).toEqual(['application/json', expect.objectContaining({ length: 3 })]);
  rig.serve.result = { text: 'x'.repeat(600_000) };
  const [large, events] = await batch();
  expect([large, events.split('"jsonrpc"').length - 1]).toEqual(['text/event-stream', 3]);
});

it('a batch is answered as a whole though one of it fails', async () => {
  const rig = await startRig();
  const params = { ...hello, protocolVersion: '2025-03-26' };
  const { session } = await post(rig, { method: 'initialize', params });
  rig.records.fails = true;
  const response = await fetch(`${rig.url}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'mcp-session-id': session as string },
    body: JSON.stringify([
      { jsonrpc: '2.0', id: 1, method: 'logging/setLevel', params: { level: 'error' } },
      { jsonrpc: '2.0', id: 2, method: 'tools/list' },
    ]),
    signal: AbortSignal.timeout(5_000),
  });
  const answers = (await response.json()) as { id: number; error?: { code: number } }[];
  expect(new Map(answers.map(({ id, error }) => [id, error?.code]))).toEqual(
    new Map([
      [1, -32603],
      [2, undefined],
    ]),
  );
});

describe('the old pair of endpoints', () => {
  const messagesPath = async (stream: { text: string }): Promise<string> => {
    await eventually(() => stream.text.includes('sessionId='), 'the endpoint event');
    return new URL(/data: (\S+)/.exec(stream.text)?.[1] as string, 'http://x/sse').href.slice(
      'http://x'.length,
    );
  };

  it('opens one session a stream, however often initialize is sent', async () => {
    const rig = await startRig();
    const stream = await listen(rig, '/sse');
    const path = await messagesPath(stream);
    const storing = gate();
    rig.records.gate = storing.wait;
    await Promise.all([1, 2].map((id) => post(rig, { method: 'initialize', params: hello, id }, { path })));
    await eventually(() => stream.text.includes('-32600'), 'the second is refused');
    storing.open();
    await eventually(() => stream.text.includes('protocolVersion'), 'the first is answered');
    expect(rig.records.rows.size).toBe(1);
  });

  it('ends a session whose stream was closed while it was opened', async () => {
    const rig = await startRig();
    const stream = await listen(rig, '/sse');
    const path = await messagesPath(stream);
    const storing = gate();
    rig.records.gate = storing.wait;
    await post(rig, { method: 'initialize', params: hello }, { path });
    stream.end();
    await eventually(() => stream.isOver, 'the stream is closed');
    await new Promise((resolve) => setTimeout(resolve, 30));
    storing.open();
    await eventually(() => rig.released.length === 1, 'the session is released');
    expect([rig.records.rows.size, rig.downstream.sessionCount]).toEqual([0, 0]);
  });

  it('answers on the stream when the store fails', async () => {
    const rig = await startRig();
    const stream = await listen(rig, '/sse');
    const path = await messagesPath(stream);
    rig.records.fails = true;
    const { status } = await post(rig, { method: 'initialize', params: hello, id: 7 }, { path });
    await eventually(() => stream.text.includes('"id":7'), 'an answer');
    expect([status, stream.text.includes('-32603')]).toEqual([202, true]);
  });
});
