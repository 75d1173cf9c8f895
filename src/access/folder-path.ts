/**
 * access/folder-path — one text for one folder, however a client, a shell or a person writes it.
 *
 *     /home/me//code/../code/    →  /home/me/code
 *     file:///home/me/my%20code  →  /home/me/my code
 *     C:/Code/App, /c:/Code/App  →  c:\code\app           (Windows takes no notice of case)
 *     file:///c%3A/Code          →  c:\code
 *     \\Server\Share\x           →  \\server\share\x
 *
 * By text alone: links in the file system are followed by whoever can look (the daemon, the command line), before.
 * Knows nothing of: mappings, whether a folder is there.
 */

/** A folder in its normal text, or why it cannot be one. */
export type FolderVerdict =
  | { readonly ok: true; readonly folder: string }
  | { readonly ok: false; readonly reason: string };

/** Longer ones are no folder of any system. */
const longestPath = 4_096;

const refuse = (reason: string): FolderVerdict => ({ ok: false, reason });

/** @param text a path, or a `file:` URI, in which alone percent signs are decoded */
export function normalizeFolder(text: string): FolderVerdict {
  if (text.length > longestPath) return refuse(`it is longer than ${longestPath} characters`);
  const path = /^file:/i.test(text) ? pathOfUri(text) : text.trim();
  if (path === undefined) return refuse('it is a file: address that names no folder of this machine');
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(path)) return refuse('it has control characters');
  if (path === '') return refuse('it is empty');
  const long = /^\\\\[?.]\\(UNC\\)?/i.exec(path);
  const plain = long === null ? path : `${long[1] === undefined ? '' : '\\\\'}${path.slice(long[0].length)}`;
  const drive = /^[/\\]*([A-Za-z]):(?=$|[/\\])/.exec(plain);
  if (drive !== null)
    return windowsFolder(`${drive[1] as string}:`, plain.slice(drive[0].length), 'it is a whole drive');
  const share = /^\\\\([^/\\]+)[/\\]+([^/\\]+)/.exec(plain);
  if (share !== null)
    return windowsFolder(`\\\\${share[1] as string}\\${share[2] as string}`, plain.slice(share[0].length));
  if (plain.startsWith('\\\\')) return refuse('it names a machine and no folder on it');
  if (!plain.startsWith('/'))
    return refuse(
      'it is not absolute: it must begin with /, with a drive like C:\\, or with \\\\server\\share',
    );
  const segments = resolved(plain.split('/'));
  return segments.length === 0
    ? refuse('it is the root of the file system, which holds every folder there is')
    : { ok: true, folder: `/${segments.join('/')}` };
}

function windowsFolder(root: string, rest: string, rootReason?: string): FolderVerdict {
  const segments = resolved(rest.split(/[/\\]/));
  const odd = segments.find((segment) => /[<>:"|?*]/.test(segment));
  if (odd !== undefined) return refuse(`"${odd}" has characters that no folder of Windows can have`);
  if (segments.length === 0 && rootReason !== undefined) return refuse(rootReason);
  return { ok: true, folder: [root, ...segments].join('\\').toLowerCase() };
}

/** Without empty segments and dots; `..` ends at the root. */
function resolved(segments: readonly string[]): string[] {
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return kept;
}

function pathOfUri(uri: string): string | undefined {
  const parts = /^file:(?:\/\/([^/?#]*))?([^?#]*)/i.exec(uri.trim());
  if (parts === null) return undefined;
  const host = (parts[1] ?? '').toLowerCase();
  let path: string;
  try {
    path = decodeURIComponent(parts[2] ?? '');
  } catch {
    return undefined;
  }
  if (host === '' || host === 'localhost' || host === '127.0.0.1') {
    // Four slashes are how some write a share.
    return /^\/\/[^/]+\/[^/]/.test(path) ? path.replaceAll('/', '\\') : path;
  }
  // Some write the drive where the machine belongs.
  return /^[a-z]:$/.test(host) ? `${host}${path}` : `\\\\${host}${path.replaceAll('/', '\\')}`;
}

/** Does this text mean a folder at all, or an id of a client's own choosing? */
export function looksLikeFolder(text: string): boolean {
  return /^(?:file:|[/\\]|[A-Za-z]:[/\\])/i.test(text);
}

/** The folder that holds it; undefined at the top. @param folder a normal text */
export function parentFolder(folder: string): string | undefined {
  const at = folder.lastIndexOf(folder.startsWith('/') ? '/' : '\\');
  if (at <= 0) return undefined;
  const parent = folder.slice(0, at);
  // Of a share and of a drive there is no folder above.
  return /^(?:[a-z]:|\\\\[^\\]*|\\)$/.test(parent) ? undefined : parent;
}

/** Is it that folder, or one within it? Both are normal texts. */
export function isWithin(folder: string, outer: string): boolean {
  return (
    folder === outer ||
    (folder.startsWith(outer) && folder.charAt(outer.length) === (outer.startsWith('/') ? '/' : '\\'))
  );
}
