/**
 * transports/process/group-record — the process groups a daemon has started, on disk, for the one that comes after it.
 *
 * One file a daemon, named by its marker. The first line says whose it is, then `+ pid start at` and `- pid` as they come.
 * Written at once and without sync: it must survive the end of our process, not of the machine.
 * Knows nothing of: ending anything.
 */
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { platform } from '../../platform/index.ts';

export interface RecordedGroup {
  readonly groupId: number;
  /** The leader's start as the system tells it; undefined where it cannot be had at once. */
  readonly startedAt: string | undefined;
  /** Epoch ms. */
  readonly at: number;
}

export interface RecordOwner {
  readonly marker: string;
  readonly daemonPid: number;
  readonly daemonStartedAt: string | undefined;
  readonly bootId: string;
}

export const recordSuffix = '.groups';
/** The file is written anew after so many lines. */
const maxLines = 2_000;

export class GroupRecord {
  readonly #file: string;
  readonly #head: string;
  readonly #live = new Map<number, string>();
  #descriptor: number | undefined;
  #lines = 0;

  constructor(folder: string, marker: string) {
    this.#file = join(folder, `${marker}${recordSuffix}`);
    const owner: RecordOwner = {
      marker,
      daemonPid: process.pid,
      daemonStartedAt: platform.processes.startTimeOf(process.pid),
      bootId: platform.processes.bootId(),
    };
    this.#head = `${JSON.stringify(owner)}\n`;
  }

  /** @param at epoch ms. A failing disk harms nobody here: the watchdog and the stop ladder do their work without it. */
  add(groupId: number, at: number): void {
    const line = `+ ${groupId} ${platform.processes.startTimeOf(groupId) ?? '?'} ${at}\n`;
    this.#live.set(groupId, line);
    this.#write(line);
  }

  remove(groupId: number): void {
    if (this.#live.delete(groupId)) this.#write(`- ${groupId}\n`);
  }

  close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
    // What is left alive stays on record.
    if (this.#live.size === 0) rmSync(this.#file, { force: true });
  }

  #write(line: string): void {
    try {
      if (this.#descriptor === undefined) {
        mkdirSync(join(this.#file, '..'), { recursive: true, mode: 0o700 });
        this.#descriptor = openSync(this.#file, 'a', 0o600);
        writeSync(this.#descriptor, this.#head);
      }
      this.#lines += 1;
      if (this.#lines <= maxLines) {
        writeSync(this.#descriptor, line);
        return;
      }
      this.#lines = this.#live.size;
      ftruncateSync(this.#descriptor);
      writeSync(this.#descriptor, this.#head + [...this.#live.values()].join(''));
    } catch {
      // See `add`.
    }
  }
}

/** @returns undefined when the text is no record */
export function parseRecord(
  text: string,
): { owner: RecordOwner; groups: readonly RecordedGroup[] } | undefined {
  const [head, ...lines] = text.split('\n');
  const owner = parseOwner(head ?? '');
  if (owner === undefined) return undefined;
  const groups = new Map<number, RecordedGroup>();
  for (const line of lines) {
    const [verb, pid, startedAt, at] = line.split(' ');
    const groupId = Number(pid);
    // 0 and 1 would be our own group and everybody.
    if (!Number.isInteger(groupId) || groupId <= 1) continue;
    if (verb === '-') groups.delete(groupId);
    else if (verb === '+') {
      groups.set(groupId, { groupId, startedAt: startedAt === '?' ? undefined : startedAt, at: Number(at) });
    }
  }
  return { owner, groups: [...groups.values()] };
}

function parseOwner(text: string): RecordOwner | undefined {
  try {
    const owner = JSON.parse(text) as Partial<RecordOwner> | null;
    if (typeof owner?.marker !== 'string' || owner.marker.length < 8) return undefined;
    if (typeof owner.daemonPid !== 'number' || typeof owner.bootId !== 'string') return undefined;
    return owner as RecordOwner;
  } catch {
    return undefined; // cut off in the middle, or not ours
  }
}
