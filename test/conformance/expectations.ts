/**
 * conformance/expectations — what is allowed to fail, and why; and what is said about a run.
 *
 * A miss that expected.yaml does not explain fails the run. So does an explanation of a miss that no longer happens.
 */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { ScenarioResult } from './suite.ts';

export interface Expectation {
  readonly scenario: string;
  /** Only this check of the scenario is expected to fail; without it, the scenario as a whole. */
  readonly check?: string;
  readonly because: string;
}

export interface Expectations {
  /** By suite. */
  readonly misses: Readonly<Record<string, readonly Expectation[]>>;
  /** By suite: how many warnings its run brings. More fail the run; fewer are said, so that the number can go down. */
  readonly warnings: Readonly<Record<string, number>>;
}

export interface Verdict {
  readonly passedRequired: number;
  readonly required: number;
  readonly passedExtra: number;
  readonly extra: number;
  readonly passedChecks: number;
  readonly failedChecks: number;
  /** Failed, and nobody explained it. */
  readonly unexplained: readonly ScenarioResult[];
  readonly explained: readonly { readonly scenario: string; readonly because: string }[];
  /** Explained, but passes. */
  readonly stale: readonly Expectation[];
  readonly warnings: readonly {
    readonly scenario: string;
    readonly check: string;
    readonly message: string;
  }[];
  /** How many warnings were expected. */
  readonly expectedWarnings: number;
  /** Passed without having checked anything. */
  readonly empty: readonly string[];
  readonly isGood: boolean;
}

export async function readExpectations(): Promise<Expectations> {
  const text = await readFile(new URL('./expected.yaml', import.meta.url), 'utf8');
  const { misses, warnings } = parse(text) as {
    misses: Expectations['misses'] | null;
    warnings: Expectations['warnings'] | null;
  };
  const expectations: Expectations = { misses: misses ?? {}, warnings: warnings ?? {} };
  for (const [suite, list] of Object.entries(expectations.misses)) {
    for (const { scenario, because } of list) {
      if (!scenario || !because)
        throw new Error(`expected.yaml, ${suite}: every entry needs scenario and because`);
    }
  }
  return expectations;
}

/** Weighs the results of one suite against what was expected of it. */
export function weigh(
  results: readonly ScenarioResult[],
  expected: readonly Expectation[],
  atLeast: number,
  expectedWarnings = 0,
): Verdict {
  const failed = results.filter((result) => !result.hasPassed);
  const isExplained = (result: ScenarioResult) =>
    result.findings
      .filter((finding) => finding.status === 'FAILURE')
      .every((finding) =>
        expected.some(
          (one) =>
            one.scenario === result.scenario && (one.check === undefined || one.check === finding.check),
        ),
      );
  const isStale = (one: Expectation) => {
    const result = failed.find(({ scenario }) => scenario === one.scenario);
    if (result === undefined) return true;
    return one.check !== undefined && !result.findings.some(({ check }) => check === one.check);
  };
  const required = results.filter((result) => result.isRequired);
  const extra = results.filter((result) => !result.isRequired);
  const passedRequired = count(required);
  const unexplained = failed.filter((result) => !isExplained(result));
  const stale = expected.filter(isStale);
  const warnings = results.flatMap(({ scenario, findings }) =>
    findings
      .filter(({ status }) => status === 'WARNING')
      .map(({ check, message }) => ({ scenario, check, message })),
  );
  return {
    passedRequired,
    required: required.length,
    passedExtra: count(extra),
    extra: extra.length,
    passedChecks: results.reduce((sum, result) => sum + result.passedChecks, 0),
    failedChecks: failed.reduce((sum, { findings }) => sum + findings.filter(isFailure).length, 0),
    unexplained,
    explained: failed.filter(isExplained).map(({ scenario }) => ({
      scenario,
      because: expected.find((one) => one.scenario === scenario)?.because ?? '',
    })),
    stale,
    warnings,
    expectedWarnings,
    empty: results
      .filter(({ hasPassed, passedChecks }) => hasPassed && passedChecks === 0)
      .map(({ scenario }) => scenario),
    isGood:
      unexplained.length === 0 &&
      stale.length === 0 &&
      warnings.length <= expectedWarnings &&
      passedRequired >= atLeast &&
      results.length > 0,
  };
}

function isFailure(finding: { readonly status: string }): boolean {
  return finding.status === 'FAILURE';
}

function count(results: readonly ScenarioResult[]): number {
  return results.filter((result) => result.hasPassed).length;
}
