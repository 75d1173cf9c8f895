/**
 * bench/check — the check for CI: the ratios of the "must" column, quickly. Reports all of them; fails only on a gross
 * loss (twice the must), because a shared machine may double anything.
 *
 *     npm run bench:check
 *
 * Ends within about a minute. Never judges microseconds: only ratios to the bare relay measured in the same minute.
 */

import { type GoalResult, judgeGoals } from './report/goals.ts';
import { readMachine } from './report/machine.ts';
import { goalTable } from './report/markdown.ts';
import { callPoints, listPoints } from './suites/points.ts';
import { type Cell, measureRounds, type RoundOptions, warmUp } from './suites/rounds.ts';
import { bareHttp, bareStdio } from './targets/floors.ts';
import { addEcho, gatewayTargets, startDaemon } from './targets/gateway.ts';
import { Running, type Target } from './targets/target.ts';

/** Above the must by this share is noise until a full run says otherwise. */
const slack = 1.25;
const grossFactor = 2;
const rounds = 5;
/** Rounds that have not begun by then are left out. */
const budgetMs = 60_000;

const problems: string[] = [];
const options: RoundOptions = {
  rounds,
  warmMs: 80,
  measuredMs: 350,
  endsAt: performance.now() + budgetMs,
  failed: (problem) => problems.push(problem),
};

const cells: Cell[] = [];
const running = new Running();
try {
  const targets: Target[] = [
    ...(await bareStdio(running, 'parse')),
    ...(await bareHttp(running)),
    ...(await gatewayTargets(running, {
      upstreams: ['stdio', 'http'],
      isAuthenticated: true,
      isAcrossEras: false,
    })),
  ];
  await warmUp(targets, { calls: 6_000, maxMs: 3_000 }, options);
  // Every target here is compared, so nothing needs rounds of its own.
  const points = callPoints
    .filter(({ connections }) => connections <= 16)
    .map(({ closer: _closer, ...point }) => point);
  cells.push(...(await measureRounds(points, targets, options)));

  const gateway = await startDaemon(running, false);
  await addEcho(running, gateway, 'many', 'stdio', 'dual', 2_000);
  const list: Target = {
    name: 'McpMux, legacy',
    role: 'gateway',
    upstream: 'stdio',
    era: 'legacy',
    url: gateway.mcpUrl(),
    watched: [{ name: 'own', pid: gateway.pid }],
  };
  cells.push(
    ...(await measureRounds(listPoints(2_000), [list], { ...options, rounds: 3, endsAt: undefined })),
  );
} finally {
  await running.close();
}

for (const cell of cells)
  if (cell.errors > 0)
    problems.push(`${cell.target}, ${cell.point}: ${cell.errors} errors, such as ${cell.errorSample}`);
const goals = judgeGoals({ cells });
const machine = readMachine();
console.log(
  `commit ${machine.commit}, Node.js ${machine.node}, ${machine.cores} cores, load ${machine.load}\n`,
);
console.log(goalTable(goals).join('\n'));
for (const goal of goals.filter(isOverSlack))
  console.log(
    `\nnote: "${goal.goal}" is above its must; \`npm run bench\` on a quiet machine tells whether it is noise`,
  );
const lost = goals.filter(isLost);
for (const goal of lost)
  console.error(
    `\nbench: lost: "${goal.goal}" is ${goal.best.toFixed(2)}, more than twice its must of ${goal.must}`,
  );
for (const problem of problems) console.error(`\nbench: ${problem}`);
if (goals.length === 0) console.error('\nbench: nothing could be measured');
if (lost.length > 0 || problems.length > 0 || goals.length === 0) process.exitCode = 1;

function isOverSlack(goal: GoalResult): boolean {
  return goal.verdict === 'missed' && goal.best > goal.must * slack && !isLost(goal);
}

/** A p50 in milliseconds is the machine's as much as ours; only ratios can be lost. */
function isLost(goal: GoalResult): boolean {
  return goal.unit === '×' && goal.best > goal.must * grossFactor;
}
