/**
 * clients/text-file — a file of somebody else: read as the bytes it is, and replaced in one step or not at all.
 *
 * Kept: the byte order mark, the mode, the owner, and a link, whose target is what is replaced.
 */
import { createHash } from 'node:crypto';
import { chown, lstat, open, readFile, realpath, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describeError, randomText } from '../base/index.ts';
import { makeFolders, platform, removeFile, replaceFile } from '../platform/index.ts';
import { clientsError } from './errors.ts';

export interface TextFile {
  /** The file itself, behind links. */
  readonly target: string;
  /** Undefined when there is none. */
  readonly bytes: Buffer | undefined;
  /** Without the byte order mark. */
  readonly text: string;
  readonly hasBom: boolean;
  /** Undefined where there is no file, or modes mean nothing. */
  readonly mode: number | undefined;
}

const bom = '\ufeff';
/** More than any client's settings: Claude Code's own file grows to some megabytes. */
const sizeLimit = 64 * 1024 * 1024;

export function digestOf(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function withoutBom(text: string): string {
  return text.startsWith(bom) ? text.slice(1) : text;
}

export function encodeText(text: string, hasBom: boolean): Buffer {
  return Buffer.from(hasBom ? bom + text : text, 'utf8');
}

/**
 * Reads a file that may not be there.
 *
 * @param client its name, for messages
 * @throws clients.not_readable, clients.not_text
 */
export async function readTextFile(path: string, client: string): Promise<TextFile> {
  const target = await realPathOf(path, client);
  let bytes: Buffer;
  let mode: number | undefined;
  try {
    const facts = await stat(target);
    if (!facts.isFile()) throw clientsError('not_readable', { file: path, reason: 'it is no file', client });
    if (facts.size > sizeLimit)
      throw clientsError('not_readable', { file: path, reason: 'it is larger than 64 MiB', client });
    mode = platform.files.hasModes ? facts.mode & 0o7777 : undefined;
    bytes = await readFile(target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return { target, bytes: undefined, text: '', hasBom: false, mode: undefined };
    if (code?.startsWith('E') !== true) throw error;
    throw clientsError(
      'not_readable',
      { file: path, reason: reasonOf(error), client, hint: `look at it: ls -l ${path}` },
      error,
    );
  }
  return { target, bytes, mode, ...decode(bytes, path, client) };
}

function decode(bytes: Buffer, file: string, client: string): { text: string; hasBom: boolean } {
  const isWide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (isWide) throw clientsError('not_text', { file, client, reason: 'it looks like UTF-16' });
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (text.includes('\0')) throw clientsError('not_text', { file, client, reason: 'it has zero bytes' });
    return { text: withoutBom(text), hasBom: text.startsWith(bom) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw clientsError('not_text', { file, client, reason: 'some bytes are none' }, error);
  }
}

/** A link to a file that is not there yet leads to where it will be. */
async function realPathOf(path: string, client: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP')
      throw clientsError('not_readable', { file: path, client, reason: 'its links lead in a circle' }, error);
    const isLink = await lstat(path).then(
      (facts) => facts.isSymbolicLink(),
      () => false,
    );
    if (isLink)
      throw clientsError(
        'not_readable',
        {
          file: path,
          client,
          reason: 'it is a link to a file that is not there',
          hint: `make that file, or remove the link: rm ${path}`,
        },
        error,
      );
    return path;
  }
}

/**
 * Replaces the file in one step, if it still is what was read.
 *
 * @returns false when somebody else changed it meanwhile; nothing was written then
 * @throws clients.not_writable
 */
export async function replaceTextFile(
  path: string,
  before: TextFile,
  bytes: Buffer,
  client: string,
): Promise<boolean> {
  if (before.mode !== undefined && (before.mode & 0o200) === 0)
    throw clientsError('not_writable', {
      file: path,
      client,
      reason: 'it is read-only',
      hint: `chmod u+w ${path}, then run the command again`,
    });
  const draft = `${before.target}.mcpmux-${randomText(8)}`;
  try {
    await makeFolders(dirname(before.target));
    const handle = await open(draft, 'wx', before.mode ?? 0o600);
    try {
      await handle.writeFile(bytes);
      if (before.mode !== undefined) await handle.chmod(before.mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await keepOwner(before, draft);
    if (!(await isStill(before))) {
      await rm(draft, { force: true });
      return false;
    }
    await replaceFile(platform.files, draft, before.target);
    return true;
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw clientsError(
      'not_writable',
      { file: path, client, reason: reasonOf(error), hint: hintOf(error, client) },
      error,
    );
  }
}

/** Removes a file that we made, if it still is what was read. @returns false when it was changed */
export async function removeTextFile(path: string, before: TextFile, client: string): Promise<boolean> {
  if (!(await isStill(before))) return false;
  try {
    await removeFile(platform.files, before.target);
    return true;
  } catch (error) {
    throw clientsError(
      'not_writable',
      { file: path, client, reason: reasonOf(error), hint: hintOf(error, client) },
      error,
    );
  }
}

async function isStill({ target, bytes }: TextFile): Promise<boolean> {
  try {
    const now = await readFile(target);
    return bytes !== undefined && now.equals(bytes);
  } catch (error) {
    return bytes === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

/** Under root the file stays its owner's. */
async function keepOwner({ target, bytes }: TextFile, draft: string): Promise<void> {
  if (!platform.files.hasModes) return;
  const facts = await stat(bytes === undefined ? dirname(target) : target);
  const own = await stat(draft);
  if (facts.uid !== own.uid || facts.gid !== own.gid)
    await chown(draft, facts.uid, facts.gid).catch((error: NodeJS.ErrnoException) => {
      // Only root may give files away. A file in a folder of another group is ours with our group.
      if (error.code !== 'EPERM' || facts.uid !== own.uid) throw error;
    });
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not',
  EPERM: 'this user may not, or another program holds it open',
  EROFS: 'its file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EBUSY: 'another program holds it open',
  ENOTDIR: 'a file is where a folder should be',
  EISDIR: 'it is a folder',
};

function reasonOf(error: unknown): string {
  return reasons[(error as NodeJS.ErrnoException).code ?? ''] ?? describeError(error);
}

function hintOf(error: unknown, client: string): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EBUSY' || (code === 'EPERM' && platform.files.holdsOpenFiles))
    return `close ${client}, then run the command again`;
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'free some space, then run the command again';
  return 'make the file and its folder writable for this user, then run the command again';
}
