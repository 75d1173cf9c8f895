/**
 * expose/tunnel-process — one running tunnel program: started, read until it says its address, ended.
 *
 * In: a program and where it lies. Out: the address, and word when it has ended by itself.
 * Owns: the process. Nothing of it outlives the daemon.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock } from '../base/index.ts';
import type { ChildKeeper } from '../transports/index.ts';
import { exposeError } from './errors.ts';
import type { TunnelProgram } from './tunnel-programs.ts';

const addressWithinMs = 45_000;
const endsWithinMs = 3_000;
const keptLines = 20;
const keptLineLength = 300;

export interface TunnelOptions {
  readonly program: TunnelProgram;
  readonly file: string;
  readonly path: string;
  /** Of ours, for the tunnel alone. */
  readonly port: number;
  readonly children: ChildKeeper;
  readonly clock: Clock;
  /** It has ended after it had an address, and not because we ended it. */
  ended(reason: string): void;
}

export class TunnelProcess {
  readonly #options: TunnelOptions;
  readonly #lines: string[] = [];
  #child: ChildProcess | undefined;
  #isStopping = false;
  #hasAddress = false;
  #over: Promise<void> = Promise.resolve();

  constructor(options: TunnelOptions) {
    this.#options = options;
  }

  /** @returns `https://HOST[:PORT]`. @throws expose.failed */
  open(): Promise<string> {
    const { program, file, path, port, children, clock } = this.#options;
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => {
        deadline.cancel();
        reject(exposeError('failed', { program: program.title, reason, hint: program.hint }));
      };
      const deadline = clock.after(addressWithinMs, () =>
        fail(`it said no address within ${addressWithinMs / 1_000} s${this.#said()}`),
      );
      const child = children.start(() =>
        spawn(file, [...program.args(port)], {
          // Its own settings are in the home folder; nothing of ours belongs to it.
          env: { ...environmentFor(path), MCPMUX_CHILD: children.nextMarker() },
          stdio: ['ignore', 'pipe', 'pipe'],
          detached: true,
          windowsHide: true,
        }),
      );
      this.#child = child;
      this.#over = new Promise((over) => {
        child.once('close', () => {
          if (child.pid !== undefined) children.ended(child.pid);
          over();
        });
      });
      const read = (line: string): void => {
        this.#keep(line);
        if (this.#hasAddress) return;
        const address = program.addressIn(line);
        if (address === undefined) return;
        this.#hasAddress = true;
        deadline.cancel();
        resolve(address);
      };
      for (const stream of [child.stdout, child.stderr]) readLines(stream, read);
      child.once('error', (error) => fail(error.message));
      child.once('close', (code, signal) => {
        const how = `it ended (${signal === null ? `exit code ${code}` : signal})${this.#said()}`;
        if (!this.#hasAddress) fail(how);
        else if (!this.#isStopping) this.#options.ended(how);
      });
    });
  }

  /** Safe to call twice. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return this.#over;
    signal(child, 'SIGTERM');
    const timer = this.#options.clock.after(endsWithinMs, () => signal(child, 'SIGKILL'));
    await this.#over;
    timer.cancel();
  }

  #keep(line: string): void {
    this.#lines.push(line.slice(0, keptLineLength));
    if (this.#lines.length > keptLines) this.#lines.shift();
  }

  #said(): string {
    const last = this.#lines.findLast((line) => line.trim() !== '');
    return last === undefined ? '' : `; it said: ${last.trim()}`;
  }
}

/** The group, because some of them start helpers; where there are no groups, the process. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    child.kill(name);
  }
}

/** Names that such programs need; no secret of ours or of servers. */
const passedOn = [
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'TMPDIR',
  'XDG_CONFIG_HOME',
  'XDG_RUNTIME_DIR',
  'APPDATA',
  'LOCALAPPDATA',
  'USERPROFILE',
  'SYSTEMROOT',
  'ProgramData',
  'HTTPS_PROXY',
  'https_proxy',
  'NO_PROXY',
  'no_proxy',
];

function environmentFor(path: string): Record<string, string> {
  const environment: Record<string, string> = { PATH: path };
  for (const name of passedOn) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

function readLines(stream: NodeJS.ReadableStream | null, read: (line: string) => void): void {
  if (stream === null) return;
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split(/\r?\n/);
    // One that never ends its line is no address either.
    rest = (lines.pop() ?? '').slice(-4_096);
    for (const line of lines) read(line);
  });
  stream.on('end', () => {
    if (rest !== '') read(rest);
  });
  stream.on('error', () => {
    // The end of the process says more.
  });
}
