/**
 * daemon/compose/notes — what a person should know of this daemon, in sentences.
 */
import type { Store } from '../../store/index.ts';

export function describeNotes(store: Store, isAuthenticationOff: boolean): string[] {
  const notes: string[] = [];
  const { isLocked, lockReason, lockHint, notice } = store.describe();
  if (isAuthenticationOff)
    notes.push('authentication is off: every program on this machine can use all servers');
  if (isLocked)
    notes.push(
      `the store is locked: ${lockReason ?? 'its key is missing'}${lockHint === undefined ? '' : `; ${lockHint}`}`,
    );
  if (notice !== undefined) notes.push(notice);
  return notes;
}
