/** http/startup-queue — tests, on a real socket. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../test/support/deadline.ts';
import { StartupQueue } from './index.ts';

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function start(gate: StartupQueue): Promise<{ url: string; came: () => number }> {
  let requests = 0;
  server = createServer((request, response) => {
    requests += 1;
    gate.handle(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, came: () => requests };
}

it('answers what came before it was opened, in order, and what comes afterwards', async () => {
  const gate = new StartupQueue();
  const { url, came } = await start(gate);
  const first = fetch(`${url}/1`, { method: 'POST', body: 'a body' });
  await eventually('the first', () => came() === 1 || undefined);
  const second = fetch(`${url}/2`);
  await eventually('the second', () => came() === 2 || undefined);
  const seen: string[] = [];
  gate.open((request, response) => {
    seen.push(request.url ?? '');
    request.pipe(response);
  });
  expect(await (await first).text()).toBe('a body');
  expect((await second).status).toBe(200);
  expect((await fetch(`${url}/3`)).status).toBe(200);
  expect(seen).toEqual(['/1', '/2', '/3']);
});

it('hands on nothing of whoever has left', async () => {
  const gate = new StartupQueue();
  const { url, came } = await start(gate);
  const leaving = new AbortController();
  const left = fetch(url, { signal: leaving.signal }).catch(() => 'left');
  await eventually('the request', () => came() === 1 || undefined);
  leaving.abort();
  expect(await left).toBe('left');
  await eventually('the end of its connection', async () => (await connections()) === 0 || undefined);
  let handled = 0;
  gate.open((_, response) => {
    handled += 1;
    response.end();
  });
  expect(handled).toBe(0);
});

it('keeps a bounded number waiting and tells the rest to come again', async () => {
  const gate = new StartupQueue();
  const { url, came } = await start(gate);
  const answers = Array.from({ length: 300 }, () => fetch(url).then(({ status }) => status));
  await eventually('all of them', () => came() === 300 || undefined);
  gate.open((_, response) => response.end());
  const statuses = await Promise.all(answers);
  expect(statuses.filter((status) => status === 200)).toHaveLength(256);
  expect(statuses.filter((status) => status === 503)).toHaveLength(44);
});

function connections(): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
  );
}
