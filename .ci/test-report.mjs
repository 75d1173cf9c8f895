/**
 * ci/tally — reads what a vitest run left: its JSON report, what it printed, its exit code.
 *
 * Prints `PASSED FAILED CASES FILE…`: what passed, what failed (a failure outside of the test cases counts as one), how many
 * test cases ran, and the files in which something failed. No files: nothing failed, or it is not known where.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [reportFile, logFile, code] = process.argv.slice(2);
const files = new Set();
let passed = 0;
let failed = 0;
try {
  const report = JSON.parse(readFileSync(reportFile, 'utf8'));
  passed = report.numPassedTests;
  failed = report.numFailedTests;
  for (const { status, name } of report.testResults) if (status === 'failed') files.add(relative('.', name));
} catch {
  // It ended before it could write one.
}
if (code !== '0') {
  const log = readFileSync(logFile, 'utf8').replaceAll(/\u001b\[\d*m/g, '');
  for (const [, file] of log.matchAll(/This error originated in "(\S+)" test file/g)) files.add(file);
}
const cases = passed + failed;
if (failed === 0 && (code !== '0' || passed === 0)) failed = 1;
console.log([passed, failed, cases, ...files].join(' '));
