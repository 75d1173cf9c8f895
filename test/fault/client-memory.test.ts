/**
 * fault/client-memory.test — a daemon with a small heap before clients that send as much as they may: it refuses what is too
 * much, and lives.
 */
import { Agent, request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { textResult } from '../edge-cases/rig.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { RawHttpClient } from '../support/raw-client.ts';
import { type RawHttpServer, rawTool, startRawHttpServer } from '../support/raw-server.ts';
import { memoryOf } from './processes.ts';

let gateway: Gateway;
let server: RawHttpServer;
let release: () => void = () => {};
const agent = new Agent({ keepAlive: false, maxSockets: 200 });

beforeAll(async () => {
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  server = await startRawHttpServer({
    eras: ['legacy'],
    tools: [rawTool('wait'), rawTool('say')],
    handlers: {
      'tools/call:wait': async () => {
        await released;
        return textResult('legacy', 'done');
      },
      'tools/call:say': () => textResult('legacy', 'said'),
    },
  });
  gateway = await startGateway({ env: { NODE_OPTIONS: '--max-old-space-size=256' } });
  await gateway.addServer({ name: 'slow', launch: { kind: 'http', url: server.url } });
});
afterAll(async () => {
  release();
  agent.destroy();
  await gateway.stop();
  await server.close();
});

/** @returns the status; 0 when the connection broke */
function post(body: Buffer, session?: string): Promise<{ status: number; retryAfter: string | undefined }> {
  return new Promise((resolve) => {
    const outgoing = request(
      `${gateway.url}/mcp`,
      {
        method: 'POST',
        agent,
        headers: {
          ...gateway.headers,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'content-length': body.length,
          ...(session !== undefined && { 'mcp-session-id': session }),
        },
      },
      (incoming) => {
        const { statusCode = 0, headers } = incoming;
        incoming.resume();
        incoming.on('close', () => resolve({ status: statusCode, retryAfter: headers['retry-after'] }));
      },
    );
    outgoing.on('error', () => resolve({ status: 0, retryAfter: undefined }));
    outgoing.end(body);
  });
}

const pieces = (bytes: number): object[] => Array.from({ length: Math.floor(bytes / 3) }, () => ({}));

it('R69 a heap of 256 MB outlives a thousand sessions of 63 kB and four hundred calls of 3.9 MB', async () => {
  const client = await RawHttpClient.connect({
    url: gateway.mcpUrl(),
    era: 'legacy',
    headers: gateway.headers,
  });
  const initialize = Buffer.from(
    JSON.stringify({
      jsonrpc: '2.0',
      id: 0,
      method: 'initialize',
      params: {
        protocolVersion: '2025-06-18',
        capabilities: { experimental: { x: pieces(63_000) } },
        clientInfo: { name: 'c', version: '1' },
      },
    }),
  );
  const sessions = await Promise.all(Array.from({ length: 1_000 }, () => post(initialize)));
  expect(new Set(sessions.map(({ status }) => status))).toEqual(new Set([200]));

  const call = Buffer.from(
    JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'slow_wait', arguments: { x: pieces(3_900_000) } },
    }),
  );
  const { sessionId } = client;
  const calls = Array.from({ length: 400 }, (_, id) =>
    post(Buffer.from(call.toString('latin1').replace('"id":1', `"id":${id + 10}`), 'latin1'), sessionId),
  );
  let answered = 0;
  for (const one of calls) void one.then(() => (answered += 1));
  // Those that were taken wait at the server; all others have been told to come back.
  for (const endsAt = Date.now() + 40_000; answered < 360; ) {
    if (Date.now() > endsAt) throw new Error(`only ${answered} of 400 were answered`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(memoryOf(gateway.pid).residentBytes).toBeLessThan(600 * 1024 * 1024);
  // Small ones are served meanwhile.
  expect(JSON.stringify(await client.result('tools/call', { name: 'slow_say', arguments: {} }))).toContain(
    'said',
  );
  release();
  const outcomes = await Promise.all(calls);
  for (const { status, retryAfter } of outcomes) {
    expect([200, 503]).toContain(status);
    if (status === 503) expect(retryAfter).toBe('1');
  }
  expect(outcomes.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
  client.close();
}, 240_000);
