/**
 * transports/process/login-shell-path — the PATH a person has in their terminal, where npx, uvx and the like are found.
 *
 * A daemon that the desktop or the service manager started has a bare PATH; version managers and package managers add
 * theirs in the shell's profile (on Windows: in the registry). The login shell is asked only when it matters, and never
 * waited for long. When a command is missing it is asked again: a program may have been installed since, or the shell was
 * slow at the first time.
 * Knows nothing of: which commands are looked for.
 */
import { spawn } from 'node:child_process';
import { userInfo } from 'node:os';
import { delimiter } from 'node:path';
import { type Clock, randomText } from '../../base/index.ts';
import { platform } from '../../platform/index.ts';

export interface LoginShellPathOptions {
  readonly clock: Clock;
  /** The daemon's own environment. */
  readonly own: Readonly<Record<string, string | undefined>>;
  /** For each of the two attempts. A profile that asks a question would wait for ever. */
  readonly timeoutMs?: number;
  /** An answer this young is not asked for again. */
  readonly freshMs?: number;
}

/** More than any PATH; a profile that prints without end is cut off. */
const maxOutputBytes = 1024 * 1024;

interface Answer {
  readonly path: string;
  /** Monotonic ms. */
  readonly at: number;
}

export class LoginShellPath {
  readonly #options: LoginShellPathOptions;
  #asking: Promise<string> | undefined;
  #answer: Answer | undefined;

  constructor(options: LoginShellPathOptions) {
    this.#options = options;
  }

  /**
   * Our own PATH; where we were not started from a shell, the login shell's before it.
   *
   * @param isThorough ask the login shell in any case: a command was not found without it
   */
  get(isThorough: boolean): Promise<string> {
    const { own, clock, freshMs = 10_000 } = this.#options;
    // A shell counts its depth here. Who has it inherits that shell's PATH already.
    const inherits = own['SHLVL'] !== undefined || !platform.hasLoginShell;
    const known = this.#answer?.path ?? (inherits ? ownPathOf(own) : undefined);
    if (!isThorough && known !== undefined) return Promise.resolve(known);
    if (this.#answer !== undefined && clock.monotonic() - this.#answer.at < freshMs)
      return Promise.resolve(this.#answer.path);
    this.#asking ??= this.#ask().then((path) => {
      this.#answer = { path, at: clock.monotonic() };
      this.#asking = undefined;
      return path;
    });
    return this.#asking;
  }

  /** @returns what was known before when nothing answers */
  async #ask(): Promise<string> {
    const { own } = this.#options;
    const before = this.#answer?.path ?? ownPathOf(own);
    const found =
      platform.currentPath === undefined ? await this.#askShell() : await platform.currentPath(own);
    return found === undefined || found === '' ? before : mergePaths(found, ownPathOf(own));
  }

  async #askShell(): Promise<string | undefined> {
    const shell = this.#options.own['SHELL'] ?? shellOfAccount();
    if (shell === null || shell === '') return undefined;
    return (await this.#run(shell, ['-l', '-i', '-c'])) ?? (await this.#run(shell, ['-l', '-c']));
  }

  /** What the shell says PATH is; undefined when it fails, hangs or says nothing that can be told from its other output. */
  #run(shell: string, flags: readonly string[]): Promise<string | undefined> {
    const { clock, own, timeoutMs = 4_000 } = this.#options;
    const mark = `mcpmux-${randomText(12)}`;
    const environment = Object.fromEntries(
      Object.entries(own).filter(([name]) => !name.startsWith('MCPMUX_') && name !== 'NODE_OPTIONS'),
    ) as Record<string, string>;
    return new Promise((resolve) => {
      const child = spawn(shell, [...flags, `printf '%s%s%s' '${mark}<' "$PATH" '>${mark}'`], {
        env: environment,
        stdio: ['ignore', 'pipe', 'ignore'],
        // Away from the terminal: an interactive shell would take it over.
        detached: true,
      });
      let output = '';
      const finish = (): void => {
        timer.cancel();
        // Whatever the profile started in the background is not ours to end; the shell itself is.
        child.kill('SIGKILL');
        child.stdout.destroy();
        const start = output.indexOf(`${mark}<`);
        const end = output.indexOf(`>${mark}`);
        resolve(start === -1 || end < start ? undefined : output.slice(start + mark.length + 1, end));
      };
      const timer = clock.after(timeoutMs, finish);
      child.stdout.setEncoding('utf8');
      child.stdout.on('data', (text: string) => {
        output += text;
        if (output.includes(`>${mark}`) || output.length > maxOutputBytes) finish();
      });
      child.on('error', finish);
      child.on('close', finish);
    });
  }
}

function ownPathOf(own: LoginShellPathOptions['own']): string {
  return own['PATH'] ?? own['Path'] ?? '';
}

/** @returns null where there is none: a user id without an entry in the system's list, as in containers */
function shellOfAccount(): string | null {
  try {
    return userInfo().shell;
  } catch {
    return null;
  }
}

/** The folders of both, each once, in order of appearance. */
export function mergePaths(first: string, second: string): string {
  const folders = [...first.split(delimiter), ...second.split(delimiter)].filter((folder) => folder !== '');
  return [...new Set(folders)].join(delimiter);
}
