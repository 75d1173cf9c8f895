/**
 * cli/stdio-bridge/bridge.test — a client's lines on one side, a hand-made MCP server over HTTP on the other, in both eras.
 */
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, withDeadline } from '../../../test/support/deadline.ts';
import { Inbox } from '../../../test/support/raw/inbox.ts';
import { META, modernParams, type RpcMessage } from '../../../test/support/raw/wire.ts';
import {
  type RawHttpServer,
  type RawHttpServerOptions,
  rawTool,
  type ServerCall,
  startRawHttpServer,
} from '../../../test/support/raw-server.ts';
import { ManualClock } from '../../base/index.ts';
import { cliError } from '../errors.ts';
import { runBridge } from './bridge.ts';

interface BridgeUnderTest {
  /** What the client got. */
  readonly got: Inbox<RpcMessage>;
  readonly told: string[];
  send(message: unknown): void;
  /** Sends a request and waits for its answer. */
  ask(id: string | number, method: string, params?: Record<string, unknown>): Promise<RpcMessage>;
  /** The client closes its end; resolves when the bridge has ended. */
  end(): Promise<void>;
}

const identity = {
  clientInfo: { name: 'test', version: '1' },
  capabilities: {},
  revision: '2026-07-28',
};
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startServer(options: Partial<RawHttpServerOptions> = {}): Promise<RawHttpServer> {
  const server = await startRawHttpServer({ eras: ['legacy', 'modern'], ...options });
  closers.push(() => server.close());
  return server;
}

/** @param find gives the URL of the server there is now; undefined = none runs */
function startBridge(
  find: () => string | undefined,
  key?: string,
  lines: string[] = [],
  clock?: ManualClock,
): BridgeUnderTest {
  const input = new PassThrough();
  const got = new Inbox<RpcMessage>();
  const told: string[] = [];
  const ended = runBridge({
    find: async () => {
      const url = find();
      if (url === undefined) throw cliError('daemon_not_running', { dataDir: '/data' });
      return { url: new URL(url), key };
    },
    input,
    write: async (line) => {
      expect(line).not.toContain('\n');
      lines.push(line);
      got.push(JSON.parse(line) as RpcMessage);
    },
    tell: (text) => told.push(text),
    ...(clock !== undefined && { clock }),
  });
  const bridge: BridgeUnderTest = {
    got,
    told,
    send: (message) =>
      void input.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`),
    ask(id, method, params) {
      bridge.send({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) });
      return got.take(`answer to ${id}`, (message) => message.id === id && message.method === undefined);
    },
    end() {
      input.end();
      return withDeadline(ended, 15_000, 'the bridge did not end');
    },
  };
  closers.push(() => bridge.end());
  return bridge;
}

async function openLegacy(bridge: BridgeUnderTest): Promise<void> {
  const answer = await bridge.ask(0, 'initialize', {
    protocolVersion: '2025-11-25',
    capabilities: { roots: {} },
    clientInfo: identity.clientInfo,
  });
  expect(answer.result?.['protocolVersion']).toBe('2025-11-25');
  bridge.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
}

function askModern(
  bridge: BridgeUnderTest,
  id: string | number,
  method: string,
  params: Record<string, unknown> = {},
): Promise<RpcMessage> {
  return bridge.ask(id, method, modernParams(params, identity));
}

describe('a legacy client', () => {
  it('gets a session whose id and revision travel with each later message, and the key with all', async () => {
    const server = await startServer();
    const bridge = startBridge(() => server.url, 'mcpk_test');
    await openLegacy(bridge);
    expect((await bridge.ask('a', 'tools/list')).result).toEqual({ tools: [] });
    const [session] = server.sessions;
    const { headers } = await server.received.take(
      'tools/list',
      ({ message }) => message?.method === 'tools/list',
    );
    expect(headers).toMatchObject({
      'mcp-session-id': session,
      'mcp-protocol-version': '2025-11-25',
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: 'Bearer mcpk_test',
    });
    expect(server.received.all.every((one) => one.headers.authorization === 'Bearer mcpk_test')).toBe(true);
  });

  it('may write all its first lines at once', async () => {
    const server = await startServer();
    const bridge = startBridge(() => server.url);
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: identity.clientInfo };
    const lines = [
      { jsonrpc: '2.0', id: 1, method: 'initialize', params },
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { jsonrpc: '2.0', id: 2, method: 'tools/list' },
    ];
    bridge.send(lines.map((line) => JSON.stringify(line)).join('\n'));
    expect((await bridge.got.take('answer to 2', ({ id }) => id === 2)).result).toEqual({ tools: [] });
  });

  it('hears what the server says unasked, on the standing stream', async () => {
    const server = await startServer();
    const bridge = startBridge(() => server.url);
    await openLegacy(bridge);
    await eventually('a standing stream', () => server.standingStreams() || undefined);
    server.push({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
    await bridge.got.take('list_changed', ({ method }) => method === 'notifications/tools/list_changed');
  });

  it('gets progress and requests of the server during a call, and its answers reach the server', async () => {
    const server = await startServer({
      handlers: {
        'tools/call': async (call: ServerCall) => {
          call.notify('notifications/progress', { progressToken: 1, progress: 1 });
          const answer = await call.ask('roots/list');
          return { content: [], roots: answer.result?.['roots'] };
        },
      },
    });
    const bridge = startBridge(() => server.url);
    await openLegacy(bridge);
    const answer = bridge.ask(7, 'tools/call', { name: 'x' });
    await bridge.got.take('progress', ({ method }) => method === 'notifications/progress');
    const asked = await bridge.got.take('roots/list', ({ method }) => method === 'roots/list');
    bridge.send({ jsonrpc: '2.0', id: asked.id, result: { roots: [{ uri: 'file:///a' }] } });
    expect((await answer).result?.['roots']).toEqual([{ uri: 'file:///a' }]);
  });

  it('cancels by a notification to the server', async () => {
    let wasCancelled = false;
    const server = await startServer({
      handlers: {
        'tools/call': async (call: ServerCall) => {
          await call.cancelled;
          wasCancelled = true;
          return { content: [] };
        },
      },
    });
    const bridge = startBridge(() => server.url);
    await openLegacy(bridge);
    bridge.send({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'x' } });
    await server.received.take('the call', ({ message }) => message?.id === 7);
    bridge.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } });
    await eventually('the cancellation', () => wasCancelled || undefined);
  });

  it('does not notice that its session was lost: log level and subscriptions are set again', async () => {
    const server = await startServer({ resources: [{ uri: 'a://b', name: 'b' }] });
    const bridge = startBridge(() => server.url);
    await openLegacy(bridge);
    await bridge.ask(1, 'logging/setLevel', { level: 'debug' });
    await bridge.ask(2, 'resources/subscribe', { uri: 'a://b' });
    const before = server.received.all.length;
    server.sessions.clear();
    expect((await bridge.ask(3, 'tools/list')).result).toEqual({ tools: [] });
    const methods = server.received.all
      .slice(before)
      .filter(({ method }) => method === 'POST')
      .map(({ message }) => message?.method);
    expect(methods.slice(0, 2)).toEqual(['tools/list', 'initialize']);
    expect(methods).toEqual(
      expect.arrayContaining(['notifications/initialized', 'logging/setLevel', 'resources/subscribe']),
    );
    expect(methods.at(-1)).toBe('tools/list');
    expect(bridge.got.all.filter(({ id }) => String(id).startsWith('mcpmux'))).toEqual([]);
  });

  it('ends its session when it closes its end', async () => {
    const server = await startServer();
    const bridge = startBridge(() => server.url);
    await openLegacy(bridge);
    await bridge.ask(1, 'ping');
    await bridge.end();
    expect(server.sessions.size).toBe(0);
  });

  it('gets the answers of calls that were running when it closed its end', async () => {
    const server = await startServer();
    const bridge = startBridge(() => server.url);
    bridge.send({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25' } });
    bridge.send({ jsonrpc: '2.0', id: 2, method: 'ping' });
    await bridge.end();
    expect(bridge.got.all.map(({ id }) => id)).toEqual([1, 2]);
  });

  it('picks an answer stream that broke off up from its last event', async () => {
    const server = await startServer({
      onRequest(received, response) {
        if (received.message?.method === 'tools/call') {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write('id: e1\ndata: {"jsonrpc":"2.0","method":"notifications/message","params":{}}\n\n');
          setImmediate(() => response.destroy());
          return true;
        }
        if (received.method === 'GET' && received.headers['last-event-id'] === 'e1') {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.end('id: e2\ndata: {"jsonrpc":"2.0","id":5,"result":{"content":[]}}\n\n');
          return true;
        }
        return false;
      },
    });
    const bridge = startBridge(() => server.url);
    await openLegacy(bridge);
    expect((await bridge.ask(5, 'tools/call', { name: 'x' })).result).toEqual({ content: [] });
  });
});

describe('a modern client', () => {
  it('needs no session: the standard headers are made from each message', async () => {
    const server = await startServer({ tools: [rawTool('café')] });
    const bridge = startBridge(() => server.url);
    const answer = await askModern(bridge, 1, 'tools/call', { name: 'café', arguments: {} });
    expect(answer.result?.['resultType']).toBe('complete');
    const { headers } = await server.received.take('the call');
    expect(headers).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': '=?base64?Y2Fmw6k=?=',
    });
    expect(headers['mcp-session-id']).toBeUndefined();
    expect(server.received.all).toHaveLength(1);
  });

  it('has many calls at once, answered in any order', async () => {
    const waiting = new Map<unknown, ServerCall>();
    const server = await startServer({
      handlers: {
        'tools/call': (call: ServerCall) => {
          waiting.set(call.id, call);
          if (waiting.size < 20) return;
          for (const one of [...waiting.values()].reverse()) one.reply({ content: [], of: one.id });
        },
      },
    });
    const bridge = startBridge(() => server.url);
    const ids = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? index : String(index)));
    const answers = await Promise.all(ids.map((id) => askModern(bridge, id, 'tools/call', { name: 'x' })));
    expect(answers.map(({ result }) => result?.['of'])).toEqual(ids);
  });

  it('cancels by ending the exchange', async () => {
    let wasCancelled = false;
    const server = await startServer({
      handlers: {
        'tools/call': async (call: ServerCall) => {
          await call.cancelled;
          wasCancelled = true;
        },
      },
    });
    const bridge = startBridge(() => server.url);
    bridge.send({
      jsonrpc: '2.0',
      id: 7,
      method: 'tools/call',
      params: modernParams({ name: 'x' }, identity),
    });
    await server.received.take('the call', ({ message }) => message?.id === 7);
    bridge.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } });
    await eventually('the cancellation', () => wasCancelled || undefined);
    expect(server.received.all.map(({ message }) => message?.method)).toEqual(['tools/call']);
    await bridge.end();
    expect(bridge.got.all).toEqual([]);
  });

  it('gets arguments mirrored in headers as the lists it has seen ask for', async () => {
    const region = { type: 'string', 'x-mcp-header': 'Region' };
    const server = await startServer({
      tools: [rawTool('deploy', { inputSchema: { type: 'object', properties: { region } } })],
    });
    const bridge = startBridge(() => server.url);
    await askModern(bridge, 1, 'tools/list');
    await askModern(bridge, 2, 'tools/call', { name: 'deploy', arguments: { region: 'eu' } });
    const { headers } = await server.received.take('the call', ({ message }) => message?.id === 2);
    expect(headers['mcp-param-region']).toBe('eu');
  });

  it('gets them too when it has seen no list: a refusal makes the bridge look', async () => {
    const region = { type: 'string', 'x-mcp-header': 'Region' };
    const server = await startServer({
      tools: [rawTool('deploy', { inputSchema: { type: 'object', properties: { region } } })],
      onRequest(received, response) {
        if (received.message?.method !== 'tools/call' || received.headers['mcp-param-region'] === 'eu')
          return false;
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end('{"jsonrpc":"2.0","id":2,"error":{"code":-32020,"message":"header missing"}}');
        return true;
      },
    });
    const bridge = startBridge(() => server.url);
    const answer = await askModern(bridge, 2, 'tools/call', { name: 'deploy', arguments: { region: 'eu' } });
    expect(answer.error).toBeUndefined();
    expect(bridge.got.all).toHaveLength(1);
  });

  it('keeps a listen stream over a break', async () => {
    const openings: ServerCall[] = [];
    const server = await startServer({
      handlers: {
        'subscriptions/listen': (call: ServerCall) => {
          openings.push(call);
          const params = { _meta: { [META.subscriptionId]: call.id } };
          call.notify('notifications/subscriptions/acknowledged', params);
        },
      },
    });
    const bridge = startBridge(() => server.url);
    const acknowledged = ({ method }: RpcMessage): boolean =>
      method === 'notifications/subscriptions/acknowledged';
    bridge.send({
      jsonrpc: '2.0',
      id: 'l',
      method: 'subscriptions/listen',
      params: modernParams({}, identity),
    });
    await bridge.got.atLeast(1, 'acknowledged', acknowledged);
    openings[0]?.breakOff();
    await bridge.got.atLeast(2, 'acknowledged', acknowledged);
    expect(openings.map(({ id }) => id)).toEqual(['l', 'l']);
    await bridge.end();
    expect(bridge.got.all.every(({ id }) => id === undefined)).toBe(true);
  });
});

describe('when something goes wrong', () => {
  it('answers each request when no daemon runs, and says so', async () => {
    const bridge = startBridge(() => undefined);
    const answer = await bridge.ask(1, 'initialize', { protocolVersion: '2025-11-25' });
    expect(answer).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: {
        code: -32603,
        message: 'the daemon is not running (data folder /data)',
        data: { source: 'mcpmux stdio', nextStep: 'mcpmux start' },
      },
    });
    expect(bridge.told).toEqual(['mcpmux stdio: the daemon is not running (data folder /data)']);
  });

  it('finds a daemon that was started later', async () => {
    let url: string | undefined;
    const bridge = startBridge(() => url);
    expect((await askModern(bridge, 1, 'tools/list')).error?.code).toBe(-32603);
    const server = await startServer();
    url = server.url;
    expect((await askModern(bridge, 2, 'tools/list')).result?.['tools']).toEqual([]);
  });

  it('waits for a daemon that restarts, on another port too, and keeps what was not sent', async () => {
    let server = await startServer();
    const first = server;
    const bridge = startBridge(() => server.url);
    await openLegacy(bridge);
    await bridge.ask(1, 'ping');
    await first.close();
    const answer = bridge.ask(2, 'tools/list');
    server = await startServer({ tools: [rawTool('after')] });
    expect((await answer).result?.['tools']).toHaveLength(1);
    await eventually('a standing stream', () => server.standingStreams() || undefined);
  });

  it('never repeats a call that may have begun', async () => {
    const server = await startServer({ handlers: { 'tools/call': (call: ServerCall) => call.breakOff() } });
    const bridge = startBridge(() => server.url);
    const answer = await askModern(bridge, 1, 'tools/call', { name: 'x' });
    expect(answer.error?.message).toBe(
      'the mcpmux daemon ended the connection before it had answered; the call may have been executed',
    );
    expect(server.received.all).toHaveLength(1);
  });

  it('hands a refusal of the gateway on under the id of the request', async () => {
    const server = await startServer({
      onRequest(_, response) {
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end(
          '{"jsonrpc":"2.0","id":null,"error":{"code":-32022,"message":"no","data":{"supported":[]}}}',
        );
        return true;
      },
    });
    const bridge = startBridge(() => server.url);
    expect(await askModern(bridge, 'x', 'tools/list')).toEqual({
      jsonrpc: '2.0',
      id: 'x',
      error: { code: -32022, message: 'no', data: { supported: [] } },
    });
  });

  it.each([
    [401, 'the mcpmux daemon refused the key'],
    [413, 'the message is larger than the mcpmux daemon takes'],
    [500, 'the mcpmux daemon refused the message (HTTP 500)'],
    [200, 'the mcpmux daemon answered without an answer to this request'],
  ])('explains HTTP %i without a JSON-RPC body', async (status, says) => {
    const server = await startServer({
      onRequest(_, response) {
        response.writeHead(status).end();
        return true;
      },
    });
    const bridge = startBridge(() => server.url);
    expect((await askModern(bridge, 1, 'tools/list')).error?.message).toBe(says);
  });

  it.each([
    ['not JSON', 'hello', -32700],
    ['no object', '"hello"', -32700],
    ['an endless line', `"${'x'.repeat(17 * 1024 * 1024)}"`, -32600],
  ])('answers a line that is %s and goes on', async (_, line, code) => {
    const server = await startServer();
    const bridge = startBridge(() => server.url);
    bridge.send(line);
    expect(await bridge.got.take('the error')).toMatchObject({ id: null, error: { code } });
    expect((await askModern(bridge, 1, 'tools/list')).result?.['tools']).toEqual([]);
  });

  it('writes an answer with line breaks in it as one line', async () => {
    const server = await startServer({
      handlers: {
        'tools/list': (call: ServerCall) =>
          call.raw('{\r\n "jsonrpc": "2.0",\n "id": 1,\n "result": {}\n}\n'),
      },
    });
    const bridge = startBridge(() => server.url);
    expect(await askModern(bridge, 1, 'tools/list')).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
  });

  it.each([
    [
      'a line that is too long',
      `{"jsonrpc":"2.0","id":"big","method":"tools/call","params":{"x":"${'x'.repeat(17 * 1024 * 1024)}"}}`,
      '"big"',
    ],
    [
      'a line that is too long, its id at the end',
      `{"jsonrpc":"2.0","method":"x","params":{"x":"${'x'.repeat(17 * 1024 * 1024)}"},"id":3}`,
      '3',
    ],
    ['an id that is no whole number', '{"jsonrpc":"2.0","id":1.5,"method":"ping"}', '1.5'],
    ['an id beyond 2^53', '{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}', '9007199254740993'],
    ['the id null', '{"jsonrpc":"2.0","id":null,"method":"ping"}', 'null'],
    ['an empty batch', '[]', 'null'],
    ['a batch of what is no message', '[1,"a"]', 'null'],
  ])('R103 answers %s under the id as it was written', async (_, line, idText) => {
    const server = await startServer({
      onRequest({ message }, response) {
        if (message?.method === 'server/discover' || message?.method === 'tools/list') return false;
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end('{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}}');
        return true;
      },
    });
    const lines: string[] = [];
    const bridge = startBridge(() => server.url, undefined, lines);
    bridge.send(line);
    await bridge.got.take('the error', ({ error }) => error !== undefined);
    expect(lines[0]).toContain(`"id":${idText}`);
    expect((JSON.parse(lines[0] as string) as RpcMessage).error?.code).toBe(-32600);
    expect((await askModern(bridge, 1, 'tools/list')).result?.['tools']).toEqual([]);
  });

  it('R104 answers calls that are in flight when the client closes its end', async () => {
    let finish: () => void = () => {};
    const server = await startServer({
      handlers: {
        'tools/call': async () => {
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
          return { content: [] };
        },
      },
    });
    const clock = new ManualClock();
    const bridge = startBridge(() => server.url, undefined, undefined, clock);
    bridge.send({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: modernParams({ name: 'x' }, identity),
    });
    await server.received.take('the call', ({ message }) => message?.method === 'tools/call');
    const ended = bridge.end();
    // The end of the input is noticed in a turn of the loop; what once was the end of the patience goes by.
    await new Promise((resolve) => setTimeout(resolve, 50));
    clock.advance(60_000);
    finish();
    expect((await bridge.got.take('the answer', ({ id }) => id === 1)).result).toEqual({ content: [] });
    await ended;
  });

  it('R104 says of a call that never ends that it did not', async () => {
    const server = await startServer({ handlers: { 'tools/call': () => new Promise(() => {}) } });
    const clock = new ManualClock();
    const bridge = startBridge(() => server.url, undefined, undefined, clock);
    bridge.send({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: modernParams({ name: 'x' }, identity),
    });
    await server.received.take('the call', ({ message }) => message?.method === 'tools/call');
    const ended = bridge.end();
    await new Promise((resolve) => setTimeout(resolve, 50));
    clock.advance(600_000);
    const { error } = await bridge.got.take('the word', ({ id }) => id === 1);
    expect(error?.message).toContain('did not end in time');
    await ended;
  });

  it('R104 carries many calls at once without a warning', async () => {
    const warnings: string[] = [];
    const note = (warning: Error): void => void warnings.push(warning.name);
    process.on('warning', note);
    const server = await startServer({
      handlers: { 'tools/call': () => new Promise((resolve) => setTimeout(resolve, 50, { content: [] })) },
    });
    const bridge = startBridge(() => server.url);
    await openLegacy(bridge);
    await Promise.all(
      Array.from({ length: 30 }, (_, at) => bridge.ask(`c${at}`, 'tools/call', { name: 'x' })),
    );
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });

  it('R104 takes the head of an answer for contact: what comes after a cut waits for a restart', async () => {
    let url: string | undefined;
    const server = await startServer({
      onRequest({ message }, response) {
        if (message?.method !== 'tools/call') return false;
        // The head, and then the daemon dies.
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(': hello\n\n', () => response.destroy());
        return true;
      },
    });
    ({ url } = server);
    const bridge = startBridge(() => url);
    expect((await askModern(bridge, 1, 'tools/call', { name: 'x' })).error?.message).toContain('broke off');
    await server.close();
    url = undefined;
    const answer = askModern(bridge, 2, 'tools/list');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const next = await startServer();
    ({ url } = next);
    expect((await answer).result?.['tools']).toEqual([]);
  });
});
