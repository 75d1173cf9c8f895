/**
 * daemon/heap-growth — tells V8 how far the heap may grow before all of it is marked again.
 *
 * A result of a megabyte passes as buffers outside the heap, and V8 looks at those twice. 32 MB of fresh ones (two
 * half-spaces of 16 MB) bring a scavenge, which frees them in half a millisecond. And what came since the last full
 * collection counts against the growth of the old space; left alone, V8 lets a heap like ours grow by 8 MB and a
 * half-space, which is 24 MB. So from the first full collection on no scavenge came in time: every ten results cost a
 * marking of the whole heap, and a result 2.7 times the processor time. With room for more than the 32 MB the cheap
 * collection always comes first. The price is garbage in the old space that is collected later.
 *
 * Knows nothing of: what is on the heap.
 *
 * @see docs/performance.md, "How a hop is spent"
 */
import { setFlagsFromString } from 'node:v8';

/** In per cent. From 100 on markings are rare, from 125 on there are none; V8 itself chooses between 10 and 300. */
export const heapGrowthFlag = '--heap-growing-percent=150';

/** Call it before the first full collection. V8 reads the flag each time it sets the next limit. */
export function setHeapGrowth(): void {
  setFlagsFromString(heapGrowthFlag);
}
