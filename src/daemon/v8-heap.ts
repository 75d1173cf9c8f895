/**
 * daemon/v8-heap — the heap of this process.
 *
 * V8 gives its collector to contexts that are made while it is told to expose it; ours is not one of them, so nothing else
 * here can reach it.
 * Knows nothing of: when to collect.
 */
import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Heap } from './idle-gc.ts';

const isYoung = (space: string): boolean => space.startsWith('new_') || space.startsWith('read_only');

/** Nothing is collected where this Node.js does not give its collector away. */
export function openV8Heap(): Heap {
  let collector: (() => void) | undefined;
  return {
    oldBytes: () =>
      getHeapSpaceStatistics()
        .filter(({ space_name }) => !isYoung(space_name))
        .reduce((sum, { space_used_size }) => sum + space_used_size, 0),
    heldBytes: () => getHeapStatistics().total_heap_size,
    collect: () => {
      // A context of its own is half a megabyte: made when it is needed.
      collector ??= takeCollector();
      collector();
    },
  };
}

function takeCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('globalThis.gc');
  setFlagsFromString('--no-expose-gc');
  return typeof found === 'function' ? (found as () => void) : () => {};
}
