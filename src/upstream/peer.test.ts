/**
 * upstream/peer.test — ids, deadlines, progress, cancellation and asks over a wire that the test plays.
 */
import { describe, expect, it } from 'vitest';
import { raw } from '../../test/support/raw-json.ts';
import { Cancellation, type JsonObject, ManualClock } from '../base/index.ts';
import type { Ask, AskReply, CallScope } from '../model/index.ts';
import { joinPieces } from '../protocol/index.ts';
import type { OutgoingMessage, Transport, TransportEvents } from '../transports/transport.ts';
import type { RequestOptions } from './open-requests.ts';
import { Peer, type PeerHandlers } from './peer.ts';

class PlayedTransport implements Transport {
  readonly wire: Transport['wire'];
  readonly sent: JsonObject[] = [];
  readonly abandoned: number[] = [];
  readonly pid = undefined;
  readonly bufferedBytes = 0;
  events!: TransportEvents;

  constructor(wire: Transport['wire'] = 'stdio') {
    this.wire = wire;
  }

  open(events: TransportEvents): Promise<void> {
    this.events = events;
    return Promise.resolve();
  }
  send(message: OutgoingMessage): void {
    this.sent.push(JSON.parse(joinPieces(message.pieces).toString()) as JsonObject);
  }
  abandon(id: number): void {
    this.abandoned.push(id);
  }
  agreed(): void {}
  close(): Promise<void> {
    return Promise.resolve();
  }
  hear(message: unknown, causedBy?: number): void {
    this.events.message(
      Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)),
      causedBy,
    );
  }
}

interface Rig {
  readonly peer: Peer;
  readonly wire: PlayedTransport;
  readonly clock: ManualClock;
  readonly notified: string[];
}

async function openPeer(
  options: {
    wire?: Transport['wire'];
    handlers?: { -readonly [K in keyof PeerHandlers]?: PeerHandlers[K] };
    log?: TransportEvents['log'];
  } = {},
): Promise<Rig> {
  const clock = new ManualClock();
  const wire = new PlayedTransport(options.wire);
  const notified: string[] = [];
  const peer = new Peer({
    serverName: 'fixture',
    transport: wire,
    clock,
    log: options.log ?? (() => {}),
    handlers: {
      notified: (method) => notified.push(method),
      logged: () => {},
      askedOutside: () => undefined,
      askedUnattributed: () => {},
      closed: () => {},
      ...options.handlers,
    },
  });
  await peer.open(new AbortController().signal);
  return { peer, wire, clock, notified };
}

let sessions = 0;

/** Of a legacy session of its own, where no caller is given. */
function scopeOf(
  said: JsonObject[] = [],
  ask: CallScope['ask'] = () => Promise.reject(new Error('not asked')),
  caller: Partial<CallScope['caller']> = { sessionKey: `session ${sessions++}` },
): CallScope & { cancellation: Cancellation } {
  return {
    callId: 'call',
    caller: {
      principal: { id: 'ada' },
      client: { era: 'legacy', info: undefined, capabilities: { elicitation: {}, sampling: {}, roots: {} } },
      ...caller,
    } as CallScope['caller'],
    cancellation: new Cancellation(),
    wantsProgress: true,
    logLevel: 'info',
    tell: (method, params) => said.push({ method, ...params.value }),
    ask,
  };
}

const plain = (scope?: CallScope): RequestOptions => ({
  scope,
  timeoutMs: 1_000,
  maxMs: 5_000,
  wantsProgress: true,
});

describe('Peer', () => {
  it('sends its own id, which is the progress token too, beside the rest of the _meta', async () => {
    const { peer, wire } = await openPeer();
    const answer = peer.request(
      'tools/call',
      raw({ name: 'x', _meta: { progressToken: 'theirs', traceparent: 't' } }),
      plain(),
    );
    expect(wire.sent[0]).toEqual({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'x', _meta: { traceparent: 't', progressToken: 1 } },
    });
    wire.hear({ jsonrpc: '2.0', id: 1, result: { ok: true, unknown: [1] } });
    const settled = await answer;
    expect(settled.kind === 'result' && settled.result.value).toEqual({ ok: true, unknown: [1] });
  });

  it.each([
    ['an id that came back as text', { jsonrpc: '2.0', id: '1', result: {} }],
    ['an extra key', { jsonrpc: '2.0', id: 1, result: {}, extra: 1 }],
    ['error null beside the result', { jsonrpc: '2.0', id: 1, error: null, result: {} }],
    ['no jsonrpc', { id: 1, result: {} }],
    ['a batch of one', [{ jsonrpc: '2.0', id: 1, result: {} }]],
  ])('takes an answer with %s', async (_, message) => {
    const { peer, wire } = await openPeer();
    const answer = peer.request('tools/call', undefined, plain());
    wire.hear(message);
    expect((await answer).kind).toBe('result');
  });

  it.each([
    ['a text code', { code: 'E', message: 'no' }, -32603],
    ['a fraction', { code: -32000.5, message: 'no' }, -32000],
    ['no message', { code: -1 }, -1],
  ])('reads an error with %s', async (_, error, code) => {
    const { peer, wire } = await openPeer();
    const answer = peer.request('tools/call', undefined, plain());
    wire.hear({ jsonrpc: '2.0', id: 1, error });
    const settled = await answer;
    expect(settled.kind === 'error' && settled.error.code).toBe(code);
  });

  it('fails the call at once whose answer cannot be read, by the id in it', async () => {
    const { peer, wire } = await openPeer();
    const broken = peer.request('tools/call', undefined, plain());
    const other = peer.request('tools/call', undefined, plain());
    wire.hear('{"jsonrpc":"2.0","id":1,"result":{"a":}}');
    await expect(broken).rejects.toMatchObject({ code: 'transports.bad_answer' });
    wire.hear({ jsonrpc: '2.0', id: 2, result: {} });
    expect((await other).kind).toBe('result');
  });

  it.each([
    ['an error with id null', { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'bad' } }],
    ['an error without id', { jsonrpc: '2.0', error: { code: -32600, message: 'bad' } }],
    ['a result with id null', { jsonrpc: '2.0', id: null, result: { tools: [] } }],
  ])('R29 settles nothing by %s, be there one call or several, and logs it', async (_, message) => {
    const logged: string[] = [];
    const { peer, wire } = await openPeer({ log: (level) => void logged.push(level) });
    const first = peer.request('tools/list', undefined, plain());
    wire.hear(message);
    const second = peer.request('tools/call', undefined, plain());
    wire.hear(message);
    expect(logged).toEqual(['warn', 'warn']);
    wire.hear({ jsonrpc: '2.0', id: 1, result: { tools: [1] } });
    wire.hear({ jsonrpc: '2.0', id: 2, result: {} });
    const settled = await first;
    expect(settled.kind === 'result' && settled.result.value).toEqual({ tools: [1] });
    expect((await second).kind).toBe('result');
  });

  it("forgives a missing id on a request's own stream", async () => {
    const { peer, wire } = await openPeer({ wire: 'http' });
    const only = peer.request('tools/call', undefined, plain());
    wire.hear({ jsonrpc: '2.0', id: null, error: { code: -32600, message: 'bad' } }, 1);
    expect((await only).kind).toBe('error');
  });

  it("refuses an answer on another request's stream", async () => {
    const { peer, wire } = await openPeer({ wire: 'http' });
    const first = peer.request('tools/call', undefined, plain());
    const second = peer.request('tools/call', undefined, plain());
    wire.hear({ jsonrpc: '2.0', id: 1, result: { stolen: true } }, 2);
    wire.hear({ jsonrpc: '2.0', id: 1, result: { mine: true } }, 1);
    wire.hear({ jsonrpc: '2.0', id: 2, result: {} }, 2);
    const settled = await first;
    expect(settled.kind === 'result' && settled.result.value).toEqual({ mine: true });
    await second;
  });

  it('extends the deadline with progress, up to the hard maximum, then tells the server to stop', async () => {
    const { peer, wire, clock } = await openPeer();
    const said: JsonObject[] = [];
    const call = peer.request('tools/call', undefined, plain(scopeOf(said)));
    for (let progress = 1; progress <= 6; progress += 1) {
      clock.advance(800);
      wire.hear({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress } });
    }
    expect(said.map((entry) => entry['progress'])).toEqual([1, 2, 3, 4, 5, 6]);
    const failure = expect(call).rejects.toMatchObject({
      code: 'upstream.timed_out',
      facts: { timeoutMs: 5_000 },
    });
    clock.advance(400);
    await failure;
    expect(wire.sent.at(-1)).toMatchObject({ method: 'notifications/cancelled', params: { requestId: 1 } });
    wire.hear({ jsonrpc: '2.0', id: 1, result: {} });
    expect(peer.inFlight).toBe(0);
  });

  it('does not pass on progress that does not grow', async () => {
    const { peer, wire } = await openPeer();
    const said: JsonObject[] = [];
    void peer.request('tools/call', undefined, plain(scopeOf(said)));
    for (const progress of [1, 1, 0.5, 2]) {
      wire.hear({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress } });
    }
    expect(said.map((entry) => entry['progress'])).toEqual([1, 2]);
  });

  it.each([
    ['stdio', 'legacy', true],
    ['stdio', 'modern', true],
    ['http', 'legacy', true],
    ['http', 'modern', false],
  ] as const)('cancels over %s in the %s era: notification %s', async (wireKind, era, hasNotification) => {
    const { peer, wire } = await openPeer({ wire: wireKind });
    peer.agreed(era, era === 'legacy' ? '2025-11-25' : '2026-07-28');
    const scope = scopeOf();
    const call = peer.request('tools/call', undefined, plain(scope));
    scope.cancellation.cancel('enough');
    await expect(call).rejects.toMatchObject({ code: 'transports.cancelled' });
    expect(wire.sent.some((message) => message['method'] === 'notifications/cancelled')).toBe(
      hasNotification,
    );
    expect(wire.abandoned).toEqual([1]);
  });

  it('puts an ask to the call on whose stream it came', async () => {
    const { peer, wire } = await openPeer({ wire: 'http' });
    const asked: string[] = [];
    const scope = (name: string): CallScope =>
      scopeOf([], () => {
        asked.push(name);
        return Promise.resolve({ kind: 'result', result: raw({ by: name }) });
      });
    void peer.request('tools/call', undefined, plain(scope('one')));
    void peer.request('tools/call', undefined, plain(scope('two')));
    wire.hear({ jsonrpc: '2.0', id: 's1', method: 'sampling/createMessage', params: {} }, 2);
    await Promise.resolve();
    await Promise.resolve();
    expect(asked).toEqual(['two']);
    expect(wire.sent.at(-1)).toEqual({ jsonrpc: '2.0', id: 's1', result: { by: 'two' } });
  });

  it('stops the clock of a call while its client is asked', async () => {
    const { peer, wire, clock } = await openPeer();
    let answerAsk: (reply: AskReply) => void = () => {};
    const scope = scopeOf(
      [],
      () =>
        new Promise((resolve) => {
          answerAsk = resolve;
        }),
    );
    const call = peer.request('tools/call', undefined, { ...plain(scope), maxMs: 0 });
    wire.hear({ jsonrpc: '2.0', id: 1, method: 'elicitation/create', params: {} });
    clock.advance(60_000);
    expect(peer.inFlight).toBe(1);
    answerAsk({ kind: 'result', result: raw({}) });
    await Promise.resolve();
    await Promise.resolve();
    const failure = expect(call).rejects.toMatchObject({ code: 'upstream.timed_out' });
    clock.advance(1_500);
    await failure;
  });

  it('answers ping itself and refuses what no client offers', async () => {
    const { wire } = await openPeer();
    wire.hear({ jsonrpc: '2.0', id: 1, method: 'ping' });
    wire.hear({ jsonrpc: '2.0', id: 2, method: 'odd/thing' });
    expect(wire.sent).toEqual([
      { jsonrpc: '2.0', id: 1, result: {} },
      expect.objectContaining({ id: 2, error: expect.objectContaining({ code: -32601 }) }),
    ]);
  });

  it('fails every open call with the reason when the wire ends', async () => {
    const { peer, wire } = await openPeer();
    const calls = [1, 2, 3].map(() => peer.request('tools/call', undefined, plain()));
    wire.events.closed({ kind: 'exited', exitCode: 3, signal: null, lastStderr: ['boom'] });
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({
        code: 'transports.exited',
        facts: { how: 'exit code 3', stderr: 'boom' },
      });
    }
    await expect(peer.request('tools/call', undefined, plain())).rejects.toMatchObject({
      code: 'transports.closed',
    });
  });

  it('hands on what belongs to no call', async () => {
    const { wire, notified } = await openPeer();
    wire.hear({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
    wire.hear({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x' } });
    expect(notified).toEqual(['notifications/tools/list_changed', 'notifications/message']);
  });

  it('survives a line of nothing but brackets', async () => {
    const { peer, wire } = await openPeer();
    const call = peer.request('tools/call', undefined, plain());
    wire.hear(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    wire.hear('[[{"jsonrpc":"2.0","id":1,"result":{}}],7]');
    wire.hear({ jsonrpc: '2.0', id: 1, result: { ok: true } });
    const settled = await call;
    expect(settled.kind === 'result' && settled.result.value).toEqual({ ok: true });
  });

  it("does not take a line of a log for a call's broken answer", async () => {
    const { peer, wire } = await openPeer();
    const call = peer.request('tools/call', undefined, plain());
    wire.hear('{"level":30,"msg":"got","req":{"id":1}}');
    wire.hear('{"level":30,"msg":"got","req":{"id":1,}}');
    wire.hear({ jsonrpc: '2.0', id: 1, result: {} });
    expect((await call).kind).toBe('result');
  });

  it('gives nobody what comes on the stream of a call that is over', async () => {
    const { peer, wire } = await openPeer({ wire: 'http' });
    const first = peer.request('tools/call', undefined, plain(scopeOf()));
    wire.hear({ jsonrpc: '2.0', id: 1, result: {} }, 1);
    await first;
    const heard: JsonObject[] = [];
    const asked: Ask[] = [];
    const other = scopeOf(heard, (ask) => {
      asked.push(ask);
      return Promise.resolve({ kind: 'result', result: raw({}) });
    });
    void peer.request('tools/call', undefined, plain(other));
    wire.hear(
      {
        jsonrpc: '2.0',
        method: 'notifications/message',
        params: { level: 'error', data: 'secret of the first' },
      },
      1,
    );
    wire.hear({ jsonrpc: '2.0', id: 9, method: 'elicitation/create', params: {} }, 1);
    expect([heard, asked]).toEqual([[], []]);
  });

  it('tells nobody a log message that may be about somebody else', async () => {
    const { peer, wire, notified } = await openPeer();
    void peer.request('tools/call', undefined, plain(scopeOf()));
    void peer.request('tools/call', undefined, plain(scopeOf()));
    wire.hear({
      jsonrpc: '2.0',
      method: 'notifications/message',
      params: { level: 'error', data: 'of one of them' },
    });
    expect(notified).toEqual([]);
  });

  it('does not send a call that was cancelled before', async () => {
    const { peer, wire } = await openPeer();
    const scope = scopeOf();
    scope.cancellation.cancel('too late');
    await expect(peer.request('tools/call', undefined, plain(scope))).rejects.toMatchObject({
      code: 'transports.cancelled',
    });
    expect(wire.sent).toEqual([]);
  });

  it('does not start the clock again with progress while a person is asked', async () => {
    const { peer, wire, clock } = await openPeer();
    const scope = scopeOf([], () => new Promise(() => {}));
    void peer.request('tools/call', undefined, { ...plain(scope), maxMs: 0 });
    wire.hear({ jsonrpc: '2.0', id: 1, method: 'elicitation/create', params: {} });
    wire.hear({
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken: 1, progress: 1 },
    });
    clock.advance(600_000);
    expect(peer.inFlight).toBe(1);
  });
});
