/**
 * daemon/compose/notes — what a person should know of this daemon, in sentences; and what keeps it from doing all its work.
 */
import type { McpMuxError } from '../../base/index.ts';
import type { Store } from '../../store/index.ts';

/** Something that is wrong with the daemon as a whole. */
export interface DaemonProblem {
  /** Of the error behind it. */
  readonly code: string;
  readonly says: string;
  readonly next: string | undefined;
}

export async function describeProblems(store: Store): Promise<DaemonProblem[]> {
  const problems: DaemonProblem[] = [];
  const { isLocked, lockReason, lockHint } = store.describe();
  if (isLocked)
    problems.push({
      code: 'store.locked',
      says: `the store is locked: ${lockReason ?? 'its key is missing'}`,
      next: lockHint,
    });
  const keyTrouble: McpMuxError | undefined = await store.checkKey();
  if (keyTrouble !== undefined)
    problems.push({ code: keyTrouble.code, says: keyTrouble.message, next: keyTrouble.hint });
  const hindrance: McpMuxError | undefined = await store.checkWritable();
  if (hindrance !== undefined)
    problems.push({
      code: hindrance.code,
      says: `the store cannot be written: ${hindrance.message}; calls go on, changes are refused`,
      next: hindrance.hint,
    });
  return problems;
}

export function describeNotes(
  store: Store,
  isAuthenticationOff: boolean,
  networkProblems: readonly string[],
): string[] {
  const notes: string[] = [];
  const { notice } = store.describe();
  if (isAuthenticationOff)
    notes.push('authentication is off: every program on this machine can use all servers');
  if (notice !== undefined) notes.push(notice);
  return [...notes, ...networkProblems];
}
