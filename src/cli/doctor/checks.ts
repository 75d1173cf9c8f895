/**
 * cli/doctor/checks — what can be looked at on this machine without a daemon. Each check says what it found and what to do.
 */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { platform } from '../../platform/index.ts';

export interface Finding {
  readonly name: string;
  readonly verdict: 'fine' | 'warning' | 'trouble';
  readonly says: string;
  readonly next?: string;
}

export function checkNode(nodeVersion: string): Finding {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const name = 'Node';
  if (major < 20 || (major === 20 && minor < 19)) {
    return { name, verdict: 'trouble', says: `${nodeVersion} is too old`, next: 'install Node 22 or newer' };
  }
  if (major === 20) {
    return { name, verdict: 'fine', says: `${nodeVersion} (gets no more updates; 22 or newer is better)` };
  }
  return { name, verdict: 'fine', says: nodeVersion };
}

/** Is it there, ours alone, and can it be written? */
export async function checkDataFolder(folder: string): Promise<Finding> {
  const name = 'data folder';
  try {
    const facts = await stat(folder);
    if (!facts.isDirectory()) {
      return {
        name,
        verdict: 'trouble',
        says: `${folder} is not a folder`,
        next: 'move it away or choose another with --data-dir',
      };
    }
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const isOpen = platform.files.hasModes && (facts.mode & 0o077) !== 0;
    if (isOpen) {
      return {
        name,
        verdict: 'warning',
        says: `${folder} can be read by other users`,
        next: `chmod 700 ${folder}`,
      };
    }
    return { name, verdict: 'fine', says: folder };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      return { name, verdict: 'fine', says: `${folder} (not there yet; start makes it)` };
    return {
      name,
      verdict: 'trouble',
      says: `${folder} cannot be used (${code})`,
      next: 'check who owns it',
    };
  }
}

/** Does anybody accept connections there? */
export function isPortAnswered(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}
