/**
 * conformance/run — runs the official conformance suites and says in one line each how they went.
 *
 *   npm run conformance                      through the gateway (build first)
 *   npm run conformance -- --direct          the reference servers and client, nothing in between
 *   npm run conformance -- --only client     suites whose name holds this
 *   npm run conformance -- --json FILE       where the report goes (out/conformance/<gateway|direct>.json)
 *
 * Exits with 1 when a miss is unexplained, an explanation is stale, or fewer scenarios pass than must.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryPath } from '../support/paths.ts';
import { atMost } from './concurrency-limit.ts';
import { type Expectations, readExpectations, type Verdict, weigh } from './expectations.ts';
import { planDirect, planThroughGateway, type Suite } from './plan.ts';
import type { ScenarioResult } from './suite.ts';

/** The suites mostly wait; two at once keep two cores busy. */
const SUITES_AT_ONCE = 2;

interface Row {
  readonly suite: Suite;
  readonly results: readonly ScenarioResult[];
  readonly verdict: Verdict;
  readonly seconds: number;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      direct: { type: 'boolean', default: false },
      only: { type: 'string' },
      json: { type: 'string' },
    },
  });
  const expectations = await readExpectations();
  const started = performance.now();
  const rig = values.direct ? await planDirect() : await planThroughGateway();
  const suites = rig.suites.filter(({ name }) => values.only === undefined || name.includes(values.only));
  const rows: Row[] = [];
  try {
    await atMost(SUITES_AT_ONCE, suites, async (suite) => {
      const row = await runOne(suite, expectations);
      rows.push(row);
      print(describe(row));
    });
  } finally {
    await rig.close();
  }
  const isGood = rows.every(({ verdict }) => verdict.isGood) && rows.length > 0;
  print(describeTotal(rows, (performance.now() - started) / 1_000, isGood));

  const file = values.json ?? repositoryPath(`out/conformance/${values.direct ? 'direct' : 'gateway'}.json`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(report(rows, isGood), undefined, 2)}\n`);
  return isGood ? 0 : 1;
}

async function runOne(suite: Suite, expectations: Expectations): Promise<Row> {
  const started = performance.now();
  const results = await suite.run();
  const verdict = weigh(
    results,
    expectations.misses[suite.name] ?? [],
    suite.atLeast,
    expectations.warnings[suite.name] ?? 0,
  );
  return { suite, results, verdict, seconds: (performance.now() - started) / 1_000 };
}

function describe({ suite, verdict, seconds }: Row): string {
  const parts = [
    verdict.isGood ? 'ok  ' : 'FAIL',
    suite.name.padEnd(21),
    verdict.required > 0 ? `${verdict.passedRequired}/${verdict.required} required` : '',
    verdict.extra > 0 ? `${verdict.passedExtra}/${verdict.extra} more` : '',
    `${verdict.passedChecks} checks`,
    `${seconds.toFixed(1)} s`,
    `  ${suite.says}`,
  ];
  const lines = [parts.filter((part) => part !== '').join('  ')];
  for (const { scenario, because } of verdict.explained)
    lines.push(`       expected: ${scenario}: ${because}`);
  for (const { scenario } of verdict.stale) {
    lines.push(`       STALE: ${scenario} passes; take it out of expected.yaml`);
  }
  for (const { scenario, findings } of verdict.unexplained) {
    lines.push(`       missed: ${scenario}`);
    for (const { check, status, message } of findings) {
      if (status === 'FAILURE') lines.push(`         ${check}: ${message.slice(0, 300)}`);
    }
  }
  for (const { scenario, check, message } of verdict.warnings)
    lines.push(`       warning: ${scenario}, ${check}: ${message.slice(0, 200)}`);
  const { warnings, expectedWarnings } = verdict;
  if (warnings.length !== expectedWarnings)
    lines.push(
      `       ${warnings.length > expectedWarnings ? 'TOO MANY WARNINGS' : 'fewer warnings, take the number down'}: ${warnings.length}, and expected.yaml says ${expectedWarnings}`,
    );
  if (verdict.empty.length > 0) lines.push(`       checks nothing: ${verdict.empty.join(', ')}`);
  return lines.join('\n');
}

function describeTotal(rows: readonly Row[], seconds: number, isGood: boolean): string {
  const sum = (pick: (verdict: Verdict) => number) =>
    rows.reduce((total, { verdict }) => total + pick(verdict), 0);
  const passed = sum((verdict) => verdict.passedRequired);
  const required = sum((verdict) => verdict.required);
  const checks = sum((verdict) => verdict.passedChecks);
  const more = `${sum((verdict) => verdict.passedExtra)}/${sum((verdict) => verdict.extra)} more`;
  const warnings = sum((verdict) => verdict.warnings.length);
  const empty = sum((verdict) => verdict.empty.length);
  return `${isGood ? 'ok  ' : 'FAIL'} total: ${passed}/${required} required, ${more}, ${checks} checks, ${warnings} warnings, ${empty} scenarios that check nothing, ${seconds.toFixed(0)} s`;
}

function report(rows: readonly Row[], isGood: boolean): unknown {
  return {
    isGood,
    suites: rows.map(({ suite, verdict, results, seconds }) => ({
      name: suite.name,
      says: suite.says,
      seconds: Number(seconds.toFixed(1)),
      ...verdict,
      scenarios: results,
    })),
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await main();
