import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import type { Closeable } from '../base/index.ts';
import { httpError } from './errors.ts';
import { type Listeners, listen, livenessMarker } from './index.ts';

const hasIPv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);
const both = ['127.0.0.1', '::1'];

const open: Closeable[] = [];
afterEach(async () => {
  for (const item of open.splice(0)) await item.close();
});

function own(listeners: Listeners): Listeners {
  open.push({ close: () => listeners.close(0) });
  return listeners;
}

const greet = (_request: unknown, response: { end(text: string): void }): void => response.end('hello');

function statusOf(host: string, port: number, agent?: Agent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ host, port, agent: agent ?? false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    }).on('error', reject);
  });
}

/** Some other program on a port. */
async function occupy(host: string, port = 0): Promise<number> {
  const server = createServer((socket) => socket.end());
  server.listen({ host, port });
  await once(server, 'listening');
  open.push({ close: () => void server.close() });
  return (server.address() as AddressInfo).port;
}

describe('listening', () => {
  it('opens the same port on both families', async () => {
    const listeners = own(await listen({ port: 0, addresses: both, handler: greet }));
    expect(listeners.addresses).toEqual(hasIPv6 ? both : ['127.0.0.1']);
    for (const address of listeners.addresses) expect(await statusOf(address, listeners.port)).toBe(200);
  });

  it('names the program that holds the port, and opens nothing', async () => {
    const port = await occupy('127.0.0.1');
    const failure = await listen({ port, addresses: both, handler: greet }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'http.port_in_use', kind: 'conflict' });
    const { message, hint } = failure as { message: string; hint: string };
    expect(message).toContain(`port ${port} on 127.0.0.1 is in use by`);
    expect(message).not.toContain('mcpmux');
    if (process.platform === 'linux') expect(message).toContain(`(pid ${process.pid})`);
    expect(hint).toContain('MCPMUX_PORT');
    if (hasIPv6) await expect(statusOf('::1', port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('says so when it is another mcpmux', async () => {
    const other = own(
      await listen({
        port: 0,
        addresses: ['127.0.0.1'],
        handler(request, response) {
          response.writeHead(request.url === '/livez' ? 200 : 404, {
            [livenessMarker.name]: livenessMarker.value,
          });
          response.end();
        },
      }),
    );
    await expect(listen({ port: other.port, addresses: both, handler: greet })).rejects.toMatchObject({
      code: 'http.port_in_use',
      message: expect.stringContaining('in use by another mcpmux') as string,
      hint: expect.stringContaining('mcpmux stop') as string,
    });
  });

  it.runIf(hasIPv6)('refuses when only the other family is taken, and lets go of the first', async () => {
    const port = await occupy('::1');
    await expect(listen({ port, addresses: both, handler: greet })).rejects.toMatchObject({
      code: 'http.port_in_use',
      message: expect.stringContaining('on ::1') as string,
    });
    await expect(statusOf('127.0.0.1', port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('leaves out a family that the machine lacks', async () => {
    // 2001:db8::/32 is for documentation: no machine has it. Exposed addresses need their conditions.
    const conditions = {
      publicUrl: 'https://mux.example',
      hasTls: true,
      trustedProxies: [],
      hasIdentity: true,
    };
    const listeners = own(
      await listen({
        port: 0,
        addresses: ['127.0.0.1', '2001:db8::1'],
        handler: greet,
        allowNonLoopback: conditions,
      }),
    );
    expect(listeners.addresses).toEqual(['127.0.0.1']);
    await expect(
      listen({ port: 0, addresses: ['2001:db8::1'], handler: greet, allowNonLoopback: conditions }),
    ).rejects.toMatchObject({ code: 'http.no_address' });
  });

  it.each([-1, 65_536, 1.5, Number.NaN])('refuses port %d', async (port) => {
    await expect(listen({ port, addresses: both, handler: greet })).rejects.toMatchObject({
      code: 'http.port_out_of_range',
    });
  });

  it.each([
    '0.0.0.0',
    '::',
    '192.168.1.4',
    '10.0.0.1',
    '::ffff:127.0.0.1',
    '127.0.0.1.evil.com',
    'localhost',
  ])('refuses %s, which others may reach, and lists what is missing', async (address) => {
    await expect(listen({ port: 0, addresses: [address], handler: greet })).rejects.toMatchObject({
      code: 'http.address_refused',
      message: expect.stringContaining(
        'a public https URL, TLS files or trusted proxies, authentication missing',
      ) as string,
    });
  });
});

describe('closing', () => {
  it('lets a running request finish, drops idle connections and takes no new ones', async () => {
    let arrived: () => void;
    let answer: () => void = () => {};
    const request = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const listeners = own(
      await listen({
        port: 0,
        addresses: ['127.0.0.1'],
        handler(incoming, response) {
          if (incoming.url === '/') {
            response.end();
            return;
          }
          answer = () => response.end('done');
          arrived();
        },
      }),
    );
    const { port } = listeners;
    const agent = new Agent({ keepAlive: true });
    expect(await statusOf('127.0.0.1', port, agent)).toBe(200);

    const slow = new Promise<number | undefined>((resolve, reject) => {
      get({ host: '127.0.0.1', port, path: '/slow', agent: false }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode));
      }).on('error', reject);
    });
    await request;
    const closed = listeners.close(5_000);
    await expect(statusOf('127.0.0.1', port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    answer();
    expect(await slow).toBe(200);
    await closed;
    await listeners.close(5_000);
    agent.destroy();
  });

  it('does not wait for a connection on which nothing was ever sent', async () => {
    const listeners = own(await listen({ port: 0, addresses: ['127.0.0.1'], handler: greet }));
    const socket = connect(listeners.port, '127.0.0.1');
    const ended = once(socket, 'close');
    await once(socket, 'connect');
    expect(await statusOf('127.0.0.1', listeners.port)).toBe(200);
    const startedAt = performance.now();
    await Promise.all([listeners.close(60_000), ended]);
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  it('cuts what does not finish within the grace', async () => {
    const listeners = await listen({ port: 0, addresses: ['127.0.0.1'], handler() {} });
    const socket = connect({ host: '127.0.0.1', port: listeners.port });
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'connect');
    const cut = once(socket, 'close', { signal: AbortSignal.timeout(5_000) });
    await listeners.close(60);
    await cut;
  });
});

it.each([
  [80, /below 1024/],
  [1023, /below 1024/],
  [45818, /excludedportrange/],
])('R116 says why port %i may not be used', (port, hint) => {
  expect(httpError('port_denied', { port, address: '127.0.0.1' }).hint).toMatch(hint);
});
