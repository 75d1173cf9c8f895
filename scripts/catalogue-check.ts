/**
 * scripts/catalogue-check — `npm run catalogue:check`: installs servers of the built-in list for real, from their registry, starts
 * each, reads its lists and calls one of its tools.
 *
 *     npm run catalogue:check [-- NAME…]     some of them; without names, all that need no account
 *     npm run catalogue:check -- --few       three, for every change
 *
 * One daemon in a temporary folder, one server after the other, removed again at once. A tool that answers with an error has
 * answered: many reach out, and this machine may not. The last line is `N passed, N failed, N skipped`; the exit code is 0 when none failed.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Check {
  readonly name: string;
  readonly args?: readonly string[];
  /** Its own name, and arguments. Undefined = the first tool, with none. */
  readonly call?: readonly [tool: string, args: object];
  /** Why it cannot run on this machine. */
  readonly lacks?: string | undefined;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const program = join(root, 'bin', 'mcpmux.mjs');

/** @returns what is missing; undefined = it is new enough */
function nodeBelow(major: number): string | undefined {
  return Number(process.versions.node.split('.')[0]) < major ? `Node ${major}` : undefined;
}

function pythonBelow(minor: number): string | undefined {
  const found = spawnSync('python3', ['-c', 'import sys; print(sys.version_info[1])'], { encoding: 'utf8' });
  return Number(found.stdout) >= minor ? undefined : `Python 3.${minor}`;
}

function checksIn(folder: string): readonly Check[] {
  return [
    { name: 'filesystem', args: ['--input', `DIRECTORY=${folder}`], call: ['list_allowed_directories', {}] },
    { name: 'everything', call: ['echo', { message: 'hello' }] },
    { name: 'time', call: ['get_current_time', { timezone: 'Europe/Berlin' }] },
    { name: 'memory', call: ['read_graph', {}] },
    {
      name: 'sequential-thinking',
      call: [
        'sequentialthinking',
        { thought: 'x', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 },
      ],
    },
    { name: 'fetch', call: ['fetch', { url: 'http://127.0.0.1:9/' }] },
    { name: 'git', args: ['--input', `REPOSITORY=${root}`], call: ['git_status', { repo_path: root }] },
    { name: 'playwright', args: ['--input', 'HEADLESS=true'], call: ['browser_close', {}] },
    { name: 'chrome-devtools', args: ['--input', 'HEADLESS=true'], call: ['list_pages', {}] },
    {
      name: 'context7',
      args: ['--as', 'npm'],
      call: ['resolve-library-id', { query: 'x', libraryName: 'react' }],
    },
    { name: 'duckduckgo', call: ['search', { query: 'x' }] },
    { name: 'arxiv', call: ['list_papers', {}] },
    { name: 'markitdown', call: ['convert_to_markdown', { uri: 'data:text/plain,hello' }] },
    { name: 'excel', args: ['--input', `EXCEL_FILES_PATH=${folder}`] },
    { name: 'desktop-commander', call: ['get_config', {}] },
    { name: 'nx', call: ['nx_docs', { userQuery: 'x' }] },
    { name: 'eslint', call: ['lint-files', { filePaths: [] }] },
    { name: 'shopify-dev' },
    { name: 'basic-memory', lacks: pythonBelow(12), call: ['list_memory_projects', {}] },
    { name: 'aws-documentation', call: ['search_documentation', { search_phrase: 's3' }] },
    { name: 'kubernetes' },
    {
      name: 'dbhub',
      lacks: nodeBelow(22),
      args: ['--input', `DSN=sqlite://${join(folder, 'check.db')}`],
      call: ['execute_sql', { sql: 'select 1' }],
    },
    { name: 'n8n', call: ['tools_documentation', {}] },
    { name: 'mongodb' },
    { name: 'redis' },
  ];
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function mcpmux(data: string, words: readonly string[], timeoutMs = 420_000): Promise<Ran> {
  return new Promise((resolve) => {
    const args = [program, '--data-dir', data, ...words];
    execFile(
      process.execPath,
      args,
      { timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 },
      (error, out, err) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, out, err });
      },
    );
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startDaemon(data: string): Promise<ChildProcess> {
  const daemon = spawn(
    process.execPath,
    [program, '--data-dir', data, 'start', '--port', String(await freePort())],
    { stdio: 'ignore' },
  );
  for (const endsAt = Date.now() + 60_000; Date.now() < endsAt; ) {
    if ((await mcpmux(data, ['status', '--json'])).code !== 3) return daemon;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  daemon.kill('SIGKILL');
  throw new Error('the daemon did not start');
}

/** @returns what went wrong; undefined = all of it worked */
async function check(data: string, { name, args = [], call }: Check): Promise<string | undefined> {
  const added = await mcpmux(data, ['install', name, ...args, '--yes', '--wait-seconds', '180', '--json']);
  if (added.out === '') return `install: ${lastLines(added.err)}`;
  const server = JSON.parse(added.out) as {
    state: { status: string; reason: string | null; lastStderr: string[] };
    alias: string;
  };
  try {
    if (server.state.status !== 'connected')
      return `${server.state.status}: ${server.state.reason ?? ''} ${server.state.lastStderr.join(' ')}`.slice(
        0,
        300,
      );
    const listed = await mcpmux(data, ['tools', '--json']);
    const { tools } = JSON.parse(listed.out) as {
      tools: { name: string; originalName: string; serverName: string }[];
    };
    const own = tools.filter(({ serverName }) => serverName === name);
    const chosen = call === undefined ? own[0] : own.find(({ originalName }) => originalName === call[0]);
    if (chosen === undefined)
      return `it has no tool ${call?.[0] ?? ''}: ${own.map((tool) => tool.originalName).join(', ')}`.slice(
        0,
        300,
      );
    const called = await mcpmux(
      data,
      ['call', chosen.name, JSON.stringify(call?.[1] ?? {}), '--json'],
      120_000,
    );
    // A tool's own error is an answer.
    if (called.out === '') return `call of ${chosen.originalName}: ${lastLines(called.err)}`;
    return undefined;
  } finally {
    await mcpmux(data, ['remove', server.alias]);
  }
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-2).join(' ').slice(0, 300);
}

const wanted = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'mcpmux-catalogue-'));
const data = join(folder, 'data');
const all = checksIn(folder);
const chosen = wanted.includes('--few')
  ? all.slice(0, 3)
  : wanted.length > 0
    ? all.filter(({ name }) => wanted.includes(name))
    : all;
const daemon = await startDaemon(data);
let failed = 0;
let skipped = 0;
try {
  for (const one of chosen) {
    if (one.lacks !== undefined) {
      skipped += 1;
      process.stdout.write(`skipped ${one.name.padEnd(22)}         it needs ${one.lacks}\n`);
      continue;
    }
    const from = Date.now();
    const fault = await check(data, one);
    if (fault !== undefined) failed += 1;
    const took = `${((Date.now() - from) / 1000).toFixed(0)} s`;
    process.stdout.write(
      `${fault === undefined ? 'passed' : 'FAILED'}  ${one.name.padEnd(22)} ${took.padStart(6)}  ${fault ?? ''}\n`,
    );
  }
} finally {
  await mcpmux(data, ['stop']);
  daemon.kill('SIGTERM');
  await rm(folder, { recursive: true, force: true });
}
process.stdout.write(`${chosen.length - failed - skipped} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed === 0 ? 0 : 1;
