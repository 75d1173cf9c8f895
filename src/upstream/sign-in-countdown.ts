/**
 * upstream/sign-in-countdown — tells every second how long open sign-ins may still take, for whoever watches.
 *
 * Knows nothing of: what a sign-in is.
 */
import type { Clock, Timer } from '../base/index.ts';
import type { DomainEvents, ServerId } from '../model/index.ts';

const tickMs = 1_000;

interface OpenSignIn {
  readonly flowId: number;
  /** Epoch ms. */
  readonly expiresAt: number;
}

export class SignInCountdown {
  readonly #clock: Clock;
  readonly #events: DomainEvents;
  readonly #openOf: (serverId: ServerId) => OpenSignIn | undefined;
  readonly #timers = new Map<ServerId, Timer>();

  /** @param openOf the sign-in that is open for a server */
  constructor(clock: Clock, events: DomainEvents, openOf: (serverId: ServerId) => OpenSignIn | undefined) {
    this.#clock = clock;
    this.#events = events;
    this.#openOf = openOf;
  }

  /** One has begun: it is told at once, and until it is over. */
  start(serverId: ServerId): void {
    this.stop(serverId);
    const open = this.#openOf(serverId);
    if (open === undefined) return;
    this.#events.publish({
      type: 'upstream.sign_in_progressed',
      serverId,
      flowId: open.flowId,
      remainingSeconds: Math.max(0, Math.ceil((open.expiresAt - this.#clock.now()) / 1_000)),
    });
    this.#timers.set(
      serverId,
      this.#clock.after(tickMs, () => this.start(serverId)),
    );
  }

  stop(serverId: ServerId): void {
    this.#timers.get(serverId)?.cancel();
    this.#timers.delete(serverId);
  }

  close(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}
