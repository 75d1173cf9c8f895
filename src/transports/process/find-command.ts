/**
 * transports/process/find-command — where a command is, before anything is started, so that "not found" can be explained.
 *
 * Knows nothing of: starting it.
 */
import { constants } from 'node:fs';
import { access, lstat, stat } from 'node:fs/promises';
import { delimiter, extname, isAbsolute, join, resolve } from 'node:path';
import { platform } from '../../platform/index.ts';

export type FoundCommand =
  | { readonly kind: 'found'; readonly file: string }
  | { readonly kind: 'not-found' }
  /** It is there, but may not be run. */
  | { readonly kind: 'not-executable'; readonly file: string };

/**
 * Looks for `command` as a shell would: with a separator in it relative to `cwd`, else in the folders of `path`.
 *
 * @param pathExtensions Windows only: what PATHEXT says
 */
export async function findCommand(
  command: string,
  path: string,
  cwd: string,
  pathExtensions?: string,
): Promise<FoundCommand> {
  const extensions = extensionsToTry(command, pathExtensions);
  const hasSeparator = command.includes('/') || (platform.isWindows && command.includes('\\'));
  const folders = hasSeparator ? [''] : path.split(delimiter).filter((folder) => folder !== '');
  let denied: string | undefined;
  for (const folder of folders) {
    const base = hasSeparator
      ? isAbsolute(command)
        ? command
        : resolve(cwd, command)
      : join(folder, command);
    for (const extension of extensions) {
      const file = base + extension;
      const verdict = await judge(file);
      if (verdict === 'runs') return { kind: 'found', file };
      if (verdict === 'denied') denied ??= file;
    }
  }
  return denied === undefined ? { kind: 'not-found' } : { kind: 'not-executable', file: denied };
}

function extensionsToTry(command: string, pathExtensions: string | undefined): readonly string[] {
  if (!platform.isWindows) return [''];
  const known = (pathExtensions ?? '.COM;.EXE;.BAT;.CMD').split(';').filter((extension) => extension !== '');
  const own = extname(command).toUpperCase();
  return known.some((extension) => extension.toUpperCase() === own) ? ['', ...known] : known;
}

async function judge(file: string): Promise<'runs' | 'denied' | 'absent'> {
  try {
    if (!(await stat(file)).isFile()) return 'absent';
  } catch (error) {
    return (await isExecutionAlias(file, error)) ? 'runs' : 'absent';
  }
  try {
    await access(file, constants.X_OK);
    return 'runs';
  } catch {
    return 'denied';
  }
}

/**
 * Programs from the Store (Python, winget) stand on the PATH as links of a kind that only Windows itself can follow: looking
 * behind one fails, starting it works.
 */
async function isExecutionAlias(file: string, error: unknown): Promise<boolean> {
  const { code } = error as NodeJS.ErrnoException;
  if (!platform.isWindows || code === 'ENOENT' || code === 'ENOTDIR') return false;
  const facts = await lstat(file).catch(() => undefined);
  return facts !== undefined && !facts.isDirectory();
}

/** What a person can do about a command that is not there. */
export function hintForCommand(command: string): string {
  const name = command.replace(/^.*[\\/]/, '').replace(/\.(?:exe|cmd|bat)$/i, '');
  switch (name) {
    case 'npx':
    case 'npm':
    case 'node':
      return `install Node.js (https://nodejs.org), which brings ${name}; or give its full path`;
    case 'uvx':
    case 'uv':
      return 'install uv (https://docs.astral.sh/uv/), which brings uvx; or give its full path';
    case 'docker':
    case 'podman':
      return `install ${name} and check that it is running (docker: is Docker Desktop started?)`;
    case 'python':
    case 'python3':
      return 'install Python 3; on many systems the command is python3, not python';
    case 'bunx':
    case 'bun':
      return 'install Bun (https://bun.sh); or give its full path';
    case 'deno':
      return 'install Deno (https://deno.com); or give its full path';
    default:
      return 'install it, or give its full path';
  }
}
