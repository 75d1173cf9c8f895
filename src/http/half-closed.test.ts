import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawHead } from '../../test/support/raw-http.ts';
import { silentLogger } from '../base/index.ts';
import {
  Door,
  EventStream,
  type Exchange,
  type Listeners,
  listen,
  loopbackHosts,
  RouteTable,
  readBody,
  sendJson,
} from './index.ts';

let listeners: Listeners;
let port: number;
/** Answers the request that waits. */
let finish: () => void = () => {};
let gone: Promise<void>;
let arrived: () => void = () => {};

function wait(exchange: Exchange): Promise<void> {
  gone = new Promise((resolve) => exchange.onGone(resolve));
  arrived();
  return new Promise((resolve) => {
    finish = resolve;
  });
}

beforeAll(async () => {
  const policy = {
    auth: 'public',
    rate: 'none',
    methods: ['POST'],
    bodyCapBytes: 100,
    contentTypes: ['application/json'],
  } as const;
  const door = new Door({
    routes: new RouteTable([
      {
        path: '/json',
        policy: { ...policy, name: 'json' },
        async handle(exchange) {
          await readBody(exchange, 100);
          await wait(exchange);
          sendJson(exchange, 200, { ok: true });
        },
      },
      {
        path: '/stream',
        policy: { ...policy, name: 'stream' },
        async handle(exchange) {
          await readBody(exchange, 100);
          const stream = new EventStream(exchange);
          stream.open();
          await wait(exchange);
          stream.send({ data: '{"ok":true}' });
          stream.end();
        },
      },
    ]),
    hosts: () => loopbackHosts(port),
    origins: () => new Set(),
    authenticate: () => undefined,
    logger: silentLogger,
  });
  listeners = await listen({ port: 0, addresses: ['127.0.0.1'], handler: door.handle });
  ({ port } = listeners);
});
afterAll(() => listeners.close(0));

function open(path: string, version = '1.1') {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const reached = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  const head = rawHead(
    `POST ${path} HTTP/${version}`,
    `Host: 127.0.0.1:${port}`,
    'Content-Type: application/json',
    'Content-Length: 2',
  );
  socket.write(`${head}{}`);
  return { socket, reached, read: () => text };
}

describe('R85 clients that close their half', () => {
  it.each(['/json', '/stream'])('R85 get the answer of %s, then the end', async (path) => {
    const { socket, reached, read } = open(path);
    await reached;
    socket.end();
    // Long enough for both signs of life.
    await new Promise((resolve) => setTimeout(resolve, 60));
    finish();
    await once(socket, 'end');
    expect(read()).toContain('{"ok":true}');
    expect(read()).toMatch(/HTTP\/1\.1 200 OK/);
  });

  it('R85 get no interim answer over HTTP/1.0', async () => {
    const { socket, reached, read } = open('/json', '1.0');
    await reached;
    socket.end();
    await new Promise((resolve) => setTimeout(resolve, 60));
    finish();
    await once(socket, 'end');
    expect(read()).toContain('{"ok":true}');
    expect(read()).not.toContain(' 100 ');
  });

  it('R85 are answered with what is wrong when the request was not complete', async () => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.end('POST /json HTTP/1.1\r\nHost: x\r\nContent-Le');
    await once(socket, 'end');
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
  });

  it.each(['/json', '/stream'])('R85 cancel the call of %s when they have really gone', async (path) => {
    const { socket, reached } = open(path);
    await reached;
    socket.destroy();
    const deadline = setTimeout(() => finish(), 2_000);
    await gone;
    clearTimeout(deadline);
    finish();
  });
});
