/**
 * daemon/look-at-folder — what the file system of this machine knows of a folder that somebody named.
 *
 * A share is not looked at: asking for one sends the person's credentials to whoever named it.
 */
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
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
