/**
 * daemon/record — the note that a running daemon leaves in its data folder: who it is and where it can be reached.
 *
 * It is a hint for people and for the command line, never a proof: after a crash it stays behind. The proof is the lock.
 * Knows nothing of: how the daemon runs.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isJsonObject, type JsonValue, randomText } from '../base/index.ts';
import { makeFolders, platform, replaceFile } from '../platform/index.ts';

export interface DaemonRecord {
  readonly pid: number;
  /** Epoch ms. */
  readonly startedAt: number;
  /** Undefined until the port is open. */
  readonly url: string | undefined;
  readonly socketPath: string | undefined;
}

export function recordPath(dataDir: string): string {
  return join(dataDir, 'run', 'daemon.json');
}

/** Replaces the note. */
export async function writeDaemonRecord(dataDir: string, record: DaemonRecord): Promise<void> {
  const file = recordPath(dataDir);
  await makeFolders(dirname(file));
  const draft = `${file}.${randomText(8)}`;
  await writeFile(draft, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  await replaceFile(platform.files, draft, file);
}

/** @returns undefined when there is none, or none that can be read */
export async function readDaemonRecord(dataDir: string): Promise<DaemonRecord | undefined> {
  let value: JsonValue;
  try {
    value = JSON.parse(await readFile(recordPath(dataDir), 'utf8')) as JsonValue;
  } catch {
    // Missing or half a file of a foreign hand: there is nothing to know from it.
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { pid, startedAt, url, socketPath } = value;
  if (typeof pid !== 'number' || typeof startedAt !== 'number') return undefined;
  return {
    pid,
    startedAt,
    url: typeof url === 'string' ? url : undefined,
    socketPath: typeof socketPath === 'string' ? socketPath : undefined,
  };
}

export async function removeDaemonRecord(dataDir: string): Promise<void> {
  await rm(recordPath(dataDir), { force: true });
}
