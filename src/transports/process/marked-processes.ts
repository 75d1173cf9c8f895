/**
 * transports/process/marked-processes — what descends from a child of ours, wherever it has gone.
 *
 * A process that opens a session of its own (`setsid`, a double fork) leaves the group of its child and the tree of its
 * parents. What it keeps is its environment, and in it the marker: a text that no other process on the machine has.
 * Who empties its environment, too, has hidden itself: only the control group of a service manager finds that one.
 * Windows shows nobody's environment. Knows nothing of: servers, daemons.
 */
import { type Clock, sleep } from '../../base/index.ts';
import { type ProcessFacts, platform } from '../../platform/index.ts';
import { markerVariable } from './child-environment.ts';

/** A daemon's own marker is the beginning of those of its children, up to this. */
export const markerSeparator = '.';
/** A process that is ended may have started another one in its last moment. */
const maxRounds = 5;
const pollMs = 20;
const afterKillMs = 2_000;

/** Markers by pid, of all processes that we may look at. */
type Markers = ReadonlyMap<number, string>;
let running: Promise<Markers> | undefined;
let next: Promise<Markers> | undefined;

/** A look that begins now or later. When fifty servers end at once, those who ask during one look share the next. */
function look(): Promise<Markers> {
  if (running !== undefined) {
    next ??= running.then(() => {
      next = undefined;
      return look();
    });
    return next;
  }
  running = readMarkers().finally(() => {
    running = undefined;
  });
  return running;
}

/**
 * The living processes that carry `marker`, or one that begins with it and a separator. Never ourselves.
 */
export async function findMarked(marker: string): Promise<readonly ProcessFacts[]> {
  const carriers = new Set<number>();
  for (const [pid, found] of await look())
    if (pid !== process.pid && isOfMarker(marker, found)) carriers.add(pid);
  if (carriers.size === 0) return [];
  return (await platform.processes.list()).filter(
    ({ pid, state }) => carriers.has(pid) && state !== 'Z' && state !== 'X',
  );
}

/**
 * Ends them: SIGTERM, then SIGKILL to whoever is still there after `terminateGraceMs`.
 *
 * @returns who was found, and whether all of them are gone
 */
export async function endMarked(
  clock: Clock,
  marker: string,
  terminateGraceMs: number,
): Promise<{ readonly found: readonly ProcessFacts[]; readonly isGone: boolean }> {
  const found = new Map<number, ProcessFacts>();
  // What is started by who is to be ended carries the marker, too.
  for (let round = 0; round < maxRounds; round += 1) {
    const alive = await findMarked(marker);
    if (alive.length === 0) return { found: [...found.values()], isGone: true };
    for (const one of alive) found.set(one.pid, one);
    const graceMs = round === 0 ? terminateGraceMs : 0;
    if (graceMs > 0) {
      signalAll(alive, 'SIGTERM');
      if (await allGone(clock, alive, graceMs)) continue;
    }
    signalAll(alive, 'SIGKILL');
    await allGone(clock, alive, afterKillMs);
  }
  return { found: [...found.values()], isGone: (await findMarked(marker)).length === 0 };
}

/** Is `found` that marker, or one of a child of the daemon whose marker it is? */
export function isOfMarker(marker: string, found: string): boolean {
  return found === marker || found.startsWith(marker + markerSeparator);
}

async function readMarkers(): Promise<Markers> {
  try {
    return await platform.processes.environmentVariables(markerVariable);
  } catch {
    return new Map(); // the system shows nothing; the groups are ended all the same
  }
}

function signalAll(processes: readonly ProcessFacts[], signal: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended.
    }
  }
}

async function allGone(clock: Clock, processes: readonly ProcessFacts[], withinMs: number): Promise<boolean> {
  const deadline = clock.monotonic() + withinMs;
  for (;;) {
    const now = new Map((await platform.processes.list()).map((entry) => [entry.pid, entry]));
    const isThere = ({ pid, startedAt }: ProcessFacts): boolean => {
      const entry = now.get(pid);
      return (
        entry !== undefined && entry.startedAt === startedAt && entry.state !== 'Z' && entry.state !== 'X'
      );
    };
    if (!processes.some(isThere)) return true;
    if (clock.monotonic() >= deadline) return false;
    await sleep(clock, pollMs);
  }
}
