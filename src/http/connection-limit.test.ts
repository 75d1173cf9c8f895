import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ConnectionLimiter, type ConnectionLimits } from './connection-limit.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close();
});

async function serve(limits: Partial<ConnectionLimits>, descriptorLimit?: () => number): Promise<number> {
  const limiter = new ConnectionLimiter(
    { maxConnections: 1_000, spareDescriptors: 8, ...limits },
    descriptorLimit,
  );
  const server = createServer(limiter.guard((_request, response) => response.end('hello')));
  server.on('connection', (socket) => limiter.onConnection(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({
    close() {
      server.close();
      server.closeAllConnections();
    },
  });
  return (server.address() as AddressInfo).port;
}

/** A connection on which nothing is asked. */
async function silent(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  open.push({ close: () => socket.destroy() });
  await once(socket, 'connect');
  return socket;
}

async function ask(
  port: number,
): Promise<{ status: number | undefined; text: string; answer: IncomingMessage }> {
  const [answer] = (await once(get({ host: '127.0.0.1', port, agent: false }), 'response')) as [
    IncomingMessage,
  ];
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return { status: answer.statusCode, text, answer };
}

describe('connections beyond the number', () => {
  it('are answered 503 with the reason, and served again when there is room', async () => {
    const port = await serve({ maxConnections: 2 });
    const first = await silent(port);
    await silent(port);
    const { status, text, answer } = await ask(port);
    expect(status).toBe(503);
    expect(answer.headers).toMatchObject({ 'retry-after': '1', connection: 'close' });
    expect(JSON.parse(text)).toMatchObject({ status: 503, code: 'http.crowded' });
    first.destroy();
    await expect.poll(async () => (await ask(port)).text).toBe('hello');
  });

  it('are closed at once when many wait for that answer already, and after a while when they ask nothing', async () => {
    const port = await serve({ maxConnections: 0 });
    const startedAt = performance.now();
    const ends = await Promise.all(
      Array.from({ length: 40 }, async () => {
        await once(await silent(port), 'close');
        return performance.now() - startedAt;
      }),
    );
    expect(ends.filter((ms) => ms > 1_900)).toHaveLength(16);
  });
});

describe('connections that would take the last descriptors', () => {
  it('are answered 503, while the limit is what it is', async () => {
    let limit = 1_000_000;
    const port = await serve({}, () => limit);
    expect((await ask(port)).text).toBe('hello');
    limit = 12;
    expect((await ask(port)).status).toBe(503);
    limit = 1_000_000;
    expect((await ask(port)).text).toBe('hello');
  });

  it('are none where the limit is not known', async () => {
    const port = await serve({}, () => Number.POSITIVE_INFINITY);
    expect((await ask(port)).text).toBe('hello');
  });
});
