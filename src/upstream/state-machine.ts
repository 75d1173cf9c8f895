/**
 * upstream/state-machine — the life of a server instance as a pure step function.
 *
 *     idle ─want→ opening ─opened→ agreeing ─agreed→ listing ─listed→ ready
 *       any ─failed, retry→ waiting ─timer→ opening     any ─needs sign-in→ oauth_required ─signing in→ authenticating ─token→ opening
 *       any ─failed, final→ failed ─want→ opening       any ─unwant→ closing ─closed→ idle
 *       any ─failed too often→ failed ─call, after a long pause→ opening (one attempt: the next failure is failed again)
 *     ready ─unused→ closing ─closed→ asleep ─call→ opening
 *       authenticating ─sign-in ended→ oauth_required   any ─signed out→ oauth_required
 *       any ─removed→ closing ─closed→ idle, for good: nothing opens it again
 *
 * Effects are run elsewhere and carry the attempt number (flow id): what an earlier life reports is dropped.
 * Knows nothing of: wires, timers, clocks. Time comes in as a number.
 */

export type Phase =
  | 'idle'
  | 'opening'
  | 'agreeing'
  | 'listing'
  | 'ready'
  | 'waiting'
  | 'failed'
  | 'oauth_required'
  | 'authenticating'
  | 'closing'
  /** Wanted, stopped because nobody used it: what it offers stays listed, and the next call starts it. */
  | 'asleep';

export interface Machine {
  readonly phase: Phase;
  readonly isWanted: boolean;
  /** Nobody can want it any more. */
  readonly isRemoved: boolean;
  /** While `closing`: it closes to sleep, not to end. */
  readonly isFallingAsleep: boolean;
  /** Counts attempts. What carries another number is of an earlier life. */
  readonly flowId: number;
  readonly failuresInARow: number;
  /** When it was last `ready`, and since when it is (epoch ms). */
  readonly readySince: number | undefined;
  /** How often it was started again after it had been ready. */
  readonly restarts: number;
  /** The life that ended last, or that goes on, has been ready: the next attempt is a restart. */
  readonly wasReady: boolean;
  /** While `failed` because it failed too often: when a call may try it once again (epoch ms). */
  readonly callTriesAt: number | undefined;
  /** While `waiting`: the server asked to be left alone until then (epoch ms), so a call does not end the wait. */
  readonly leftAloneUntil: number | undefined;
}

/** Why an attempt or a life ended. */
export interface Failure {
  /** `final`: it will fail again the same way. `soon`: try again with growing pauses. `limited`: like soon, but only a few times in a row. */
  readonly retry: 'final' | 'soon' | 'limited';
  /** The server asked to be left alone for this long. */
  readonly retryAfterMs?: number | undefined;
}

export type Input =
  | { readonly kind: 'want' }
  | { readonly kind: 'unwant' }
  /** It is uninstalled, or the daemon ends. */
  | { readonly kind: 'removed' }
  | { readonly kind: 'opened'; readonly flowId: number }
  | { readonly kind: 'agreed'; readonly flowId: number }
  | { readonly kind: 'listed'; readonly flowId: number; readonly at: number }
  | { readonly kind: 'failed'; readonly flowId: number; readonly failure: Failure; readonly at: number }
  | { readonly kind: 'needs_sign_in'; readonly flowId: number }
  | { readonly kind: 'signing_in'; readonly flowId: number }
  /** The sign-in was given up, refused or too late. */
  | { readonly kind: 'sign_in_ended' }
  | { readonly kind: 'token' }
  /** A person took our tokens back: whatever used them ends. */
  | { readonly kind: 'signed_out' }
  | { readonly kind: 'timer'; readonly flowId: number }
  | { readonly kind: 'again'; readonly cause?: string }
  /** Nobody has used it for as long as it may stay idle. */
  | { readonly kind: 'unused'; readonly flowId: number }
  /** Somebody calls it and waits. */
  | { readonly kind: 'call'; readonly at: number }
  | { readonly kind: 'closed' };

export type Effect =
  /** Start an attempt under this flow id. `cause`: why, in words that follow "because". */
  | { readonly kind: 'open'; readonly flowId: number; readonly cause: string }
  /** End whatever of the earlier life is open. */
  | { readonly kind: 'close' }
  | { readonly kind: 'wake'; readonly flowId: number; readonly afterMs: number }
  /** It has failed too often in a row. */
  | { readonly kind: 'crash_loop' };

export interface Step {
  readonly machine: Machine;
  readonly effects: readonly Effect[];
}

/** How many `limited` failures in a row are borne before a person is needed. */
export const failureLimit = 5;
/** A server that was ready this long has proven itself: the count of failures starts anew. */
export const stableAfterMs = 60_000;
/** How long a server that failed too often is left alone before a call may try it once again. */
export const callTriesAfterMs = 60_000;
const firstPauseMs = 200;
const longestPauseMs = 30_000;
/** A Retry-After of a day is a mistake more often than a wish. */
export const longestRetryAfterMs = 300_000;

export const initialMachine: Machine = {
  phase: 'idle',
  isWanted: false,
  isRemoved: false,
  isFallingAsleep: false,
  flowId: 0,
  failuresInARow: 0,
  readySince: undefined,
  restarts: 0,
  wasReady: false,
  callTriesAt: undefined,
  leftAloneUntil: undefined,
};

/** The pause before attempt number `failures` + 1, without jitter: 200 ms doubling to 30 s. */
export function pauseAfter(failures: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** Math.max(0, failures - 1));
}

/**
 * Decides. Inputs of an earlier life change nothing.
 *
 * @param jitter 0..1, spreads retries of many servers
 */
export function step(machine: Machine, input: Input, jitter = 0.5): Step {
  if ('flowId' in input && input.flowId !== machine.flowId) return stay(machine);
  if (machine.isRemoved && input.kind !== 'closed') return stay(machine);
  switch (input.kind) {
    case 'want':
      // Said of every server whenever one of them changes: what waits or has failed goes on doing so.
      if (machine.isWanted && machine.phase !== 'idle') return stay(machine);
      if (machine.phase === 'closing') return stay({ ...machine, isWanted: true });
      return open({ ...machine, isWanted: true, failuresInARow: 0 }, 'it is switched on');
    case 'unwant':
      return unwanted(machine);
    case 'removed':
      return unwanted({ ...machine, isRemoved: true });
    case 'opened':
      return machine.phase === 'opening' ? stay({ ...machine, phase: 'agreeing' }) : stay(machine);
    case 'agreed':
      return machine.phase === 'agreeing' || machine.phase === 'opening'
        ? stay({ ...machine, phase: 'listing' })
        : stay(machine);
    case 'listed':
      return machine.phase === 'listing'
        ? stay({ ...machine, phase: 'ready', readySince: input.at, wasReady: true })
        : stay(machine);
    case 'failed':
      return failed(machine, input.failure, input.at, jitter);
    case 'needs_sign_in':
      if (!isAlive(machine.phase)) return stay(machine);
      return {
        machine: { ...machine, phase: 'oauth_required', readySince: undefined },
        effects: [{ kind: 'close' }],
      };
    case 'signing_in':
      return machine.phase === 'oauth_required'
        ? stay({ ...machine, phase: 'authenticating' })
        : stay(machine);
    case 'sign_in_ended':
      return machine.phase === 'authenticating'
        ? stay({ ...machine, phase: 'oauth_required' })
        : stay(machine);
    case 'signed_out':
      if (machine.phase === 'idle' || machine.phase === 'closing') return stay(machine);
      return {
        machine: {
          ...machine,
          phase: 'oauth_required',
          flowId: machine.flowId + 1,
          failuresInARow: 0,
          readySince: undefined,
        },
        effects: [{ kind: 'close' }],
      };
    case 'token':
      return machine.isWanted && (machine.phase === 'authenticating' || machine.phase === 'oauth_required')
        ? open({ ...machine, failuresInARow: 0 }, 'a person has signed in')
        : stay(machine);
    case 'timer':
      return machine.phase === 'waiting' && machine.isWanted
        ? open(machine, 'the pause after a failure is over')
        : stay(machine);
    case 'again':
      return again(machine, input.cause ?? 'a person asked for it');
    case 'closed':
      if (machine.phase !== 'closing') return stay(machine);
      if (machine.isFallingAsleep) return stay({ ...machine, phase: 'asleep', isFallingAsleep: false });
      return machine.isWanted
        ? open({ ...machine, phase: 'idle', failuresInARow: 0 }, 'it was wanted again while it was stopped')
        : stay({ ...machine, phase: 'idle' });
    case 'unused':
      if (machine.phase !== 'ready') return stay(machine);
      return {
        machine: {
          ...machine,
          phase: 'closing',
          isFallingAsleep: true,
          flowId: machine.flowId + 1,
          readySince: undefined,
          wasReady: false,
        },
        effects: [{ kind: 'close' }],
      };
    case 'call':
      return called(machine, input.at);
  }
}

/**
 * A call does not sit out a pause between attempts, and it wakes what sleeps. What failed too often it may try once after
 * a long pause: the failures so far still count, so one more ends the attempt as before.
 */
function called(machine: Machine, at: number): Step {
  switch (machine.phase) {
    case 'waiting':
      return machine.leftAloneUntil !== undefined && at < machine.leftAloneUntil
        ? stay(machine)
        : open(machine, 'a call waits for it');
    case 'asleep':
      return open({ ...machine, failuresInARow: 0 }, 'a call waits for it');
    case 'closing':
      // It is opened as soon as it is closed.
      return stay({ ...machine, isFallingAsleep: false });
    case 'idle':
    case 'opening':
    case 'agreeing':
    case 'listing':
    case 'ready':
    case 'oauth_required':
    case 'authenticating':
      return stay(machine);
    case 'failed':
      return machine.isWanted && machine.callTriesAt !== undefined && at >= machine.callTriesAt
        ? open(machine, 'a call waits for it')
        : stay(machine);
  }
}

/** Somebody asks for a fresh attempt now: a person, or a call that does not want to wait for the timer. */
function again(machine: Machine, cause: string): Step {
  switch (machine.phase) {
    case 'waiting':
      return open(machine, cause);
    case 'asleep':
      return open({ ...machine, failuresInARow: 0 }, cause);
    case 'ready':
    case 'listing':
    case 'agreeing':
    case 'opening':
    case 'oauth_required':
    case 'authenticating':
    case 'failed':
    case 'idle': {
      if (!machine.isWanted) return stay(machine);
      const opened = open({ ...machine, failuresInARow: 0 }, cause);
      return { machine: opened.machine, effects: [{ kind: 'close' }, ...opened.effects] };
    }
    case 'closing':
      return stay({ ...machine, isFallingAsleep: false });
  }
}

function failed(machine: Machine, failure: Failure, at: number, jitter: number): Step {
  if (!isAlive(machine.phase)) return stay(machine);
  const hasProven = machine.readySince !== undefined && at - machine.readySince >= stableAfterMs;
  const failuresInARow = hasProven ? 1 : machine.failuresInARow + 1;
  const next: Machine = { ...machine, failuresInARow, readySince: undefined };
  if (failure.retry === 'final')
    return { machine: { ...next, phase: 'failed' }, effects: [{ kind: 'close' }] };
  if (failure.retry === 'limited' && failuresInARow >= failureLimit) {
    return {
      machine: { ...next, phase: 'failed', callTriesAt: at + callTriesAfterMs },
      effects: [{ kind: 'close' }, { kind: 'crash_loop' }],
    };
  }
  const pauseMs = Math.round(pauseAfter(failuresInARow) * (0.75 + jitter / 2));
  const leftAloneMs = Math.min(failure.retryAfterMs ?? 0, longestRetryAfterMs);
  const afterMs = Math.max(pauseMs, leftAloneMs);
  const leftAloneUntil = leftAloneMs > 0 ? at + leftAloneMs : undefined;
  return {
    machine: { ...next, phase: 'waiting', leftAloneUntil },
    effects: [{ kind: 'close' }, { kind: 'wake', flowId: machine.flowId, afterMs }],
  };
}

/** Is there an attempt or a connection that can fail? */
function isAlive(phase: Phase): boolean {
  return phase === 'opening' || phase === 'agreeing' || phase === 'listing' || phase === 'ready';
}

function unwanted(machine: Machine): Step {
  const next: Machine = { ...machine, isWanted: false, isFallingAsleep: false, wasReady: false };
  if (machine.phase === 'idle' || machine.phase === 'closing') return stay(next);
  return {
    machine: { ...next, phase: 'closing', flowId: machine.flowId + 1, readySince: undefined },
    effects: [{ kind: 'close' }],
  };
}

function open(machine: Machine, cause: string): Step {
  const flowId = machine.flowId + 1;
  return {
    machine: {
      ...machine,
      phase: 'opening',
      flowId,
      readySince: undefined,
      callTriesAt: undefined,
      leftAloneUntil: undefined,
      restarts: machine.wasReady ? machine.restarts + 1 : machine.restarts,
      wasReady: false,
    },
    effects: [{ kind: 'open', flowId, cause }],
  };
}

function stay(machine: Machine): Step {
  return { machine, effects: [] };
}
