import { describe, expect, it } from 'vitest';
import { ManualClock } from '../base/index.ts';
import { defaultWireLimits, type WireLimits } from './limits.ts';
import { MessageRateLimiter } from './message-rate-limiter.ts';

const message = Buffer.from('{}');
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

function start(limits: Partial<WireLimits> = {}) {
  const clock = new ManualClock();
  const heard: string[] = [];
  const intake = new MessageRateLimiter(
    {
      message: (_, causedBy) => heard.push(`message ${causedBy ?? ''}`.trim()),
      hold: () => heard.push('hold'),
      go: () => heard.push('go'),
      flooded: () => heard.push('flooded'),
    },
    clock,
    { ...defaultWireLimits, messagesPerSecond: 10, messageBurst: 5, floodGraceMs: 3_000, ...limits },
  );
  const count = (): number => heard.filter((entry) => entry.startsWith('message')).length;
  return { clock, heard, intake, count };
}

describe('Intake', () => {
  it('passes messages straight on while the rate allows it', () => {
    const { intake, heard } = start();
    intake.offer(message, 7);
    intake.offer(message, undefined);
    expect(heard).toEqual(['message 7', 'message']);
  });

  it('holds the source beyond the burst, keeps order, and lets it go when all was handed on', async () => {
    const { intake, heard, clock, count } = start();
    for (let i = 1; i <= 8; i += 1) intake.offer(message, i);
    expect(heard.slice(5)).toEqual(['hold']);
    // What waits costs something beside its bytes.
    expect(intake.bufferedBytes).toBe(3 * (message.length + 128));
    clock.advance(100);
    await turn();
    expect(count()).toBe(6);
    clock.advance(300);
    await turn();
    expect(heard.slice(-2)).toEqual(['message 8', 'go']);
    expect(heard.filter((entry) => entry.startsWith('message'))).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((i) => `message ${i}`),
    );
    expect(intake.bufferedBytes).toBe(0);
  });

  it('does not count answers: every request earns a message', async () => {
    const { intake, count } = start();
    for (let i = 0; i < 1_000; i += 1) {
      intake.earn();
      intake.offer(message, i);
    }
    // The clock stands still, so nothing that the rate holds back would come; turns of the loop alone let all come.
    for (let turns = 0; turns < 1_000 && count() < 1_000; turns += 1) await turn();
    expect(count()).toBe(1_000);
  });

  it('counts what a request has earned also while its answer waits for a turn', async () => {
    const { intake, count } = start();
    const busyUntil = performance.now() + 6;
    for (let i = 0; i < 1_000; i += 1) {
      intake.earn();
      intake.offer(message, i);
      // The turn is used up after the first look at the clock: most of them wait.
      if (i === 20) while (performance.now() < busyUntil);
    }
    expect(intake.isHolding).toBe(true);
    for (let turns = 0; turns < 1_000 && count() < 1_000; turns += 1) await turn();
    expect(count()).toBe(1_000);
  });

  it('holds a source that brings too many bytes', () => {
    const { intake, heard } = start({ bytesPerSecond: 10, bytesEarnedByRequest: 0 });
    intake.offer(Buffer.alloc(30), undefined);
    intake.offer(message, undefined);
    expect(heard).toEqual(['message', 'hold']);
  });

  it('tells a flood that does not end, once', async () => {
    const { intake, heard, clock } = start();
    for (let i = 0; i < 200; i += 1) intake.offer(message, undefined);
    for (let second = 0; second < 40; second += 1) {
      clock.advance(100);
      await turn();
    }
    expect(heard.filter((entry) => entry === 'flooded')).toHaveLength(1);
  });

  it('slows large answers down, but does not take them for a flood', async () => {
    const { intake, heard, clock } = start({ bytesPerSecond: 10, bytesEarnedByRequest: 0 });
    for (let second = 0; second < 100; second += 1) {
      intake.earn();
      if (!intake.isHolding) intake.offer(Buffer.alloc(20), 1);
      clock.advance(200);
      await turn();
    }
    expect(heard).toContain('hold');
    expect(heard).not.toContain('flooded');
  });

  it('forgives a burst that comes to an end', async () => {
    const { intake, heard, clock } = start();
    for (let round = 0; round < 6; round += 1) {
      for (let i = 0; i < 10; i += 1) intake.offer(message, undefined);
      for (let step = 0; step < 30; step += 1) {
        clock.advance(100);
        await turn();
      }
    }
    expect(heard).not.toContain('flooded');
  });

  it('gives the event loop a turn in between when handing on takes long', async () => {
    const clock = new ManualClock();
    let handed = 0;
    let held = 0;
    const intake = new MessageRateLimiter(
      {
        message: () => {
          handed += 1;
          const until = performance.now() + 1;
          while (performance.now() < until);
        },
        hold: () => {
          held += 1;
        },
        go: () => {},
        flooded: () => {},
      },
      clock,
      { ...defaultWireLimits, messageBurst: 1_000 },
    );
    for (let i = 0; i < 200; i += 1) intake.offer(message, undefined);
    expect(handed).toBeLessThan(100);
    expect(held).toBe(1);
    while (handed < 200) await turn();
  });

  it('runs what is to come after everything offered, after it', async () => {
    const { intake, heard, clock } = start();
    intake.afterAll(() => heard.push('first'));
    for (let i = 0; i < 6; i += 1) intake.offer(message, undefined);
    intake.afterAll(() => heard.push('last'));
    clock.advance(100);
    await turn();
    expect(heard[0]).toBe('first');
    expect(heard.slice(-3)).toEqual(['message', 'last', 'go']);
  });

  it('hands on all that waits when the source has ended, whatever the rate', async () => {
    const { intake, count } = start();
    for (let i = 0; i < 50; i += 1) intake.offer(message, undefined);
    intake.release();
    while (count() < 50) await turn();
  });

  it('forgets everything when it is closed', async () => {
    const { intake, clock, count } = start();
    for (let i = 0; i < 8; i += 1) intake.offer(message, undefined);
    intake.close();
    clock.advance(10_000);
    await turn();
    intake.offer(message, undefined);
    expect(count()).toBe(5);
    expect(intake.bufferedBytes).toBe(0);
    expect(clock.pending).toBe(0);
  });
});
