/**
 * clients/read-standing — looks at one client's file and says how the client stands. Changes nothing.
 */
import { isJsonObject, isMcpMuxError, type JsonObject, type JsonValue } from '../base/index.ts';
import { dialectOf, entryPath } from './dialects.ts';
import { findFile, hasFile, isFound, rowDialect } from './find-client.ts';
import type { Oddity } from './formats/format.ts';
import { loadFormat } from './formats/load-format.ts';
import { valueAt } from './formats/values.ts';
import type { Written } from './ledger.ts';
import type { Place } from './place.ts';
import { digestOfEntry } from './plan-edit.ts';
import type { Standing } from './standing.ts';
import type { ClientRow } from './table/index.ts';
import { readTextFile, type TextFile } from './text-file.ts';

/** @param url of the daemon, when it is known */
export async function readStanding(
  place: Place,
  row: ClientRow,
  project: string | null,
  written: Written | undefined,
  url: string | undefined,
): Promise<Standing> {
  if (written === undefined && !hasFile(place, row, project)) {
    const state = (await isFound(place, row)) ? 'found' : 'absent';
    return { row, project, file: undefined, fileExists: false, state, warnings: [] };
  }
  const file = written?.file ?? (await findFile(place, row, project));
  const known = { row, project, file, ...(written === undefined ? {} : { written }) };
  let read: TextFile;
  try {
    read = await readTextFile(file, row.name);
  } catch (error) {
    if (!isMcpMuxError(error)) throw error;
    return {
      ...known,
      fileExists: true,
      state: 'unreadable-file',
      reason: error.message,
      warnings: [],
    };
  }
  const fileExists = read.bytes !== undefined;
  if (!fileExists) {
    if (written !== undefined) return { ...known, fileExists, state: 'removed-by-hand', warnings: [] };
    const state = (await isFound(place, row)) ? 'found' : 'absent';
    return { ...known, fileExists, state, warnings: [] };
  }
  const { dialect: usual } = rowDialect(row, project);
  const format = await loadFormat(usual.format);
  const parsed = format.parse(read.text);
  if (!parsed.ok)
    return {
      ...known,
      fileExists,
      state: 'broken-file',
      line: parsed.line,
      reason: parsed.reason,
      warnings: [],
    };
  const warnings = warningsOf(row, read, parsed.oddities);
  const dialect = dialectOf(usual, parsed.value);
  const path = entryPath(dialect);
  const entry = valueAt(parsed.value, path);
  if (entry === undefined) {
    const other = entryWithUrl(parsed.value, dialect.root, url);
    if (other !== undefined)
      return { ...known, fileExists, state: 'connected-by-hand', entry: other, warnings };
    return { ...known, fileExists, state: written === undefined ? 'found' : 'removed-by-hand', warnings };
  }
  const line = format.lineOf(read.text, path);
  const shown = {
    ...known,
    fileExists,
    ...(line === undefined ? {} : { line }),
    ...(isJsonObject(entry) ? { entry } : {}),
    warnings,
  };
  if (written === undefined) return { ...shown, state: 'connected-by-hand' };
  if (digestOfEntry(entry) !== written.entryDigest) return { ...shown, state: 'changed-by-hand' };
  const isStale = written.url !== null && url !== undefined && written.url !== url;
  return { ...shown, state: isStale ? 'stale' : 'connected' };
}

/** An entry of another name that points at the daemon. */
function entryWithUrl(
  value: JsonValue,
  root: readonly string[],
  url: string | undefined,
): JsonObject | undefined {
  if (url === undefined) return undefined;
  const holder = valueAt(value, root);
  const entries = Array.isArray(holder) ? holder : isJsonObject(holder) ? Object.values(holder) : [];
  return entries.filter(isJsonObject).find((entry) => Object.values(entry).includes(url));
}

const refusals: Readonly<Record<'bom' | Oddity, string>> = {
  bom: 'begins with a byte order mark',
  comment: 'has comments',
  'trailing-comma': 'has a comma behind a last entry',
};

function warningsOf(row: ClientRow, file: TextFile, oddities: readonly Oddity[]): string[] {
  const has = new Set<'bom' | Oddity>([...oddities, ...(file.hasBom ? (['bom'] as const) : [])]);
  return (row.refuses ?? [])
    .filter((oddity) => has.has(oddity))
    .map((oddity) => `the file ${refusals[oddity]}, and ${row.name} does not read such a file`);
}
