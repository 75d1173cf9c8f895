/**
 * clients/find-client — which of a client's files counts, whether the client is used here, and where its program is.
 */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { posix, win32 } from 'node:path';
import type { Dialect } from './dialects.ts';
import { clientsError } from './errors.ts';
import { isWindowsPlace, type Place } from './place.ts';
import { type ClientRow, clientTable } from './table/index.ts';

/** By id, name or another word for it. */
export function findRow(word: string): ClientRow | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[\s_-]+/g, '');
  return clientTable.find(({ id, name, aliases = [] }) =>
    [id, name, ...aliases].some((known) => plain(known) === plain(word)),
  );
}

export function unknownClient(word: string, hint: string): Error {
  return clientsError('unknown_client', { client: word, hint });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The first of its files that is there, else the first. @throws clients.no_project_file */
export async function findFile(place: Place, row: ClientRow, project: string | null): Promise<string> {
  const files = project === null ? row.userFiles(place) : (row.projectFiles?.(place, project) ?? []);
  const [first] = files;
  if (first === undefined)
    throw clientsError(project === null ? 'no_file' : 'no_project_file', { client: row.name, id: row.id });
  for (const file of files) if (await exists(file)) return file;
  return first;
}

/** Can be written to at all. */
export function hasFile(place: Place, row: ClientRow, project: string | null): boolean {
  const files = project === null ? row.userFiles(place) : (row.projectFiles?.(place, project) ?? []);
  return files.length > 0;
}

/** Something on this machine says that the client is used here. */
export async function isFound(place: Place, row: ClientRow): Promise<boolean> {
  for (const trace of row.traces(place)) if (await exists(trace)) return true;
  return row.program !== undefined && (await findProgram(place, row.program)) !== undefined;
}

/** Where a program is on the PATH of `place`. */
export async function findProgram(place: Place, name: string): Promise<string | undefined> {
  const isWindows = isWindowsPlace(place);
  const path = isWindows ? win32 : posix;
  const endings = isWindows ? ['.exe', '.cmd', '.bat'] : [''];
  const folders = (place.env['PATH'] ?? place.env['Path'] ?? '').split(path.delimiter);
  for (const folder of folders.filter((part) => path.isAbsolute(part))) {
    for (const ending of endings) {
      const file = path.join(folder, name + ending);
      const isThere = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isThere) return file;
    }
  }
  return undefined;
}

/** A project's file may be written in other words. */
export function rowDialect(
  row: ClientRow,
  project: string | null,
): { dialect: Dialect; newFile: string | undefined } {
  if (project === null || row.projectDialect === undefined)
    return { dialect: row.dialect, newFile: project === null ? row.newFile : undefined };
  return { dialect: row.projectDialect, newFile: undefined };
}
