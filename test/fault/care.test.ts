/**
 * fault/care.test — servers that idle or grow, through the built daemon: what is stopped, what is said, what still works.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/deadline.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { RawHttpClient } from '../support/raw-client.ts';
import { processExists } from './processes.ts';

const fixture = repositoryPath('test/fixtures/servers/stdio-server.mjs');
const mebibyte = 1024 * 1024;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

function server(name: string, modes: readonly string[], limits: Readonly<Record<string, number>> = {}) {
  return gateway.addServer({
    name,
    launch: { kind: 'stdio', command: process.execPath, args: [fixture, ...modes] },
    limits,
  });
}

const stateOf = async (name: string) => (await gateway.admin.getServer(name)).state;

describe('a server that nobody uses', () => {
  it('is stopped, keeps its tools listed, and is started by the next call', async () => {
    const { state } = await server('sleepy', [], { idleStopMs: 1_000 });
    expect(state.status).toBe('connected');
    const pid = state.pid!;
    const client = await RawHttpClient.connect({
      url: gateway.mcpUrl(),
      era: 'legacy',
      headers: gateway.headers,
    });
    const asleep = await eventually('sleep', async () => {
      const now = await stateOf('sleepy');
      return now.status === 'disconnected' && now.pid === null && !processExists(pid) ? now : undefined;
    });
    expect(asleep.reason).toBe('it was stopped because nobody used it; the next call starts it');
    const { tools } = (await client.result('tools/list')) as { tools: { name: string }[] };
    expect(tools.map(({ name }) => name)).toContain('sleepy_echo');
    const answer = await client.callTool('sleepy_echo', { a: 1 });
    expect(answer.result?.['content']).toEqual([{ type: 'text', text: '{"a":1}' }]);
    expect((await stateOf('sleepy')).status).toBe('connected');
    const log = await gateway.admin.readLog('sleepy');
    expect(log.entries.map(({ message }) => message)).toContain(
      'stopped because nobody used it; the next call starts it',
    );
    client.close();
  });
});

describe('a server over its memory budget', () => {
  it('is started anew, and its log says how much it held', async () => {
    const { state } = await server('hungry', ['hold=80'], { memoryBudgetBytes: 96 * mebibyte });
    const first = state.pid!;
    const line = await eventually('the reason in the log', async () => {
      const { entries } = await gateway.admin.readLog('hungry');
      return entries.find(({ message }) => message.includes('MiB of memory'))?.message;
    });
    expect(line).toMatch(
      /^server "hungry" was stopped: its processes hold \d+ MiB of memory, and it may hold 96 MiB$/,
    );
    await eventually('the end of its first process', () => !processExists(first) || undefined);
    await eventually('another start', async () =>
      (await stateOf('hungry')).restarts > 0 ? true : undefined,
    );
    await gateway.admin.removeServer('hungry');
  });
});

describe('the memory that a person allows a server', () => {
  it('is set on the command line, shown by ps, and kept to: its calls fail, its state says why, it comes back', async () => {
    const { state } = await server('growing', ['hold=120']);
    const set = await gateway.cli(['set', 'growing', '--memory-budget', '96']);
    expect(set).toMatchObject({ code: 0 });
    const shown = await gateway.cli(['ps']);
    expect(shown.stdout).toMatch(/growing +\d+ +\d+ MB of 101 MB /);
    const over = await eventually('the pause before it is started anew', async () => {
      const now = await stateOf('growing');
      return now.status === 'waiting' ? now : undefined;
    });
    expect(over.reason).toMatch(/^server "growing" was stopped: .* MiB of memory, and it may hold 96 MiB$/);
    expect(over.nextStep).toContain('mcpmux tune growing --memory-budget MiB');
    expect(over.retryAt).toBeGreaterThan(over.since);
    await eventually('its end', () => !processExists(state.pid!) || undefined);
    // Without a budget it is left alone again.
    await gateway.cli(['set', 'growing', '--memory-budget', '0']);
    await eventually(
      'its return',
      async () => (await stateOf('growing')).status === 'connected' || undefined,
    );
    await gateway.admin.removeServer('growing');
  });

  it('is bounded for all servers together, and the largest is the one that goes', async () => {
    const tight = await startGateway({ env: { MCPMUX_MEMORY_TOTAL_BYTES: String(160 * mebibyte) } });
    const launch = (modes: readonly string[]) => ({
      kind: 'stdio' as const,
      command: process.execPath,
      args: [fixture, ...modes],
    });
    const small = await tight.addServer({ name: 'small', launch: launch([]) });
    await tight.addServer({ name: 'large', launch: launch(['hold=150']) });
    const over = await eventually('the end of the large one', async () => {
      const { state } = await tight.admin.getServer('large');
      return state.status === 'waiting' ? state : undefined;
    });
    expect(over.reason).toMatch(
      /^server "large" was stopped: .*, and all servers together may hold 160 MiB$/,
    );
    expect((await tight.admin.getServer('small')).state.pid).toBe(small.state.pid);
    expect((await tight.cli(['ps'])).stdout).toMatch(/All servers together: \d+ MB of 168 MB\n$/);
    await tight.stop();
  });
});

describe('the bytes of unfinished messages', () => {
  it('hold back all servers but the fullest when there are too many, fail that one in the end, and free the rest', async () => {
    const narrow = await startGateway({
      env: {
        MCPMUX_MAX_MESSAGE_BYTES: String(8 * mebibyte),
        MCPMUX_BUFFERED_TOTAL_BYTES: String(16 * mebibyte),
      },
    });
    for (const name of ['full', 'other', 'third']) {
      await narrow.addServer({
        name,
        launch: { kind: 'stdio', command: process.execPath, args: [fixture, 'more-tools'] },
      });
    }
    const client = await RawHttpClient.connect({
      url: narrow.mcpUrl(),
      era: 'legacy',
      headers: narrow.headers,
    });
    const part = (name: string, size: number) => client.callTool(`${name}_part`, { bytes: size * mebibyte });
    const full = part('full', 7);
    const others = [part('other', 6), part('third', 5)];
    await eventually(
      'that the others are not read',
      () =>
        ['other', 'third'].every((name) =>
          narrow.log().includes(`"server":"${name}","message":"not read until other servers have finished`),
        ) || undefined,
    );
    console.log(narrow.log().slice(-1500));
    const { error } = await full;
    expect(error?.message).toMatch(
      /^server "full" was stopped: it left \d MiB of unfinished messages waiting, the most of all, and all servers together may leave 16 MiB/,
    );
    const log = await narrow.admin.readLog('full');
    expect(log.entries.map(({ message }) => message).join('\n')).toContain(
      'MiB of unfinished messages waiting',
    );
    for (const name of ['other', 'third']) void client.callTool(`${name}_finish`);
    for (const [at, answer] of (await Promise.all(others)).entries()) {
      expect(answer.text.length).toBeGreaterThan([6, 5][at]! * mebibyte);
    }
    client.close();
    await narrow.stop();
  });
});

describe('mcpmux ps', () => {
  it('shows the tree of each server with memory, processor time and restarts', async () => {
    // The shell becomes the server, so what it started before are children of the server.
    await gateway.addServer({
      name: 'family',
      launch: {
        kind: 'stdio',
        command: 'sh',
        args: ['-c', 'sleep 1000 & sleep 1000 & exec "$0" "$1"', process.execPath, fixture],
      },
    });
    const list = await gateway.admin.listProcesses();
    expect(list.daemon.pid).toBe(gateway.pid);
    const family = list.servers.find(({ alias }) => alias === 'family')!;
    expect(family.processes).toHaveLength(3);
    const [root, ...children] = family.processes;
    expect(children.map(({ parentPid }) => parentPid)).toEqual([root!.pid, root!.pid]);
    expect(family.residentBytes).toBe(
      family.processes.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
    );
    expect(family).toMatchObject({ status: 'connected', restarts: 0, memoryBudgetBytes: 0 });
    const shown = await gateway.cli(['ps']);
    expect(shown.stdout).toMatch(/^SERVER +PID +MEMORY +CPU +TIME +UP +RESTARTS +STATE\n\(daemon\)/);
    expect(shown.stdout).toContain(String(children[1]!.pid));
    const json = JSON.parse((await gateway.cli(['ps', '--json'])).stdout) as typeof list;
    expect(json.servers.map(({ alias }) => alias)).toContain('family');
  });
});
