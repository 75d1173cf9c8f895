/**
 * fault/stdio.test — servers as processes that crash, hang, flood and never read, through the built daemon.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/deadline.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { readLoopDelayP99 } from '../support/loop-delay.ts';
import { repositoryPath } from '../support/paths.ts';
import { RawHttpClient } from '../support/raw-client.ts';
import { memoryOf } from './processes.ts';

const fixture = repositoryPath('test/fixtures/servers/stdio-server.mjs');
const mebibyte = 1024 * 1024;
const capBytes = 8 * mebibyte;

let gateway: Gateway;
let client: RawHttpClient;

beforeAll(async () => {
  gateway = await startGateway({ env: { MCPMUX_MAX_MESSAGE_BYTES: String(capBytes) } });
  await add('healthy');
  client = await RawHttpClient.connect({ url: gateway.mcpUrl(), era: 'legacy', headers: gateway.headers });
});
afterAll(async () => {
  client.close();
  await gateway.stop();
});

function add(name: string, modes: readonly string[] = [], limits: Readonly<Record<string, number>> = {}) {
  return gateway.addServer({
    name,
    launch: { kind: 'stdio', command: process.execPath, args: [fixture, ...modes] },
    limits: { callTimeoutMs: 1_000, ...limits },
  });
}

const stateOf = async (name: string) => (await gateway.admin.getServer(name)).state;

/** Another server answers as if nothing had happened. */
async function othersAreServed(): Promise<void> {
  const answer = await client.callTool('healthy_echo', { still: 'here' });
  expect(answer.result?.['content']).toEqual([{ type: 'text', text: '{"still":"here"}' }]);
}

describe('a server that', () => {
  it('1: exits in the middle of a call fails it at once, is started again, and does not run it twice', async () => {
    await add('crashes', ['crash-on-call=2']);
    await client.callTool('crashes_echo', { n: 1 });
    const startedAt = performance.now();
    const answer = await client.callTool('crashes_echo', { n: 2 });
    expect(answer.error?.message).toMatch(/^server "crashes" ended \(exit code 1\)/);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    await othersAreServed();
    const again = await client.callTool('crashes_echo', { n: 3 });
    expect(again.result?.['content']).toEqual([{ type: 'text', text: '{"n":3}' }]);
    await gateway.admin.removeServer('crashes');
  });

  it('1: crashes five times in a row is left alone, and its state and its callers hear until when', async () => {
    await add('broken', ['crash-on-call=1']);
    for (let crash = 1; crash <= 5; crash += 1) {
      const answer = await client.callTool('broken_echo');
      expect(answer.error?.message).toMatch(/^server "broken" ended \(exit code 1\)/);
    }
    const state = await stateOf('broken');
    expect(state).toMatchObject({ status: 'failed', failuresInARow: 5, retryAt: null });
    const waitMs = state.callTriesAt! - state.since;
    expect(waitMs).toBe(60_000);
    const at = new Date(state.callTriesAt!).toISOString().slice(11, 19);
    expect(state.reason).toContain(`but a call after ${at} UTC tries once`);
    // A call before that time starts nothing.
    const answer = await client.callTool('broken_echo');
    expect(answer.error?.message).toContain(`a call after ${at} UTC tries once`);
    expect(await stateOf('broken')).toMatchObject({ status: 'failed', restarts: state.restarts });
    await gateway.admin.removeServer('broken');
  });

  it('8: reads nothing any more is not written to beyond a cap, and the calls over it are told at once', async () => {
    await add('deaf', ['more-tools']);
    await client.callTool('deaf_deaf');
    const before = memoryOf(gateway.pid).residentBytes;
    const text = 'x'.repeat(mebibyte);
    const startedAt = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const { error } = await client.callTool('deaf_echo', { text });
        return { message: error?.message ?? '', afterMs: performance.now() - startedAt };
      }),
    );
    const busy = answers.filter(({ message }) => message.includes('it does not read'));
    const timedOut = answers.filter(({ message }) =>
      message.includes('did not answer tools/call within 1000 ms'),
    );
    expect(busy.length + timedOut.length).toBe(40);
    // Sixteen megabytes wait for it, and what its pipe holds.
    expect(timedOut.length).toBeLessThanOrEqual(18);
    expect(busy[0]?.message).toMatch(
      /^server "deaf" does not keep up: it does not read, \d+ bytes wait for it/,
    );
    await othersAreServed();
    expect(memoryOf(gateway.pid).residentBytes - before).toBeLessThan(160 * mebibyte);
    await gateway.admin.removeServer('deaf');
    await othersAreServed();
  });

  it('2: stops answering costs the call its time and nothing else', async () => {
    const { state } = await add('frozen');
    process.kill(state.pid!, 'SIGSTOP');
    const startedAt = performance.now();
    const answer = await client.callTool('frozen_echo');
    const tookMs = performance.now() - startedAt;
    process.kill(state.pid!, 'SIGCONT');
    expect(answer.error?.message).toContain('did not answer tools/call within 1000 ms');
    expect(tookMs).toBeGreaterThan(900);
    expect(tookMs).toBeLessThan(2_500);
    await othersAreServed();
    // What it answers too late belongs to nobody.
    const again = await client.callTool('frozen_echo', { again: true });
    expect(again.result?.['content']).toEqual([{ type: 'text', text: '{"again":true}' }]);
    await gateway.admin.removeServer('frozen');
  });

  it.each([
    [
      '3: floods stdout with what is no message',
      ['flood-garbage'],
      /lines|flood|not (?:a message|JSON)|messages/i,
    ],
    ['5: writes a line without end', ['hang', 'endless-line'], /larger than 8388608 bytes/],
  ])('%s is stopped with the reason', async (_, modes, reason) => {
    const before = memoryOf(gateway.pid).residentBytes;
    const added = gateway.admin.addServer({
      name: 'floods',
      launch: { kind: 'stdio', command: process.execPath, args: [fixture, ...modes] },
    });
    await added;
    const state = await eventually('the stop', async () => {
      const now = await stateOf('floods');
      return now.status === 'failed' || now.status === 'waiting' ? now : undefined;
    });
    expect(state.reason).toMatch(reason);
    await othersAreServed();
    await gateway.admin.removeServer('floods');
    const grown = memoryOf(gateway.pid).peakBytes - before;
    expect(grown).toBeLessThan(capBytes * 2 + 64 * mebibyte);
  });

  it.each([
    ['4: floods valid notifications', ['flood-notifications']],
    ['6: writes invalid UTF-8', ['bad-utf8']],
    ['7: writes half a line and nothing more', ['half-line']],
    ['14: floods stderr', ['flood-stderr']],
  ])('%s harms nobody else', async (_, modes) => {
    const before = memoryOf(gateway.pid).residentBytes;
    await gateway.admin.addServer({
      name: 'odd',
      launch: { kind: 'stdio', command: process.execPath, args: [fixture, ...modes] },
      limits: { connectTimeoutMs: 5_000 },
    });
    const startedAt = performance.now();
    while (performance.now() - startedAt < 1_000) await othersAreServed();
    expect(memoryOf(gateway.pid).residentBytes - before).toBeLessThan(96 * mebibyte);
    await gateway.admin.removeServer('odd');
  });

  it('12: cannot be found is told so within moments', async () => {
    const startedAt = performance.now();
    const { state } = await gateway.addServer({
      name: 'missing',
      launch: { kind: 'stdio', command: 'no-such-command-here', args: [] },
    });
    expect(state).toMatchObject({ status: 'failed', retryAt: null });
    expect(state.reason).toContain('command "no-such-command-here" was not found in PATH');
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await gateway.admin.removeServer('missing');
  });
});

it('the event loop stays free while one floods, one answers with 50 MB lines and one never reads', async () => {
  const wide = await startGateway();
  const server = (name: string, modes: readonly string[]) =>
    wide.admin.addServer({
      name,
      launch: { kind: 'stdio', command: process.execPath, args: [fixture, ...modes] },
    });
  await server('healthy', []);
  await server('large', []);
  await server('floods', ['flood-notifications']);
  await server('deaf', ['never-reads']);
  await wide.admin.awaitServer('healthy', 10_000);
  await wide.admin.awaitServer('large', 10_000);
  const one = await RawHttpClient.connect({ url: wide.mcpUrl(), era: 'legacy', headers: wide.headers });
  const two = await RawHttpClient.connect({ url: wide.mcpUrl(), era: 'legacy', headers: wide.headers });
  const rounds: { readonly p99Ms: number; readonly calls: number }[] = [];
  for (let round = 0; round < 3; round += 1) {
    await readLoopDelayP99(wide.socketPath);
    let isOver = false;
    const large = one.callTool('large_grow', { bytes: 50_000_000 }, { timeoutMs: 30_000 }).finally(() => {
      isOver = true;
    });
    let calls = 0;
    while (!isOver) {
      expect((await two.callTool('healthy_echo')).result).toBeDefined();
      calls += 1;
    }
    expect((await large).text.length).toBeGreaterThan(50_000_000);
    rounds.push({ p99Ms: ((await readLoopDelayP99(wide.socketPath)) ?? Number.NaN) * 1_000, calls });
  }
  console.log(
    rounds
      .map(({ p99Ms, calls }) => `event-loop delay p99 ${p99Ms.toFixed(1)} ms in ${calls} calls`)
      .join('; '),
  );
  // The goal is 50 ms. The best of three, and twice as much: other programs take the processor away, and a stall of ours
  // would be there in each round.
  expect(Math.min(...rounds.map(({ p99Ms }) => p99Ms))).toBeLessThan(100);
  one.close();
  two.close();
  await wide.stop();
});
