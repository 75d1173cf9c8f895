/**
 * observe/history/work-sessions — which work session a call belongs to: one app in one folder, until a long pause.
 *
 * Reconnects and restarts do not end one. A connection that calls nothing makes none.
 */
import { type CallEntry, type CallParty, failedOutcomes, type WorkSession } from '../../model/index.ts';

/** A longer pause is another sitting. */
export const pauseMs = 30 * 60 * 1_000;
/** More at the same time than any team; then the one that was quiet longest is forgotten. */
const mostOpen = 2_000;

interface Open {
  session: WorkSession;
  isChanged: boolean;
}

export class WorkSessions {
  readonly #open = new Map<string, Open>();
  #last: number;

  /** @param recent those that may go on, of an earlier life of the daemon */
  constructor(last: number, recent: readonly WorkSession[]) {
    this.#last = last;
    for (const session of [...recent].sort((one, other) => one.lastAt - other.lastAt))
      this.#open.set(keyOf(session), { session, isChanged: false });
  }

  /** @param at epoch ms */
  idFor(party: CallParty, at: number): number {
    const key = keyOf(party);
    const open = this.#open.get(key);
    if (open !== undefined && at - open.session.lastAt <= pauseMs) return open.session.id;
    this.#last += 1;
    const { principalId, principalName, app, folder, spaceId } = party;
    const session: WorkSession = {
      id: this.#last,
      principalId,
      principalName,
      app,
      folder,
      spaceId,
      startedAt: at,
      lastAt: at,
      calls: 0,
      failures: 0,
    };
    this.#open.delete(key);
    this.#open.set(key, { session, isChanged: true });
    return session.id;
  }

  /** The call was noted under it. */
  count({ party, endedAt, outcome }: CallEntry): void {
    const open = this.#open.get(keyOf(party));
    if (open === undefined) return;
    const { session } = open;
    open.session = {
      ...session,
      lastAt: Math.max(session.lastAt, endedAt),
      calls: session.calls + 1,
      failures: session.failures + (failedOutcomes.includes(outcome) ? 1 : 0),
    };
    open.isChanged = true;
  }

  /** Those that changed since the last time. */
  takeChanged(): WorkSession[] {
    const changed: WorkSession[] = [];
    for (const open of this.#open.values()) {
      if (!open.isChanged) continue;
      open.isChanged = false;
      changed.push(open.session);
    }
    for (const key of this.#open.keys()) {
      if (this.#open.size <= mostOpen) break;
      this.#open.delete(key);
    }
    return changed;
  }
}

function keyOf({
  principalId,
  app,
  folder,
  spaceId,
}: Pick<WorkSession, 'principalId' | 'app' | 'folder' | 'spaceId'>): string {
  return `${principalId}\u0000${app ?? ''}\u0000${folder ?? ''}\u0000${spaceId}`;
}
