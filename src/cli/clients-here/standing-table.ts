/**
 * cli/clients-here/standing-table — the clients of this machine as a table, and as JSON.
 */
import { type Place, type Standing, type StandingState, showPath } from '../../clients/index.ts';
import type { Context } from '../context.ts';
import { formatAgo } from '../format-duration.ts';
import { type Style, sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

export function renderStandings(
  standings: readonly Standing[],
  lastUses: ReadonlyMap<string, number | null>,
  copies: ReadonlyMap<string, readonly string[]>,
  { style, width, io }: Pick<Context, 'style' | 'width' | 'io'>,
  place: Place,
): string {
  const shown = standings.filter(({ state }) => state !== 'absent');
  const absent = standings.filter(({ state }) => state === 'absent');
  const others = `McpMux also knows: ${absent.map(({ row }) => row.id).join(', ')}`;
  if (shown.length === 0)
    return `No client was found on this machine.\n${others}\nConnect one all the same: mcpmux connect CLIENT`;
  const rows = shown.map((standing) => {
    const { row, project, file, line, state, reason, warnings } = standing;
    const isBroken = state === 'broken-file';
    const name = project === null ? row.name : `${row.name} in ${showPath(place, project)}`;
    const shownFile = file === undefined ? 'pasted by hand' : showPath(place, file);
    const notes = [
      `${shownFile}${isBroken && line !== undefined ? `:${line}` : ''}`,
      ...(reason === undefined ? [] : [reason]),
      ...warnings,
      ...(project === null ? copiesNote(row.id, copies.get(row.id)) : []),
    ];
    return [
      sanitizeToLine(name),
      stateWords(standing, lastUses, io.now(), style),
      notes.map(sanitizeToLine).join('\n'),
    ];
  });
  const table = renderTable(['CLIENT', 'STATE', 'FILE'], rows, { width, heading: style.dim });
  const next = 'Connect one: mcpmux connect CLIENT · all: mcpmux connect --all';
  return [table, '', next, ...(absent.length === 0 ? [] : [style.dim(others)])].join('\n');
}

/** A server that a client starts itself and reaches through McpMux too runs twice, and its tools are listed twice. */
function copiesNote(client: string, names: readonly string[] = []): string[] {
  if (names.length === 0) return [];
  const shown = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
  return [`also holds what is here: ${shown.join(', ')}; out with: mcpmux import ${client} --remove`];
}

function stateWords(
  { state, written }: Standing,
  lastUses: ReadonlyMap<string, number | null>,
  now: number,
  style: Style,
): string {
  if (state !== 'connected') {
    const [words, colour] = wordsOf[state];
    return style[colour](words);
  }
  const used = written?.keyId === null || written === undefined ? undefined : lastUses.get(written.keyId);
  if (used === undefined) return style.green('written');
  return used === null
    ? style.yellow('written, not seen yet')
    : style.green(`connected, seen ${formatAgo(used, now)}`);
}

const wordsOf: Readonly<
  Record<Exclude<StandingState, 'connected'>, readonly [string, 'dim' | 'red' | 'yellow' | 'green']>
> = {
  absent: ['not on this machine', 'dim'],
  found: ['found, not connected', 'dim'],
  'changed-by-hand': ['changed by hand', 'yellow'],
  'removed-by-hand': ['taken out by hand', 'yellow'],
  stale: ['points at another address', 'yellow'],
  'connected-by-hand': ['connected by hand', 'green'],
  'broken-file': ['file is broken', 'red'],
  'unreadable-file': ['file cannot be read', 'red'],
};

/** For `--json`: no entry, because it holds the key. */
export function standingJson(standing: Standing, place: Place): Record<string, unknown> {
  const { row, project, file, fileExists, state, line, reason, written, warnings } = standing;
  return {
    client: row.id,
    name: row.name,
    project,
    file: file ?? null,
    shownFile: file === undefined ? null : showPath(place, file),
    fileExists,
    state,
    line: line ?? null,
    reason: reason ?? null,
    warnings,
    writtenAt: written?.at ?? null,
    keyId: written?.keyId ?? null,
  };
}
