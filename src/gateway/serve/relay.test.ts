/**
 * gateway/serve/relay.test — what a modern server asks of a legacy client comes back under the server's own keys.
 */
import { expect, it } from 'vitest';
import { principalOf } from '../../../test/support/principals.ts';
import { raw } from '../../../test/support/raw-json.ts';
import { Cancellation, ManualClock } from '../../base/index.ts';
import type { Answer, CallScope, InstalledServer } from '../../model/index.ts';
import { RawJson } from '../../protocol/index.ts';
import type { UpstreamPool } from '../../upstream/index.ts';
import { resultAnswer } from './call.ts';
import { ParkedCalls } from './parked-calls.ts';
import { Relay } from './relay.ts';

it.each(['confirm', '__proto__', 'constructor'])(
  'carries the answer to an ask with the key %s',
  async (key) => {
    const sent: (RawJson | undefined)[] = [];
    const asks = `{"resultType":"input_required","inputRequests":{"${key}":{"method":"roots/list"}}}`;
    const leg = {
      era: 'modern',
      call: async (_method: string, params: RawJson | undefined): Promise<Answer> => {
        sent.push(params);
        return sent.length === 1
          ? { kind: 'result', result: RawJson.ofBytes(Buffer.from(asks)) }
          : resultAnswer({ resultType: 'complete', content: [] });
      },
    };
    const instance = {
      server: { sessionPolicy: 'shared' },
      queue: { enter: () => undefined, leave: () => {} },
      leg: () => leg,
      countRequest: () => {},
    };
    const clock = new ManualClock();
    const relay = new Relay({
      pool: { require: () => instance } as unknown as UpstreamPool,
      parked: new ParkedCalls(clock),
      clock,
      serverInfo: {},
    });
    const scope: CallScope = {
      callId: 'c',
      caller: {
        principal: principalOf('alice'),
        route: { kind: 'all' },
        client: { era: 'legacy', revision: '2025-11-25', info: undefined, capabilities: { roots: {} } },
        sessionKey: 's',
      },
      cancellation: new Cancellation(),
      wantsProgress: false,
      logLevel: undefined,
      tell: () => {},
      ask: () => Promise.resolve({ kind: 'result', result: raw({ roots: [] }) }),
    };
    const answer = await relay.call(
      { method: 'tools/call', params: raw({ name: 't' }), scope },
      { server: { id: 's', name: 's' } as unknown as InstalledServer },
    );
    expect(answer.kind).toBe('result');
    expect(sent[1]?.toText()).toBe(`{"inputResponses":{"${key}":{"roots":[]}},"name":"t"}`);
  },
);
