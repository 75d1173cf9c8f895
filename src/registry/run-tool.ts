/**
 * registry/run-tool — runs a program that installs packages, and gives what it said. Its environment is handed in.
 *
 * No shell reads the words. On Windows npm is a batch file: platform/ knows how such a one is started safely.
 */
import { spawn } from 'node:child_process';
import { accessSync, readFileSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { planWindowsCommand, platform } from '../platform/index.ts';

export interface ToolResult {
  /** Null when it was ended for taking too long. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ToolRun {
  readonly cwd?: string;
  /** Default: five minutes. */
  readonly timeoutMs?: number;
}

/** @returns undefined when there is no such program */
export type RunTool = (
  name: string,
  args: readonly string[],
  run?: ToolRun,
) => Promise<ToolResult | undefined>;

export interface ToolPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where programs are looked for, as for servers. */
  readonly searchPath: () => Promise<string>;
}

const maxOutputBytes = 8 * 1024 * 1024;

export function createRunTool(place: ToolPlace): RunTool {
  return async (name, args, { cwd, timeoutMs = 300_000 } = {}) => {
    const searchPath = await place.searchPath();
    const file = await findProgram(name, searchPath);
    if (file === undefined) return undefined;
    const plan = platform.isWindows
      ? planWindowsCommand({
          file,
          args,
          shell: place.env['COMSPEC'] ?? 'cmd.exe',
          exists: isThere,
          node: process.execPath,
          read: readOrNothing,
        })
      : { file, args, isVerbatim: false };
    if (plan === undefined) return undefined;
    return new Promise((resolve, reject) => {
      const child = spawn(plan.file, [...plan.args], {
        cwd,
        env: { ...place.env, PATH: searchPath, NO_COLOR: '1', CI: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
        windowsHide: true,
        windowsVerbatimArguments: plan.isVerbatim,
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
      });
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      let bytes = 0;
      const keep = (chunks: Buffer[]) => (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= maxOutputBytes) chunks.push(chunk);
      };
      child.stdout.on('data', keep(out));
      child.stderr.on('data', keep(err));
      child.once('error', reject);
      child.once('close', (code) =>
        resolve({
          code,
          stdout: Buffer.concat(out).toString('utf8'),
          stderr: Buffer.concat(err).toString('utf8'),
        }),
      );
    });
  };
}

/** @returns its absolute path */
export async function findProgram(name: string, searchPath: string): Promise<string | undefined> {
  if (isAbsolute(name)) return isThere(name) ? name : undefined;
  const endings = platform.isWindows ? ['.exe', '.cmd', '.bat'] : [''];
  for (const folder of searchPath.split(delimiter))
    for (const ending of folder === '' ? [] : endings) {
      const file = join(folder, name + ending);
      const isProgram = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isProgram) return file;
    }
  return undefined;
}

function isThere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
