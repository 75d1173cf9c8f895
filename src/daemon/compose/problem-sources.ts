/**
 * daemon/compose/problem-sources — what is wrong with the daemon itself: its store, its key, how it was started.
 */
import type { McpMuxError } from '../../base/index.ts';
import { commandIn, type FoundProblem, type ProblemFix, type ProblemSource } from '../../model/index.ts';
import type { Store } from '../../store/index.ts';

/** What keeps the daemon from doing all of its work. */
export function storeProblems(store: Store): ProblemSource {
  return { name: 'the store', find: () => findStoreProblems(store) };
}

async function findStoreProblems(store: Store): Promise<FoundProblem[]> {
  const problems: FoundProblem[] = [];
  const add = (code: string, title: string, cause: string, hint: string | undefined): void =>
    void problems.push({
      id: code,
      code,
      harm: 'failed',
      about: { kind: 'daemon' },
      title,
      cause,
      fix: fixOf(hint),
    });
  const { isLocked, lockReason = 'its key is missing', lockHint } = store.describe();
  if (isLocked) add('store.locked', 'the store is locked', lockReason, lockHint);
  const keyTrouble: McpMuxError | undefined = await store.checkKey();
  if (keyTrouble !== undefined)
    add(keyTrouble.code, 'the key of the store is in danger', keyTrouble.message, keyTrouble.hint);
  const hindrance: McpMuxError | undefined = await store.checkWritable();
  if (hindrance !== undefined)
    add(
      hindrance.code,
      'the store cannot be written',
      `${hindrance.message}; calls go on, changes are refused`,
      hindrance.hint,
    );
  return problems;
}

/** What a person should know of how this daemon was started. */
export function startNotes(
  store: Store,
  isAuthenticationOff: boolean,
  networkProblems: readonly string[],
): ProblemSource {
  return {
    name: 'the start',
    find: () => {
      const { notice } = store.describe();
      return [
        ...(isAuthenticationOff ? [note('auth.off', openToAll, 'start it without --no-auth')] : []),
        ...(notice === undefined ? [] : [note('store.notice', notice)]),
        ...networkProblems.map((says, at) => note(`network.settings_${at + 1}`, says)),
      ];
    },
  };
}

const openToAll = 'authentication is off: every program on this machine can use all servers';

function note(code: string, title: string, hint?: string): FoundProblem {
  return { id: code, code, harm: 'note', about: { kind: 'daemon' }, title, fix: fixOf(hint) };
}

function fixOf(hint: string | undefined): ProblemFix | undefined {
  if (hint === undefined) return undefined;
  const command = commandIn(hint);
  const isUnlock = command?.startsWith('mcpmux unlock') === true;
  return { says: hint, command, act: isUnlock ? { route: 'unlockVault', params: {} } : undefined };
}
