/**
 * fault/orphans.test — however a daemon ends, nothing of its servers is left five seconds later.
 *
 * Fifty servers, each with two grandchildren that are deaf to polite signals. Every process of a test carries a mark in
 * its command line, so that it is found wherever it has gone.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Child } from '../support/child.ts';
import { eventually } from '../support/deadline.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { processExists, processesWith } from './processes.ts';

const serverCount = 50;
/** Each is a shell that is the server, and two that do not listen to SIGTERM. */
const processesPerServer = 3;

/**
 * A server without Node: fifty of them start at once on a small machine. It answers the handshake and lists nothing.
 * `$0` is the mark.
 */
const script = `
(trap '' TERM HUP INT; while :; do sleep 1; done) &
(trap '' TERM HUP INT; while :; do sleep 1; done) &
while IFS= read -r line; do
  id=\${line#*\\"id\\":}; id=\${id%%[,\\}]*}
  case "$line" in
    *'"method":"initialize"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"sh","version":"1"}}}\\n' "$id";;
    *'"id":'*) printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no"}}\\n' "$id";;
  esac
done
`;

/** In the command line of every process of every server here. */
const mark = `mark-${randomUUID()}`;
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'mcpmux-orphans-'));
  const launch = { kind: 'stdio' as const, command: 'sh', args: ['-c', script, mark] };
  const gateway = await startGateway({ dataDir });
  const names = Array.from({ length: serverCount }, (_, at) => `server ${at}`);
  await Promise.all(names.map((name) => gateway.admin.addServer({ name, launch, isEnabled: false })));
  await Promise.all(names.map((name) => gateway.admin.changeServer(name, { isEnabled: true })));
  await allConnected(gateway);
  await gateway.kill();
  await noneLeft(5_000);
});
afterAll(async () => {
  for (const pid of processesWith(mark)) process.kill(pid, 'SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

async function allConnected(gateway: Gateway): Promise<void> {
  await eventually(
    'all servers',
    async () => {
      const { servers } = await gateway.admin.listServers();
      return servers.every(({ state }) => state.status === 'connected') || undefined;
    },
    { timeoutMs: 40_000, everyMs: 100 },
  );
}

/** A daemon with all of them running. */
async function startFamily(): Promise<Gateway> {
  const gateway = await startGateway({ dataDir });
  await allConnected(gateway);
  expect(processesWith(mark).length).toBeGreaterThanOrEqual(serverCount * processesPerServer);
  return gateway;
}

/** Resolves with how long it took; what is left is told when it takes too long. */
async function noneLeft(withinMs: number): Promise<number> {
  const startedAt = performance.now();
  await eventually('the end of all processes', () => processesWith(mark).length === 0 || undefined, {
    timeoutMs: withinMs,
    everyMs: 50,
  }).catch(() => {
    throw new Error(`${processesWith(mark).length} processes are left after ${withinMs} ms`);
  });
  return Math.round(performance.now() - startedAt);
}

describe.runIf(process.platform === 'linux')('fifty servers with grandchildren', () => {
  it('are gone when the daemon was told to stop', async () => {
    const gateway = await startFamily();
    const startedAt = performance.now();
    process.kill(gateway.pid, 'SIGTERM');
    // Who does not listen to SIGTERM gets three seconds; the daemon waits for that.
    await eventually('the end of the daemon', () => !processExists(gateway.pid) || undefined, {
      timeoutMs: 20_000,
    });
    const stoppedMs = Math.round(performance.now() - startedAt);
    console.log(`SIGTERM: the daemon ended after ${stoppedMs} ms, 0 left ${await noneLeft(5_000)} ms later`);
  });

  it('are gone five seconds after the daemon was killed', async () => {
    const gateway = await startFamily();
    process.kill(gateway.pid, 'SIGKILL');
    console.log(`SIGKILL: 0 left after ${await noneLeft(5_000)} ms`);
  });

  it('are gone five seconds after a daemon that broke while it started them', async () => {
    const child = new Child({
      command: process.execPath,
      args: [repositoryPath('bin/mcpmux.mjs'), 'start'],
      env: { MCPMUX_DATA_DIR: dataDir, MCPMUX_PORT: '0', MCPMUX_SOCKET: join(dataDir, 'admin.sock') },
      cwd: dataDir,
    });
    await eventually('the first servers', () => processesWith(mark).length > 0 || undefined, { everyMs: 5 });
    child.process.kill('SIGSEGV');
    expect((await child.exited).signal).toBe('SIGSEGV');
    console.log(`crash in the start: 0 left after ${await noneLeft(5_000)} ms`);
  });
});
