/**
 * fault/orphans.test — however a daemon ends, nothing of its servers is left five seconds later.
 *
 * Fifty servers, each with two grandchildren that are deaf to polite signals. Every process of a test carries a mark in
 * its command line, so that it is found wherever it has gone.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { AddServerBody } from '../../src/contract/index.ts';
import { eventually } from '../support/deadline.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { processesWith } from './processes.ts';

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

let mark = '';
const folders: string[] = [];

afterEach(async () => {
  for (const pid of processesWith(mark)) process.kill(pid, 'SIGKILL');
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mcpmux-orphans-'));
  folders.push(folder);
  return folder;
}

function servers(count: number): AddServerBody[] {
  return Array.from({ length: count }, (_, at) => ({
    name: `server ${at}`,
    launch: { kind: 'stdio', command: 'sh', args: ['-c', script, mark] },
  }));
}

async function startFamily(dataDir: string): Promise<Gateway> {
  mark = `mark-${randomUUID()}`;
  const gateway = await startGateway({ dataDir, servers: servers(serverCount), waitForServers: false });
  await eventually(
    'all servers',
    async () => {
      const { servers: all } = await gateway.admin.listServers();
      return all.every(({ state }) => state.status === 'connected') || undefined;
    },
    { timeoutMs: 40_000, everyMs: 100 },
  );
  expect(processesWith(mark).length).toBeGreaterThanOrEqual(serverCount * processesPerServer);
  return gateway;
}

/** Resolves with how long it took; what is left is told when it takes too long. */
async function noneLeft(withinMs: number): Promise<number> {
  const startedAt = performance.now();
  await eventually(
    `the end of all processes (${processesWith(mark).length} left)`,
    () => processesWith(mark).length === 0 || undefined,
    { timeoutMs: withinMs, everyMs: 50 },
  );
  return performance.now() - startedAt;
}

describe.runIf(process.platform === 'linux')('fifty servers with grandchildren', () => {
  it('are gone when the daemon was told to stop', async () => {
    const gateway = await startFamily(await dataFolder());
    process.kill(gateway.pid, 'SIGTERM');
    // The ladder of each: stdin, 2 s, SIGTERM, 3 s, SIGKILL. Five seconds more are the promise.
    const tookMs = await noneLeft(10_500);
    console.log(`after SIGTERM: 0 left after ${Math.round(tookMs)} ms`);
  });

  it('are gone five seconds after the daemon was killed', async () => {
    const gateway = await startFamily(await dataFolder());
    process.kill(gateway.pid, 'SIGKILL');
    const tookMs = await noneLeft(5_000);
    console.log(`after SIGKILL: 0 left after ${Math.round(tookMs)} ms`);
  });

  it('are gone when the daemon breaks while it starts', async () => {
    mark = `mark-${randomUUID()}`;
    const dataDir = await dataFolder();
    const first = await startGateway({ dataDir, servers: servers(serverCount), waitForServers: false });
    await first.kill();
    await noneLeft(5_000);
    // It breaks some hundred milliseconds after its port is open, in the middle of starting fifty servers.
    const breaker = join(dataDir, 'break.cjs');
    await writeFile(breaker, 'setTimeout(() => { throw new Error("broken on purpose") }, 900).unref();');
    const second = await startGateway({
      dataDir,
      env: { NODE_OPTIONS: `--require ${breaker}` },
    }).catch((error: unknown) => error);
    const seen = await eventually('the end of the daemon', async () => {
      if (second instanceof Error) return second.message;
      const log = (second as Gateway).log();
      return log.includes('broken on purpose') ? log : undefined;
    });
    expect(seen).toContain('broken on purpose');
    await noneLeft(10_500);
  });
});
