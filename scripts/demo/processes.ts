/**
 * scripts/demo/processes — starts the daemon and an HTTP server, runs single commands, and stops what it started.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const require = createRequire(import.meta.url);

/** The script that a package's command runs. */
export function packageScript(name: string, script = 'dist/index.js'): string {
  return join(dirname(require.resolve(`${name}/package.json`)), script);
}

/** A port that nobody holds right now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

export interface Background {
  readonly name: string;
  readonly child: ChildProcess;
  /** Ends it: SIGTERM, and SIGKILL after 5 s. Safe to call twice. */
  stop(): Promise<void>;
}

/** Starts a long-running Node script; what it writes goes to `logFile`. */
export function startScript(
  name: string,
  script: string,
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
  logFile: string,
): Background {
  const child = spawn(process.execPath, [script, ...words], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(logFile);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    name,
    child,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
        await exited;
        clearTimeout(timer);
      }
      log.end();
    },
  };
}

/** Asks `url` until it answers below 500. @throws when `deadlineMs` have passed or the process has ended */
export async function waitForAnswer(url: string, process: Background, deadlineMs: number): Promise<number> {
  const started = performance.now();
  while (performance.now() - started < deadlineMs) {
    if (process.child.exitCode !== null) {
      throw new Error(`${process.name} ended with exit code ${process.child.exitCode}`);
    }
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
      await response.body?.cancel();
      if (response.status < 500) return performance.now() - started;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${process.name} did not answer at ${url} within ${deadlineMs} ms`);
}

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one `mcpmux` command to its end. It gets 60 s. */
export async function runMcpmux(
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<CommandResult> {
  const child = spawn(process.execPath, [join(root, 'bin/mcpmux.mjs'), ...words], {
    cwd: root,
    env: { ...process.env, ...environment, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stdout, stderr };
}

/** The built daemon, in the foreground of its own process. */
export function startDaemon(environment: NodeJS.ProcessEnv, logFile: string): Background {
  return startScript('the daemon', join(root, 'bin/mcpmux.mjs'), ['start'], environment, logFile);
}
