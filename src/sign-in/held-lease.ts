/**
 * sign-in/held-lease — a lease that is kept for as long as its holder lives and works.
 *
 *   taken ─ every 3 s → extended ─ … ─ given back
 *              └ cannot be extended: tried again; 10 s after the last success it is nobody's
 *
 * So a process that dies in the middle holds the others up for seconds, and one that works slowly loses nothing.
 * Knows nothing of: what is done under it.
 */
import { type Clock, describeError, type Timer } from '../base/index.ts';
import type { CredentialRepository, ServerId } from '../model/index.ts';
import type { OAuthLog } from './oauth-server.ts';

/** Three tries to extend it fit in, on a machine and a store that are busy. */
const leaseMs = 10_000;
const extendEveryMs = 3_000;
/** Between "it is still mine" and what is done because of it. */
const marginMs = 1_000;

export interface LeaseOptions {
  readonly credentials: CredentialRepository;
  readonly clock: Clock;
  readonly log: OAuthLog;
  readonly serverId: ServerId;
  readonly holder: string;
  readonly generation: number;
}

export class HeldLease {
  readonly #options: LeaseOptions;
  #heldUntil: number;
  #timer: Timer | undefined;
  #extending: Promise<void> = Promise.resolve();
  #isReleased = false;

  private constructor(options: LeaseOptions, takenAt: number) {
    this.#options = options;
    this.#heldUntil = takenAt + leaseMs;
    this.#extendLater();
  }

  /** @returns undefined while another process holds it. @throws store.* */
  static async take(options: LeaseOptions): Promise<HeldLease | undefined> {
    const takenAt = options.clock.monotonic();
    return (await write(options)) ? new HeldLease(options, takenAt) : undefined;
  }

  /** Is it ours beyond doubt? False after a pause of this process, or of the store, that was too long. */
  get isHeld(): boolean {
    return this.#options.clock.monotonic() < this.#heldUntil - marginMs;
  }

  /** Never throws: a lease that cannot be given back ends by itself. */
  async release(): Promise<void> {
    const { credentials, log, serverId, holder } = this.#options;
    this.#isReleased = true;
    this.#timer?.cancel();
    await this.#extending;
    await credentials.releaseLease(serverId, holder).catch((error: unknown) => {
      log(serverId, 'warn', 'the refresh lease could not be given back', { reason: describeError(error) });
    });
  }

  #extendLater(): void {
    this.#timer = this.#options.clock.after(extendEveryMs, () => {
      this.#extending = this.#extend();
    });
  }

  async #extend(): Promise<void> {
    const { clock, log, serverId } = this.#options;
    const takenAt = clock.monotonic();
    try {
      if (await write(this.#options)) this.#heldUntil = takenAt + leaseMs;
      else {
        // We were away for too long, and somebody else has it now.
        this.#heldUntil = Number.NEGATIVE_INFINITY;
        return;
      }
    } catch (error) {
      log(serverId, 'debug', 'the refresh lease could not be extended', { reason: describeError(error) });
    }
    if (!this.#isReleased) this.#extendLater();
  }
}

/** Takes it or extends it. */
async function write({ credentials, clock, serverId, holder, generation }: LeaseOptions): Promise<boolean> {
  const now = clock.now();
  const lease = await credentials.takeLease(serverId, holder, generation, now + leaseMs, now);
  return lease !== undefined;
}
