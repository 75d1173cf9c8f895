/**
 * downstream/revoked-key.test — what is open when a key is taken away ends at once, with the words of the door.
 */
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { deferred } from '../../test/support/deferred.ts';
import {
  closeRigs,
  FakeCallHandler,
  initialize,
  post,
  type Rig,
  startRig,
} from '../../test/support/downstream-rig.ts';
import { resultAnswer } from '../gateway/index.ts';
import { RawJson } from '../protocol/index.ts';
import { keyRevoked } from './key-revoked.ts';

closeRigs();

/** A server that never answers by itself. */
class Silent extends FakeCallHandler {
  readonly began = deferred<void>();
  readonly cancelled = deferred<string>();

  constructor(saysSomething = false) {
    super();
    this.answer = async ({ scope }) => {
      if (saysSomething) scope.tell('notifications/progress', RawJson.ofValue({ progress: 1 }));
      this.began.resolve();
      const reason = await new Promise<string>((resolve) => scope.cancellation.onCancel(resolve));
      this.cancelled.resolve(reason);
      return resultAnswer({});
    };
  }
}

const revoke = (rig: Rig): void => rig.shutOut('alice');

const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'c', version: '1' },
  progressToken: 'p',
};

function modern(rig: Rig, method: string, params: object): Promise<Response> {
  return fetch(`${rig.url}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(method === 'tools/call' && { 'mcp-name': 't' }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 9, method, params: { ...params, _meta: meta } }),
    signal: AbortSignal.timeout(5_000),
  });
}

async function legacy(rig: Rig): Promise<Response> {
  return fetch(`${rig.url}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-session-id': await initialize(rig),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 9,
      method: 'tools/call',
      params: { name: 't', _meta: { progressToken: 'p' } },
    }),
    signal: AbortSignal.timeout(5_000),
  });
}

const eras = {
  modern: (rig: Rig) => modern(rig, 'tools/call', { name: 't', arguments: {} }),
  legacy,
};

describe('R75 a key that is taken away', () => {
  it.each(['modern', 'legacy'] as const)('R75 ends a %s call with 401 and its words', async (era) => {
    const serve = new Silent();
    const rig = await startRig({ serve });
    const answer = eras[era](rig);
    await serve.began.promise;
    revoke(rig);
    const { status, headers } = await answer;
    expect([status, headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('invalid_token'),
    ]);
    expect(await (await answer).json()).toMatchObject({ id: 9, error: { message: keyRevoked.message } });
    expect(await serve.cancelled.promise).toContain('revoked');
  });

  it.each(['modern', 'legacy'] as const)('R75 ends a %s call that streams already', async (era) => {
    const serve = new Silent(true);
    const rig = await startRig({ serve });
    const answer = await eras[era](rig);
    await serve.began.promise;
    revoke(rig);
    const text = await answer.text();
    expect(text).toContain('notifications/progress');
    expect(text.trim().split('\n\n').at(-1)).toContain(
      `"id":9,"error":{"code":-32600,"message":"${keyRevoked.message}"`,
    );
    expect(await serve.cancelled.promise).toContain('revoked');
  });

  it('R75 ends a listen stream', async () => {
    const rig = await startRig();
    const answer = await modern(rig, 'subscriptions/listen', { notifications: {} });
    revoke(rig);
    expect(await answer.text()).toContain(keyRevoked.message);
  });

  it('R75 ends a request whose body is still on its way', async () => {
    const rig = await startRig();
    const session = await initialize(rig);
    const message = JSON.stringify({ jsonrpc: '2.0', id: 5, method: 'ping' });
    const outgoing = request(`${rig.url}/mcp`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': String(message.length),
        'mcp-session-id': session,
      },
    });
    const answered = new Promise<number | undefined>((resolve, reject) => {
      outgoing.on('response', (incoming) => resolve(incoming.resume().statusCode));
      outgoing.on('error', reject);
    });
    outgoing.write(message.slice(0, 10));
    // Once another request is answered, this one has passed the door too.
    await post(rig, { method: 'ping' }, { session });
    revoke(rig);
    outgoing.end(message.slice(10));
    expect(await answered).toBe(401);
  });

  it('R75 leaves the calls of others alone', async () => {
    const serve = new Silent();
    const rig = await startRig({ serve });
    const answer = eras.modern(rig);
    await serve.began.promise;
    rig.shutOut('bob');
    const first = await Promise.race([
      answer,
      new Promise((resolve) => setTimeout(resolve, 50, 'still open')),
    ]);
    expect(first).toBe('still open');
    revoke(rig);
    expect((await answer).status).toBe(401);
  });

  it('R75 a session that its client ends answers the call that is open', async () => {
    const serve = new Silent();
    const rig = await startRig({ serve });
    const session = await initialize(rig);
    const answer = post(rig, { method: 'tools/call', params: { name: 't' }, id: 3 }, { session });
    await serve.began.promise;
    await fetch(`${rig.url}/mcp`, { method: 'DELETE', headers: { 'mcp-session-id': session } });
    expect(await answer).toMatchObject({ status: 200, body: { id: 3, error: { code: -32001 } } });
  });
});
