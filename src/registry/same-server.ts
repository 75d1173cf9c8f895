/**
 * registry/same-server — whether two launches run or reach the same thing, whatever they are called.
 */
import type { InstalledServer } from '../model/index.ts';
import type { PlannedLaunch } from './plan-server.ts';

type Launched = PlannedLaunch | InstalledServer['launch'];

/** The installed servers that run or reach what `launch` does. */
export function sameAs(launch: Launched, installed: readonly InstalledServer[]): readonly InstalledServer[] {
  const key = runKey(launch);
  return installed.filter((server) => {
    const item = server.origin?.package;
    return (item === undefined ? runKey(server.launch) : `${item.kind} ${item.name.toLowerCase()}`) === key;
  });
}

/** What is run or reached, without versions, values and order of flags. */
export function runKey(launch: Launched): string {
  if (launch.kind === 'http') {
    const bare = launch.url.replace(/[?#].*$/, '').replace(/\/+$/, '');
    return `url ${bare.toLowerCase()}`;
  }
  const program =
    launch.command
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/\.(exe|cmd|bat)$/i, '') ?? '';
  const found = packageIn(program, launch.args);
  return found ?? `command ${launch.command} ${launch.args.join(' ')}`;
}

function packageIn(program: string, args: readonly string[]): string | undefined {
  const plain = (word: string | undefined, kind: string): string | undefined =>
    word === undefined ? undefined : `${kind} ${word.replace(/(?!^)(@|==).*$/, '').toLowerCase()}`;
  switch (program) {
    case 'npx':
    case 'bunx': {
      const named = args.find((word) => word.startsWith('--package='))?.slice('--package='.length);
      const after = args[args.findIndex((word) => word === '-p' || word === '--package') + 1];
      const hasFlag = args.some((word) => word === '-p' || word === '--package');
      return plain(named ?? (hasFlag ? after : args.find((word) => !word.startsWith('-'))), 'npm');
    }
    case 'uvx':
    case 'pipx': {
      const at = args.indexOf('--from');
      return plain(
        at >= 0 ? args[at + 1] : args.find((word) => !word.startsWith('-') && word !== 'run'),
        'pypi',
      );
    }
    default:
      return undefined;
  }
}
