/**
 * conformance/suite — runs the official suite as a child process and reads what it found.
 *
 * Owns: how the suite is called and where it leaves its findings. Knows nothing of: gateways, expectations.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Child, runChild } from '../support/child.ts';
import { withDeadline } from '../support/deadline.ts';
import { repositoryPath } from '../support/paths.ts';

export type Revision = '2025-11-25' | '2026-07-28';

export interface Finding {
  readonly check: string;
  readonly status: 'FAILURE' | 'WARNING';
  readonly message: string;
}

export interface ScenarioResult {
  readonly scenario: string;
  /** Part of the frozen set that the revision requires. */
  readonly isRequired: boolean;
  readonly hasPassed: boolean;
  readonly passedChecks: number;
  readonly findings: readonly Finding[];
}

export interface Requirements {
  readonly server: readonly string[];
  readonly client: readonly string[];
}

interface Check {
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
}

const PACKAGE = 'node_modules/@modelcontextprotocol/conformance';
const SUITE_TIMEOUT_MS = 240_000;

export async function readRequirements(revision: Revision): Promise<Requirements> {
  const text = await readFile(repositoryPath(`${PACKAGE}/requirements/${revision}.yaml`), 'utf8');
  return parse(text) as Requirements;
}

/** All scenarios for servers of `revision`, against `url`. One process, one scenario after the other. */
export async function runServerSuite(url: string, revision: Revision): Promise<ScenarioResult[]> {
  const { server: required } = await readRequirements(revision);
  const results = await runSuite(['server', '--url', url, '--requirements', revision], required);
  for (const scenario of required) {
    if (!results.some((result) => result.scenario === scenario)) results.push(missing(scenario));
  }
  return results;
}

/** One scenario for servers that belongs to no revision: extensions. */
export async function runServerScenario(url: string, scenario: string): Promise<ScenarioResult[]> {
  const results = await runSuite(['server', '--url', url, '--scenario', scenario], []);
  return results.length > 0 ? results : [missing(scenario)];
}

/** One scenario for clients: the suite plays the server and runs `command` with the server's URL appended. */
export async function runClientScenario(
  command: string,
  scenario: string,
  revision: Revision,
  env: Readonly<Record<string, string>> = {},
): Promise<ScenarioResult[]> {
  const { client: required } = await readRequirements(revision);
  const results = await runSuite(
    ['client', '--command', command, '--scenario', scenario, '--spec-version', revision],
    required,
    env,
  );
  return results.length > 0 ? results : [{ ...missing(scenario), isRequired: required.includes(scenario) }];
}

/** One scenario for clients that belongs to no revision: extensions. */
export async function runClientExtension(
  command: string,
  scenario: string,
  env: Readonly<Record<string, string>>,
): Promise<ScenarioResult[]> {
  const results = await runSuite(['client', '--command', command, '--scenario', scenario], [], env);
  return results.length > 0 ? results : [missing(scenario)];
}

/**
 * The scenarios for authorization servers.
 *
 * @param open plays the person's browser: is given the address that the suite asks to open
 */
export async function runAuthorizationSuite(
  args: readonly string[],
  open: (address: string) => Promise<void>,
): Promise<ScenarioResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mcpmux-conformance-'));
  const child = new Child({
    command: process.execPath,
    args: [
      ...needsHook(),
      repositoryPath(`${PACKAGE}/dist/index.js`),
      'authorization',
      ...args,
      '--output-dir',
      folder,
    ],
  });
  try {
    const address = await child.waitFor(
      'the address to open',
      ({ stdout }) => /^(http\S+\/oauth\/authorize\S*)$/m.exec(stdout)?.[1],
      60_000,
    );
    await open(address);
    await withDeadline(child.exited, 60_000, () => `the suite did not end:\n${child.stdout}`);
    const results: ScenarioResult[] = [];
    for (const { scenario, path } of await findingFolders(folder, true)) {
      const checks = JSON.parse(await readFile(join(path, 'checks.json'), 'utf8')) as Check[];
      results.push(judge(scenario, checks, [scenario]));
    }
    return results;
  } finally {
    await child.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function runSuite(
  args: readonly string[],
  required: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ScenarioResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mcpmux-conformance-'));
  try {
    const outcome = await runChild({
      command: process.execPath,
      args: [...needsHook(), repositoryPath(`${PACKAGE}/dist/index.js`), ...args, '--output-dir', folder],
      env,
      timeoutMs: SUITE_TIMEOUT_MS,
    });
    const isClient = args[0] === 'client';
    const results: ScenarioResult[] = [];
    for (const { scenario, path } of await findingFolders(folder, isClient)) {
      const checks = JSON.parse(await readFile(join(path, 'checks.json'), 'utf8')) as Check[];
      const result = judge(scenario, checks, required);
      // A client that broke off although every check passed has still failed, unless the scenario allows it.
      const brokeOff = isClient && outcome.code !== 0 && result.hasPassed;
      results.push(
        brokeOff
          ? {
              ...result,
              hasPassed: false,
              findings: [...result.findings, failure('client-exit', await tailOf(join(path, 'stderr.txt')))],
            }
          : result,
      );
    }
    return results;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The suite imports `fs.globSync`, which Node.js has since version 22. */
function needsHook(): string[] {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= 22 ? [] : ['--import', new URL('./fs-hook.mjs', import.meta.url).href];
}

/** `server-<scenario>-<time>` or `<scenario>-<time>`; a scenario's name may hold a slash, which makes one more folder. */
async function findingFolders(
  folder: string,
  isClient: boolean,
): Promise<{ scenario: string; path: string }[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries
    .filter((entry) => entry.endsWith('checks.json'))
    .map((entry) => {
      const relative = entry.slice(0, -'checks.json'.length - 1);
      const name = relative.replace(/-\d{4}-\d{2}-\d{2}T[\d-]+Z$/, '');
      return { scenario: isClient ? name : name.replace(/^server-/, ''), path: join(folder, relative) };
    })
    .sort((a, b) => (a.scenario < b.scenario ? -1 : 1));
}

function judge(scenario: string, checks: readonly Check[], required: readonly string[]): ScenarioResult {
  const findings = checks
    .filter((check) => check.status === 'FAILURE' || check.status === 'WARNING')
    .map((check) => ({
      check: check.id,
      status: check.status as Finding['status'],
      message: check.errorMessage ?? '',
    }));
  return {
    scenario,
    isRequired: required.includes(scenario),
    hasPassed: findings.every((finding) => finding.status === 'WARNING'),
    passedChecks: checks.filter((check) => check.status === 'SUCCESS').length,
    findings,
  };
}

function missing(scenario: string): ScenarioResult {
  const findings = [failure('not-run', 'the suite left no findings for this scenario')];
  return { scenario, isRequired: true, hasPassed: false, passedChecks: 0, findings };
}

function failure(check: string, message: string): Finding {
  return { check, status: 'FAILURE', message };
}

async function tailOf(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-3).join(' | ').slice(-600);
}
