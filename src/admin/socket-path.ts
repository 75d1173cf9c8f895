/**
 * admin/socket-path — where the admin API of a data folder listens; the daemon and the command line must agree on it.
 */
import { createHash } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, its closing zero included. */
const maxSocketPathBytes = 103;

/** `<dataDir>/run/admin.sock`; a named pipe on Windows; a folder of this user under the temporary folder when the path is too long. */
export function adminSocketPath(dataDir: string, platform: NodeJS.Platform = process.platform): string {
  const folder = resolve(dataDir);
  const mark = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  if (platform === 'win32') return `\\\\.\\pipe\\mcpmux-${mark}`;
  const path = join(folder, 'run', 'admin.sock');
  if (Buffer.byteLength(path) <= maxSocketPathBytes) return path;
  return join(tmpdir(), `mcpmux-${userInfo().uid}-${mark}`, 'admin.sock');
}
