import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  Socket,
  type Server as TcpServer,
} from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '../../../test/support/wire-harness.ts';
import { Pool, type PoolOptions } from './pool.ts';
import type { AnswerHandler, HttpRequest, RequestControl } from './request.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../test/fixtures/tls/${name}`, import.meta.url), 'utf8');

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0).reverse()) close();
});

async function listen(server: TcpServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

async function http(
  answer: RequestListener,
  keepAliveMs = 60_000,
): Promise<{ origin: string; server: Server }> {
  const server = createServer({ keepAliveTimeout: keepAliveMs }, answer);
  return { origin: `http://127.0.0.1:${await listen(server)}`, server };
}

/** A server that says exactly these bytes to each request, or what `answer` does with the socket. */
async function raw(answer: string | ((socket: Socket, seen: string) => void)): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('data', (data) => {
      if (typeof answer === 'string') socket.write(answer);
      else answer(socket, data.toString());
    });
  });
  return `http://127.0.0.1:${await listen(server)}`;
}

const trusting = (): SecureContext => createSecureContext({ ca: fixture('cert.pem') });

function poolTo(origin: string, options: Partial<PoolOptions> = {}): Pool {
  const pool = new Pool(origin, { connections: 8, ...options });
  open.push(() => void pool.destroy());
  return pool;
}

/** Told to on a connection beside, it says so there and ends those of HTTP. */
const closingServer = `
  const { createServer } = require('node:http');
  const net = require('node:net');
  const { parentPort } = require('node:worker_threads');
  const sockets = new Set();
  const http = createServer((request, response) => request.resume().on('end', () => response.end('hello')));
  http.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket))));
  const signal = net.createServer((socket) => socket.setNoDelay(true).on('data', () => {
    socket.write('now', () => { for (const one of sockets) one.destroy(); });
  }));
  http.listen(0, '127.0.0.1', () => signal.listen(0, '127.0.0.1', () =>
    parentPort.postMessage({ http: http.address().port, signal: signal.address().port })));
`;

class Heard implements AnswerHandler {
  sent = 0;
  status: number | undefined;
  headers: Record<string, unknown> = {};
  body = '';
  ends = 0;
  error: (Error & { code?: string }) | undefined;
  readonly over: Promise<this>;
  #resolve: (heard: this) => void = () => {};
  control: RequestControl | undefined;

  constructor() {
    this.over = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  onSent(): void {
    this.sent += 1;
  }
  onHead(status: number, headers: Record<string, unknown>): void {
    this.status = status;
    this.headers = headers;
  }
  onData(view: Buffer): void {
    this.body += view.toString('latin1');
  }
  onEnd(): void {
    this.ends += 1;
    this.#resolve(this);
  }
  onError(error: Error): void {
    if (this.error !== undefined || this.ends > 0) throw new Error('told twice');
    this.error = error;
    this.#resolve(this);
  }
}

function send(pool: Pool, request: Partial<HttpRequest> = {}): Heard {
  const heard = new Heard();
  heard.control = pool.dispatch(
    { method: 'POST', path: '/mcp?x=1', headers: [], body: ['{}'], ...request },
    heard,
  );
  return heard;
}

const echo = (request: IncomingMessage, response: ServerResponse): void => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const { method, url, headers } = request;
    response.setHeader('x-port', String(request.socket.remotePort));
    response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(parts).toString() }));
  });
};

describe('a request', () => {
  it('arrives with path, headers and body as given', async () => {
    const { origin } = await http(echo);
    const heard = await send(poolTo(origin), {
      headers: ['Accept', 'application/json', 'x-latin', 'caf\u00e9'],
      body: [Buffer.from('{"text":"Größe ✓"}')],
    }).over;
    expect(heard).toMatchObject({ sent: 1, status: 200, ends: 1, error: undefined });
    const seen = JSON.parse(Buffer.from(heard.body, 'latin1').toString()) as {
      headers: object;
      body: string;
    };
    expect(seen).toMatchObject({ method: 'POST', url: '/mcp?x=1', body: '{"text":"Größe ✓"}' });
    expect(seen.headers).toEqual({
      host: new URL(origin).host,
      connection: 'keep-alive',
      accept: 'application/json',
      'x-latin': 'caf\u00e9',
      'content-length': String(Buffer.byteLength('{"text":"Größe ✓"}')),
    });
  });

  it('has no length without a body', async () => {
    const { origin } = await http(echo);
    const { body } = await send(poolTo(origin), { method: 'GET', body: undefined }).over;
    expect(JSON.parse(body)).toMatchObject({ method: 'GET', body: '' });
    expect(body).not.toContain('content-length');
  });

  it.each([
    ['a line break', 'a\r\nx-evil: 1'],
    ['a NUL', 'a\0b'],
    ['a character beyond Latin-1', 'a✓'],
  ])('with %s in a header is not sent', async (_, value) => {
    const { origin } = await http(echo);
    const heard = send(poolTo(origin), { headers: ['x-a', value] });
    expect(heard.error).toBeUndefined();
    expect(await heard.over).toMatchObject({ sent: 0, error: { code: 'bad_request' } });
    expect(heard.error?.message).not.toContain('evil');
  });

  it('carries megabytes both ways', async () => {
    const { origin } = await http((request, response) => request.pipe(response));
    const body = 'x'.repeat(5_000_000);
    const heard = await send(poolTo(origin), { body: [body] }).over;
    expect(heard.body.length).toBe(body.length);
    expect(heard.body === body).toBe(true);
  });
});

describe('connections', () => {
  const port = async (heard: Heard): Promise<unknown> => (await heard.over).headers['x-port'];

  it('are used again, the one used last first', async () => {
    const { origin } = await http(echo);
    const pool = poolTo(origin);
    const both = await Promise.all([port(send(pool)), port(send(pool))]);
    expect(new Set(both).size).toBe(2);
    const last = await port(send(pool));
    expect(both).toContain(last);
    expect(await port(send(pool))).toBe(last);
  });

  it('are never more than allowed; who waits gets the next free one, in order', async () => {
    let atOnce = 0;
    let most = 0;
    const order: string[] = [];
    const { origin } = await http((request, response) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      order.push(request.url ?? '');
      setTimeout(() => {
        atOnce -= 1;
        response.end();
      }, 5);
    });
    const pool = poolTo(origin, { connections: 2 });
    const paths = Array.from({ length: 8 }, (_, at) => `/${at}`);
    await Promise.all(paths.map((path) => send(pool, { path }).over));
    expect(most).toBe(2);
    expect(order.slice(2)).toEqual(paths.slice(2));
  });

  it('are not used again when the server said so, or said more than the answer', async () => {
    const sockets = new Set<Socket>();
    const origin = await raw((socket, seen) => {
      sockets.add(socket);
      if (seen.includes('/close'))
        socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK\r\nx-forged: 1\r\n\r\n');
    });
    const pool = poolTo(origin);
    for (const path of ['/close', '/more', '/more']) {
      const heard = await send(pool, { path }).over;
      expect(heard).toMatchObject({ status: 200, ends: 1, error: undefined });
      expect(heard.headers).not.toHaveProperty('x-forged');
    }
    expect(sockets.size).toBe(3);
  });

  it('are closed when the server speaks out of turn', async () => {
    const sockets: Socket[] = [];
    const origin = await raw((socket) => {
      sockets.push(socket);
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    });
    const pool = poolTo(origin);
    await send(pool).over;
    sockets[0]?.write('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged');
    await eventually('the connection to be closed', () => sockets[0]?.destroyed);
    expect(await send(pool).over).toMatchObject({ body: '', error: undefined });
    expect(sockets).toHaveLength(2);
  });

  it('that the server closed while they were free are not used', async () => {
    const { origin, server } = await http(echo);
    const pool = poolTo(origin);
    const first = await port(send(pool));
    server.closeIdleConnections();
    // Until the end has come, nobody can know; a test can wait for it.
    await new Promise((resolve) => setTimeout(resolve, 30));
    const second = await send(pool).over;
    expect(second).toMatchObject({ status: 200, error: undefined });
    expect(second.headers['x-port']).not.toBe(first);
  });

  it('that are just being closed are not used either', async () => {
    const { origin, server } = await http(echo);
    const pool = poolTo(origin);
    const first = await port(send(pool));
    // Another request comes in the very turn of the loop in which the end of a free connection was read.
    let next: Heard | undefined;
    const destroy = Reflect.get(Socket.prototype, 'destroy') as (this: Socket, error?: Error) => Socket;
    const spy = vi.spyOn(Socket.prototype, 'destroy').mockImplementation(function (this: Socket, error) {
      const isOurs = String(this.remotePort) === new URL(origin).port;
      destroy.call(this, error);
      if (isOurs) next ??= send(pool);
      return this;
    });
    open.push(() => spy.mockRestore());
    server.closeIdleConnections();
    const second = await (await eventually('the end to be read', () => next)).over;
    expect(second).toMatchObject({ status: 200, error: undefined });
    expect(second.headers['x-port']).not.toBe(first);
  });

  it('whose end comes in one turn with the reason for the next request are not used', async () => {
    // In a thread of its own: it must go on while this one stands still and then finds both at once.
    const worker = new Worker(closingServer, { eval: true });
    open.push(() => void worker.terminate());
    const [ports] = (await once(worker, 'message')) as [{ http: number; signal: number }];
    const pool = poolTo(`http://127.0.0.1:${ports.http}`);
    const signals = connect(ports.signal, '127.0.0.1');
    open.push(() => signals.destroy());
    await once(signals, 'connect');
    for (let round = 0; round < 5; round += 1) {
      expect(await send(pool).over).toMatchObject({ status: 200, error: undefined });
      // The answer is out of the system's list of news; what comes now is told in the order in which it comes.
      await new Promise((resolve) => setTimeout(resolve, 5));
      const next = new Promise<Heard>((resolve) => signals.once('data', () => resolve(send(pool))));
      signals.write('close');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
      expect(await (await next).over).toMatchObject({ status: 200, error: undefined });
    }
  });

  it('are closed when nobody used them for as long as the server keeps them', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] });
    try {
      const { origin } = await http(echo, 3_000);
      const pool = poolTo(origin);
      const first = await port(send(pool));
      vi.advanceTimersByTime(1_500);
      expect(await port(send(pool))).toBe(first);
      vi.advanceTimersByTime(2_500);
      expect(await port(send(pool))).not.toBe(first);
    } finally {
      vi.useRealTimers();
    }
  });

  it('are not used again when the answer came before the request had left', async () => {
    let requests = 0;
    const origin = await raw((socket) => {
      socket.pause();
      requests += 1;
      socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n');
    });
    const pool = poolTo(origin);
    expect(await send(pool, { body: ['x'.repeat(20_000_000)] }).over).toMatchObject({ status: 413 });
    expect(await send(pool, { body: ['small'] }).over).toMatchObject({ status: 413 });
    expect(requests).toBe(2);
  });
});

describe('what goes wrong', () => {
  it('says that nothing listens, before anything was sent', async () => {
    const { origin, server } = await http(echo);
    await new Promise((resolve) => server.close(resolve));
    expect(await send(poolTo(origin)).over).toMatchObject({ sent: 0, error: { code: 'ECONNREFUSED' } });
  });

  it('says that the server closed the connection', async () => {
    const origin = await raw((socket) => socket.end());
    expect(await send(poolTo(origin)).over).toMatchObject({
      sent: 1,
      status: undefined,
      error: { code: 'cut' },
    });
  });

  it('says that an answer was cut, and gives what came', async () => {
    const origin = await raw((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'));
    expect(await send(poolTo(origin)).over).toMatchObject({ body: 'half', error: { code: 'cut' } });
  });

  it('says that the connection was reset', async () => {
    const origin = await raw((socket) => socket.resetAndDestroy());
    expect(await send(poolTo(origin)).over).toMatchObject({ sent: 1, error: { code: 'ECONNRESET' } });
  });

  it('says that it is no HTTP, and closes the connection', async () => {
    const origin = await raw('220 mail.example.com ESMTP\r\n');
    expect(await send(poolTo(origin)).over).toMatchObject({ error: { code: 'bad_answer' } });
  });

  it('costs nobody else: those who wait go on over new connections', async () => {
    const origin = await raw((socket, seen) => {
      if (seen.includes('/bad')) socket.destroy();
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    });
    const pool = poolTo(origin, { connections: 1 });
    const all = ['/bad', '/a', '/bad', '/b'].map((path) => send(pool, { path }));
    const over = await Promise.all(all.map((heard) => heard.over));
    expect(over.map(({ body, error }) => error?.code ?? body)).toEqual([
      expect.toBeOneOf(['cut', 'ECONNRESET']),
      'ok',
      expect.toBeOneOf(['cut', 'ECONNRESET']),
      'ok',
    ]);
  });
});

describe('a request that nobody waits for any more', () => {
  it('is not sent when it was waiting', async () => {
    const seen: string[] = [];
    const { origin } = await http((request, response) => {
      seen.push(request.url ?? '');
      setTimeout(() => response.end(), 5);
    });
    const pool = poolTo(origin, { connections: 1 });
    const [first, second, third] = ['/1', '/2', '/3'].map((path) => send(pool, { path })) as [
      Heard,
      Heard,
      Heard,
    ];
    second.control?.abort();
    await Promise.all([first.over, third.over]);
    expect(seen).toEqual(['/1', '/3']);
    expect(second).toMatchObject({ sent: 0, ends: 0, error: undefined });
  });

  it('leaves its connection to the next one when that was still opening', async () => {
    const { origin } = await http(echo);
    const pool = poolTo(origin, { connections: 1 });
    const first = send(pool, { path: '/first' });
    first.control?.abort();
    const second = await send(pool, { path: '/second' }).over;
    expect(second.body).toContain('/second');
    expect(first).toMatchObject({ sent: 0, error: undefined });
  });

  it('closes its connection when it was sent, and tells nothing', async () => {
    let closed = false;
    const { origin } = await http((request) => {
      request.socket.once('close', () => {
        closed = true;
      });
    });
    const heard = send(poolTo(origin));
    await eventually('it to be sent', () => heard.sent === 1);
    heard.control?.abort();
    heard.control?.abort();
    await eventually('the server to notice', () => closed);
    expect(heard).toMatchObject({ ends: 0, error: undefined });
  });

  it('does not disturb the one that follows on its connection', async () => {
    const { origin } = await http(echo);
    const pool = poolTo(origin, { connections: 1 });
    const first = await send(pool).over;
    const second = send(pool, { path: '/second' });
    first.control?.pause();
    first.control?.abort();
    expect(await second.over).toMatchObject({ ends: 1, error: undefined });
  });
});

describe('holding', () => {
  it('stops the server, and loses nothing', async () => {
    let written = 0;
    const chunk = 'y'.repeat(65_536);
    const { origin } = await http((_, response) => {
      const more = (): void => {
        while (written < 40_000_000) {
          written += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    });
    const pool = poolTo(origin);
    const heard = send(pool);
    await eventually('the first bytes', () => heard.body.length > 0);
    heard.control?.pause();
    let seen = -1;
    await eventually('the server to be stopped', async () => {
      if (seen === written) return true;
      seen = written;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return false;
    });
    expect(written).toBeLessThan(30_000_000);
    const { length } = heard.body;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(heard.body.length).toBe(length);
    heard.control?.resume();
    expect((await heard.over).body.length).toBe(written);
  });
});

it('leaves no connection held by a request that is over', async () => {
  const { origin } = await http(echo);
  const pool = poolTo(origin, { connections: 1 });
  const held = send(pool, { path: '/held' });
  // The whole answer is in the piece in which its head comes.
  held.onHead = () => held.control?.pause();
  await held.over;
  expect(await send(pool, { path: '/next' }).over).toMatchObject({ status: 200, ends: 1 });
});

describe('TLS', () => {
  async function https(): Promise<string> {
    const server = createTlsServer(
      { key: fixture('key.pem'), cert: fixture('cert.pem') },
      (request, response) => {
        response.setHeader(
          'x-reused',
          String((request.socket as unknown as { isSessionReused(): boolean }).isSessionReused()),
        );
        response.setHeader('connection', request.url === '/close' ? 'close' : 'keep-alive');
        response.end(request.headers.host);
      },
    );
    return `https://localhost:${await listen(server)}`;
  }

  it('carries requests, and shortens the next handshake', async () => {
    const origin = await https();
    const pool = poolTo(origin, { secureContext: trusting() });
    const first = await send(pool, { path: '/close' }).over;
    expect(first).toMatchObject({ status: 200, body: new URL(origin).host, error: undefined });
    const second = await send(pool).over;
    expect(second.headers['x-reused']).toBe('true');
  });

  it('refuses a certificate that nobody vouches for, before anything was sent', async () => {
    const heard = await send(poolTo(await https())).over;
    expect(heard).toMatchObject({ sent: 0, error: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
  });

  it('refuses a certificate for another name', async () => {
    const origin = (await https()).replace('localhost', '127.0.0.1');
    const heard = await send(poolTo(origin, { secureContext: trusting() })).over;
    expect(heard).toMatchObject({ sent: 0, error: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
  });
});

describe('a pool that was closed', () => {
  it('tells those who wait and those on their way, and takes nothing more', async () => {
    const { origin } = await http(() => {});
    const pool = poolTo(origin, { connections: 1 });
    const [running, waiting] = [send(pool), send(pool)];
    await eventually('the first to be sent', () => running.sent === 1);
    await Promise.all([pool.destroy(), pool.destroy()]);
    expect((await waiting.over).error?.code).toBe('closed');
    expect((await running.over).error?.code).toBe('closed');
    expect((await send(pool).over).error?.code).toBe('closed');
  });
});
