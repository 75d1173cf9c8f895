/**
 * conformance/at-most — does many things, a few at a time.
 */

/** Calls `act` for every item, at most `limit` at once; gives the results in the order of the items. */
export async function atMost<T, R>(
  limit: number,
  items: readonly T[],
  act: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const workers = Array.from({ length: Math.min(limit, items.length) }, async () => {
    for (let at = next++; at < items.length; at = next++) results[at] = await act(items[at] as T);
  });
  await Promise.all(workers);
  return results;
}
