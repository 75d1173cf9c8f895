/**
 * upstream/server-lifecycle — the machine of one server with a clock: feeds it, arms its timer, remembers since when and why,
 * and wakes those who wait for it to settle.
 *
 * In: inputs. Out: what is to be done now (open, close, tell), through `LifecycleHooks`.
 * Owns: the machine, the pause before the next attempt. Knows nothing of: legs, features, words for people.
 */
import type { Clock, McpMuxError, Timer } from '../base/index.ts';
import { type Input, initialMachine, type Machine, type Phase, step } from './state-machine.ts';

export interface LifecycleHooks {
  /** Start an attempt under this number. @param cause why, in words that follow "because" */
  open(flowId: number, cause: string): void;
  /** End whatever is open; `thenIdle`: and feed `closed` when nothing is left. */
  close(thenIdle: boolean): void;
  /** It has failed too often in a row. @param callTriesAt when a call may try it again, epoch ms */
  leftAlone(callTriesAt: number): void;
  /** There is something new to say of its state. */
  changed(): void;
}

export class ServerLifecycle {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #hooks: LifecycleHooks;
  #machine: Machine = initialMachine;
  #wake: Timer | undefined;
  #waiters: (() => void)[] = [];
  #since: number;
  #retryAt: number | undefined;
  #lastAttemptAt: number | undefined;
  /** Why it is not connected, or what went wrong last before it was. */
  error: McpMuxError | undefined;

  /** @param random 0..1, spreads the retries of many servers */
  constructor(clock: Clock, random: () => number, hooks: LifecycleHooks) {
    this.#clock = clock;
    this.#random = random;
    this.#hooks = hooks;
    this.#since = clock.now();
  }

  get machine(): Machine {
    return this.#machine;
  }
  get phase(): Phase {
    return this.#machine.phase;
  }
  get flowId(): number {
    return this.#machine.flowId;
  }
  get isWanted(): boolean {
    return this.#machine.isWanted;
  }
  /** In this phase since, epoch ms. */
  get since(): number {
    return this.#since;
  }
  /** The next attempt by itself, while it waits for one, epoch ms. */
  get retryAt(): number | undefined {
    return this.#retryAt;
  }
  get lastAttemptAt(): number | undefined {
    return this.#lastAttemptAt;
  }

  feed(input: Input): void {
    const before = this.#machine;
    const { machine, effects } = step(before, input, this.#random());
    this.#machine = machine;
    if (machine.phase !== before.phase) this.#entered(machine.phase);
    for (const effect of effects) {
      switch (effect.kind) {
        case 'open':
          this.#wake?.cancel();
          this.#lastAttemptAt = this.#clock.now();
          this.#hooks.open(effect.flowId, effect.cause);
          break;
        case 'close':
          this.#wake?.cancel();
          this.#hooks.close(machine.phase === 'closing');
          break;
        case 'wake':
          this.#wakeAfter(effect.afterMs, effect.flowId);
          break;
        case 'crash_loop':
          this.#hooks.leftAlone(machine.callTriesAt ?? 0);
          break;
      }
    }
    if (machine.phase !== before.phase || effects.length > 0) this.tell();
  }

  /** Says its state again, and lets those who wait look at it. */
  tell(): void {
    this.#hooks.changed();
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }

  /** Nothing of it is left, and nothing will come of it any more. */
  get isOver(): boolean {
    return this.#machine.isRemoved && this.#machine.phase === 'idle';
  }

  /** Resolves when the phase satisfies `isSettled`, when it can change no more, at the latest after `timeoutMs`. */
  async whenSettled(isSettled: (phase: Phase) => boolean, timeoutMs: number): Promise<void> {
    const endsAt = this.#clock.monotonic() + timeoutMs;
    while (!isSettled(this.#machine.phase) && !this.isOver) {
      const left = endsAt - this.#clock.monotonic();
      if (left <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = this.#clock.after(left, resolve);
        this.#waiters.push(() => {
          timer.cancel();
          resolve();
        });
      });
    }
  }

  #entered(phase: Phase): void {
    this.#since = this.#clock.now();
    if (phase !== 'waiting') this.#retryAt = undefined;
    if (phase === 'ready') this.error = undefined;
  }

  #wakeAfter(afterMs: number, flowId: number): void {
    this.#wake?.cancel();
    this.#retryAt = this.#clock.now() + afterMs;
    this.#wake = this.#clock.after(afterMs, () => this.feed({ kind: 'timer', flowId }));
  }
}
