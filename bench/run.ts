/**
 * bench/run — the benchmark suite: starts all targets once, measures them in interleaved rounds, writes the results.
 *
 *     npm run bench [-- --quick] [--json FILE] [--suite calls|sizes|lists|long|memory|start] [--rounds 5] [--no-rivals]
 *
 * `--quick` and a single suite print only; a whole run also writes bench/RESULTS.md.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { judgeGoals } from './report/goals.ts';
import { readMachine } from './report/machine.ts';
import { type Report, renderMarkdown } from './report/markdown.ts';
import { measureLongMessages } from './suites/long-messages.ts';
import { measureMemory } from './suites/memory.ts';
import { callPoints, listPoints, type Point, sizePoints } from './suites/points.ts';
import { type Cell, measureRounds, type RoundOptions, warmUp } from './suites/rounds.ts';
import { measureStart } from './suites/start.ts';
import { installRivals, mcpHub, mcpProxy, rivalVersions, supergateway } from './targets/competitors.ts';
import { bareHttp, bareStdio, directHttp, directStdio, sdkProxy } from './targets/floors.ts';
import { addEcho, gatewayTargets, startDaemon } from './targets/gateway.ts';
import { Running, startListening, type Target } from './targets/target.ts';

const suites = ['calls', 'sizes', 'lists', 'long', 'memory', 'start'] as const;
type Suite = (typeof suites)[number];

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    suite: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    'no-rivals': { type: 'boolean', default: false },
  },
});
const unknown = values.suite.find((suite) => !suites.includes(suite as Suite));
if (unknown !== undefined) {
  console.error(`bench: there is no suite "${unknown}"; there are ${suites.join(', ')}`);
  process.exit(2);
}
const wanted = new Set<Suite>(values.suite.length > 0 ? (values.suite as Suite[]) : suites);
const isQuick = values.quick;
const progress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
  else if (values.verbose) console.error(text);
};
const problems: string[] = [];
const rounds = Number(values.rounds ?? (isQuick ? 3 : 5));
const timing: RoundOptions = {
  rounds,
  warmMs: isQuick ? 150 : 300,
  measuredMs: isQuick ? 400 : 900,
  progress,
  failed: (problem) => {
    problems.push(problem);
    progress(`${problem}\n`);
  },
};
const machine = readMachine();
const hasRivals = !values['no-rivals'] && (await canHaveRivals());
const cells: Cell[] = [];

if (wanted.has('calls') || wanted.has('sizes')) {
  const running = new Running();
  try {
    const targets = await startCallTargets(running);
    await warmUp(
      targets,
      isQuick ? { calls: 4_000, maxMs: 4_000 } : { calls: 15_000, maxMs: 15_000 },
      timing,
    );
    if (wanted.has('calls')) cells.push(...(await measureRounds(pick(callPoints), targets, timing)));
    if (wanted.has('sizes')) {
      // Rivals and the other pairings are measured where calls are; large messages need the plain ones only.
      const plain = targets.filter(
        ({ role, name }) => role !== 'rival' && !/legacy → modern|modern → legacy|with a key/.test(name),
      );
      cells.push(...(await measureRounds(sizePoints, plain, timing)));
    }
  } finally {
    await running.close();
  }
}
if (wanted.has('lists')) {
  const running = new Running();
  try {
    const targets = await startListTargets(running, 2_000);
    cells.push(...(await measureRounds(listPoints(2_000), targets, timing)));
  } finally {
    await running.close();
  }
}
progress('long messages');
const longMessages = wanted.has('long') ? await measureLongMessages(rounds) : undefined;
progress('memory');
const memory = wanted.has('memory')
  ? await measureMemory({ sessions: isQuick ? 400 : 1_000, loadMs: isQuick ? 1_000 : 3_000 })
  : undefined;
const start = wanted.has('start')
  ? await measureStart({ rounds, servers: isQuick ? 10 : 30, progress })
  : undefined;
progress('');

for (const cell of cells)
  if (cell.errors > 0)
    problems.push(`${cell.target}, ${cell.point}: ${cell.errors} errors, such as ${cell.errorSample}`);
const measured = { cells, longMessages, memory, start };
const report: Report = {
  ...measured,
  machine,
  rounds,
  isQuick,
  rivals: hasRivals ? rivalVersions() : {},
  goals: judgeGoals(measured),
  problems,
};
const markdown = renderMarkdown(report);
console.log(markdown);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
if (!isQuick && values.suite.length === 0) {
  await writeFile(fileURLToPath(new URL('RESULTS.md', import.meta.url)), markdown);
  console.error('written: bench/RESULTS.md');
}

function pick(points: readonly Point[]): readonly Point[] {
  return isQuick ? points.filter(({ connections }) => connections <= 16) : points;
}

async function canHaveRivals(): Promise<boolean> {
  try {
    await installRivals();
    return true;
  } catch (error) {
    problems.push(
      `rivals: they could not be installed (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`,
    );
    return false;
  }
}

async function startCallTargets(running: Running): Promise<readonly Target[]> {
  const targets: Target[] = [];
  const add = async (what: string, start: () => Promise<Target | readonly Target[]>): Promise<void> => {
    progress(`starting ${what}`);
    targets.push(...[await start()].flat());
  };
  await add('the raw server over stdio', async () => directStdio(running));
  await add('the raw server over HTTP', () => directHttp(running));
  await add('the bare relay to stdio', () => bareStdio(running, 'parse'));
  await add('the bare relay to stdio that splices', () => bareStdio(running, 'splice'));
  await add('the bare relay to HTTP', () => bareHttp(running));
  await add('the SDK proxy to stdio', () => sdkProxy(running, 'stdio'));
  await add('the SDK proxy to HTTP', () => sdkProxy(running, 'http'));
  await add('the gateway', () =>
    gatewayTargets(running, { upstreams: ['stdio', 'http'], isAuthenticated: false, isAcrossEras: true }),
  );
  await add('the gateway with a key', () =>
    gatewayTargets(running, { upstreams: ['stdio', 'http'], isAuthenticated: true, isAcrossEras: false }),
  );
  if (hasRivals) {
    await addRival('mcp-hub', targets, () =>
      mcpHub(running, [
        { name: 'pipe', upstream: 'stdio' },
        { name: 'web', upstream: 'http' },
      ]),
    );
    await addRival('mcp-proxy', targets, () => mcpProxy(running));
    await addRival('supergateway', targets, () => supergateway(running));
  }
  return targets;
}

async function startListTargets(running: Running, tools: number): Promise<readonly Target[]> {
  const targets: Target[] = [];
  const { pid, url } = await startListening(running, 'echo-http.mjs', '--tools', String(tools));
  targets.push({
    name: 'direct, HTTP',
    role: 'floor',
    upstream: 'http',
    era: 'legacy',
    url,
    watched: [{ name: 'own', pid }],
  });
  const gateway = await startDaemon(running, false);
  await addEcho(running, gateway, 'many', 'stdio', 'dual', tools);
  for (const era of ['legacy', 'modern'] as const) {
    targets.push({
      name: `McpMux, ${era}`,
      role: 'gateway',
      upstream: 'stdio',
      era,
      url: gateway.mcpUrl(),
      watched: [{ name: 'own', pid: gateway.pid }],
    });
  }
  if (hasRivals) {
    await addRival('mcp-hub', targets, () => mcpHub(running, [{ name: 'many', upstream: 'stdio', tools }]));
  }
  return targets;
}

/** A rival that does not start is a line in the report, not the end of the run. */
async function addRival(
  name: string,
  targets: Target[],
  start: () => Promise<Target | readonly Target[]>,
): Promise<void> {
  progress(`starting ${name}`);
  try {
    targets.push(...[await start()].flat());
  } catch (error) {
    problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
