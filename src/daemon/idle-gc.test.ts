import { describe, expect, it } from 'vitest';
import { ManualClock } from '../base/index.ts';
import { IdleGc } from './idle-gc.ts';

const MB = 1024 * 1024;

/** A heap on which 20 MB are alive, looked after for as long as a test moves the clock. */
function start(takesMs = 20) {
  const clock = new ManualClock();
  const heap = { old: 20 * MB, held: 60 * MB, collections: 0 };
  const state = { busy: 0.5 };
  const told: unknown[] = [];
  const care = new IdleGc({
    clock,
    heap: {
      oldBytes: () => heap.old,
      heldBytes: () => heap.held,
      collect: () => {
        heap.collections += 1;
        clock.advance(takesMs);
        Object.assign(heap, { old: 20 * MB, held: heap.held > 60 * MB ? 60 * MB : 30 * MB });
      },
    },
    busyShare: () => state.busy,
    collected: (facts) => told.push(facts),
  });
  care.start();
  const looks = (count: number) => {
    for (let look = 0; look < count; look += 1) clock.advance(10_000);
  };
  return { clock, heap, state, told, care, looks };
}

describe('a heap in use', () => {
  it('is left alone while little more is on it than is alive', () => {
    const { heap, looks } = start();
    looks(1);
    heap.old = 25 * MB;
    looks(100);
    expect(heap.collections).toBe(0);
  });

  it('is collected when a quarter more is on it', () => {
    const { heap, looks, told } = start();
    looks(1);
    Object.assign(heap, { old: 27 * MB, held: 70 * MB });
    looks(1);
    expect(heap.collections).toBe(1);
    expect(told).toEqual([{ tookMs: 20, heldBefore: 70 * MB, heldAfter: 60 * MB }]);
  });

  it('rests a thousand times as long as a collection took', () => {
    const { heap, looks } = start(35);
    looks(1);
    for (let look = 0; look < 12; look += 1) {
      heap.old = 40 * MB;
      looks(1);
    }
    expect(heap.collections).toBe(3);
  });

  it('is not collected in the midst of work once that has taken long', () => {
    const { heap, looks } = start(41);
    looks(1);
    for (let look = 0; look < 100; look += 1) {
      heap.old = 40 * MB;
      looks(1);
    }
    expect(heap.collections).toBe(1);
  });
});

describe('a heap at rest', () => {
  it('gives back what work has left, once, after two looks', () => {
    const { heap, state, looks } = start();
    looks(3);
    state.busy = 0.001;
    looks(1);
    expect(heap.collections).toBe(0);
    looks(1);
    expect(heap.collections).toBe(1);
    looks(1_000);
    expect(heap.collections).toBe(1);
  });

  it('is collected again after more work', () => {
    const { heap, state, looks } = start();
    state.busy = 0;
    looks(3);
    state.busy = 0.3;
    heap.held = 60 * MB;
    looks(3);
    state.busy = 0;
    looks(3);
    expect(heap.collections).toBe(2);
  });

  it('is collected also where that takes long', () => {
    const { heap, state, looks } = start(41);
    looks(1);
    heap.old = 40 * MB;
    looks(1);
    state.busy = 0;
    heap.held = 90 * MB;
    looks(10);
    expect(heap.collections).toBe(2);
  });

  it('is left alone after the end', () => {
    const { state, care, heap, clock } = start();
    state.busy = 0;
    care.close();
    clock.advance(1_000_000);
    expect([heap.collections, clock.pending]).toEqual([0, 0]);
  });
});
