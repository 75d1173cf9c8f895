/**
 * upstream/state-machine.test — the table of a server instance's life.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import {
  callTriesAfterMs,
  failureLimit,
  type Input,
  initialMachine,
  type Machine,
  pauseAfter,
  stableAfterMs,
  step,
} from './state-machine.ts';

/** Feeds inputs in order; `flowId: 0` in an input stands for the machine's own. */
function run(start: Machine, ...inputs: Input[]): ReturnType<typeof step> {
  let last: ReturnType<typeof step> = { machine: start, effects: [] };
  for (const input of inputs) {
    const own = 'flowId' in input && input.flowId === 0 ? { ...input, flowId: last.machine.flowId } : input;
    last = step(last.machine, own, 0.5);
  }
  return last;
}

const toReady: Input[] = [
  { kind: 'want' },
  { kind: 'opened', flowId: 0 },
  { kind: 'agreed', flowId: 0 },
  { kind: 'listed', flowId: 0, at: 1_000 },
];
const failed = (retry: 'final' | 'soon' | 'limited', at = 2_000): Input => ({
  kind: 'failed',
  flowId: 0,
  failure: { retry },
  at,
});

describe('step', () => {
  it('goes from wanted to ready by opening, agreeing and listing', () => {
    const phases = toReady.map((_, at) => run(initialMachine, ...toReady.slice(0, at + 1)).machine.phase);
    expect(phases).toEqual(['opening', 'agreeing', 'listing', 'ready']);
  });

  it.each([
    ['final', 'failed'],
    ['soon', 'waiting'],
    ['limited', 'waiting'],
  ] as const)('after a %s failure it is %s', (retry, phase) => {
    expect(run(initialMachine, { kind: 'want' }, failed(retry)).machine.phase).toBe(phase);
  });

  it.each([
    ['no sooner than told', 7_000, 7_000],
    ['after its own pause when that is longer', 50, 200],
    ['after five minutes when it was told a day', 86_400_000, 300_000],
  ])('R39 tries a busy server again %s', (_, retryAfterMs, afterMs) => {
    const failure = { retry: 'soon', retryAfterMs } as const;
    const waiting = run(initialMachine, { kind: 'want' }, { kind: 'failed', flowId: 0, failure, at: 2_000 });
    expect(waiting.effects).toContainEqual({ kind: 'wake', flowId: 1, afterMs });
    const told = Math.min(retryAfterMs, 300_000);
    // Nor does a call try it sooner. A person may.
    expect(run(waiting.machine, { kind: 'call', at: 2_000 + told - 1 }).machine.phase).toBe('waiting');
    expect(run(waiting.machine, { kind: 'call', at: 2_000 + told }).machine.phase).toBe('opening');
    const opened = run(waiting.machine, { kind: 'again' });
    expect(opened.machine).toMatchObject({ phase: 'opening', leftAloneUntil: undefined });
  });

  it('wakes after a growing pause and opens under a new flow id', () => {
    const waiting = run(initialMachine, { kind: 'want' }, failed('soon'));
    expect(waiting.effects).toContainEqual({ kind: 'wake', flowId: 1, afterMs: 200 });
    const opened = run(waiting.machine, { kind: 'timer', flowId: 0 });
    expect(opened.machine).toMatchObject({ phase: 'opening', flowId: 2, restarts: 0 });
    expect([1, 2, 3, 8, 20].map(pauseAfter)).toEqual([200, 400, 800, 25_600, 30_000]);
  });

  it('gives up after too many limited failures in a row', () => {
    let { machine } = run(initialMachine, { kind: 'want' });
    for (let count = 1; count < failureLimit; count += 1) {
      machine = run(machine, failed('limited'), { kind: 'timer', flowId: 0 }).machine;
      expect(machine.phase).toBe('opening');
    }
    const last = run(machine, failed('limited'));
    expect(last.machine.phase).toBe('failed');
    expect(last.effects).toContainEqual({ kind: 'crash_loop' });
  });

  describe('a server that failed too often', () => {
    let given: Machine;
    beforeEach(() => {
      given = run(initialMachine, { kind: 'want' }).machine;
      for (let count = 1; count < failureLimit; count += 1)
        given = run(given, failed('limited'), { kind: 'timer', flowId: 0 }).machine;
      given = run(given, failed('limited', 5_000)).machine;
      expect(given).toMatchObject({ phase: 'failed', callTriesAt: 5_000 + callTriesAfterMs });
    });
    const call = (at: number): Input => ({ kind: 'call', at });

    it('is left alone by calls until the pause is over, then tried once', () => {
      expect(run(given, call(5_000 + callTriesAfterMs - 1))).toEqual({ machine: given, effects: [] });
      const tried = run(given, call(5_000 + callTriesAfterMs));
      expect(tried.machine).toMatchObject({ phase: 'opening', callTriesAt: undefined });
      expect(tried.effects).toMatchObject([{ kind: 'open', flowId: tried.machine.flowId }]);
    });

    it('is failed again after one more failure, with the pause anew, also when it was ready for a moment', () => {
      const at = 5_000 + callTriesAfterMs;
      const wasReady: Input[] = [...toReady.slice(1, 3), { kind: 'listed', flowId: 0, at }];
      for (const between of [[], wasReady]) {
        const again = run(given, call(at), ...between, failed('limited', at + 500)).machine;
        expect(again).toMatchObject({ phase: 'failed', callTriesAt: at + 500 + callTriesAfterMs });
      }
    });

    it('is no business of calls when a person switched it off, or when trying again cannot help', () => {
      const off = run(given, { kind: 'unwant' }, { kind: 'closed' }, call(1e9)).machine;
      expect(off.phase).toBe('idle');
      const final = run(initialMachine, { kind: 'want' }, failed('final')).machine;
      expect(run(final, call(1e9)).machine.phase).toBe('failed');
    });
  });

  it('never gives up on a server that only cannot be reached', () => {
    let { machine } = run(initialMachine, { kind: 'want' });
    for (let count = 0; count < 50; count += 1)
      machine = run(machine, failed('soon'), { kind: 'timer', flowId: 0 }).machine;
    expect(machine.phase).toBe('opening');
  });

  it('counts anew once a server has proven itself', () => {
    const ready = run(
      initialMachine,
      { kind: 'want' },
      failed('limited'),
      { kind: 'timer', flowId: 0 },
      ...toReady.slice(1),
    );
    const early = run(ready.machine, failed('limited', 1_000 + stableAfterMs - 1));
    const late = run(ready.machine, failed('limited', 1_000 + stableAfterMs));
    expect([early.machine.failuresInARow, late.machine.failuresInARow]).toEqual([2, 1]);
  });

  it('counts a death only once, however often it is told', () => {
    const once = run(initialMachine, ...toReady, failed('limited'));
    expect(run(once.machine, failed('limited')).machine.failuresInARow).toBe(1);
  });

  it('drops what an earlier life reports', () => {
    const second = run(initialMachine, { kind: 'want' }, failed('soon'), {
      kind: 'timer',
      flowId: 0,
    }).machine;
    for (const late of [
      { kind: 'agreed', flowId: 1 },
      { kind: 'failed', flowId: 1, failure: { retry: 'final' }, at: 0 },
      { kind: 'needs_sign_in', flowId: 1 },
      { kind: 'timer', flowId: 1 },
    ] as Input[]) {
      expect(step(second, late)).toEqual({ machine: second, effects: [] });
    }
  });

  it('asks for sign-in, waits for the person and opens with the token', () => {
    const needs = run(initialMachine, { kind: 'want' }, { kind: 'needs_sign_in', flowId: 0 });
    expect(needs.machine.phase).toBe('oauth_required');
    const signing = run(needs.machine, { kind: 'signing_in', flowId: 0 });
    expect(signing.machine.phase).toBe('authenticating');
    expect(run(signing.machine, { kind: 'token' }).machine.phase).toBe('opening');
  });

  it('closes when it is not wanted any more, and opens again when it is wanted meanwhile', () => {
    const closing = run(initialMachine, ...toReady, { kind: 'unwant' });
    expect(closing.effects).toEqual([{ kind: 'close' }]);
    expect(run(closing.machine, { kind: 'closed' }).machine.phase).toBe('idle');
    expect(run(closing.machine, { kind: 'want' }, { kind: 'closed' }).machine.phase).toBe('opening');
  });

  describe('a server that nobody uses', () => {
    const falling = run(initialMachine, ...toReady, { kind: 'unused', flowId: 0 });
    const asleep = run(falling.machine, { kind: 'closed' });

    it('closes, sleeps, and stays asleep whatever is reconciled', () => {
      expect(falling).toMatchObject({ machine: { phase: 'closing' }, effects: [{ kind: 'close' }] });
      expect(asleep.machine).toMatchObject({ phase: 'asleep', isWanted: true });
      expect(run(asleep.machine, { kind: 'want' }).machine.phase).toBe('asleep');
      expect(run(falling.machine, { kind: 'want' }, { kind: 'closed' }).machine.phase).toBe('asleep');
    });

    it.each([[{ kind: 'call', at: 0 }], [{ kind: 'again' }]] as [Input][])('is opened by %j', (input) => {
      expect(run(asleep.machine, input).machine.phase).toBe('opening');
      expect(run(falling.machine, input, { kind: 'closed' }).machine.phase).toBe('opening');
    });

    it('closes for good when it is switched off', () => {
      expect(run(asleep.machine, { kind: 'unwant' }, { kind: 'closed' }).machine.phase).toBe('idle');
      expect(run(falling.machine, { kind: 'unwant' }, { kind: 'closed' }).machine.phase).toBe('idle');
    });

    it('does not fall asleep in an earlier life or before it is ready', () => {
      const ready = run(initialMachine, ...toReady).machine;
      expect(step(ready, { kind: 'unused', flowId: 99 }).machine).toBe(ready);
      const opening = run(initialMachine, { kind: 'want' }).machine;
      expect(run(opening, { kind: 'unused', flowId: 0 }).machine.phase).toBe('opening');
    });
  });

  it('opens at once when somebody asks again, also from a crash loop, and never when it is not wanted', () => {
    const stuck = run(initialMachine, { kind: 'want' }, failed('final'));
    expect(run(stuck.machine, { kind: 'again' }).machine).toMatchObject({
      phase: 'opening',
      failuresInARow: 0,
    });
    expect(run(initialMachine, { kind: 'again' }).machine.phase).toBe('idle');
  });

  it('asks for a sign-in again when one ends without a token', () => {
    const asking = run(
      initialMachine,
      { kind: 'want' },
      { kind: 'needs_sign_in', flowId: 0 },
      { kind: 'signing_in', flowId: 0 },
    );
    expect(asking.machine.phase).toBe('authenticating');
    expect(run(asking.machine, { kind: 'sign_in_ended' }).machine.phase).toBe('oauth_required');
    expect(run(asking.machine, { kind: 'token' }).machine).toMatchObject({ phase: 'opening', flowId: 2 });
  });

  it.each(['sign_in_ended', 'token'] as const)('does not care for %s while it is connected', (kind) => {
    const { machine } = run(initialMachine, ...toReady);
    expect(run(machine, { kind })).toEqual({ machine, effects: [] });
  });

  it('closes when a person signs out, and drops what the earlier life still reports', () => {
    const ready = run(initialMachine, ...toReady);
    const out = run(ready.machine, { kind: 'signed_out' });
    expect(out).toMatchObject({
      machine: { phase: 'oauth_required', flowId: 2, isWanted: true },
      effects: [{ kind: 'close' }],
    });
    const late: Input = { kind: 'failed', flowId: 1, failure: { retry: 'soon' }, at: 5_000 };
    expect(run(out.machine, late).machine).toBe(out.machine);
    expect(run(initialMachine, { kind: 'signed_out' }).machine).toBe(initialMachine);
  });
});
