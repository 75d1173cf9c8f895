/**
 * bench/history — what keeping a history of calls costs, and how fast a long one is searched.
 *
 *     npx tsx bench/history.ts [--rows 1000000] [--rounds 5] [--only cost|search]
 *
 * Cost: two daemons, one without a history, under the same load by turns; processor time per call of each.
 * Search: a database with that many calls; the first page of every kind of filter, and the stalls of removing old rows.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { silentLogger, systemClock } from '../src/base/index.ts';
import { parseCallFilter } from '../src/contract/index.ts';
import { type CallEntry, callQuery } from '../src/model/index.ts';
import { removedAtOnce } from '../src/observe/history/call-history.ts';
import { openStore } from '../src/store/index.ts';
import { type PostgresServer, startPostgres } from '../test/suites/postgres/server.ts';
import { callSample } from '../test/support/fake-history.ts';
import { runLoad } from './load/load.ts';
import { addEcho, startDaemon } from './targets/gateway.ts';
import { Running } from './targets/target.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    driver: { type: 'string', default: 'sqlite' },
  },
});

const median = (figures: readonly number[]): number =>
  [...figures].sort((one, other) => one - other)[Math.floor(figures.length / 2)] ?? 0;

async function measureCost(rounds: number): Promise<void> {
  const running = new Running();
  try {
    const variants = [
      { name: 'off', env: { MCPMUX_HISTORY_MAX_CALLS: '0' } },
      { name: 'on', env: {} },
    ];
    const daemons = [];
    for (const { name, env } of variants) {
      const gateway = await startDaemon(running, false, env);
      await addEcho(running, gateway, 'echo', 'stdio', 'dual');
      daemons.push({ name, gateway, cpuUs: [] as number[], calls: 0 });
    }
    for (let round = 0; round < rounds + 1; round += 1)
      for (const daemon of round % 2 === 0 ? daemons : [...daemons].reverse()) {
        const { processes, calls } = await runLoad({
          place: { era: 'legacy', url: daemon.gateway.mcpUrl(), headers: {}, toolPrefix: 'echo_' },
          work: { kind: 'echo', textBytes: 200 },
          connections: 16,
          warmMs: 500,
          measuredMs: 1_500,
          watched: [{ name: 'own', pid: daemon.gateway.pid }],
        } as never);
        if (round > 0) daemon.cpuUs.push(processes['own']?.cpuUsPerCall ?? 0);
        daemon.calls += calls;
      }
    const mean = (figures: readonly number[]): number =>
      figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
    const [off, on] = daemons.map(({ cpuUs }) => mean(cpuUs));
    const { counts } = await daemons[1]!.gateway.admin.listCalls({ limit: 1 });
    console.info(
      `cost: ${off?.toFixed(1)} µs a call without a history, ${on?.toFixed(1)} µs with one: ${(((on ?? 0) / (off ?? 1) - 1) * 100).toFixed(1)} % more; ${counts.recorded} recorded, ${counts.dropped} dropped`,
    );
  } finally {
    await running.close();
  }
}

/** As years of use look: a few clients, some forty tools, failures and slow calls here and there. */
function sampleCall(id: number, startAt: number): CallEntry {
  const base = callSample(id);
  const tool = id % 41;
  const client = id % 7;
  return {
    ...base,
    endedAt: startAt + id * 50,
    outcome: id % 97 === 0 ? 'timeout' : id % 31 === 0 ? 'tool-error' : 'ok',
    totalUs: id % 211 === 0 ? 3_000_000 : 800 + (id % 900),
    sessionId: Math.floor(id / 500),
    party: {
      ...base.party,
      principalId: `client:c${client}`,
      principalName: `client ${client}`,
      app: `app-${client}`,
      folder: `/home/ana/p${client}`,
    },
    target: {
      ...base.target,
      serverId: `s${tool % 9}`,
      server: `server-${tool % 9}`,
      originalName: `tool_${tool}`,
      shownName: `server-${tool % 9}_tool_${tool}`,
    },
  };
}

const filters = [
  '',
  'status:error',
  'status:timeout',
  'status:cancelled',
  'server:server-3',
  'server:nobody',
  'tool:tool_7',
  'tool:*_1*',
  'client:app-2',
  'client:app-2 server:server-3 status:error',
  'folder:/home/ana/p4',
  'duration:>1s',
  'duration:>1h',
  'since:1h',
  'since:30d until:20d status:timeout',
  'status:error duration:>2s tool:tool_12',
  'tool_40',
];

async function measureSearch(rows: number, driver: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mcpmux-bench-history-'));
  let server: PostgresServer | undefined;
  try {
    if (driver === 'postgres') server = await startPostgres();
    const store = await openStore({
      location:
        server === undefined
          ? { kind: 'sqlite', file: join(folder, 'mcpmux.db') }
          : { kind: 'postgres', url: await server.createDatabase() },
      keys: { source: 'file', dataFolder: folder },
      clock: systemClock,
      logger: silentLogger,
    });
    const history = store.repositories.callHistory;
    const startAt = Date.now() - rows * 50;
    const begun = performance.now();
    for (let at = 1; at <= rows; at += 512)
      await history.append(
        Array.from({ length: Math.min(512, rows - at + 1) }, (_, index) => sampleCall(at + index, startAt)),
        [],
      );
    console.info(
      `${driver}: ${rows} rows written, ${(((performance.now() - begun) * 1_000) / rows).toFixed(1)} µs each`,
    );
    const all: number[] = [];
    for (const filter of filters) {
      const times: number[] = [];
      for (let round = 0; round < 5; round += 1) {
        const query = callQuery(parseCallFilter(filter, Date.now()), { limit: 50 });
        const from = performance.now();
        await history.find(query);
        times.push(performance.now() - from);
      }
      all.push(...times);
      console.info(
        `  ${median(times).toFixed(1).padStart(7)} ms  ${filter === '' ? '(everything)' : filter}`,
      );
    }
    const p95 = [...all].sort((one, other) => one - other)[Math.floor(all.length * 0.95)];
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    let removed = 0;
    for (let round = 0; round < 100; round += 1) {
      removed += await history.removeOld(Date.now(), 1, removedAtOnce);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    delay.disable();
    console.info(
      `${driver}: first page p95 ${p95?.toFixed(1)} ms; ${removed} old rows removed, longest stall ${(delay.max / 1e6).toFixed(1)} ms, p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms`,
    );
    await store.close();
  } finally {
    await server?.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

if (values.only !== 'search') await measureCost(Number(values.rounds));
if (values.only !== 'cost') await measureSearch(Number(values.rows), values.driver);
