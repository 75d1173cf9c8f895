/**
 * transports/process/reaper — at start, finds what an earlier daemon left running, and ends it.
 *
 * A process is ended only when it carries that daemon's marker in its environment: first those of the recorded groups,
 * then whatever has left its group. A pid alone proves nothing: the system gives it away again. Names prove nothing at all.
 * Knows nothing of: servers; what runs now.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/index.ts';
import { type ProcessFacts, platform } from '../../platform/index.ts';
import { markerVariable } from './child-environment.ts';
import { parseRecord, type RecordedGroup, type RecordOwner, recordSuffix } from './group-record.ts';
import { endMarked, isOfMarker } from './marked-processes.ts';
import { endGroup, isAlive } from './process-group.ts';

const terminateGraceMs = 2_000;
/** Where the start is known to the second only, and told by two clocks. */
const clockSlackMs = 5_000;

export interface ReapedGroup {
  readonly groupId: number;
  /** Names of the processes that were found, for the log. */
  readonly names: readonly string[];
  readonly isGone: boolean;
}

/** @param ownMarker the record of that name is left alone. @returns what was found alive and ended */
export async function reapLeftovers(
  clock: Clock,
  folder: string,
  ownMarker: string,
): Promise<readonly ReapedGroup[]> {
  let files: string[];
  try {
    files = (await readdir(folder)).filter((name) => name.endsWith(recordSuffix));
  } catch {
    return []; // no folder: nothing was ever started
  }
  const reaped: ReapedGroup[] = [];
  for (const name of files) {
    if (name === ownMarker + recordSuffix) continue;
    const file = join(folder, name);
    const record = parseRecord(await readFile(file, 'utf8').catch(() => ''));
    if (record !== undefined) {
      if (ownerLives(record.owner)) continue;
      if (isThisBoot(record.owner)) {
        reaped.push(...(await endGroups(clock, record.owner, record.groups)));
        reaped.push(...(await endStrays(clock, record.owner)));
      }
    }
    await rm(file, { force: true });
  }
  return reaped;
}

/** Another daemon works in this folder: its children are its own. */
function ownerLives(owner: RecordOwner): boolean {
  if (!isThisBoot(owner) || !isAlive(owner.daemonPid)) return false;
  return (
    owner.daemonStartedAt === undefined ||
    platform.processes.startTimeOf(owner.daemonPid) === owner.daemonStartedAt
  );
}

/** Where the system does not say when it started, the start of each process has to prove enough. */
function isThisBoot({ bootId }: RecordOwner): boolean {
  const now = platform.processes.bootId();
  return bootId === now || bootId === 'unknown' || now === 'unknown';
}

async function endGroups(
  clock: Clock,
  owner: RecordOwner,
  groups: readonly RecordedGroup[],
): Promise<readonly ReapedGroup[]> {
  if (groups.length === 0) return [];
  const processes = await platform.processes.list();
  const ended = groups.map(async (group): Promise<ReapedGroup | undefined> => {
    const members: ProcessFacts[] = [];
    for (const candidate of processes) {
      if (!isOfGroup(candidate, group.groupId, processes) || candidate.state === 'Z') continue;
      if (!startedAsRecorded(candidate, group)) continue;
      if (await isMarked(candidate, group, owner.marker)) members.push(candidate);
    }
    if (members.length === 0) return undefined;
    const isGone = await endGroup(clock, group.groupId, terminateGraceMs);
    return { groupId: group.groupId, names: members.map((member) => member.name), isGone };
  });
  return (await Promise.all(ended)).filter((group) => group !== undefined);
}

/** Where there are no groups: who descends from the one that was started. */
function isOfGroup(candidate: ProcessFacts, groupId: number, all: readonly ProcessFacts[]): boolean {
  if (platform.hasProcessGroups) return candidate.groupId === groupId;
  let pid = candidate.pid;
  // Parents form no circle, but a table that was read while processes came and went may.
  for (let steps = 0; steps < 64; steps += 1) {
    if (pid === groupId) return true;
    const parent = all.find((entry) => entry.pid === pid)?.parentId ?? 0;
    if (parent === 0) return false;
    pid = parent;
  }
  return false;
}

/**
 * Does it carry the marker? Where the system hides it, the leader is known by its pid and its start, and on systems without
 * groups so are those that descend from it.
 */
async function isMarked(candidate: ProcessFacts, group: RecordedGroup, marker: string): Promise<boolean> {
  const { processes, hasProcessGroups } = platform;
  const found = await processes.environmentVariableOf(candidate.pid, markerVariable);
  if (found !== undefined || processes.showsEnvironment)
    return found !== undefined && isOfMarker(marker, found);
  return candidate.pid === group.groupId || !hasProcessGroups;
}

/** What left its group still carries the marker, and the marker alone proves whose it is. */
async function endStrays(clock: Clock, owner: RecordOwner): Promise<readonly ReapedGroup[]> {
  const { found, isGone } = await endMarked(clock, owner.marker, terminateGraceMs);
  const groups = new Map<number, string[]>();
  for (const { groupId, name } of found) groups.set(groupId, [...(groups.get(groupId) ?? []), name]);
  return [...groups].map(([groupId, names]) => ({ groupId, names, isGone }));
}

/** The leader started exactly then; whoever it started, not before it. */
export function startedAsRecorded(candidate: ProcessFacts, group: RecordedGroup): boolean {
  if (group.startedAt !== undefined) {
    return candidate.pid === group.groupId
      ? candidate.startedAt === group.startedAt
      : Number(candidate.startedAt) >= Number(group.startedAt);
  }
  const startedAt = Date.parse(candidate.startedAt);
  return candidate.pid === group.groupId
    ? Math.abs(startedAt - group.at) <= clockSlackMs
    : startedAt >= group.at - clockSlackMs;
}
