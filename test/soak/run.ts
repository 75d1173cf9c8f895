/**
 * soak/run — a hundred clients of both eras at one daemon while its servers are killed at random.
 *
 *   npm run soak                  ten minutes
 *   npm run soak -- --minutes 3   bounded to an hour
 *
 * Fails when an answer was wrong, a session was lost, a process was left behind, memory grows or descriptors leak.
 * Writes what it measured into docs/reliability.md.
 */
import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { memoryOf, openDescriptors, processesWith } from '../fault/processes.ts';
import { eventually } from '../support/deadline.ts';
import { startGateway } from '../support/gateway.ts';
import { readLoopDelayP99 } from '../support/loop-delay.ts';
import { repositoryPath } from '../support/paths.ts';
import { newTotals, SoakClient } from './client.ts';
import { type Figures, peakBetween, writeFigures } from './figures.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const minutes = Math.min(60, Math.max(0.2, Number(values.minutes)));
const clientCount = 100;
const serverCount = 8;
const sampleEveryMs = 2_000;
const killEveryMs = 1_500;
const fixture = repositoryPath('test/fixtures/servers/stdio-server.mjs');

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const mebibytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);

const mark = `soak-${randomUUID()}`;
const aliases = Array.from({ length: serverCount }, (_, at) => `s${at}`);
const gateway = await startGateway({
  servers: aliases.map((name, at) => ({
    name,
    // Half of them speak both eras.
    launch: {
      kind: 'stdio',
      command: process.execPath,
      args: [fixture, mark, ...(at % 2 === 0 ? ['modern'] : [])],
    },
  })),
});
const problems: string[] = [];
const totals = newTotals();
const residentBytes: { atMs: number; bytes: number }[] = [];
const loopDelaysMs: number[] = [];
let kills = 0;
let revivals = 0;

try {
  // Both eras once at every server: connections that are opened on demand belong to the level to come back to.
  for (const era of ['legacy', 'modern'] as const) {
    const warm = await SoakClient.connect({
      name: `warm-${era}`,
      url: gateway.mcpUrl(),
      era,
      headers: gateway.headers,
      totals: newTotals(),
    });
    for (const alias of aliases) await warm.call(alias);
    warm.close();
  }
  await pause(3_000);
  const descriptorsBefore = openDescriptors(gateway.pid);
  const clients = await Promise.all(
    Array.from({ length: clientCount }, (_, at) =>
      SoakClient.connect({
        name: `client-${at}`,
        url: gateway.mcpUrl(),
        era: at % 2 === 0 ? 'legacy' : 'modern',
        headers: gateway.headers,
        totals,
      }),
    ),
  );
  const startedAt = performance.now();
  const endsAt = startedAt + minutes * 60_000;
  const isOver = (): boolean => performance.now() >= endsAt;

  await Promise.all([...clients.map(callOn), killOn(), measureOn()]);

  // Everything comes back: each client calls each server in the session it has had from the start.
  for (const alias of aliases) await gateway.admin.refreshServer(alias);
  const served = await Promise.all(
    clients.map(async (client) => {
      for (const alias of aliases) if (!(await client.call(alias))) return false;
      return true;
    }),
  );
  const unserved = served.filter((isServed) => !isServed).length;
  if (unserved > 0) problems.push(`${unserved} clients were not served when all servers were back`);
  for (const client of clients) client.close();
  const { servers } = await gateway.admin.listProcesses();
  const known = servers.reduce((sum, server) => sum + server.processes.length, 0);
  const running = processesWith(mark).length;
  if (running !== known) problems.push(`${running} processes run, ${known} are known`);
  const descriptorsAfter = await eventually(
    'closed descriptors',
    () => {
      const open = openDescriptors(gateway.pid);
      return open <= descriptorsBefore + 4 ? open : undefined;
    },
    { timeoutMs: 20_000 },
  ).catch(() => openDescriptors(gateway.pid));
  if (descriptorsAfter > descriptorsBefore + 4)
    problems.push(`descriptors: ${descriptorsBefore} before, ${descriptorsAfter} after`);
  await gateway.stop();
  await pause(1_000);
  const orphans = processesWith(mark).length;
  if (orphans > 0) problems.push(`${orphans} processes are left`);
  if (totals.wrong.length > 0) problems.push(...totals.wrong.slice(0, 10));
  if (totals.lostSessions > 0) problems.push(`${totals.lostSessions} sessions were lost`);

  // The first third is for caches and compiled code to fill.
  const third = (minutes * 60_000) / 3;
  const middle = peakBetween(residentBytes, third, 2 * third);
  const last = peakBetween(residentBytes, 2 * third, 3 * third);
  const grownBy = (last - middle) / 1024 / 1024;
  const level = mebibytes(middle);
  if (grownBy > Math.max(4, level * 0.04)) problems.push(`memory grew by ${grownBy.toFixed(1)} MiB`);
  const sorted = totals.latenciesMs.toSorted((a, b) => a - b);
  const quantile = (list: readonly number[], q: number): number =>
    list[Math.min(list.length - 1, Math.floor(list.length * q))] ?? 0;
  const delays = loopDelaysMs.toSorted((a, b) => a - b);
  const figures: Figures = {
    minutes,
    clients: clientCount,
    servers: serverCount,
    kills,
    revivals,
    right: totals.right,
    refused: totals.refused,
    wrong: totals.wrong.length,
    lostSessions: totals.lostSessions,
    orphans,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    loopP99MedianMs: quantile(delays, 0.5),
    loopP99WorstMs: delays.at(-1) ?? 0,
    residentMiddleMiB: level,
    residentLastMiB: mebibytes(last),
    growthMiBPerMinute: grownBy / (minutes / 3),
    descriptorsBefore,
    descriptorsAfter,
  };
  console.log(figures);
  writeFigures(figures, problems.length === 0);

  async function callOn(client: SoakClient): Promise<void> {
    while (!isOver()) {
      await client.call(aliases[Math.floor(Math.random() * aliases.length)]!);
      await pause(20 + Math.random() * 400);
    }
  }

  /** Kills a server without warning; after five such ends in a row a person has to look, and here one does. */
  async function killOn(): Promise<void> {
    while (!isOver()) {
      await pause(killEveryMs * (0.5 + Math.random()));
      const { servers: all } = await gateway.admin.listServers();
      for (const { alias, state } of all) {
        if (state.status !== 'failed') continue;
        revivals += 1;
        void gateway.admin.refreshServer(alias).catch(() => {});
      }
      const pids = all.flatMap(({ state }) => (state.pid === null ? [] : [state.pid]));
      const victim = pids[Math.floor(Math.random() * pids.length)];
      if (victim === undefined) continue;
      try {
        process.kill(victim, 'SIGKILL');
        kills += 1;
      } catch {
        // It has just ended by itself.
      }
    }
  }

  async function measureOn(): Promise<void> {
    while (!isOver()) {
      await pause(sampleEveryMs);
      residentBytes.push({
        atMs: performance.now() - startedAt,
        bytes: memoryOf(gateway.pid).residentBytes,
      });
      const seconds = await readLoopDelayP99(gateway.socketPath);
      if (seconds !== undefined) loopDelaysMs.push(seconds * 1_000);
    }
  }
} finally {
  for (const pid of processesWith(mark)) process.kill(pid, 'SIGKILL');
}

if (problems.length > 0) {
  console.error(`the soak failed:\n  ${problems.join('\n  ')}`);
  process.exit(1);
}
console.log('the soak passed');
process.exit(0);
