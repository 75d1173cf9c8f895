/**
 * transports/process/process-group — signals to a child and everything it started, and waiting until nothing is left.
 *
 * Every child leads a process group of its own, so the group's id is the child's pid. What opens a session of its own has
 * left the group; see marked-processes.
 * On Windows there are no groups: the tree is ended with taskkill.
 * Knows nothing of: servers, transports, why it should end.
 */
import { execFile } from 'node:child_process';
import { type Clock, sleep } from '../../base/index.ts';
import { type ProcessFacts, platform, windowsProgram } from '../../platform/index.ts';

/** Sends `signal` to all of the group. @returns false when nothing of it is there */
export function signalGroup(groupId: number, signal: NodeJS.Signals): boolean {
  if (!platform.hasProcessGroups) {
    const wasThere = isAlive(groupId);
    endTree(groupId);
    return wasThere;
  }
  return kill(-groupId, signal);
}

/** Is anybody of the group there? Members that have ended but were not collected by their parent count as there. */
export function groupExists(groupId: number): boolean {
  return platform.hasProcessGroups ? kill(-groupId, 0) : isAlive(groupId);
}

/** Windows: the process and all that descend from it. When the system's own tool fails, at least the process itself. */
function endTree(pid: number): void {
  const taskkill = windowsProgram('taskkill', process.env);
  execFile(taskkill, ['/PID', String(pid), '/T', '/F'], { windowsHide: true, timeout: 10_000 }, (error) => {
    if (error !== null && isAlive(pid)) kill(pid, 'SIGKILL');
  });
}

export function isAlive(pid: number): boolean {
  return kill(pid, 0);
}

function kill(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch (error) {
    // EPERM: it is there, but not ours to signal.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Waits until nothing of the group is left. @returns false when `timeoutMs` passed first */
export async function groupEnded(clock: Clock, groupId: number, timeoutMs: number): Promise<boolean> {
  const startedAt = performance.now();
  const deadline = clock.monotonic() + timeoutMs;
  let pauseMs = 5;
  for (;;) {
    if (!groupExists(groupId)) return true;
    // The look into the process table is dear and only needed where nobody collects the dead (a container without init).
    if (pauseMs >= 40 && (await hasOnlyDead(groupId, startedAt))) return true;
    const leftMs = deadline - clock.monotonic();
    if (leftMs <= 0) return false;
    await sleep(clock, Math.min(pauseMs, leftMs));
    pauseMs = Math.min(pauseMs * 2, 160);
  }
}

/** When fifty groups end at once, one look into the process table serves all who wait. */
const lookServesMs = 150;
let lastLook: { readonly at: number; readonly list: Promise<readonly ProcessFacts[]> } | undefined;

/** @param since a look from before it says nothing about a group that is waited for since then */
async function hasOnlyDead(groupId: number, since: number): Promise<boolean> {
  if (!platform.hasProc) return false;
  const now = performance.now();
  if (lastLook === undefined || lastLook.at < since || now - lastLook.at > lookServesMs)
    lastLook = { at: now, list: platform.processes.list() };
  const members = (await lastLook.list).filter((entry) => entry.groupId === groupId);
  // None at all: the table could not be read, for the group was there a moment ago.
  return members.length > 0 && members.every((entry) => entry.state === 'Z' || entry.state === 'X');
}

/**
 * Ends the group: SIGTERM, then SIGKILL to whoever is still there after `terminateGraceMs`.
 *
 * Keeps this process alive until it is done: a daemon that stops must not leave before its children.
 * @returns when nothing of the group is left, or it does not die even so (uninterruptible sleep)
 */
export async function endGroup(clock: Clock, groupId: number, terminateGraceMs: number): Promise<boolean> {
  const stayAlive = setInterval(() => {}, 60_000);
  try {
    if (!signalGroup(groupId, 'SIGTERM')) return true;
    if (await groupEnded(clock, groupId, terminateGraceMs)) return true;
    signalGroup(groupId, 'SIGKILL');
    return await groupEnded(clock, groupId, 2_000);
  } finally {
    clearInterval(stayAlive);
  }
}
