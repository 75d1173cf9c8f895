/**
 * gateway/manage/folders — a folder that a person names becomes its normal text, or the failure that says why not.
 */
import { normalizeFolder } from '../../access/index.ts';
import { shortText } from '../../base/index.ts';
import { gatewayError } from '../errors.ts';

/** What the file system knows of a path. The daemon makes it real. */
export interface FolderLook {
  /** `unknown`: of another machine, or it may not be looked at. */
  readonly is: 'folder' | 'file' | 'missing' | 'unknown';
  /** Without links; undefined when there is nothing. */
  readonly realPath: string | undefined;
}

export type LookAtFolder = (path: string) => Promise<FolderLook>;

/** @returns its normal text, links followed where it is there. @throws gateway.bad_folder */
export async function readFolder(text: string, look: LookAtFolder): Promise<string> {
  const written = normalizeFolder(text);
  if (!written.ok) {
    throw gatewayError('bad_folder', {
      folder: shortText(text),
      reason: written.reason,
      hint: 'give a whole path, as /home/me/code/app or C:\\Code\\app',
    });
  }
  const { is, realPath } = await look(written.folder);
  if (is === 'file') {
    throw gatewayError('bad_folder', {
      folder: shortText(text),
      reason: 'it is a file',
      hint: 'give the folder that it is in',
    });
  }
  const real = realPath === undefined ? undefined : normalizeFolder(realPath);
  return real?.ok === true ? real.folder : written.folder;
}
