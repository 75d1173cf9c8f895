/**
 * The hand-made clients and servers, against each other and against the reference server: tools that measure must be right.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { bigText, quirkScript } from '../../fixtures/quirks/answers.ts';
import {
  BAD_HEADER_TOOLS,
  malformedScript,
  pagedScript,
  TRANSPARENT_TOOL,
  transparentScript,
} from '../../fixtures/quirks/features.ts';
import { startEraFilter } from '../../fixtures/reference/era-filter.ts';
import { startEverythingServer } from '../../fixtures/reference/everything-server.ts';
import { nodeCommand } from '../paths.ts';
import { type Json, RawHttpClient, RawStdioClient } from '../raw-client.ts';
import { startRawHttpServer, startRawStdioServer } from '../raw-server.ts';
import { SseReader } from './sse.ts';
import { decodeHeaderValue, encodeHeaderValue } from './wire.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function own<T extends { close(): unknown }>(resource: T): T {
  closing.push(() => resource.close());
  return resource;
}

const ERAS = ['legacy', 'modern'] as const;

describe('the event stream reader', () => {
  it.each([
    ['LF', 'id: 1\nretry: 5\nevent: message\ndata: a\ndata: b\n\n: note\n\ndata: c\n\n'],
    [
      'CRLF',
      'id: 1\r\nretry: 5\r\nevent: message\r\ndata: a\r\ndata: b\r\n\r\n: note\r\n\r\ndata: c\r\n\r\n',
    ],
    ['CR', 'id: 1\rretry: 5\revent: message\rdata: a\rdata: b\r\r: note\r\rdata: c\r\r'],
  ])('reads events whose lines end with %s, cut anywhere', (_name, text) => {
    for (const size of [1, 2, 3, 1_000]) {
      const events: string[] = [];
      const comments: string[] = [];
      const reader = new SseReader(
        (event) => events.push(JSON.stringify(event)),
        (comment) => comments.push(comment),
      );
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
      reader.end();
      expect(events).toEqual(['{"event":"message","data":"a\\nb","id":"1","retry":5}', '{"data":"c"}']);
      expect(comments).toEqual(['note']);
    }
  });
});

describe('header values', () => {
  it.each(['plain', ' padded ', 'ünïcode', 'line\nbreak', '', '=?base64?x?=', 'a b', '\ttab'])(
    'carry %j there and back',
    (value) => {
      const encoded = encodeHeaderValue(value);
      expect(encoded).toMatch(/^[\x20-\x7e]*$/);
      expect(decodeHeaderValue(encoded)).toBe(value);
    },
  );
});

describe.each(ERAS)('in the %s era', (era) => {
  const capabilities = { elicitation: {}, sampling: {}, roots: {} };

  it('talks to the reference server over HTTP and over stdio', async () => {
    const server = own(await startEverythingServer());
    const http = own(await RawHttpClient.connect({ url: server.url, era, capabilities }));
    const stdio = own(
      await RawStdioClient.connect({
        ...nodeCommand('test/fixtures/reference/everything-server.ts', '--stdio'),
        era,
        capabilities,
      }),
    );
    const overHttp = await http.result('tools/list');
    const overStdio = await stdio.result('tools/list');
    expect((overHttp['tools'] as Json[]).length).toBeGreaterThan(25);
    expect(overStdio['tools']).toEqual(overHttp['tools']);
  });

  it('gets every odd answer as the server sent it', async () => {
    const server = own(await startRawHttpServer(quirkScript([era])));
    const process = own(await startRawStdioServer(quirkScript([era])));
    const http = own(await RawHttpClient.connect({ url: server.url, era }));
    const { command, args, env } = process.launch;
    const stdio = own(await RawStdioClient.connect({ command, args, env, era }));
    for (const client of [http, stdio]) {
      for (const quirk of [
        'plain',
        'extra_key',
        'missing_jsonrpc',
        'split_utf8',
        'crlf',
        'cr_events',
        'answer_twice',
      ]) {
        expect((await client.callTool(quirk)).result, quirk).toHaveProperty('content');
      }
      const big = await client.callTool('result_20mb');
      expect(big.result).toMatchObject({ content: [{ text: bigText(20 * 1024 * 1024) }] });
      expect((await client.callTool('string_code')).error?.code).toBe('E_FAIL');
    }
  });

  it('gets unknown fields, malformed tools and pages as they are', async () => {
    const transparent = own(await startRawHttpServer(transparentScript([era])));
    const first = own(await RawHttpClient.connect({ url: transparent.url, era }));
    expect((await first.result('tools/list'))['tools']).toEqual([TRANSPARENT_TOOL]);

    const malformed = own(await startRawHttpServer(malformedScript([era])));
    const second = own(await RawHttpClient.connect({ url: malformed.url, era }));
    expect((await second.result('tools/list'))['tools']).toContainEqual(BAD_HEADER_TOOLS[0]);

    const paged = own(await startRawHttpServer(pagedScript([era])));
    const third = own(await RawHttpClient.connect({ url: paged.url, era }));
    const names: unknown[] = [];
    let cursor: unknown;
    do {
      const page: Json = await third.result('tools/list', cursor === undefined ? {} : { cursor });
      names.push(...(page['tools'] as Json[]).map((tool) => tool['name']));
      cursor = page['nextCursor'];
    } while (cursor !== undefined);
    expect(names).toHaveLength(8);
  });

  it('is told when the era filter hides its era', async () => {
    const server = own(await startEverythingServer());
    const hidden = own(
      await startEraFilter({ target: server.url, era: era === 'legacy' ? 'modern' : 'legacy' }),
    );
    const client = own(new RawHttpClient({ url: hidden.url, era }));
    const answer = await client.request(era === 'legacy' ? 'initialize' : 'server/discover');
    expect(answer.status).toBe(400);
    expect(answer.error?.code).toBe(era === 'legacy' ? -32022 : -32000);
  });

  it('lets a server notice that a call was given up', async () => {
    const seen: Promise<void>[] = [];
    const server = own(
      await startRawHttpServer({
        eras: [era],
        handlers: {
          'tools/call': (call) => {
            seen.push(call.cancelled);
            return undefined;
          },
        },
      }),
    );
    const client = own(await RawHttpClient.connect({ url: server.url, era }));
    const call = client.open('tools/call', { name: 'any', arguments: {} });
    await server.received.take('the call', (request) => request.message?.method === 'tools/call');
    if (era === 'legacy') await client.cancel(call.id);
    else call.abort();
    await seen[0];
  });
});

it('answers what a legacy server asks in the middle of a call, over HTTP and over stdio', async () => {
  const script = {
    eras: ['legacy' as const],
    handlers: {
      'tools/call': async (call: { ask(method: string): Promise<{ result?: Json }> }) => ({
        content: [],
        structuredContent: (await call.ask('roots/list')).result,
      }),
    },
  };
  const handlers = { 'roots/list': () => ({ roots: [{ uri: 'file:///here' }] }) };
  const server = own(await startRawHttpServer(script));
  const process = own(await startRawStdioServer(script));
  const { command, args, env } = process.launch;
  const http = own(await RawHttpClient.connect({ url: server.url, era: 'legacy', handlers }));
  const stdio = own(await RawStdioClient.connect({ command, args, env, era: 'legacy', handlers }));
  for (const client of [http, stdio]) {
    const { result } = await client.callTool('any');
    expect(result?.['structuredContent']).toEqual({ roots: [{ uri: 'file:///here' }] });
  }
});
