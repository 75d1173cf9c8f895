import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawHead, sendRaw } from '../../test/support/raw-http.ts';
import { silentLogger } from '../base/index.ts';
import { Door, type Listeners, listen, loopbackHosts, RouteTable, sendEmpty } from './index.ts';

let listeners: Listeners;
let port: number;
/** What would have ended the daemon. */
const uncaught: unknown[] = [];
const note = (error: unknown): void => void uncaught.push(error);

beforeAll(async () => {
  process.on('uncaughtException', note);
  const door = new Door({
    routes: new RouteTable([
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
        handle: (exchange) => sendEmpty(exchange, 200),
      },
      {
        path: '/slow',
        policy: {
          name: 'slow',
          auth: 'public',
          rate: 'none',
          methods: ['GET'],
          bodyCapBytes: 0,
          contentTypes: [],
        },
        handle: (exchange) => void setTimeout(() => sendEmpty(exchange, 204), 200),
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
afterAll(async () => {
  await listeners.close(0);
  process.off('uncaughtException', note);
});

/** Sends a part of a request, resets the connection, and waits until it is gone. */
async function sendAndReset(text: string): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  await once(socket, 'connect');
  if (text !== '') await new Promise((resolve) => socket.write(text, resolve));
  socket.resetAndDestroy();
  if (!socket.closed) await once(socket, 'close');
}

async function isAlive(): Promise<boolean> {
  const answer = await sendRaw(port, rawHead('GET /livez HTTP/1.1', `Host: 127.0.0.1:${port}`));
  return answer?.status === 200;
}

const heads: Readonly<Record<string, string>> = {
  CONNECT: 'CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\nmore bytes',
  'CONNECT after a request': 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\nCONNECT x:1 HTTP/1.1\r\n\r\n',
  upgrade: 'GET /mcp HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00',
  h2c: 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n',
  'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'no HTTP': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  GET: 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n',
  POST: 'POST /mcp HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a":1}',
  chunked: 'POST /mcp HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nz\r\n',
  OPTIONS: 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n',
  TRACE: 'TRACE / HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0\r\n\r\n',
  expect: 'POST /mcp HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n',
};

describe('R86 sockets that are handed over raw', () => {
  it.each(Object.keys(heads))('R86 a reset after each byte of %s costs nobody else', async (name) => {
    const head = heads[name] as string;
    const lengths = Array.from({ length: head.length + 1 }, (_, length) => length);
    while (lengths.length > 0)
      await Promise.all(lengths.splice(0, 25).map((length) => sendAndReset(head.slice(0, length))));
    // Resets arrive behind the bytes; give the last ones a turn.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(uncaught).toEqual([]);
    expect(await isAlive()).toBe(true);
  });

  it.each([
    ['CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n', 405],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['nonsense\r\n\r\n', 400],
  ])('R86 %j is answered and closed although its sender stays', async (text, status) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.write(text);
    const deadline = setTimeout(() => socket.destroy(new Error('never closed')), 4_000);
    await once(socket, 'end');
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    // Its own half stays open: the connection must not last for that.
    await untilCut(socket);
    clearTimeout(deadline);
  });

  it('R86 writes nothing into the answer to an earlier request', async () => {
    const socket = connect({ port, host: '127.0.0.1' });
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.write(`${rawHead('GET /slow HTTP/1.1', `Host: 127.0.0.1:${port}`)}CONNECT x:1 HTTP/1.1\r\n\r\n`);
    if (!socket.closed) await once(socket, 'close');
    expect(answer).toBe('');
  });

  it('R86 serves a request that asks for another protocol as an ordinary one', async () => {
    const answer = await sendRaw(
      port,
      rawHead('GET /livez HTTP/1.1', `Host: 127.0.0.1:${port}`, 'Connection: Upgrade', 'Upgrade: websocket'),
    );
    expect(answer?.status).toBe(200);
  });
});

/** Writes until the system says that nobody is there. */
async function untilCut(socket: Socket): Promise<void> {
  const giveUpAt = Date.now() + 3_000;
  while (!socket.destroyed) {
    if (Date.now() > giveUpAt) throw new Error('the connection is still open');
    socket.write('x');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
