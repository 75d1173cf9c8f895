/**
 * clients/same-launch — whether two servers run or reach the same thing, whatever they are called.
 */
import { canonicalJson } from '../base/index.ts';
import type { FoundLaunch } from './found-server.ts';

/** What an installed server shows of itself: values of variables and headers never leave the daemon. */
export type ShownLaunch =
  | { readonly kind: 'stdio'; readonly command: string; readonly args: readonly string[] }
  | { readonly kind: 'http'; readonly url: string };

/** The same text for launches that do the very same, values included. */
export function launchKey(launch: FoundLaunch): string {
  if (launch.kind === 'http')
    return canonicalJson([runKey(launch), lowerNames(launch.headers), launch.flavour === 'sse']);
  return canonicalJson([runKey(launch), launch.env, launch.cwd ?? null]);
}

function lowerNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** What is run or reached, without versions and without flags that change nothing. */
export function runKey(launch: ShownLaunch): string {
  if (launch.kind === 'http') {
    if (!URL.canParse(launch.url)) return `url ${launch.url}`;
    const { protocol, host, pathname, search } = new URL(launch.url);
    return `url ${protocol}//${host}${pathname.replace(/\/+$/, '')}${search}`;
  }
  const program = launch.command.replace(/^.*[\\/]/, '').replace(/\.(?:exe|cmd|bat)$/i, '');
  const args = [...launch.args];
  if (program === 'npx' || program === 'bunx' || program === 'uvx') {
    while (/^(?:-y|--yes|--bun|--prefer-offline)$/.test(args[0] ?? '')) args.shift();
    const [name = '', ...rest] = args;
    const kind = program === 'uvx' ? 'pypi' : 'npm';
    return `${kind} ${name.replace(/(?!^)(?:@|==)[\w.*^~-]+$/, '')} ${rest.join(' ')}`.trim();
  }
  return `run ${program} ${args.join(' ')}`.trim();
}

/** An installed server whose secrets were sealed has `${input:…}` where the file has the value. */
export function isInstalledAs(found: FoundLaunch, installed: ShownLaunch): boolean {
  if (found.kind !== installed.kind) return false;
  const pattern = runKey(installed)
    .split(/\$\{[^}]*\}/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${pattern}$`).test(runKey(found));
}
