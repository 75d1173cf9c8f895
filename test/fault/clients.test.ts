/**
 * fault/clients.test — clients that are slow, many, deaf or too eager, and the others who are served meanwhile.
 *
 * Rows 53, 54, 56, 66 and 67 of the faults, against the built daemon over real sockets.
 */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSqlite } from '../../src/store/drivers/sqlite-module.ts';
import { type Rig, startRig, textOf, textResult } from '../edge-cases/rig.ts';
import { eventually } from '../support/deadline.ts';
import { startGateway } from '../support/gateway.ts';
import { RawHttpClient } from '../support/raw-client.ts';
import { rawTool } from '../support/raw-server.ts';
import { memoryOf, processorMsOf } from './processes.ts';

const mebibyte = 1024 * 1024;
/** Capacity of the busy server: one call at a time, so long each. */
const busyCallMs = 10;
const hugeTools = 5_000;

let rig: Rig;
beforeAll(async () => {
  const description = 'd'.repeat(4_000);
  rig = await startRig({
    plain: { wire: 'http', script: { eras: ['legacy', 'modern'], tools: [rawTool('say')] } },
    busy: {
      wire: 'http',
      script: {
        eras: ['legacy'],
        tools: [rawTool('work')],
        handlers: {
          'tools/call:work': async () => {
            await new Promise((resolve) => setTimeout(resolve, busyCallMs));
            return textResult('legacy', 'done');
          },
        },
      },
      install: { limits: { concurrency: 1 } },
    },
    chatty: {
      wire: 'http',
      script: {
        eras: ['legacy'],
        tools: [rawTool('chat')],
        handlers: {
          'tools/call:chat': async (call) => {
            const progressToken = (call.params['_meta'] as { progressToken?: string } | undefined)
              ?.progressToken;
            const message = 'p'.repeat(64 * 1024);
            for (let progress = 1; progress <= 2_000; progress += 1) {
              call.notify('notifications/progress', { progressToken, progress, message });
              if (progress % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
            }
            return textResult('legacy', 'done');
          },
        },
      },
    },
    huge: {
      wire: 'http',
      script: {
        eras: ['legacy', 'modern'],
        tools: Array.from({ length: hugeTools }, (_, at) => rawTool(`tool_${at}`, { description })),
      },
    },
  });
});
afterAll(() => rig.close());

/** Calls one after the other until `isOver`. @returns how long each took, ms, shortest first */
async function callUntil(isOver: () => boolean): Promise<number[]> {
  const client = await rig.client('legacy');
  const tookMs: number[] = [];
  while (!isOver()) {
    const startedAt = performance.now();
    const answer = await client.callTool('plain_say');
    expect(answer.error).toBeUndefined();
    tookMs.push(performance.now() - startedAt);
  }
  return tookMs.sort((a, b) => a - b);
}
const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

it('53: two hundred sockets that trickle a head or a body are closed in time, and honest calls go on', async () => {
  const host = `127.0.0.1:${rig.gateway.port}`;
  const head = `POST /mcp HTTP/1.1\r\nhost: ${host}\r\nx-slow: ${'a'.repeat(1_000)}`;
  const withBody = `POST /mcp HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${rig.gateway.key}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n`;
  const slow = Array.from({ length: 200 }, (_, at) =>
    at % 4 === 0 ? trickle(withBody, 'a'.repeat(1_000)) : trickle('', head),
  );
  const heads = slow.filter((_, at) => at % 4 !== 0);
  let isOver = false;
  const honest = callUntil(() => isOver);
  const closed = await Promise.all(heads.map(({ ended }) => ended));
  isOver = true;
  const tookMs = await honest;
  console.log(`${tookMs.length} honest calls, p99 ${percentile(tookMs, 0.99).toFixed(1)} ms`);
  for (const { text, afterMs } of closed) {
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(afterMs).toBeLessThan(9_000);
  }
  expect(percentile(tookMs, 0.99)).toBeLessThan(250);
  // Those that send a body have half a minute; a person who stops the daemon does not wait for them.
  for (const { socket } of slow) socket.destroy();
});

/** Writes `first` at once and `rest` byte by byte. */
function trickle(first: string, rest: string) {
  const socket: Socket = connect({ port: rig.gateway.port, host: '127.0.0.1' });
  const startedAt = performance.now();
  let at = 0;
  let text = '';
  if (first !== '') socket.write(first);
  const timer = setInterval(() => socket.write(rest.charAt(at++)), 500);
  const ended = new Promise<{ text: string; afterMs: number }>((resolve) => {
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      resolve({ text, afterMs: performance.now() - startedAt });
    });
  });
  return { socket, ended };
}

it('54: a thousand sessions that nobody ends cost little, the oldest make room, and old ones expire', async () => {
  const dataDir = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-sessions-')));
  const gateway = await startGateway({
    env: { MCPMUX_MAX_SESSIONS: '500', MCPMUX_SESSION_IDLE_MS: '60000', MCPMUX_KEY_SOURCE: 'file' },
    dataDir,
  });
  const open = async (): Promise<string> => {
    const client = new RawHttpClient({ url: gateway.mcpUrl(), era: 'legacy', headers: gateway.headers });
    await client.initialize();
    client.close();
    return client.sessionId!;
  };
  const openMany = async (count: number): Promise<string[]> => {
    const ids: string[] = [];
    while (ids.length < count) ids.push(...(await Promise.all(Array.from({ length: 10 }, open))));
    return ids;
  };
  const ping = async (sessionId: string, of = gateway): Promise<number> => {
    const client = new RawHttpClient({ url: of.mcpUrl(), era: 'legacy', headers: of.headers });
    client.sessionId = sessionId;
    const { status } = await client.request('ping');
    client.close();
    return status;
  };
  const [first] = await openMany(500);
  const before = memoryOf(gateway.pid).residentBytes;
  const later = await openMany(500);
  const grownBytes = memoryOf(gateway.pid).residentBytes - before;
  console.log(`500 sessions beyond the limit: ${Math.round(grownBytes / 1024)} KiB`);
  expect(grownBytes).toBeLessThan(32 * mebibyte);
  // Out of memory is not gone: it is read from the store, and another one makes room for it.
  expect(await ping(first!)).toBe(200);
  expect(await ping(later.at(-1)!)).toBe(200);
  await gateway.kill();

  const { DatabaseSync } = await loadSqlite();
  const database = new DatabaseSync(join(dataDir, 'mcpmux.db'));
  database.prepare('update sessions set last_used_at = last_used_at - 61000 where id = ?').run(first!);
  database.close();
  const again = await startGateway({
    env: { MCPMUX_SESSION_IDLE_MS: '60000', MCPMUX_KEY_SOURCE: 'file' },
    dataDir,
  });
  expect(await ping(first!, again)).toBe(404);
  expect(await ping(later.at(-1)!, again)).toBe(200);
  await again.stop();
  await rm(dataDir, { recursive: true, force: true });
});

it('56: a client that does not read its stream costs a bounded amount of memory, and gets its answer in the end', async () => {
  const client = await rig.client('legacy');
  const before = memoryOf(rig.gateway.pid).residentBytes;
  const call = client.open(
    'tools/call',
    { name: 'chatty_chat', arguments: {} },
    { meta: { progressToken: 'p' }, timeoutMs: 30_000 },
  );
  await call.head;
  call.pause();
  // The server has written its 125 MiB when it is back at rest; another client is served all the while.
  let most = 0;
  await eventually(
    'the end of the call at the server',
    async () => {
      const startedAt = performance.now();
      await (await rig.client('legacy')).callTool('plain_say');
      expect(performance.now() - startedAt).toBeLessThan(2_000);
      most = Math.max(most, memoryOf(rig.gateway.pid).residentBytes - before);
      const { legs } = await rig.gateway.admin.getServer('chatty');
      return legs.every(({ inFlight }) => inFlight === 0) || undefined;
    },
    { timeoutMs: 30_000, everyMs: 100 },
  );
  console.log(`grown by ${Math.round(most / mebibyte)} MiB at most`);
  expect(most).toBeLessThan(96 * mebibyte);
  call.resume();
  expect(textOf((await call.answer).result)).toBe('done');
});

describe('66: more calls than a server can take', () => {
  it('are refused early with 503 and Retry-After, the rest succeed, and others and the administrator notice nothing', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => rig.client('modern')));
    // Far more at once than the line of a server that takes one at a time.
    const count = 600;
    let isOver = false;
    const others = callUntil(() => isOver);
    const admin = (async () => {
      const tookMs: number[] = [];
      while (!isOver) {
        const startedAt = performance.now();
        await rig.gateway.admin.getStatus();
        tookMs.push(performance.now() - startedAt);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return tookMs.sort((a, b) => a - b);
    })();
    const startedAt = performance.now();
    const answers = await Promise.all(
      Array.from({ length: count }, async (_, at) => {
        const answer = await clients[at % clients.length]!.callTool('busy_work', {}, { timeoutMs: 30_000 });
        return { ...answer, afterMs: performance.now() - startedAt };
      }),
    );
    isOver = true;
    const served = answers.filter(({ result }) => result !== undefined);
    const shed = answers.filter(({ status }) => status === 503);
    const adminMs = await admin;
    const othersMs = await others;
    console.log(
      `${served.length} served, ${shed.length} shed; admin p99 ${percentile(adminMs, 0.99).toFixed(1)} ms, others p99 ${percentile(othersMs, 0.99).toFixed(1)} ms`,
    );
    expect(served.length + shed.length).toBe(count);
    expect(served.length).toBeGreaterThanOrEqual(256);
    expect(shed.length).toBeGreaterThan(0);
    for (const { headers, error } of shed) {
      expect(headers['retry-after']).toBe('1');
      expect(error).toMatchObject({ code: -32603, data: { source: 'gateway', reason: 'transports.busy' } });
    }
    // Refused long before those that waited were served.
    const refusedMs = shed.map(({ afterMs }) => afterMs).sort((a, b) => a - b);
    const servedMs = served.map(({ afterMs }) => afterMs).sort((a, b) => a - b);
    expect(percentile(refusedMs, 0.5)).toBeLessThan(percentile(servedMs, 0.9));
    // This process reads the six hundred answers too: half of it is its own delay.
    expect(percentile(adminMs, 0.99)).toBeLessThan(2_500);
    expect(percentile(othersMs, 0.99)).toBeLessThan(2_500);
    expect((await clients[0]!.callTool('busy_work')).status).toBe(200);
  });
});

describe('67: five thousand tools of four kilobytes', () => {
  it.each(['legacy', 'modern'] as const)(
    'are listed page by page to a %s client, once written',
    async (era) => {
      const client = await rig.client(era, 'huge');
      const readAll = async () => {
        const names = new Set<string>();
        let cursor: unknown;
        let bytes = 0;
        do {
          const { result, text } = await client.request('tools/list', cursor === undefined ? {} : { cursor });
          bytes += text.length;
          for (const { name } of (result as { tools: { name: string }[] }).tools) names.add(name);
          cursor = result?.['nextCursor'];
        } while (cursor !== undefined);
        return { names, bytes };
      };
      const { names, bytes } = await readAll();
      expect(names.size).toBe(hugeTools);
      expect(bytes).toBeGreaterThan(20_000_000);
      const cpuBefore = processorMsOf(rig.gateway.pid);
      await readAll();
      const cpuMs = processorMsOf(rig.gateway.pid) - cpuBefore;
      console.log(`${Math.round(bytes / 1e6)} MB again: ${cpuMs} ms of processor time`);
      // Written once for all who see the same: what is left is copying.
      expect(cpuMs).toBeLessThan(600);
      expect(memoryOf(rig.gateway.pid).residentBytes).toBeLessThan(400 * mebibyte);
      const called = await client.callTool('tool_4999');
      expect(called.error).toBeUndefined();
    },
  );
});
