/**
 * fault/restart.test — the daemon ends, with and without warning, under open sessions and running calls.
 *
 * Rows 57 and 58 of the faults.
 */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { textOf, textResult } from '../edge-cases/rig.ts';
import { eventually, withDeadline } from '../support/deadline.ts';
import { type Deferred, deferred } from '../support/deferred.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type RawCall, RawHttpClient } from '../support/raw-client.ts';
import { type RawStdioServer, rawTool, startRawStdioServer } from '../support/raw-server.ts';

let dataDir: string;
let server: RawStdioServer;
let gateway: Gateway;
/** A call of `hold` is at the server. */
let arrived: Deferred<void>;
let release: Deferred<void>;

beforeAll(async () => {
  dataDir = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-drain-')));
  server = await startRawStdioServer({
    eras: ['legacy'],
    tools: [rawTool('say'), rawTool('hold')],
    handlers: {
      'tools/call:hold': async (call) => {
        const { progressToken } = (call.params['_meta'] ?? {}) as { progressToken?: string };
        if (call.params['arguments'] !== undefined && 'talks' in (call.params['arguments'] as object))
          call.notify('notifications/progress', { progressToken, progress: 1 });
        arrived.resolve();
        await release.promise;
        return textResult('legacy', 'held');
      },
    },
  });
});
afterAll(async () => {
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

const connectTo = (era: 'legacy' | 'modern') =>
  RawHttpClient.connect({ url: gateway.mcpUrl(), era, headers: gateway.headers });

it('57: twenty clients go on with the same session and the same key after each of six ends', async () => {
  gateway = await startGateway({ dataDir, servers: [{ name: 's', launch: server.launch }] });
  const clients = await Promise.all(
    Array.from({ length: 20 }, (_, at) => connectTo(at % 2 === 0 ? 'legacy' : 'modern')),
  );
  const legacy = clients.filter(({ options }) => options.era === 'legacy');
  const gapsMs: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    const streams = await Promise.all(
      legacy.map(async (client) => {
        const stream = client.openStream();
        expect((await stream.head).status).toBe(200);
        return stream;
      }),
    );
    const startedAt = performance.now();
    if (round % 2 === 0) {
      process.kill(gateway.pid, 'SIGTERM');
      expect(await gateway.exited).toEqual({ code: 0, signal: null });
    } else await gateway.kill();
    await withDeadline(Promise.all(streams.map(({ ended }) => ended)), 5_000, 'a stream outlives the daemon');
    gateway = await startGateway({ dataDir, port: gateway.port });
    for (const client of clients) client.forgetConnections();
    // Whatever they ask first is answered: by the session they had, or by nothing but their key.
    const answers = await Promise.all(clients.map((client) => client.callTool('s_say')));
    gapsMs.push(Math.round(performance.now() - startedAt));
    for (const { status, result } of answers) expect([status, textOf(result)]).toEqual([200, 'called say']);
  }
  console.log(`from the end to twenty answers: ${gapsMs.join(', ')} ms`);
  // Streams come back, and hear what changes.
  const streams = legacy.map((client) => client.openStream());
  await Promise.all(streams.map(({ head }) => head));
  await gateway.admin.changeServer('s', { isEnabled: false });
  for (const { inbox } of streams)
    await inbox.take('list_changed', ({ method }) => method === 'notifications/tools/list_changed');
  for (const client of clients) client.close();
  await gateway.stop();
});

describe('58: a daemon that is told to end while a call runs', () => {
  let client: RawHttpClient;
  let stream: RawCall;
  beforeEach(async () => {
    arrived = deferred();
    release = deferred();
    gateway = await startGateway({ env: { MCPMUX_SHUTDOWN_GRACE_MS: '10000' } });
    await gateway.addServer({ name: 's', launch: server.launch });
    client = await connectTo('legacy');
    stream = client.openStream();
    await stream.head;
  });
  afterEach(async () => {
    release.resolve();
    client.close();
    await gateway.kill();
  });
  const begin = async (talks: boolean): Promise<RawCall> => {
    const args = talks ? { talks } : {};
    const call = client.open(
      'tools/call',
      { name: 's_hold', arguments: args },
      { meta: { progressToken: 'p' } },
    );
    await withDeadline(arrived.promise, 5_000, 'the call did not reach the server');
    if (talks) await call.inbox.take('progress', ({ method }) => method === 'notifications/progress');
    return call;
  };

  it.each([
    ['waits for its answer', false],
    ['has begun a stream', true],
  ])('lets a call that %s finish, ends streams, and ends with 0', async (_, talks) => {
    const call = await begin(talks);
    process.kill(gateway.pid, 'SIGTERM');
    await withDeadline(stream.ended, 2_000, 'the standing stream did not end');
    await eventually('that no new request is taken', async () => (await isReady()) === false || undefined);
    release.resolve();
    expect(textOf((await call.answer).result)).toBe('held');
    expect(await withDeadline(gateway.exited, 5_000, 'the daemon did not end')).toEqual({
      code: 0,
      signal: null,
    });
    expect(server.alive()).toEqual([]);
  });

  it('tells readers of a stream when to come back', async () => {
    const { head } = stream;
    expect((await head).headers['content-type']).toContain('text/event-stream');
    process.kill(gateway.pid, 'SIGTERM');
    await stream.ended;
    expect((await stream.answer).text).toMatch(/^retry: \d+$/m);
  });

  it('ends at once when it is told a second time', async () => {
    await begin(false);
    process.kill(gateway.pid, 'SIGTERM');
    await withDeadline(stream.ended, 2_000, 'the standing stream did not end');
    // The same signal within a tenth of a second is an echo of the first: npm passes on what the terminal sent to both.
    await new Promise((resolve) => setTimeout(resolve, 200));
    const startedAt = performance.now();
    process.kill(gateway.pid, 'SIGTERM');
    const exit = await withDeadline(gateway.exited, 2_000, 'the daemon did not end');
    expect(exit).toEqual({ code: 143, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    await eventually('the end of its servers', () => server.alive().length === 0 || undefined);
  });
});

function isReady(): Promise<boolean> {
  return new Promise((resolve) => {
    const request = httpRequest(`${gateway.url}/readyz`, { agent: false, timeout: 1_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => resolve(false));
    request.on('timeout', () => request.destroy());
    request.end();
  });
}
