/**
 * http/port-holder — finds out who sits on our port, for the one error message that says so.
 *
 * Asks `/livez` whether it is an mcpmux, and the operating system (Linux only) which process it is.
 * Knows nothing of: how to stop it.
 */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { get } from 'node:http';
import { dirname } from 'node:path';
import type { ErrorFacts } from '../base/index.ts';
import { platform } from '../platform/index.ts';

/** On the answers of /livez: tells one mcpmux from any other program on the port. Says nothing about its version. */
export const livenessMarker = { name: 'x-mcpmux', value: 'live' } as const;

export interface PortHolder {
  readonly isMcpmux: boolean;
  readonly pid: number | undefined;
  readonly program: string | undefined;
  /** Of another mcpmux, where the system shows which files it holds. */
  readonly dataDir?: string | undefined;
}

export async function findHolder(address: string, port: number): Promise<PortHolder> {
  const [isMcpmux, pid] = await Promise.all([answersAsMcpmux(address, port), findPid(port)]);
  return {
    isMcpmux,
    pid,
    program: pid === undefined ? undefined : await programOf(pid),
    dataDir: isMcpmux && pid !== undefined ? await dataDirOf(pid) : undefined,
  };
}

/** The words of the error message. */
export function describeHolder(holder: PortHolder): ErrorFacts {
  const process = holder.pid === undefined ? '' : ` (pid ${holder.pid})`;
  if (holder.isMcpmux)
    return {
      holder: `another mcpmux${holder.dataDir === undefined ? '' : ` with the data folder ${holder.dataDir}`}${process}`,
      // This data folder's own daemon would have been found by its lock: the other one has another.
      hint: `stop that one: mcpmux stop --data-dir ${holder.dataDir ?? 'ITS_FOLDER'}; or choose another port with --port`,
      pid: holder.pid,
    };
  const program = holder.program === undefined ? 'another program' : `"${holder.program}"`;
  return {
    holder: `${program}${process}`,
    hint: 'stop that program, or choose another port with --port or MCPMUX_PORT; clients must be told the new one',
    pid: holder.pid,
  };
}

function answersAsMcpmux(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const host = address.includes(':') ? `[${address}]` : address;
    const request = get(
      {
        host: address,
        port,
        path: '/livez',
        headers: { host: `${host}:${port}` },
        timeout: 1_000,
        agent: false,
      },
      (response) => {
        response.resume();
        resolve(response.headers[livenessMarker.name] === livenessMarker.value);
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
    request.on('close', () => resolve(false));
  });
}

/** The process that listens on `port`, when it is one of this user's and the system shows it. */
async function findPid(port: number): Promise<number | undefined> {
  if (!platform.hasProc) return undefined;
  try {
    const inodes = await listeningInodes(port);
    if (inodes.size === 0) return undefined;
    for (const entry of await readdir('/proc')) {
      if (/^\d+$/.test(entry) && (await holdsSocket(entry, inodes))) return Number(entry);
    }
  } catch {
    // Without /proc the message goes without a pid.
  }
  return undefined;
}

async function listeningInodes(port: number): Promise<ReadonlySet<string>> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(table, 'utf8').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      // sl local_address rem_address st … inode; 0A is LISTEN.
      const columns = line.trim().split(/\s+/);
      const inode = columns[9];
      if (columns[1]?.endsWith(suffix) === true && columns[3] === '0A' && inode !== undefined)
        inodes.add(`socket:[${inode}]`);
    }
  }
  return inodes;
}

async function holdsSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  // Processes of other users do not show their files.
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const file of files) {
    const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '');
    if (inodes.has(target)) return true;
  }
  return false;
}

/** The folder of the database that it holds open. */
async function dataDirOf(pid: number): Promise<string | undefined> {
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const file of files) {
    const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '');
    if (target.endsWith('/mcpmux.db')) return dirname(target);
  }
  return undefined;
}

async function programOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : text.trim();
}
