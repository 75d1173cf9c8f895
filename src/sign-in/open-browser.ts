/**
 * sign-in/open-browser — opens a checked URL in the person's browser. Never through a shell.
 *
 * Order: `BROWSER` (commands separated as in PATH, `%s` stands for the URL), then what the system offers.
 */
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { delimiter } from 'node:path';
import { platform as system, windowsProgram } from '../platform/index.ts';
import { authorizationUrlFault } from './authorization-url.ts';

export interface OpenBrowserOptions {
  readonly platform?: NodeJS.Platform;
  readonly env?: NodeJS.ProcessEnv;
  readonly spawn?: (command: string, args: readonly string[], options: SpawnOptions) => ChildProcess;
}

/**
 * @returns true if a browser was started; false if there is none here (the URL is then shown to the person). An unsafe
 *          URL is given to no program
 */
export async function openBrowser(url: string, options: OpenBrowserOptions = {}): Promise<boolean> {
  if (authorizationUrlFault(url) !== undefined) return false;
  const spawn = options.spawn ?? (await import('node:child_process')).spawn;
  for (const [command, ...args] of browserCommands(
    url,
    options.platform ?? system.name,
    options.env ?? process.env,
  )) {
    if (command !== undefined && (await starts(spawn, command, args))) return true;
  }
  return false;
}

/** The commands to try, each as argv. */
export function browserCommands(
  url: string,
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
): readonly (readonly string[])[] {
  const commands: string[][] = [];
  for (const entry of (env['BROWSER'] ?? '').split(platform === 'win32' ? ';' : delimiter)) {
    const words = entry.trim().split(/\s+/).filter(Boolean);
    if (words.length === 0) continue;
    commands.push(
      words.some((word) => word.includes('%s'))
        ? words.map((word) => word.replaceAll('%s', url))
        : [...words, url],
    );
  }
  if (commands.length > 0) return commands;
  if (platform === 'darwin') return [['open', url]];
  if (platform === 'win32') return [[windowsProgram('rundll32', env), 'url.dll,FileProtocolHandler', url]];
  // Without a display xdg-open would start a text browser on our terminal.
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? [['xdg-open', url]] : [];
}

function starts(
  spawn: NonNullable<OpenBrowserOptions['spawn']>,
  command: string,
  args: readonly string[],
): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { shell: false, detached: true, stdio: 'ignore', windowsHide: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
