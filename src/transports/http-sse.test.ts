import { afterEach, describe, expect, it } from 'vitest';
import { startHttpServer } from '../../test/fixtures/servers/http-server.mjs';
import { eventually, WireHarness } from '../../test/support/wire-harness.ts';
import { Secret, systemClock } from '../base/index.ts';
import { HttpSseTransport } from './http-sse.ts';
import type { Authorization } from './transport.ts';

type Fixture = Awaited<ReturnType<typeof startHttpServer>>;
const open: WireHarness[] = [];
const servers: Fixture[] = [];

afterEach(async () => {
  for (const wire of open.splice(0)) {
    await wire.transport.close();
    expect(wire.closes.length).toBeLessThanOrEqual(1);
    expect(wire.afterEnd).toEqual([]);
  }
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function fixture(...modes: string[]): Promise<Fixture> {
  const server = await startHttpServer({ modes });
  servers.push(server);
  return server;
}

function wire(url: string, authorization?: Authorization): WireHarness {
  const harness = new WireHarness(
    new HttpSseTransport({
      server: 'old',
      launch: { kind: 'http', url, headers: {}, flavour: 'sse' },
      authorization,
      clock: systemClock,
    }),
  );
  open.push(harness);
  return harness;
}

async function opened(server: Fixture): Promise<WireHarness> {
  const old = wire(`${server.origin}/sse`);
  await old.open();
  return old;
}

describe('HttpSseTransport', () => {
  it('waits for the endpoint, posts there and hears answers on the stream', async () => {
    const server = await fixture();
    const old = await opened(server);
    const id = old.ask('initialize', { protocolVersion: '2024-11-05' });
    expect((await old.answer(id)).causedBy).toBeUndefined();
    old.transport.agreed('legacy', '2024-11-05');
    old.tell('notifications/initialized');
    const ids = Array.from({ length: 30 }, (_, i) => old.callTool('echo', { i }));
    const texts = await Promise.all(ids.map((call) => old.textOf(call)));
    expect(texts).toEqual(ids.map((_, i) => JSON.stringify({ i })));
    const posts = server.seen.filter((entry) => entry.method === 'POST').map((entry) => entry.body?.method);
    expect(posts.slice(0, 2)).toEqual(['initialize', 'notifications/initialized']);
  });

  it('is over when its stream is', async () => {
    const server = await fixture();
    const old = await opened(server);
    server.cutStreams();
    expect(await old.endError()).toMatchObject({ code: 'transports.cut' });
    expect(() => old.ask('ping')).toThrow(expect.objectContaining({ code: 'transports.closed' }));
  });

  it('fails a request that the server refuses to take', async () => {
    const server = await fixture();
    const old = await opened(server);
    server.modes.add('unavailable');
    expect(await old.failure(old.ask('ping'))).toMatchObject({ code: 'transports.overloaded' });
    expect(old.closes).toEqual([]);
  });

  it('notices that the server no longer knows its stream', async () => {
    const server = await fixture();
    const old = await opened(server);
    server.streams.clear();
    // The fixture forgets its client, the connection stays.
    server.forgetClients();
    old.ask('ping');
    expect(await old.end()).toEqual({ kind: 'session-lost' });
  });

  it.each([
    ['a foreign endpoint', 'foreign-endpoint', '/sse', 'transports.not_mcp'],
    ['no event stream', '', '/page', 'transports.not_mcp'],
    ['no such path', '', '/nothing', 'transports.http_refused'],
    ['a server that is down', 'unavailable', '/sse', 'transports.overloaded'],
    ['a redirect to another origin', '', '/elsewhere', 'transports.http_refused'],
  ])('does not open on %s', async (_, mode, path, code) => {
    const server = await fixture(mode);
    const old = wire(server.origin + path);
    await expect(old.open()).rejects.toMatchObject({ code });
    expect(old.closes).toEqual([]);
  });

  it('does not open where nothing listens', async () => {
    const server = await fixture();
    await server.close();
    await expect(wire(`${server.origin}/sse`).open()).rejects.toMatchObject({
      code: 'transports.unreachable',
    });
  });

  it('renews credentials once, for the stream and for a POST', async () => {
    const server = await fixture();
    server.bearer = 'two';
    const tokens = ['one', 'two', 'three'];
    let renewals = 0;
    const old = wire(`${server.origin}/sse`, {
      current: () => new Secret(`Bearer ${tokens[0]}`),
      renew: () => {
        renewals += 1;
        tokens.shift();
        return Promise.resolve(new Secret(`Bearer ${tokens[0]}`));
      },
    });
    await old.open();
    expect(renewals).toBe(1);
    server.bearer = 'three';
    await old.answer(old.ask('ping'));
    expect(renewals).toBe(2);
    server.bearer = 'four';
    expect(await old.failure(old.ask('ping'))).toMatchObject({ code: 'transports.needs_sign_in' });
  });

  it('can be cancelled while it waits for the endpoint', async () => {
    const server = await fixture('silent-sse');
    const old = wire(`${server.origin}/sse`);
    const giveUp = new AbortController();
    const opening = old.transport.open(old, giveUp.signal);
    await server.sees((entry) => entry.method === 'GET');
    giveUp.abort();
    await expect(opening).rejects.toMatchObject({ code: 'transports.cancelled' });
    await eventually('the closed stream', () => server.streams.size === 0);
  });

  it('closes its stream, once', async () => {
    const server = await fixture();
    const old = await opened(server);
    await Promise.all([old.transport.close(), old.transport.close()]);
    expect(old.closes).toEqual([{ kind: 'asked' }]);
    await eventually('the closed stream', () => server.streams.size === 0);
  });
});
