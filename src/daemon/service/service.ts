/**
 * daemon/service/service — installs the daemon as a service of this person, looks at it, and takes it away.
 *
 * Owns: the order file → manager → start. What the manager refuses leaves no file behind.
 */
import { execFile } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { randomText } from '../../base/index.ts';
import { platform, removeFile, replaceFile } from '../../platform/index.ts';
import { daemonError } from '../errors.ts';
import type { Command, ServicePlan } from './service-plan.ts';

export interface ServiceState {
  readonly isInstalled: boolean;
  readonly isActive: boolean;
  /** The file is as it would be written now; undefined where none is installed. */
  readonly isCurrent: boolean | undefined;
}

/** @returns the exit code and what was said. Never throws */
export type RunCommand = (command: Command) => Promise<{ readonly code: number; readonly text: string }>;

export class Service {
  readonly plan: ServicePlan;
  readonly #run: RunCommand;

  constructor(plan: ServicePlan, run: RunCommand = runProgram) {
    this.plan = plan;
    this.#run = run;
  }

  async examine(): Promise<ServiceState> {
    const bytes = await readFile(this.plan.file).catch(() => undefined);
    if (bytes === undefined) return { isInstalled: false, isActive: false, isCurrent: undefined };
    const { code } = await this.#run(this.plan.isActive);
    return { isInstalled: true, isActive: code === 0, isCurrent: bytes.equals(this.plan.content) };
  }

  /** @throws daemon.no_service_manager, daemon.service_refused: nothing is installed then */
  async install(): Promise<void> {
    const { file, content, enable, start, isThere, disable, manager } = this.plan;
    const there = await this.#run(isThere);
    if (there.code !== 0) throw daemonError('no_service_manager', { manager, reason: lastLine(there.text) });
    const before = await readFile(file).catch(() => undefined);
    // launchd and the task scheduler know the old one by name.
    if (before !== undefined && manager !== 'systemd')
      for (const command of disable) await this.#run(command);
    await replaceContent(file, content);
    try {
      for (const command of [...enable, ...start]) await this.#demand(command);
    } catch (error) {
      if (before === undefined) {
        for (const command of disable) await this.#run(command);
        await removeFile(platform.files, file);
      }
      throw error;
    }
  }

  /** @throws daemon.service_refused */
  async start(): Promise<void> {
    for (const command of this.plan.start) await this.#demand(command);
  }

  /** Ends the daemon too. @returns false when there was none. @throws daemon.service_refused */
  async uninstall(): Promise<boolean> {
    const { isInstalled } = await this.examine();
    if (!isInstalled) return false;
    // One that the manager does not know any more is as good as gone.
    for (const command of this.plan.disable) await this.#run(command);
    await removeFile(platform.files, this.plan.file);
    if (this.plan.manager === 'systemd') await this.#run(['systemctl', '--user', 'daemon-reload']);
    return true;
  }

  async #demand(command: Command): Promise<void> {
    const { code, text } = await this.#run(command);
    if (code !== 0)
      throw daemonError('service_refused', { command: command.join(' '), code, reason: lastLine(text) });
  }
}

async function replaceContent(file: string, content: Buffer): Promise<void> {
  // Not for its owner alone: these folders are the system's.
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${randomText(8)}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await replaceFile(platform.files, draft, file);
}

function runProgram([program, ...args]: Command): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 90_000, windowsHide: true }, (error, stdout, stderr) => {
      const failed = error as (Error & { code?: number | string }) | null;
      const code = failed === null ? 0 : typeof failed.code === 'number' ? failed.code : 1;
      const missing = failed?.code === 'ENOENT' ? `there is no program "${program}" here` : '';
      resolve({ code, text: `${stdout}\n${stderr}\n${missing}` });
    });
  });
}

function lastLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.findLast((line) => line !== '') ?? 'it said nothing';
}
