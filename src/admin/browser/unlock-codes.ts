/**
 * admin/browser/unlock-codes — six digits for a browser that has no link: on a phone, or on another machine.
 *
 * A browser asks, the code appears where only the person can read it (the terminal of the daemon), and it counts for that
 * browser only. `mcpmux open --code` makes one that any browser may use. Single use, two minutes, three tries.
 * A million codes are few, so whoever asks again and again without an answer waits longer each time. That holds up nobody
 * else's link and no code of the command line.
 * Knows nothing of: terminals, sessions.
 */
import { randomInt } from 'node:crypto';
import { type Clock, randomText } from '../../base/index.ts';

export const codeLifeMs = 2 * 60_000;
const maxTries = 3;
/** So many unanswered askings in a row are free; then the wait doubles. */
const freeAskings = 3;
const firstWaitMs = 5_000;
const longestWaitMs = 60 * 60_000;

interface Code {
  readonly digits: string;
  /** Epoch ms. */
  readonly expiresAt: number;
  triesLeft: number;
}

export interface AskedCode {
  /** For the person's eyes. */
  readonly digits: string;
  /** What the browser gives back with the digits. */
  readonly challenge: string;
  readonly expiresAt: number;
}

export type CodeVerdict = 'good' | 'wrong' | 'none';

export class UnlockCodes {
  /** By challenge. */
  readonly #asked = new Map<string, Code>();
  #free: Code | undefined;
  #unanswered = 0;
  #nextAskingAt = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A code that any browser may use; it takes the place of the one before. */
  make(): { readonly digits: string; readonly expiresAt: number } {
    this.#free = this.#newCode();
    return this.#free;
  }

  /** A code for the browser that asks, or how long it has to wait (ms). */
  ask(): AskedCode | { readonly waitMs: number } {
    const now = this.#clock.now();
    if (now < this.#nextAskingAt) return { waitMs: this.#nextAskingAt - now };
    for (const [challenge, code] of this.#asked) if (code.expiresAt <= now) this.#asked.delete(challenge);
    this.#unanswered += 1;
    if (this.#unanswered >= freeAskings)
      this.#nextAskingAt =
        now + Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(20, this.#unanswered - freeAskings));
    const challenge = randomText(43);
    const code = this.#newCode();
    this.#asked.set(challenge, code);
    return { digits: code.digits, challenge, expiresAt: code.expiresAt };
  }

  /**
   * @param challenge of the browser that asked for a code; undefined for one of the command line
   * @returns `none` when there is no code that is still open
   */
  redeem(digits: string, challenge: string | undefined): CodeVerdict {
    const asked = challenge === undefined ? undefined : this.#asked.get(challenge);
    let verdict: CodeVerdict = 'none';
    for (const code of [asked, this.#free]) {
      if (code === undefined || code.triesLeft === 0 || code.expiresAt <= this.#clock.now()) continue;
      if (code.digits === digits) {
        code.triesLeft = 0;
        this.#unanswered = 0;
        this.#nextAskingAt = 0;
        return 'good';
      }
      code.triesLeft -= 1;
      verdict = 'wrong';
    }
    return verdict;
  }

  #newCode(): Code {
    return {
      digits: String(randomInt(1_000_000)).padStart(6, '0'),
      expiresAt: this.#clock.now() + codeLifeMs,
      triesLeft: maxTries,
    };
  }
}
