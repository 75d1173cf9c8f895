/**
 * cli/edit/describe-changes — what an edit has changed, and the command that takes it back.
 *
 * Values of variables, headers and inputs are not known here; of them only names are told.
 */
import type { ServerDto } from '../../contract/index.ts';
import { launchCommandLine, quoteShellWord } from '../launch-description.ts';

/** One row a fact: what, and `before → now`. */
export function describeChanges(old: ServerDto, now: ServerDto): string[][] {
  const rows: string[][] = [];
  const compare = (label: string, before: string, after: string): void => {
    if (before !== after) rows.push([label, `${before} → ${after}`]);
  };
  compare('name', old.name, now.name);
  compare('alias', old.alias, now.alias);
  const label = old.launch.kind === 'stdio' && now.launch.kind === 'stdio' ? 'runs' : 'URL';
  compare(
    old.launch.kind === now.launch.kind ? label : 'is',
    launchCommandLine(old.launch),
    launchCommandLine(now.launch),
  );
  compare('in folder', folderOf(old), folderOf(now));
  compare('transport', flavourOf(old), flavourOf(now));
  const before = namesOf(old);
  const after = namesOf(now);
  const added = after.filter((name) => !before.includes(name));
  const removed = before.filter((name) => !after.includes(name));
  const what = now.launch.kind === 'stdio' ? 'variables' : 'headers';
  if (added.length > 0) rows.push([`new ${what}`, added.join(', ')]);
  if (removed.length > 0) rows.push([`${what} gone`, removed.join(', ')]);
  const inputs = now.inputs.filter(({ id }) => !old.inputs.some((input) => input.id === id));
  if (inputs.length > 0) rows.push(['new inputs', inputs.map(({ id }) => id).join(', ')]);
  if (rows.length === 0 && now.revision !== old.revision) rows.push(['values', 'given anew']);
  return rows;
}

/** Undefined where a secret would be needed to go back. */
export function undoCommand(old: ServerDto, now: ServerDto): string | undefined {
  const words: string[] = [];
  if (old.name !== now.name) words.push('--name', old.name);
  if (old.alias !== now.alias) words.push('--alias', old.alias);
  if (old.launch.kind !== now.launch.kind) return undefined;
  if (namesOf(old).join('\n') !== namesOf(now).join('\n')) return undefined;
  if (old.inputs.map(({ id }) => id).join('\n') !== now.inputs.map(({ id }) => id).join('\n'))
    return undefined;
  if (folderOf(old) !== folderOf(now))
    words.push(
      ...(old.launch.kind === 'stdio' && old.launch.cwd !== null
        ? ['--cwd', old.launch.cwd]
        : ['--own-folder']),
    );
  if (flavourOf(old) !== flavourOf(now)) words.push('--transport', flavourOf(old));
  if (launchCommandLine(old.launch) !== launchCommandLine(now.launch)) {
    // What is hidden here cannot be written back.
    if (launchCommandLine(old.launch).includes('…')) return undefined;
    words.push(
      ...(old.launch.kind === 'stdio' ? ['--', old.launch.command, ...old.launch.args] : [old.launch.url]),
    );
  }
  if (words.length === 0) return undefined;
  return ['mcpmux', 'edit', now.name, ...words].map((word) => quoteShellWord(word)).join(' ');
}

function namesOf({ launch }: ServerDto): readonly string[] {
  return launch.kind === 'stdio' ? launch.envNames : launch.headerNames;
}

function folderOf({ launch }: ServerDto): string {
  return launch.kind === 'stdio' ? (launch.cwd ?? 'its own') : '';
}

function flavourOf({ launch }: ServerDto): string {
  return launch.kind === 'http' ? launch.flavour : '';
}
