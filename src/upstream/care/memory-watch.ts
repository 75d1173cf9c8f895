/**
 * upstream/care/memory-watch — which servers hold more memory than they may.
 *
 * Pure. One server over its own budget is to be started anew. When all of them together are over the total, the largest
 * go first, and only as many as bring the rest under it.
 * Knows nothing of: how memory is measured, what becomes of a server.
 */

export interface MemoryUse<Key> {
  readonly key: Key;
  readonly residentBytes: number;
  /** Of this server; 0 = none. */
  readonly budgetBytes: number;
}

export interface OverBudget<Key> {
  readonly key: Key;
  readonly residentBytes: number;
  readonly limitBytes: number;
  /** Its own budget, or that of all servers together. */
  readonly of: 'server' | 'total';
}

/** @param totalBytes for all servers; 0 = no such budget */
export function findOverBudget<Key>(uses: readonly MemoryUse<Key>[], totalBytes: number): OverBudget<Key>[] {
  const over: OverBudget<Key>[] = [];
  const within: MemoryUse<Key>[] = [];
  for (const use of uses) {
    if (use.budgetBytes > 0 && use.residentBytes > use.budgetBytes) {
      over.push({
        key: use.key,
        residentBytes: use.residentBytes,
        limitBytes: use.budgetBytes,
        of: 'server',
      });
    } else within.push(use);
  }
  if (totalBytes <= 0) return over;
  let left = within.reduce((sum, use) => sum + use.residentBytes, 0);
  for (const use of within.toSorted((a, b) => b.residentBytes - a.residentBytes)) {
    if (left <= totalBytes) break;
    left -= use.residentBytes;
    over.push({ key: use.key, residentBytes: use.residentBytes, limitBytes: totalBytes, of: 'total' });
  }
  return over;
}

/** Is anybody close enough to a budget that it is worth looking again soon? */
export function isNearBudget(uses: readonly MemoryUse<unknown>[], totalBytes: number): boolean {
  const near = (used: number, limit: number): boolean => limit > 0 && used > limit / 2;
  const all = uses.reduce((sum, use) => sum + use.residentBytes, 0);
  return near(all, totalBytes) || uses.some((use) => near(use.residentBytes, use.budgetBytes));
}
