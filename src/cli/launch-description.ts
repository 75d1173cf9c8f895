/**
 * cli/launch-description — a launch as one line that a person can read and a shell could run.
 */
import type { ServerDto } from '../contract/index.ts';
import { platform } from '../platform/index.ts';
import { sanitizeLines, sanitizeToLine } from './style.ts';

/** Quoted for the shell of this system where it must be; control characters made visible. */
export function quoteShellWord(word: string, isWindows = platform.isWindows): string {
  const visible = sanitizeLines(word).replace(/\n/g, '\\n').replace(/\t/g, '\\t');
  if (/^[\w@%+=:,./…-]+$/.test(visible)) return visible;
  // cmd.exe knows double quotes only, and PowerShell takes them too.
  if (isWindows) return `"${visible.replaceAll('"', '\\"')}"`;
  return `'${visible.replaceAll("'", `'\\''`)}'`;
}

export function launchCommandLine(launch: ServerDto['launch']): string {
  if (launch.kind === 'http') return quoteShellWord(launch.url);
  return [launch.command, ...launch.args].map((word) => quoteShellWord(word)).join(' ');
}

/** What surrounds the launch: folder, names of variables and headers. */
export function launchDetails(launch: ServerDto['launch']): (readonly [label: string, value: string])[] {
  const details: [string, string][] = [];
  if (launch.kind === 'stdio') {
    if (launch.cwd !== null) details.push(['in folder', launch.cwd]);
    if (launch.envNames.length > 0) details.push(['with variables', launch.envNames.join(', ')]);
  } else {
    if (launch.flavour !== 'auto') details.push(['transport', launch.flavour]);
    if (launch.headerNames.length > 0) details.push(['with headers', launch.headerNames.join(', ')]);
  }
  return details;
}

/** What it needs to be told, and what of it is given. Values are not known here. */
export function inputRows(inputs: ServerDto['inputs']): string[][] {
  return inputs.map(({ id, label, isRequired, isGiven, default: fallback }) => {
    const standing = isGiven
      ? 'given'
      : fallback !== null
        ? `not given; ${sanitizeToLine(fallback)} is used`
        : isRequired
          ? 'missing'
          : 'not given';
    return [`input ${id}`, label === id ? standing : `${standing} (${sanitizeToLine(label)})`];
  });
}
