/**
 * transports/process/reaper — at start, finds what an earlier daemon left running, and ends it.
 *
 * A process is ended only when it is in a recorded group, carries that daemon's marker in its environment and did not
 * start before the record says. A pid alone proves nothing: the system gives it away again. Names prove nothing at all.
 * Knows nothing of: servers; what runs now.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/index.ts';
import { markerVariable } from './child-environment.ts';
import { parseRecord, type RecordedGroup, type RecordOwner, recordSuffix } from './group-record.ts';
import {
  bootId,
  environmentVariableOf,
  listProcesses,
  type ProcessFacts,
  startTimeOf,
} from './process-facts.ts';
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
      if (record.owner.bootId === bootId()) {
        reaped.push(...(await endGroups(clock, record.owner, record.groups)));
      }
    }
    await rm(file, { force: true });
  }
  return reaped;
}

/** Another daemon works in this folder: its children are its own. */
function ownerLives(owner: RecordOwner): boolean {
  if (owner.bootId !== bootId() || !isAlive(owner.daemonPid)) return false;
  return owner.daemonStartedAt === undefined || startTimeOf(owner.daemonPid) === owner.daemonStartedAt;
}

async function endGroups(
  clock: Clock,
  owner: RecordOwner,
  groups: readonly RecordedGroup[],
): Promise<readonly ReapedGroup[]> {
  if (groups.length === 0) return [];
  const processes = await listProcesses();
  const ended = groups.map(async (group): Promise<ReapedGroup | undefined> => {
    const members: ProcessFacts[] = [];
    for (const candidate of processes) {
      if (candidate.groupId !== group.groupId || candidate.state === 'Z') continue;
      if (!startedAsRecorded(candidate, group)) continue;
      if ((await environmentVariableOf(candidate.pid, markerVariable)) === owner.marker)
        members.push(candidate);
    }
    if (members.length === 0) return undefined;
    const isGone = await endGroup(clock, group.groupId, terminateGraceMs);
    return { groupId: group.groupId, names: members.map((member) => member.name), isGone };
  });
  return (await Promise.all(ended)).filter((group) => group !== undefined);
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
