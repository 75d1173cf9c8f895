/**
 * support/child — child processes that a test starts and that never outlive it.
 *
 * Every child leads its own process group, and the whole group is ended: on stop, and when this process exits for
 * whatever reason.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { withDeadline } from './deadline.ts';

const STOP_GRACE_MS = 5_000;

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const live = new Set<Child>();
process.on('exit', () => {
  for (const child of live) child.killGroup('SIGKILL');
});

export class Child {
  readonly process: ChildProcess;
  readonly exited: Promise<ChildExit>;
  #stdout = '';
  #stderr = '';
  #exit: ChildExit | undefined;
  readonly #waiters = new Set<() => void>();

  constructor(options: ChildOptions) {
    this.process = spawn(options.command, [...options.args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: options.env === undefined ? process.env : { ...process.env, ...options.env },
    });
    live.add(this);
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#wake();
    });
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#wake();
    });
    this.process.stdin?.on('error', () => {
      // The child closed its input first; its exit says why.
    });
    this.exited = new Promise((resolve) => {
      const settle = (exit: ChildExit) => {
        this.#exit ??= exit;
        live.delete(this);
        this.#wake();
        resolve(this.#exit);
      };
      this.process.on('error', (error) => {
        this.#stderr += `${error.message}\n`;
        settle({ code: 127, signal: null });
      });
      this.process.on('close', (code, signal) => settle({ code, signal }));
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** How it ended, once it has. */
  get exit(): ChildExit | undefined {
    return this.#exit;
  }

  /** Waits until `find` finds something in the output, and gives that. Fails when the child ends or time is up. */
  async waitFor<T>(what: string, find: (child: Child) => T | undefined, timeoutMs = 15_000): Promise<T> {
    let wake: (() => void) | undefined;
    const found = new Promise<T>((resolve, reject) => {
      wake = () => {
        const value = find(this);
        if (value !== undefined) resolve(value);
        else if (this.#exit !== undefined)
          reject(new Error(`the child ended before ${what}:\n${this.#tail()}`));
      };
      this.#waiters.add(wake);
      wake();
    });
    try {
      return await withDeadline(
        found,
        timeoutMs,
        () => `no ${what} within ${timeoutMs} ms:\n${this.#tail()}`,
      );
    } finally {
      if (wake !== undefined) this.#waiters.delete(wake);
    }
  }

  /** The URL of the line `ready <url>` that the test servers print. */
  waitForReady(timeoutMs?: number): Promise<string> {
    return this.waitFor('the ready line', (child) => /^ready (\S+)$/m.exec(child.stdout)?.[1], timeoutMs);
  }

  /** Asks it to stop, and makes it stop when it does not. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<ChildExit> {
    if (this.#exit === undefined) this.process.kill(signal);
    const timer = setTimeout(() => this.killGroup('SIGKILL'), STOP_GRACE_MS);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
      // What it left behind in its group goes too.
      this.killGroup('SIGKILL');
    }
  }

  killGroup(signal: NodeJS.Signals): void {
    const pid = this.process.pid;
    if (pid === undefined) return;
    try {
      process.kill(process.platform === 'win32' ? pid : -pid, signal);
    } catch {
      // Already gone.
    }
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }

  #tail(): string {
    return `${this.#stdout.slice(-2_000)}${this.#stderr.slice(-4_000)}`;
  }
}

/** Runs a command to its end. */
export async function runChild(
  options: ChildOptions & { readonly input?: string; readonly timeoutMs?: number },
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = new Child(options);
  child.process.stdin?.end(options.input ?? '');
  const timeoutMs = options.timeoutMs ?? 30_000;
  try {
    const { code } = await withDeadline(
      child.exited,
      timeoutMs,
      () =>
        `${options.command} ${options.args.join(' ')} did not end within ${timeoutMs} ms:\n${child.stderr}`,
    );
    return { code, stdout: child.stdout, stderr: child.stderr };
  } finally {
    child.killGroup('SIGKILL');
  }
}
