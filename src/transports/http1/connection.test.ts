/**
 * transports/http1/connection.test — how a connection is made: several addresses, TLS that fails.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type LookupFunction, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { Pool, type PoolOptions } from './pool.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** The body of an answer to a GET, or the error. */
function get(origin: string, options: Partial<PoolOptions>): Promise<string | Error> {
  const pool = new Pool(origin, { connections: 4, ...options });
  closers.push(() => pool.destroy());
  return send(pool);
}

function send(pool: Pool): Promise<string | Error> {
  return new Promise((resolve) => {
    let body = '';
    pool.dispatch(
      { method: 'GET', path: '/', headers: [], body: undefined },
      {
        onSent: () => {},
        onHead: () => {},
        onData: (view) => (body += view.toString()),
        onEnd: () => resolve(body),
        onError: resolve,
      },
    );
  });
}

const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi';
const addresses =
  (...all: string[]): LookupFunction =>
  (_, __, tell) =>
    tell(
      null,
      all.map((address) => ({ address, family: 4 })),
    );

/** Listens on 127.0.0.2; while it is busy, its queue fills and the system lets connections wait. */
const busyServer = `
  const { createServer } = require('node:net');
  const { parentPort, workerData } = require('node:worker_threads');
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(${JSON.stringify(answer)}));
  });
  server.listen({ host: '127.0.0.2', port: 0, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    parentPort.once('message', () => Atomics.wait(workerData, 0, 0, 20_000));
  });
`;

describe('a name with several addresses', () => {
  it('R80 waits longer than Node.js for the first when the second refuses', { timeout: 15_000 }, async () => {
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(busyServer, { eval: true, workerData: gate });
    closers.push(() => worker.terminate());
    const [port] = (await once(worker, 'message')) as [number];
    worker.postMessage('be busy');
    await new Promise((resolve) => setTimeout(resolve, 100));
    // They fill its queue.
    for (let at = 0; at < 4; at += 1) {
      const filler = connect(port, '127.0.0.2').on('error', () => {});
      closers.push(() => filler.destroy());
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    const got = get(`http://slow.test:${port}`, { lookup: addresses('127.0.0.2', '127.0.0.3') });
    setTimeout(() => {
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
    }, 500);
    expect(await got).toBe('hi');
  });

  it('R80 tries the address that worked last first', async () => {
    const port = await listen((socket) => socket.once('data', () => socket.end(answer)));
    const asked: string[] = [];
    const pool = new Pool(`http://two.test:${port}`, {
      connections: 4,
      lookup: (name, options, tell) => {
        asked.push(name);
        addresses('127.0.0.2', '127.0.0.1')(name, options, tell);
      },
    });
    closers.push(() => pool.destroy());
    expect(await send(pool)).toBe('hi');
    expect(pool.lastAddress).toBe('127.0.0.1');
    expect(await send(pool)).toBe('hi');
    expect(asked).toEqual(['two.test', 'two.test']);
  });
});

describe('a TLS handshake', () => {
  it.each<[string, (socket: Socket) => void, string]>([
    ['never ends', () => {}, 'tls_timed_out'],
    ['is cut', (socket) => socket.once('data', () => socket.destroy()), 'tls_cut'],
    ['is reset', (socket) => socket.once('data', () => socket.resetAndDestroy()), 'tls_cut'],
    [
      'is not one',
      (socket) => socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
      'ERR_SSL_WRONG_VERSION_NUMBER',
    ],
  ])('R81 that %s is told as what it is', async (_, way, code) => {
    const port = await listen(way);
    expect(
      await get(`https://localhost:${port}`, { connectTimeoutMs: 300, lookup: addresses('127.0.0.1') }),
    ).toMatchObject({ code });
  });

  it('R81 is not blamed when the connection itself is not taken', async () => {
    const port = await listen(() => {});
    const lookup: LookupFunction = () => {};
    expect(await get(`https://localhost:${port}`, { connectTimeoutMs: 100, lookup })).toMatchObject({
      code: 'connect_timed_out',
    });
  });

  it('R81 is named when plain HTTP meets a server of TLS', async () => {
    const alert = Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x28]);
    const port = await listen((socket) => socket.once('data', () => socket.end(alert)));
    expect(await get(`http://localhost:${port}`, { lookup: addresses('127.0.0.1') })).toMatchObject({
      code: 'bad_answer',
      isTlsAlert: true,
    });
  });
});
