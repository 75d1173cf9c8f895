/**
 * clients/import-sources — files with servers in them: those of clients on this machine, and any file a person names.
 */
import { extname } from 'node:path';
import type { JsonValue } from '../base/index.ts';
import { clientsError } from './errors.ts';
import { findFile, hasFile } from './find-client.ts';
import type { FormatName } from './formats/format.ts';
import { loadFormat } from './formats/load-format.ts';
import type { FoundServer, UnreadServer } from './found-server.ts';
import type { Place } from './place.ts';
import { readServers } from './read-servers.ts';
import { type ClientRow, clientTable } from './table/index.ts';
import { readTextFile } from './text-file.ts';

export interface ImportSource {
  /** `Cursor`, or the file's name. */
  readonly label: string;
  readonly row: ClientRow | undefined;
  readonly file: string;
  readonly format: FormatName;
  readonly servers: readonly FoundServer[];
  readonly refused: readonly UnreadServer[];
}

/** The clients of this machine that have servers; broken files are told, not thrown. */
export async function readAllSources(
  place: Place,
): Promise<{ readonly sources: readonly ImportSource[]; readonly failures: readonly Error[] }> {
  const sources: ImportSource[] = [];
  const failures: Error[] = [];
  for (const row of clientTable) {
    if (!hasFile(place, row, null)) continue;
    try {
      const source = await readClientSource(place, row);
      if (source !== undefined && source.servers.length + source.refused.length > 0) sources.push(source);
    } catch (error) {
      failures.push(error as Error);
    }
  }
  return { sources, failures };
}

/** @returns undefined when it has no file, or none with servers. @throws clients.* */
export async function readClientSource(place: Place, row: ClientRow): Promise<ImportSource | undefined> {
  const file = await findFile(place, row, null);
  const { bytes, text } = await readTextFile(file, row.name);
  if (bytes === undefined) return undefined;
  const value = await parse(text, row.dialect.format, file, row.name);
  try {
    const read = readServers(value, { home: place.home, urlIsSse: row.id === 'qwen' });
    return { label: row.name, row, file, format: row.dialect.format, ...withoutOurs(read) };
  } catch (error) {
    if ((error as { code?: string }).code === 'clients.no_servers') return undefined;
    throw error;
  }
}

/** @throws clients.* when it is not there, broken, or has no servers */
export async function readFileSource(place: Place, file: string, label: string): Promise<ImportSource> {
  const { bytes, text } = await readTextFile(file, label);
  if (bytes === undefined)
    throw clientsError('not_readable', { file, client: label, reason: 'there is no such file' });
  return readTextSource(place, text, file, label);
}

/** Pasted text. @throws clients.file_broken, clients.no_servers */
export async function readTextSource(
  place: Place,
  text: string,
  file: string,
  label: string,
): Promise<ImportSource> {
  const format = formatOf(file, text);
  const value = await parse(text, format, file, label);
  const read = readServers(value, { home: place.home, urlIsSse: /[\\/]\.qwen[\\/]/.test(file) });
  return { label, row: undefined, file, format, ...withoutOurs(read) };
}

function formatOf(file: string, text: string): FormatName {
  const ending = extname(file).toLowerCase();
  if (ending === '.toml') return 'toml';
  if (ending === '.yaml' || ending === '.yml') return 'yaml';
  if (ending !== '') return 'json';
  // What is pasted has no ending.
  if (/^\s*(?:\/[/*]|[{["])/.test(text) && !/^\s*\[\[?[\w."'-]+\]/.test(text)) return 'json';
  return /^\s*\[|^\s*[\w.-]+\s*=/m.test(text) ? 'toml' : 'yaml';
}

async function parse(text: string, format: FormatName, file: string, client: string): Promise<JsonValue> {
  const loaded = await loadFormat(format);
  const parsed = loaded.parse(text);
  if (parsed.ok) return parsed.value;
  // The inner part of a map alone, as READMEs show it.
  const wrapped = format === 'json' ? loaded.parse(`{${text.trim().replace(/,$/, '')}}`) : undefined;
  if (wrapped?.ok === true && Object.keys(wrapped.value as object).length > 0) return wrapped.value;
  throw clientsError('source_broken', { client, where: `${file}:${parsed.line}`, reason: parsed.reason });
}

function withoutOurs({
  servers,
  refused,
}: Pick<ImportSource, 'servers' | 'refused'>): Pick<ImportSource, 'servers' | 'refused'> {
  return { servers: servers.filter(({ isOurs }) => !isOurs), refused };
}
