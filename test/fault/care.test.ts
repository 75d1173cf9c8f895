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
