/**
 * fault/http.test — servers over HTTP behind a network that spoils their answers.
 *
 * In every row: the call gets one answer with a reason and never a wrong result, another server is served meanwhile, and
 * when the fault is gone the next call succeeds.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { textResult } from '../edge-cases/rig.ts';
import { eventually } from '../support/deadline.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { RawHttpClient } from '../support/raw-client.ts';
import { type RawHttpServer, rawTool, startRawHttpServer } from '../support/raw-server.ts';
import { type Fault, type FaultProxy, startFaultProxy } from './fault-proxy.ts';

let gateway: Gateway;
let server: RawHttpServer;
let healthy: RawHttpServer;
let proxy: FaultProxy;
let client: RawHttpClient;
let runs = 0;
const text = 'a'.repeat(2_000);

beforeAll(async () => {
  const script = {
    eras: ['legacy'] as const,
    tools: [rawTool('say')],
    handlers: {
      'tools/call:say': () => {
        runs += 1;
        return textResult('legacy', text);
      },
    },
  };
  server = await startRawHttpServer(script);
  healthy = await startRawHttpServer(script);
  proxy = await startFaultProxy(server.url);
  gateway = await startGateway();
  const limits = { callTimeoutMs: 1_500 };
  await gateway.addServer({ name: 'spoilt', launch: { kind: 'http', url: proxy.url }, limits });
  await gateway.addServer({ name: 'healthy', launch: { kind: 'http', url: healthy.url }, limits });
  client = await RawHttpClient.connect({ url: gateway.mcpUrl(), era: 'legacy', headers: gateway.headers });
});
afterAll(async () => {
  client.close();
  await gateway.stop();
  await Promise.all([proxy.close(), server.close(), healthy.close()]);
});
beforeEach(() => {
  runs = 0;
});

const contentOf = (result: unknown): unknown => (result as { content?: unknown } | undefined)?.content;
const whole = [{ type: 'text', text }];

/** The call under the fault, while another server is asked; then the fault ends, and it works again. */
async function callUnder(fault: Fault) {
  proxy.fault = fault;
  const startedAt = performance.now();
  const [answer, other] = await Promise.all([client.callTool('spoilt_say'), client.callTool('healthy_say')]);
  const tookMs = performance.now() - startedAt;
  expect(contentOf(other.result)).toEqual(whole);
  // The spoilt one ran at most once; the other is the healthy one.
  expect(runs).toBeLessThanOrEqual(2);
  proxy.fault = { kind: 'none' };
  await eventually('a call that works again', async () => {
    const again = await client.callTool('spoilt_say');
    return again.result === undefined ? undefined : (expect(contentOf(again.result)).toEqual(whole) ?? true);
  });
  return { answer, tookMs };
}

describe('an answer that is spoilt', () => {
  it.each<[string, Fault, RegExp]>([
    [
      '16: cut before its first byte',
      { kind: 'cut', afterBytes: 0 },
      /ended the connection|may have been executed/,
    ],
    [
      '16: cut in the middle of its body',
      { kind: 'cut', afterBytes: 700 },
      /ended the connection|may have been executed/,
    ],
    [
      '16: reset in the middle of its body',
      { kind: 'reset', afterBytes: 700 },
      /ended the connection|may have been executed/,
    ],
    [
      '16: shorter than its head says',
      { kind: 'wrong-length', by: 50 },
      /ended the connection|may have been executed/,
    ],
    ['16: longer than its head says', { kind: 'wrong-length', by: -50 }, /./],
    [
      '51: silent for ever in the middle',
      { kind: 'half-open', afterBytes: 700 },
      /did not answer tools\/call within 1500 ms/,
    ],
    [
      '17: that trickles longer than a call may be silent',
      { kind: 'slow', bytes: 1, everyMs: 50 },
      /did not answer tools\/call within 1500 ms/,
    ],
  ])('%s fails with the reason', async (_, fault, reason) => {
    const { answer, tookMs } = await callUnder(fault);
    expect(answer.result).toBeUndefined();
    expect(answer.error?.message).toMatch(reason);
    expect(answer.error?.message).toContain('"spoilt"');
    expect(answer.error?.data).toMatchObject({ source: 'gateway' });
    expect(tookMs).toBeLessThan(5_000);
  });

  it.each<[string, Fault]>([
    ['late', { kind: 'delay', ms: 300 }],
    ['slow, in time', { kind: 'slow', bytes: 500, everyMs: 20 }],
  ])('that is only %s arrives whole', async (_, fault) => {
    const { answer } = await callUnder(fault);
    expect(contentOf(answer.result)).toEqual(whole);
  });
});

it('15: a server that is not there costs its callers moments, and comes back by itself', async () => {
  const gone = await startRawHttpServer({ eras: ['legacy'], tools: [rawTool('say')] });
  const { port } = gone;
  await gateway.addServer({ name: 'gone', launch: { kind: 'http', url: gone.url } });
  await gone.close();
  // The first call meets the closed port; the second what the daemon has learnt.
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const startedAt = performance.now();
    const answer = await client.callTool('gone_say');
    expect(answer.error?.message).toContain('"gone"');
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  }
  // Nobody calls any more, and yet its state is true.
  const { state } = await eventually('the state that says so', async () => {
    const one = await gateway.admin.getServer('gone');
    return one.state.status === 'connected' ? undefined : one;
  });
  expect(state).toMatchObject({ status: 'waiting', reason: expect.stringContaining('nothing listens at') });
  const back = await startRawHttpServer({ eras: ['legacy'], tools: [rawTool('say')], port });
  await eventually('a call that works again', async () =>
    (await client.callTool('gone_say')).result === undefined ? undefined : true,
  );
  await back.close();
});
