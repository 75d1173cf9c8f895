/**
 * cli/doctor/programs — the programs that servers are started with: found where the daemon looks or not, and which version.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { platform } from '../../platform/index.ts';
import type { Finding } from './checks.ts';

/** Enough for a slow profile; a shell that hangs must not hang us. */
const shellTimeoutMs = 8_000;
const versionTimeoutMs = 8_000;

const programs: readonly { readonly name: string; readonly for: string; readonly next: string }[] = [
  { name: 'node', for: 'servers from npm', next: 'install Node.js: https://nodejs.org' },
  { name: 'npx', for: 'servers from npm', next: 'it comes with Node.js: https://nodejs.org' },
  { name: 'uvx', for: 'servers in Python', next: 'install uv: https://docs.astral.sh/uv/' },
  {
    name: 'docker',
    for: 'servers in containers',
    next: 'install Docker: https://docs.docker.com/get-docker/',
  },
];

/** The PATH that a login shell has; undefined when it cannot be asked. */
export async function loginShellPath(
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const shell = env['SHELL'];
  if (!platform.hasLoginShell || shell === undefined || shell === '') return undefined;
  const mark = `mcpmux-path-${process.pid}-`;
  // Profiles print what they like; only what stands between the marks counts.
  const { text } = await runQuietly(
    shell,
    ['-ilc', `printf '%s%s%s' '${mark}' "$PATH" '${mark}'`],
    env,
    shellTimeoutMs,
  );
  return text.split(mark)[1];
}

/**
 * @param path   where the daemon looks for commands
 * @param needed the commands that installed servers are run with
 */
export async function checkPrograms(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
  needed: ReadonlySet<string>,
): Promise<Finding[]> {
  return Promise.all(
    programs.map(async ({ name, for: purpose, next }): Promise<Finding> => {
      const file = await findProgram(name, path);
      if (file === undefined) {
        return needed.has(name)
          ? { name, verdict: 'trouble', says: 'not found, and a server is run with it', next }
          : { name, verdict: 'note', says: `not found; only ${purpose} need it` };
      }
      const { text, failed } = await runQuietly(
        file,
        ['--version'],
        { ...env, PATH: path },
        versionTimeoutMs,
      );
      const version = /\d+\.\d+(\.\d+)?[\w.-]*/.exec(text)?.[0];
      if (failed && version === undefined) {
        return { name, verdict: 'warning', says: `${file} is there but does not say its version`, next };
      }
      return { name, verdict: 'fine', says: `${version ?? 'unknown version'} (${file})` };
    }),
  );
}

async function findProgram(name: string, path: string): Promise<string | undefined> {
  const endings = platform.isWindows ? ['.exe', '.cmd', '.bat'] : [''];
  for (const folder of path.split(delimiter).filter((part) => part !== '')) {
    for (const ending of endings) {
      const file = join(folder, name + ending);
      try {
        await access(file, constants.X_OK);
        return file;
      } catch {
        // Not in this folder; the next one may have it.
      }
    }
  }
  return undefined;
}

function runQuietly(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  timeoutMs: number,
): Promise<{ text: string; failed: boolean }> {
  return new Promise((resolve) => {
    const child = execFile(
      file,
      [...args],
      {
        env: { ...env },
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        windowsHide: true,
        shell: /\.(cmd|bat)$/i.test(file),
      },
      (error, stdout) => resolve({ text: String(stdout), failed: error !== null }),
    );
    child.stdin?.end();
  });
}
