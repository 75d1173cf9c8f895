/**
 * transports/event-streams.test — how event streams are taken up again: when, and from which id.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { startHttpServer } from '../../test/fixtures/servers/http-server.mjs';
import { eventually, WireHarness } from '../../test/support/wire-harness.ts';
import { systemClock } from '../base/index.ts';
import { StreamableHttpTransport } from './streamable-http.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Get {
  readonly at: number;
  readonly lastEventId: string | undefined;
}

/** A legacy server that answers GETs its own way, and a wire to it. */
async function connect(
  answerGet: (response: ServerResponse, count: number, request: IncomingMessage) => void,
  answerCall?: (response: ServerResponse, id: number) => void,
): Promise<{ remote: WireHarness; gets: Get[] }> {
  const server = await startHttpServer();
  closers.push(() => server.close());
  const gets: Get[] = [];
  server.intercept = (request, response, body) => {
    if (body?.method === 'tools/call' && answerCall !== undefined) {
      answerCall(response, body.id!);
      return true;
    }
    if (request.method !== 'GET') return false;
    const id = request.headers['last-event-id'];
    // Headers come as Latin-1; the id in them is UTF-8.
    const lastEventId = typeof id === 'string' ? Buffer.from(id, 'latin1').toString('utf8') : undefined;
    gets.push({ at: performance.now(), lastEventId });
    answerGet(response, gets.length, request);
    return true;
  };
  const remote = new WireHarness(
    new StreamableHttpTransport({
      server: 'remote',
      launch: { kind: 'http', url: server.url, headers: {}, flavour: 'auto' },
      clock: systemClock,
    }),
  );
  closers.push(() => remote.transport.close());
  await remote.open();
  await remote.answer(remote.ask('initialize', { protocolVersion: '2025-11-25' }));
  remote.transport.agreed('legacy', '2025-11-25');
  remote.tell('notifications/initialized');
  return { remote, gets };
}

const stream = (response: ServerResponse, text: string): ServerResponse =>
  response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text);
const open = (response: ServerResponse, text: string): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write(text);
};

describe('the standing stream', () => {
  it.each([
    ['retry: 0', 'retry: 0\n\n'],
    ['retry: 1', 'retry: 1\n\n'],
    ['retry: 0 with an event', 'retry: 0\ndata: {"jsonrpc":"2.0","method":"x"}\n\n'],
    ['nothing said', ': hello\n\n'],
  ])('R34 waits at least a second between two GETs: %s', { timeout: 15_000 }, async (_, text) => {
    const { gets } = await connect((response) => stream(response, text));
    await eventually('three GETs', () => gets.length >= 3, 10_000);
    for (const [at, get] of gets.slice(1).entries()) expect(get.at - gets[at]!.at).toBeGreaterThan(950);
  });

  it('R34 waits longer and longer for a stream that brings nothing', { timeout: 15_000 }, async () => {
    const { gets } = await connect((response) => stream(response, 'retry: 1\n\n'));
    await eventually('three GETs', () => gets.length >= 3, 10_000);
    expect(gets[2]!.at - gets[1]!.at).toBeGreaterThan(1_900);
  });

  it.each<[string, string, string | undefined]>([
    ['a plain id', 'id: 7\ndata: {}\n\n', '7'],
    ['an id without data', 'id: 8\n\n', '8'],
    ['an id above U+00FF', 'id: grün-€-😀\n\n', 'grün-€-😀'],
    ['an id that was reset', 'id: 9\ndata: {}\n\nid:\n\n', undefined],
    ['a control character', 'id: a\u0001b\n\n', undefined],
    ['an id longer than any header', `id: ${'x'.repeat(70_000)}\n\n`, undefined],
  ])('R78 R79 goes on from the last event: %s', async (_, text, expected) => {
    const { gets } = await connect((response, count) =>
      count === 1 ? stream(response, text) : open(response, ': on\n\n'),
    );
    await eventually('the second GET', () => gets.length === 2);
    expect(gets[1]!.lastEventId).toBe(expected);
  });

  it.each([400, 431])(
    'R79 is opened without an id when it is refused with one: HTTP %s',
    { timeout: 15_000 },
    async (status) => {
      const { gets, remote } = await connect((response, count, request) => {
        if (request.headers['last-event-id'] !== undefined) response.writeHead(status).end();
        else if (count === 1) stream(response, 'id: old\ndata: {"jsonrpc":"2.0","method":"a"}\n\n');
        else open(response, 'data: {"jsonrpc":"2.0","method":"b"}\n\n');
      });
      await eventually(
        'the second event',
        () => remote.messages.some(({ json }) => json['method'] === 'b'),
        10_000,
      );
      expect(gets.map(({ lastEventId }) => lastEventId)).toEqual([undefined, 'old', undefined]);
    },
  );

  it('R79 keeps the id over a stream that gives none', { timeout: 15_000 }, async () => {
    const { gets } = await connect((response, count) =>
      stream(response, count === 1 ? 'id: 7\n\n' : ': nothing\n\n'),
    );
    await eventually('three GETs', () => gets.length >= 3, 10_000);
    expect(gets.slice(0, 3).map(({ lastEventId }) => lastEventId)).toEqual([undefined, '7', '7']);
  });
});

describe('the stream of a call', () => {
  const result = (id: number): string =>
    `data: ${JSON.stringify({ jsonrpc: '2.0', id, result: { ok: true } })}\n\n`;

  it.each([
    ['plain', 'call-1'],
    ['above U+00FF', 'Ω-😀'],
  ])('R78 is resumed from an id that is %s', async (_, eventId) => {
    let callId = 0;
    const { remote, gets } = await connect(
      (response, _count, request) => {
        if (request.headers['last-event-id'] === undefined) return void response.writeHead(405).end();
        stream(response, result(callId));
      },
      (response, id) => {
        callId = id;
        stream(response, `id: ${eventId}\nretry: 1\ndata:\n\n`);
      },
    );
    const answer = await remote.answer(remote.callTool('slow'));
    expect(answer.json['result']).toEqual({ ok: true });
    expect(gets.at(-1)!.lastEventId).toBe(eventId);
  });

  it('R34 is asked for no more than once a second in the long run', { timeout: 15_000 }, async () => {
    const { gets, remote } = await connect(
      (response, count) =>
        count === 1 ? response.writeHead(405).end() : stream(response, `id: ${count}\ndata:\n\n`),
      (response) => stream(response, 'id: 1\nretry: 0\ndata:\n\n'),
    );
    remote.callTool('never');
    await eventually('some GETs', () => gets.length >= 7, 12_000);
    expect(gets[6]!.at - gets[5]!.at).toBeGreaterThan(950);
  });
});
