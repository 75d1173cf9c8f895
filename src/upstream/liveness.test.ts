/**
 * upstream/liveness.test — a connected server that is gone is noticed by itself, one that is busy or quiet is not ended.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { raw } from '../../test/support/raw-json.ts';
import { rawTool, startRawHttpServer, startRawStdioServer } from '../../test/support/raw-server.ts';
import { openServerLife, plainScope } from '../../test/support/server-life.ts';
import { eventually } from '../../test/support/wire-harness.ts';
import { upstreamError } from './errors.ts';
import { limitTable } from './limits.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
function keep<T extends { close(): Promise<unknown> }>(one: T): T {
  open.push(one);
  return one;
}

/** A server without a standing stream, which would tell of its end by itself, and that refuses while `status` says so. */
async function quietServer(change: { eras?: readonly ('legacy' | 'modern')[] } = {}) {
  const trouble = { status: 0, onlyFor: undefined as string | undefined };
  const server = keep(
    await startRawHttpServer({
      eras: change.eras ?? ['legacy'],
      tools: [rawTool('one')],
      onRequest: ({ method, message }, response) => {
        const isMeant = trouble.onlyFor === undefined || message?.method === trouble.onlyFor;
        if (method === 'GET') response.writeHead(405).end();
        else if (trouble.status !== 0 && isMeant) response.writeHead(trouble.status).end();
        else return false;
        return true;
      },
    }),
  );
  const asked = () => server.received.all.map(({ message }) => message?.method).filter(Boolean);
  return { server, trouble, asked };
}

describe('an idle server over HTTP', () => {
  it.each([
    ['503', 503],
    ['502', 502],
    ['410', 410],
    ['404', 404],
  ])(
    'R10 that answers everything with %s is not connected any more, and comes back by itself',
    async (_, status) => {
      const { server, trouble } = await quietServer();
      const life = keep(openServerLife({ limits: { pingIntervalMs: 100 } }));
      const instance = await life.start('idle', { kind: 'http', url: server.url });
      expect(instance.state.status).toBe('connected');
      await eventually('a ping', () => server.received.all.some(({ message }) => message?.method === 'ping'));
      trouble.status = status;
      await eventually('another state', () => instance.state.status !== 'connected');
      expect(instance.state.requestsServed).toBe(0);
      // On a session, 404 and 410 say that it is forgotten.
      expect(instance.state.lastError).toMatch(new RegExp(`HTTP ${status}|session`));
      trouble.status = 0;
      if (instance.state.status !== 'failed')
        await eventually('the connection', () => instance.isReady, 9_000);
    },
  );

  it('R10 that is gone is not connected any more', async () => {
    const { server } = await quietServer();
    const life = keep(openServerLife({ limits: { pingIntervalMs: 100 } }));
    const instance = await life.start('gone', { kind: 'http', url: server.url });
    await server.close();
    await eventually('another state', () => instance.state.status === 'waiting');
    expect(instance.state.reason).toMatch(/nothing listens|does not answer any more/);
    open.splice(open.indexOf(server), 1);
  });

  it.each([
    ['legacy', 'ping'],
    ['modern', 'server/discover'],
  ] as const)(
    'R10 of the %s era is asked with %s and never for a list, or not at all',
    async (era, method) => {
      const { server, asked } = await quietServer({ eras: [era] });
      const life = keep(openServerLife({ limits: { pingIntervalMs: 50 } }));
      const instance = await life.start('asked', { kind: 'http', url: server.url });
      const before = asked().length;
      const askedSince = () => asked().slice(before);
      await eventually('three of them', () => askedSince().filter((one) => one === method).length >= 3);
      expect(askedSince().filter((one) => one?.endsWith('/list'))).toEqual([]);
      const never = await life.start(
        'never',
        { kind: 'http', url: server.url },
        { limits: { pingIntervalMs: 0 } },
      );
      await instance.unwant();
      const pings = () => asked().filter((one) => one === method).length;
      const after = pings();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect([never.state.status, pings()]).toEqual(['connected', after]);
    },
  );

  it('R10 that refuses calls is asked at once, and its state follows the answer', async () => {
    const { server, trouble, asked } = await quietServer();
    const life = keep(openServerLife({ limits: { pingIntervalMs: 0 } }));
    const instance = await life.start('refusing', { kind: 'http', url: server.url });
    const leg = await instance.leg({ era: 'legacy', owner: undefined });
    // One method alone is that method's affair.
    Object.assign(trouble, { status: 503, onlyFor: 'tools/call' });
    await expect(leg.call('tools/call', raw({ name: 'one' }), plainScope())).rejects.toThrow();
    await eventually('a ping', () => asked().includes('ping'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(instance.state.status).toBe('connected');
    trouble.onlyFor = undefined;
    await expect(leg.call('tools/call', raw({ name: 'one' }), plainScope())).rejects.toThrow();
    await eventually('another state', () => instance.state.status !== 'connected');
  });
});

describe('a server over stdio', () => {
  it('R21 that works on a silent call is left alone although it answers no ping meanwhile', async () => {
    let isBusy = false;
    const server = keep(
      await startRawStdioServer({
        eras: ['legacy'],
        tools: [rawTool('slow')],
        handlers: {
          ping: () => (isBusy ? undefined : {}),
          'tools/call': async () => {
            isBusy = true;
            await new Promise((resolve) => setTimeout(resolve, 1_500));
            return { content: [] };
          },
        },
      }),
    );
    const life = keep(openServerLife({ limits: { pingIntervalMs: 50 } }));
    const instance = await life.start('busy', server.launch);
    const leg = await instance.leg({ era: 'legacy', owner: undefined });
    const answer = await leg.call('tools/call', raw({ name: 'slow' }), plainScope());
    expect([answer.kind, instance.state.status, instance.state.flowId]).toEqual(['result', 'connected', 1]);
  });

  it('R21 may be silent for ten minutes, and the message names what changes that', () => {
    expect(limitTable.callTimeoutMs.defaultValue).toBe(600_000);
    const hint = (method: string, isInAll = false) =>
      upstreamError('timed_out', { server: 'my files', method, timeoutMs: 1, isInAll }).hint;
    expect(hint('tools/call')).toBe("to let it take longer: mcpmux tune 'my files' --call-timeout SECONDS");
    expect(hint('tools/call', true)).toContain('--max-call SECONDS');
    expect(hint('initialize')).toContain('--connect-timeout SECONDS');
  });
});
