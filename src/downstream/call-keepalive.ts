/**
 * downstream/call-keepalive — keeps clients patient while a server works.
 *
 * A call that has been silent for a while gets a sign of life: progress, when the client asked for progress and the
 * server gives none; otherwise a comment, which keeps proxies and sockets from giving up. One coarse timer for all.
 * Signs of life are sent only while the call is really open at a living server: a dead one ends the call.
 * Knows nothing of: servers, eras.
 */
import { type Clock, LowAllocationSet, type LowAllocationSetMember, type Timer } from '../base/index.ts';
import type { Caller, Principal } from '../model/index.ts';

/** The shortest timers that clients are known to have are 30 s; signs come well before. */
export const keepaliveAfterMs = 10_000;
const lookEveryMs = 2_500;

export interface OpenCall extends LowAllocationSetMember {
  readonly caller: Caller;
  /** Nobody may act for its caller any more: ends it at once, with the words of a refused key. */
  revoke(): void;
  /** When something was last sent to the client for this call, monotonic ms. */
  lastSignAt: number;
  sign(): void;
}

export class CallKeepalive {
  readonly #clock: Clock;
  readonly #open = new LowAllocationSet<OpenCall>();
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.monotonic();
  }

  add(call: OpenCall): void {
    this.#open.add(call);
    this.#timer ??= this.#clock.after(lookEveryMs, () => this.#look());
  }

  remove(call: OpenCall): void {
    this.#open.delete(call);
  }

  /** Nobody may act for this principal any more: its calls end. */
  revokeAllOf(isTheirs: (principal: Principal) => boolean): void {
    for (const call of this.#open.values()) if (isTheirs(call.caller.principal)) call.revoke();
  }

  close(): void {
    this.#timer?.cancel();
    this.#open.clear();
  }

  #look(): void {
    this.#timer = undefined;
    const now = this.#clock.monotonic();
    for (const call of this.#open.values()) {
      if (now - call.lastSignAt < keepaliveAfterMs) continue;
      call.lastSignAt = now;
      call.sign();
    }
    if (this.#open.size > 0) this.#timer = this.#clock.after(lookEveryMs, () => this.#look());
  }
}
