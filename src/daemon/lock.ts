/**
 * daemon/lock — one daemon per data folder, whatever crashes.
 *
 * The lock is an exclusive lock of the operating system on the file `run/lock`, held through SQLite, because Node itself
 * has no file locks. The kernel drops it in the moment the process dies, so there is nothing stale to judge: no pid that
 * another program has meanwhile, no start time, no race between two who both find a dead owner. It also holds between
 * containers that share the folder, where pids mean nothing.
 * Owns: the lock and the note about the owner. Knows nothing of: what the daemon does.
 */
import { join } from 'node:path';
import { type Closeable, describeError } from '../base/index.ts';
import { makeFolders } from '../platform/index.ts';
import { daemonError } from './errors.ts';
import { readDaemonRecord, removeDaemonRecord, writeDaemonRecord } from './record.ts';

export interface DaemonLock extends Closeable {
  /** Notes where this daemon can be reached, for people and the command line. */
  announce(place: { readonly url: string; readonly socketPath: string }): Promise<void>;
  /** Takes the note away and lets the next daemon in. Safe to call twice. */
  close(): Promise<void>;
}

interface Held {
  close(): void;
}

/** Keeps every lock alive: a handle that the garbage collector finds is closed, and the lock with it. */
const heldLocks = new Set<Held>();

/**
 * Takes the data folder, or says who has it.
 *
 * @throws daemon.already_running, daemon.lock_failed
 */
export async function acquireDaemonLock(dataDir: string): Promise<DaemonLock> {
  const held = await holdLock(dataDir);
  heldLocks.add(held);
  const release = (): void => {
    heldLocks.delete(held);
    held.close();
  };
  const startedAt = Date.now();
  const note = { pid: process.pid, startedAt, url: undefined, socketPath: undefined };
  let isClosed = false;
  try {
    await writeDaemonRecord(dataDir, note);
  } catch (error) {
    release();
    throw lockFailed(dataDir, error);
  }
  return {
    announce: ({ url, socketPath }) => writeDaemonRecord(dataDir, { ...note, url, socketPath }),
    async close() {
      if (isClosed) return;
      isClosed = true;
      // First the note, then the lock: the next owner's note must not be the one that is removed.
      await removeDaemonRecord(dataDir).finally(release);
    },
  };
}

async function holdLock(dataDir: string): Promise<Held> {
  const folder = join(dataDir, 'run');
  // Late, because the command line passes through this room and needs no database.
  const { loadSqlite } = await import('../store/index.ts');
  const { DatabaseSync } = await loadSqlite();
  try {
    await makeFolders(folder);
    const database = new DatabaseSync(join(folder, 'lock'));
    try {
      // The transaction is never ended: its lock lives as long as the process.
      database.exec('pragma busy_timeout = 0; pragma journal_mode = memory; begin exclusive');
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    if (!/locked|busy/i.test(describeError(error))) throw lockFailed(dataDir, error);
    const owner = await readDaemonRecord(dataDir);
    throw daemonError('already_running', { dataDir, pid: owner?.pid, url: owner?.url }, error);
  }
}

const elsewhere = 'name another folder with --data-dir or MCPMUX_DATA_DIR';

/** What the system or SQLite says when a file cannot be made or written: in words, and what to do about it. */
const troubles: readonly (readonly [pattern: RegExp, reason: string, hint: string])[] = [
  [
    /ENOSPC|EDQUOT|disk is full/,
    'the disk is full',
    'free some space there, then start again; what was stored is intact',
  ],
  [/EROFS|readonly database/, 'the file system is read-only', elsewhere],
  [/EACCES|EPERM|unable to open/, 'it may not be written', `make it writable for this user, or ${elsewhere}`],
  [
    /disk I\/O error|ENOLCK|ENOTSUP|EIO/,
    'its disk does not take locks',
    `${elsewhere}, on a disk of this machine`,
  ],
];

function lockFailed(dataDir: string, error: unknown): Error {
  const text = `${(error as NodeJS.ErrnoException).code ?? ''} ${describeError(error)}`;
  const [, reason, hint] = troubles.find(([pattern]) => pattern.test(text)) ?? [];
  return daemonError('lock_failed', { dataDir, reason: reason ?? describeError(error), hint }, error);
}
