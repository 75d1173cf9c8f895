import { afterEach, describe, expect, it } from 'vitest';
import { startHttpServer } from '../../test/fixtures/servers/http-server.mjs';
import { eventually, WireHarness } from '../../test/support/wire-harness.ts';
import { systemClock } from '../base/index.ts';
import { isSessionLost, mayBeSessionLost } from './session-loss.ts';
import { StreamableHttpTransport } from './streamable-http.ts';

type Fixture = Awaited<ReturnType<typeof startHttpServer>>;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A legacy server, and a wire to it on a session that works. */
async function onSession(...modes: string[]): Promise<{ server: Fixture; remote: WireHarness }> {
  const server = await startHttpServer({ modes: ['no-stream', ...modes] });
  closers.push(() => server.close());
  const remote = new WireHarness(
    new StreamableHttpTransport({
      server: 'remote',
      launch: { kind: 'http', url: server.url, headers: {}, flavour: 'auto' },
      clock: systemClock,
    }),
  );
  closers.push(() => remote.transport.close());
  await remote.open();
  await remote.answer(remote.ask('initialize', { protocolVersion: '2025-11-25' }));
  remote.transport.agreed('legacy', '2025-11-25');
  remote.tell('notifications/initialized');
  await remote.answer(remote.ask('ping'));
  return { server, remote };
}

/** From now on calls are refused like this. */
function refuseCalls(
  server: Fixture,
  status: number,
  body: string | object,
  headers: Record<string, string> = {},
): void {
  server.intercept = (_, response, message) => {
    if (message?.method !== 'tools/call') return false;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const type = typeof body === 'string' ? 'text/plain' : 'application/json';
    response.writeHead(status, { 'content-type': type, ...headers }).end(text);
    return true;
  };
}

const rpcError = (message: string) => ({ jsonrpc: '2.0', id: null, error: { code: -32_000, message } });

describe('a refusal on a session', () => {
  it.each<[number, string | object]>([
    [404, ''],
    [410, 'Gone'],
    [400, 'Invalid session ID'],
    [400, rpcError('Bad Request: Server not initialized')],
    [400, rpcError('Bad Request: No valid session ID provided')],
    [400, rpcError('Mcp-Session-Id header is required')],
    [400, { detail: 'Unknown session' }],
    [401, { error: 'Session not found' }],
    [409, 'session has expired'],
    [422, { detail: 'session_id does not exist' }],
    [500, rpcError('Session not found or already closed')],
    [503, 'the session is gone'],
  ])('R22 says with HTTP %s %j that the session is lost', async (status, body) => {
    const { server, remote } = await onSession();
    refuseCalls(server, status, body);
    const error = await remote.failure(remote.callTool('echo'));
    expect(error).toMatchObject({ code: 'transports.session_lost', retry: 'safe' });
    expect(isSessionLost(error)).toBe(true);
    expect(await remote.end()).toEqual({ kind: 'session-lost' });
  });

  it.each<[number, string | object, string, boolean]>([
    [400, 'the body is too short', 'transports.http_refused', true],
    [422, { detail: 'field required' }, 'transports.http_refused', true],
    [500, 'Internal Server Error', 'transports.http_refused', true],
    [503, 'maintenance', 'transports.overloaded', true],
    [413, 'payload too large', 'transports.http_refused', false],
    [429, 'too many requests in this session, it is not valid now', 'transports.rate_limited', false],
    [403, 'not for you', 'transports.http_refused', false],
    [401, 'who are you?', 'transports.needs_sign_in', false],
  ])('R22 does not say so with HTTP %s %j', async (status, body, code, mayBe) => {
    const { server, remote } = await onSession();
    refuseCalls(server, status, body);
    const error = await remote.failure(remote.callTool('echo'));
    expect(error.code).toBe(code);
    expect([isSessionLost(error), mayBeSessionLost(error)]).toEqual([false, mayBe]);
    expect(remote.closes).toEqual([]);
  });

  it('asks for sign-in rather than for a session when a challenge says so', async () => {
    const { server, remote } = await onSession();
    refuseCalls(server, 401, { error: 'session expired' }, { 'www-authenticate': 'Bearer realm="x"' });
    expect((await remote.failure(remote.callTool('echo'))).code).toBe('transports.needs_sign_in');
  });

  it('does not speak of sessions where there is none', async () => {
    const { server, remote } = await onSession('no-session');
    refuseCalls(server, 400, 'Invalid session ID');
    const error = await remote.failure(remote.callTool('echo'));
    expect([error.code, mayBeSessionLost(error)]).toEqual(['transports.http_refused', false]);
  });

  it('R22 tells each of several calls on their way its own refusal, and the one that hangs that it was cut', async () => {
    const { server, remote } = await onSession();
    let released = () => {};
    const allThere = new Promise<void>((resolve) => {
      released = resolve;
    });
    const waiting: number[] = [];
    server.intercept = (_, response, message) => {
      if (message?.method !== 'tools/call') return false;
      waiting.push(message.id!);
      if (waiting.length === 4) released();
      if (waiting.length > 1) void allThere.then(() => response.writeHead(404).end());
      return true;
    };
    const [hanging, ...refused] = Array.from({ length: 4 }, () => remote.callTool('echo'));
    for (const id of refused)
      expect(await remote.failure(id)).toMatchObject({ code: 'transports.session_lost' });
    // Nothing is sent on a session that is lost.
    expect(() => remote.callTool('echo')).toThrow(
      expect.objectContaining({ code: 'transports.session_lost' }),
    );
    expect(
      await eventually('the end of the hanging call', () => remote.failures.get(hanging!)),
    ).toMatchObject({
      code: 'transports.cut',
      retry: 'unknown',
    });
    expect(await remote.end()).toEqual({ kind: 'session-lost' });
  });
});
