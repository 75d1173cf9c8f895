/**
 * admin/browser/dashboard-files — the files of the built dashboard, as they lie in its folder.
 *
 * A path without a file is one of the dashboard's own (a client route) and gets index.html, unless it looks like a file.
 * Names with a hash never change and may be kept for a year; everything else is asked for again.
 * Only plain files inside the folder: no dot files, no links that lead out.
 * Knows nothing of: what the dashboard shows.
 */
import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.map': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

/** As Vite names what it builds: `assets/index-BX9q2Zk1.js`. */
const hashedName = /^assets\/.*-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;

export interface StaticFile {
  readonly bytes: Buffer;
  readonly type: string;
  readonly etag: string;
  readonly isImmutable: boolean;
}

export class DashboardFiles {
  readonly #folder: string;

  /** @param folder it need not be there */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param path below the dashboard's root, decoded, without a slash in front; empty = its first page */
  async find(path: string): Promise<StaticFile | undefined> {
    if (path !== '' && path !== 'index.html') {
      const file = await this.#read(path);
      if (file !== undefined || extname(path) !== '') return file;
    }
    return this.#read('index.html');
  }

  async #read(path: string): Promise<StaticFile | undefined> {
    const type = types[extname(path).toLowerCase()];
    if (type === undefined || path.split('/').some((segment) => segment.startsWith('.'))) return undefined;
    try {
      const folder = await realpath(this.#folder);
      const file = await realpath(join(folder, path));
      if (!file.startsWith(folder + sep) || !(await stat(file)).isFile()) return undefined;
      const bytes = await readFile(file);
      const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
      return { bytes, type, etag, isImmutable: hashedName.test(path) };
    } catch {
      // Not there, or not ours to read: to a browser that is the same.
      return undefined;
    }
  }
}
