/**
 * cli/launcher-path — the file that starts this very program: bin/mcpmux.mjs, from the bundle or from the source.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cliError } from './errors.ts';

/** @throws cli.failed */
export function launcherPath(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const file = join(folder, 'bin', 'mcpmux.mjs');
    if (existsSync(file)) return file;
    const parent = dirname(folder);
    if (parent === folder) throw cliError('failed', { message: 'the program file of mcpmux was not found' });
    folder = parent;
  }
}
