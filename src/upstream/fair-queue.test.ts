/**
 * upstream/fair-queue.test — who waits, and whose turn is next.
 */
import { describe, expect, it } from 'vitest';
import { Cancellation } from '../base/index.ts';
import { FairQueue, minQueueLimit, queueLimitPerSlot } from './fair-queue.ts';

/** Enters and notes the name when the place is there. */
function enter(
  queue: FairQueue,
  caller: string,
  order: string[],
  name = caller,
  cancellation = new Cancellation(),
): Promise<boolean> {
  const turn = queue.enter(caller, cancellation);
  if (turn === undefined) {
    order.push(name);
    return Promise.resolve(true);
  }
  return turn.then((hasPlace) => {
    if (hasPlace) order.push(name);
    return hasPlace;
  });
}

describe('FairQueue', () => {
  it('lets calls pass without waiting below the limit', () => {
    const queue = new FairQueue(2);
    expect(queue.enter('a', new Cancellation())).toBeUndefined();
    expect(queue.enter('a', new Cancellation())).toBeUndefined();
    expect(queue.enter('a', new Cancellation())).toBeInstanceOf(Promise);
    expect([queue.running, queue.waiting]).toEqual([2, 1]);
  });

  it('gives callers turns, so that one with many calls does not hold up one with few', async () => {
    const queue = new FairQueue(1);
    const order: string[] = [];
    const all = [enter(queue, 'x', order)];
    for (const name of ['a1', 'a2', 'a3']) all.push(enter(queue, 'a', order, name));
    all.push(enter(queue, 'b', order, 'b1'));
    for (let count = 0; count < 5; count += 1) {
      queue.leave();
      await Promise.resolve();
    }
    await Promise.all(all);
    expect(order).toEqual(['x', 'a1', 'b1', 'a2', 'a3']);
    expect([queue.running, queue.waiting]).toEqual([0, 0]);
  });

  it('forgets who gave up, and gives the place to the next', async () => {
    const queue = new FairQueue(1);
    const order: string[] = [];
    const gone = new Cancellation();
    void enter(queue, 'x', order);
    const first = enter(queue, 'a', order, 'a', gone);
    const second = enter(queue, 'b', order);
    gone.cancel('the client left');
    expect(await first).toBe(false);
    queue.leave();
    expect(await second).toBe(true);
    expect(order).toEqual(['x', 'b']);
  });

  it.each([
    [1, minQueueLimit],
    [64, 64 * queueLimitPerSlot],
  ])('with a limit of %i refuses who comes after %i who wait', async (limit, room) => {
    const queue = new FairQueue(limit);
    for (let count = 0; count < limit + room; count += 1) void queue.enter('a', new Cancellation());
    expect(queue.waiting).toBe(room);
    expect(await queue.enter('a', new Cancellation())).toBe(false);
  });

  it("does not refuse a caller because of another one's flood, up to its share", async () => {
    const queue = new FairQueue(1);
    void queue.enter('a', new Cancellation());
    for (let count = 0; count < minQueueLimit; count += 1) void queue.enter('a', new Cancellation());
    const theirs = Array.from({ length: minQueueLimit }, () => queue.enter('b', new Cancellation()));
    expect(queue.waiting).toBe(minQueueLimit + minQueueLimit / 2);
    queue.leave();
    queue.leave();
    expect(await theirs[0]).toBe(true);
    expect(await theirs.at(-1)).toBe(false);
  });

  it('lets the waiting in when the limit is raised', async () => {
    const queue = new FairQueue(1);
    void queue.enter('a', new Cancellation());
    const turn = queue.enter('a', new Cancellation());
    queue.setLimit(2);
    expect(await turn).toBe(true);
  });
});
