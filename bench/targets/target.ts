/**
 * bench/targets/target — what can be measured: how it is started, where it answers, which processes are its cost.
 *
 * Knows nothing of: any particular program.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Lane } from '../load/lanes.ts';
import type { WatchedProcess } from '../load/load.ts';
import type { Era } from '../load/message.ts';

/** `floor`: no gateway at all. `bare`: the least a relay can do. The others are gateways. */
export type Role = 'floor' | 'bare' | 'sdk' | 'gateway' | 'rival';

/** How the server behind it is reached. */
export type Upstream = 'stdio' | 'http';

export interface Target {
  readonly name: string;
  readonly role: Role;
  readonly upstream: Upstream;
  readonly era: Era;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Its own process; the servers behind it are not its cost. Undefined: the process is the server itself. */
  readonly watched: readonly WatchedProcess[];
  readonly toolPrefix?: string;
  readonly openLane?: () => Lane;
  /** More than it can bear: programs that start a process for each session. */
  readonly maxConnections?: number;
}

/** Programs that were started for a run; the last one started ends first. */
export class Running {
  readonly #closers: (() => Promise<void> | void)[] = [];

  defer(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  async close(): Promise<void> {
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) await close();
  }
}

/** Absolute path of a program in bench/targets/processes. */
export function processFile(name: string): string {
  return fileURLToPath(new URL(`processes/${name}`, import.meta.url));
}

export interface Started {
  readonly pid: number;
  readonly child: ChildProcess;
}

/** Starts a Node.js program in a process group of its own and ends the whole group with the run. */
export function startNode(
  running: Running,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Started {
  const child = spawn(process.execPath, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${args.join(' ')} could not be started`);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  running.defer(async () => {
    endGroup(pid, 'SIGTERM');
    const timer = setTimeout(() => endGroup(pid, 'SIGKILL'), 3_000);
    await exited;
    clearTimeout(timer);
    endGroup(pid, 'SIGKILL');
  });
  return { pid, child };
}

function endGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It is gone already.
  }
}

/** Starts one of our own programs and waits until it says on which port it listens. */
export async function startListening(
  running: Running,
  file: string,
  ...args: readonly string[]
): Promise<{ readonly pid: number; readonly url: string }> {
  const { child, pid } = startNode(running, [processFile(file), ...args]);
  const port = await new Promise<string>((resolve, reject) => {
    let seen = '';
    const timer = setTimeout(() => reject(new Error(`${file} did not listen within 30 s: ${seen}`)), 30_000);
    const look = (chunk: Buffer): void => {
      seen += chunk.toString();
      const match = /listening (\d+)/.exec(seen);
      if (match === null) return;
      clearTimeout(timer);
      resolve(match[1] as string);
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`${file} ended with ${code}: ${seen}`));
    });
  });
  return { pid, url: `http://127.0.0.1:${port}/` };
}

/** Asks until `ready` holds. @throws Error when it never does */
export async function waitFor(
  what: string,
  ready: () => Promise<boolean>,
  timeoutMs = 60_000,
  everyMs = 100,
): Promise<void> {
  const endsAt = performance.now() + timeoutMs;
  let lastProblem: unknown;
  while (performance.now() < endsAt) {
    try {
      if (await ready()) return;
    } catch (error) {
      lastProblem = error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  const because = lastProblem instanceof Error ? `: ${lastProblem.message}` : '';
  throw new Error(`${what} was not ready within ${timeoutMs / 1_000} s${because}`);
}
