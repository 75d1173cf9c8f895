/**
 * sign-in/held-lease — a refresh lease that is extended while its holder works.
 *
 *   taken ─ every 3 s → extended ─ … ─ released
 *              └ cannot be extended: tried again; 10 s after the last success it expires
 *
 * If a process dies, the others wait for some seconds. A process that works slowly keeps its lease.
 * Knows nothing of: what is done under it.
 */
import { type Clock, describeError, type Timer } from '../base/index.ts';
import type { CredentialRepository, ServerId } from '../model/index.ts';
import type { OAuthLog } from './oauth-server.ts';

/** Long enough for three attempts to extend it on a busy machine. */
const leaseMs = 10_000;
const extendEveryMs = 3_000;
/** The lease may expire between the check and the request. */
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

  /** Is it certainly ours? False if this process or the store was paused for too long. */
  get isHeld(): boolean {
    return this.#options.clock.monotonic() < this.#heldUntil - marginMs;
  }

  /** Never throws. A lease that cannot be released expires. */
  async release(): Promise<void> {
    const { credentials, log, serverId, holder } = this.#options;
    this.#isReleased = true;
    this.#timer?.cancel();
    await this.#extending;
    await credentials.releaseLease(serverId, holder).catch((error: unknown) => {
      log(serverId, 'warn', 'the refresh lease could not be released', { reason: describeError(error) });
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
        // It has expired, and another process has it now.
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
