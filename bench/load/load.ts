/**
 * bench/load/load — one measurement: opens sessions on a target, drives them, and says what it cost.
 *
 * In: a place, the work, how many lanes, which processes to watch. Out: rates, latencies, CPU per call, memory.
 * Knows nothing of: which program is behind the place.
 */
import { type DriveResult, drive } from './drive.ts';
import type { Lane } from './lanes.ts';
import type { Work } from './message.ts';
import { type ProcessReading, readProcess, readTree } from './processes.ts';
import { armSession, findTool, openSession, type Place, type Session } from './sessions.ts';

export interface WatchedProcess {
  readonly name: string;
  readonly pid: number;
  /** With all it has started. */
  readonly isTree?: boolean;
}

export interface LoadOptions {
  readonly place: Place;
  readonly work: Work;
  readonly connections: number;
  readonly warmMs: number;
  readonly measuredMs: number;
  readonly rate?: number | undefined;
  readonly watched?: readonly WatchedProcess[];
  /** The tool's name ends like this. Default: `echo`, `blob` or `sink`, as the work needs. */
  readonly toolSuffix?: string | undefined;
  /** Lanes that exist already and need no session: the floor. */
  readonly openLane?: (() => Lane) | undefined;
  /** Leave legacy sessions open at the end, as most real clients do. */
  readonly keepsSessions?: boolean;
}

export interface WatchedCost {
  /** CPU time of the process in the measured part ÷ calls. */
  readonly cpuUsPerCall: number;
  readonly rssBytes: number;
}

export interface LoadResult extends DriveResult {
  readonly openMs: number;
  readonly listedTools: number | undefined;
  readonly processes: Readonly<Record<string, WatchedCost>>;
}

/** @throws Error when a session cannot be opened or the tool is not there */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { place, work } = options;
  const openedAt = performance.now();
  const sessions: Session[] = [];
  try {
    let toolName: string | undefined;
    let listedTools: number | undefined;
    for (let number = 0; number < options.connections; number += 1) {
      const session = await openSession(place, options.openLane?.());
      sessions.push(session);
      if (number === 0 && work.kind !== 'ping') {
        const suffix =
          options.toolSuffix ?? (work.kind === 'blob' || work.kind === 'sink' ? work.kind : 'echo');
        const found = await findTool(session, place.era, suffix);
        listedTools = found.count;
        toolName = found.name;
        if (toolName === undefined) throw new Error(`${place.url} lists no tool that ends with "${suffix}"`);
      }
      armSession(session, place.era, work, work.kind === 'list' ? undefined : toolName);
    }
    const openMs = (performance.now() - openedAt) / options.connections;

    const watched = options.watched ?? [];
    const before = new Map<string, ProcessReading | undefined>();
    const after = new Map<string, ProcessReading | undefined>();
    const result = await drive({
      lanes: sessions.map((session) => session.lane),
      work,
      warmMs: options.warmMs,
      measuredMs: options.measuredMs,
      rate: options.rate,
      onBegin: () => readAll(watched, before),
      onEnd: () => readAll(watched, after),
    });
    const processes: Record<string, WatchedCost> = {};
    for (const { name } of watched) {
      const begun = before.get(name);
      const ended = after.get(name);
      if (begun === undefined || ended === undefined) continue;
      processes[name] = {
        cpuUsPerCall: (ended.cpuUs - begun.cpuUs) / Math.max(1, result.calls),
        rssBytes: ended.rssBytes,
      };
    }
    return { ...result, openMs, listedTools, processes };
  } finally {
    if (options.keepsSessions !== true) await Promise.all(sessions.map((session) => session.end()));
    else for (const session of sessions) session.lane.close();
  }
}

function readAll(watched: readonly WatchedProcess[], into: Map<string, ProcessReading | undefined>): void {
  for (const { name, pid, isTree } of watched)
    into.set(name, isTree === true ? readTree(pid) : readProcess(pid));
}
