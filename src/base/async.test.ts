/**
 * base/async.test — one flight a key, a bounded number at once, giving up.
 */
import { describe, expect, it } from 'vitest';
import { Cancellation, Semaphore, SingleFlight, withTimeout } from './async.ts';
import { ManualClock } from './clock.ts';

describe('SingleFlight', () => {
  it('lets all who ask at once share one piece of work, and starts anew afterwards', async () => {
    const flights = new SingleFlight<string, number>();
    let count = 0;
    const work = (): Promise<number> => Promise.resolve(++count);
    expect(
      await Promise.all([flights.run('a', work), flights.run('a', work), flights.run('b', work)]),
    ).toEqual([1, 1, 2]);
    expect(await flights.run('a', work)).toBe(3);
  });

  it('shares a failure too, and does not keep it', async () => {
    const flights = new SingleFlight<string, number>();
    const failing = (): Promise<number> => Promise.reject(new Error('no'));
    await expect(Promise.all([flights.run('a', failing), flights.run('a', failing)])).rejects.toThrow('no');
    expect(await flights.run('a', () => Promise.resolve(1))).toBe(1);
  });
});

describe('Semaphore', () => {
  it('runs so many at once and the rest in order', async () => {
    const turns = new Semaphore(2);
    const running: number[] = [];
    let most = 0;
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3, 4, 5].map((name) =>
        turns.run(async () => {
          running.push(name);
          order.push(name);
          most = Math.max(most, running.length);
          await Promise.resolve();
          running.splice(running.indexOf(name), 1);
        }),
      ),
    );
    expect([most, order]).toEqual([2, [1, 2, 3, 4, 5]]);
  });

  it('gives the place back when the work fails', async () => {
    const turns = new Semaphore(1);
    await expect(turns.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await turns.run(() => Promise.resolve(1))).toBe(1);
  });

  it.each([0, -1, 1.5])('refuses a limit of %s', (limit) => {
    expect(() => new Semaphore(limit)).toThrow(RangeError);
  });
});

describe('Cancellation', () => {
  it('tells each listener once, late ones at once, and not those who left', () => {
    const cancellation = new Cancellation();
    const heard: string[] = [];
    cancellation.onCancel((reason) => heard.push(`early ${reason}`));
    cancellation.onCancel(() => heard.push('left'))();
    cancellation.cancel('enough');
    cancellation.cancel('again');
    cancellation.onCancel((reason) => heard.push(`late ${reason}`));
    expect(heard).toEqual(['early enough', 'late enough']);
  });
});

it('gives up waiting after the time', async () => {
  const clock = new ManualClock();
  const waiting = withTimeout(clock, 100, new Promise<never>(() => {}), () => new Error('too late'));
  const failure = expect(waiting).rejects.toThrow('too late');
  clock.advance(100);
  await failure;
  expect(await withTimeout(clock, 100, Promise.resolve(1), () => new Error('too late'))).toBe(1);
  expect(clock.pending).toBe(0);
});
