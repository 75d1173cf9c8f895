/**
 * transports/one-connection.test — servers that take one connection at a time, or a few.
 */

import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WireHarness } from '../../test/support/wire-harness.ts';
import { systemClock } from '../base/index.ts';
import { HttpSseTransport } from './http-sse.ts';
import { StreamableHttpTransport } from './streamable-http.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Narrow {
  readonly url: string;
  readonly most: () => number;
  readonly refused: () => number;
  readonly methods: string[];
}

/** Closes every connection beyond so many. */
async function narrowServer(connections: number): Promise<Narrow> {
  const sockets = new Set<Socket>();
  let [most, refused] = [0, 0];
  const methods: string[] = [];
  const server = createServer((request, response) => {
    methods.push(request.method!);
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      return response.write('event: endpoint\ndata: /mcp\n\n');
    }
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    return request.on('end', () => {
      const { id } = JSON.parse(body === '' ? '{}' : body) as { id?: number };
      if (id === undefined) return response.writeHead(202).end();
      const answer = JSON.stringify({ jsonrpc: '2.0', id, result: { protocolVersion: '2025-11-25' } });
      return setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end(answer), 5);
    });
  });
  server.on('connection', (socket) => {
    if (sockets.size >= connections) {
      refused += 1;
      socket.resetAndDestroy();
      return;
    }
    sockets.add(socket);
    most = Math.max(most, sockets.size);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  return { url, most: () => most, refused: () => refused, methods };
}

async function wire(
  url: string,
  maxConnections: number | undefined,
  Transport: typeof StreamableHttpTransport | typeof HttpSseTransport = StreamableHttpTransport,
): Promise<WireHarness> {
  const harness = new WireHarness(
    new Transport({
      server: 'remote',
      launch: { kind: 'http', url, headers: {}, flavour: 'auto' },
      clock: systemClock,
      maxConnections,
    }),
  );
  closers.push(() => harness.transport.close());
  await harness.open();
  return harness;
}

async function handshake(remote: WireHarness): Promise<void> {
  await remote.answer(remote.ask('initialize'));
  remote.transport.agreed('legacy', '2025-11-25');
  remote.tell('notifications/initialized');
}

describe('a server that takes few connections', () => {
  it.each([1, 2, 5])('R85 answers 30 calls at once over %s', async (connections) => {
    const server = await narrowServer(connections);
    const remote = await wire(server.url, connections);
    await handshake(remote);
    const ids = Array.from({ length: 30 }, () => remote.callTool('x'));
    for (const id of ids) await remote.answer(id);
    expect(server.refused()).toBe(0);
    expect(server.most()).toBe(connections);
    // A stream would take the only one.
    if (connections === 1) expect(server.methods).not.toContain('GET');
  });

  it('R85 refuses some of them without the setting', async () => {
    const server = await narrowServer(1);
    const remote = await wire(server.url, undefined);
    for (let at = 0; at < 30; at += 1) remote.callTool('x');
    await remote.failure(30);
    expect(server.refused()).toBeGreaterThan(0);
  });

  it('R85 finds the connection of one wire closed before the next one opens', async () => {
    const server = await narrowServer(1);
    for (let at = 0; at < 20; at += 1) {
      const remote = await wire(server.url, undefined);
      await remote.answer(remote.ask('initialize'));
      await remote.transport.close();
    }
    expect(server.refused()).toBe(0);
  });

  it('R85 keeps two for the old transport, whose stream takes one', async () => {
    const server = await narrowServer(2);
    const remote = await wire(server.url, 1, HttpSseTransport);
    await remote.transport.close();
    expect([server.most(), server.refused(), server.methods]).toEqual([1, 0, ['GET']]);
  });
});
