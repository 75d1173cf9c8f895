/**
 * gateway/serve/session-renewal.test — a call that meets a forgotten session is sent once more, and never twice.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { raw } from '../../../test/support/raw-json.ts';
import { rawTool, startRawHttpServer, startRawStdioServer } from '../../../test/support/raw-server.ts';
import { openServerLife, plainScope } from '../../../test/support/server-life.ts';
import { systemClock } from '../../base/index.ts';
import type { ServerInstance } from '../../upstream/index.ts';
import { ParkedCalls } from './parked-calls.ts';
import { Relay } from './relay.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
function keep<T extends { close(): Promise<unknown> }>(one: T): T {
  open.push(one);
  return one;
}

/** A server that meets calls on its first session, or on every one, with a refusal; and a relay in front of it. */
async function bench(status: number, text: string, isEverySession = false) {
  const calls: string[] = [];
  const first = { id: undefined as string | undefined };
  const server = keep(
    await startRawHttpServer({
      eras: ['legacy'],
      tools: [rawTool('one')],
      onRequest: ({ method, message, headers }, response) => {
        if (method === 'GET') {
          response.writeHead(405).end();
          return true;
        }
        const session = String(headers['mcp-session-id']);
        if (message?.method !== 'tools/call') return false;
        calls.push(session);
        first.id ??= session;
        if (session !== first.id && !isEverySession) return false;
        response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
        return true;
      },
    }),
  );
  const life = keep(openServerLife());
  const instance = await life.start('forgetful', { kind: 'http', url: server.url });
  const relay = relayOver(life.pool);
  const initialized = () =>
    server.received.all.filter(({ message }) => message?.method === 'initialize').length;
  return { instance, relay, calls, initialized };
}

function relayOver(pool: ConstructorParameters<typeof Relay>[0]['pool']): Relay {
  return new Relay({ pool, parked: new ParkedCalls(systemClock), clock: systemClock, serverInfo: {} });
}

function callOf(instance: ServerInstance, era: 'legacy' | 'modern', relay: Relay) {
  const scope = plainScope();
  const { caller } = scope;
  const client =
    era === 'legacy' ? caller.client : { ...caller.client, era, revision: '2026-07-28' as const };
  return relay.call(
    {
      method: 'tools/call',
      params: raw({ name: 'one' }),
      scope: { ...scope, caller: { ...caller, client } },
    },
    { server: instance.server },
  );
}

describe('a call that meets a forgotten session', () => {
  it.each([
    [404, '', 'legacy'],
    [404, '', 'modern'],
    [400, 'Invalid session ID', 'legacy'],
    [400, 'Server not initialized', 'legacy'],
    [401, 'Session not found', 'legacy'],
    [410, '', 'legacy'],
    [422, 'unknown session', 'modern'],
    [503, 'session expired', 'legacy'],
  ] as const)('R22 is sent once more after HTTP %d %j, for a %s client', async (status, text, era) => {
    const { instance, relay, calls, initialized } = await bench(status, text);
    expect((await callOf(instance, era, relay)).kind).toBe('result');
    expect([calls.length, new Set(calls).size, initialized()]).toEqual([2, 2, 2]);
    expect(instance.queue.running).toBe(0);
  });

  it('R22 is sent twice at most', async () => {
    const { instance, relay, calls } = await bench(404, '', true);
    await expect(callOf(instance, 'legacy', relay)).rejects.toMatchObject({
      code: 'transports.session_lost',
    });
    expect(calls).toHaveLength(2);
  });

  it.each([
    [500, 'boom'],
    [503, 'busy'],
    [422, 'no such tool'],
  ])(
    'R22 is not sent again after HTTP %d %j, which does not say that it never began',
    async (status, text) => {
      const { instance, relay, calls } = await bench(status, text);
      await expect(callOf(instance, 'legacy', relay)).rejects.toMatchObject({ kind: 'unavailable' });
      expect(calls).toHaveLength(1);
    },
  );
});

describe('a server that never answers logging/setLevel', () => {
  it('R92 keeps no call waiting', async () => {
    const server = keep(
      await startRawStdioServer({
        eras: ['legacy'],
        tools: [rawTool('one')],
        capabilities: { logging: {} },
        handlers: { 'logging/setLevel': () => undefined },
      }),
    );
    const life = keep(openServerLife());
    const instance = await life.start('mute', server.launch);
    const startedAt = performance.now();
    const answer = await relayOver(life.pool).call(
      { method: 'tools/call', params: raw({ name: 'one' }), scope: plainScope({ logLevel: 'debug' }) },
      { server: instance.server },
    );
    expect([answer.kind, performance.now() - startedAt < 3_000]).toEqual(['result', true]);
    const { received } = server.processes.all[0]!;
    expect(received.all.some(({ method }) => method === 'logging/setLevel')).toBe(true);
  });
});
