/**
 * daemon/look-at-folder — what the file system of this machine knows of a folder that somebody named.
 *
 * A share is not looked at: asking for one sends the person's credentials to whoever named it.
 */
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { normalizeFolder } from '../access/index.ts';
import type { LookAtFolder } from '../gateway/index.ts';

const unknown = { is: 'unknown', realPath: undefined } as const;

export const lookAtFolder: LookAtFolder = async (path) => {
  if (!isAbsolute(path) || path.startsWith('\\\\')) return unknown;
  try {
    const facts = await stat(path);
    return { is: facts.isDirectory() ? 'folder' : 'file', realPath: await realpath(path) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'ENOENT' || code === 'ENOTDIR' ? { is: 'missing', realPath: undefined } : unknown;
  }
};

/** The folders that a client reports, each with the one that it is without links behind it. */
export async function realFolders(uris: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const uri of uris) {
    found.push(uri);
    const folder = normalizeFolder(uri);
    const real = folder.ok ? (await lookAtFolder(folder.folder)).realPath : undefined;
    if (real !== undefined && folder.ok && real !== folder.folder) found.push(real);
  }
  return found;
}
