/**
 * admin/browser/one-time-links — links that let one browser in, once, within five minutes.
 *
 * Only the hash of a link is kept. One that was used or has expired is remembered for an hour, so that its page can say
 * which of the two it was.
 * Knows nothing of: browsers, sessions.
 */
import { createHash } from 'node:crypto';
import { type Clock, randomText } from '../../base/index.ts';

/** Long enough to switch windows, too short to be found in a scrollback later. */
export const linkLifeMs = 5 * 60_000;
const rememberedMs = 60 * 60_000;
const maxLinks = 200;
/** 43 characters of 62: 256 bits. */
const linkLength = 43;

export interface OneTimeLink {
  readonly text: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** Where a link may be redeemed: at this machine's own names, or at the public address. */
export type LinkReach = 'local' | 'public';

export type LinkVerdict = 'good' | 'used' | 'expired' | 'unknown' | 'elsewhere';

interface KnownLink {
  readonly expiresAt: number;
  readonly reach: LinkReach;
  isUsed: boolean;
}

export class OneTimeLinks {
  readonly #links = new Map<string, KnownLink>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  make(reach: LinkReach): OneTimeLink {
    this.#forgetOld();
    const text = randomText(linkLength);
    const expiresAt = this.#clock.now() + linkLifeMs;
    this.#links.set(hashOf(text), { expiresAt, reach, isUsed: false });
    return { text, expiresAt };
  }

  /** Uses the link up when it is good here. */
  redeem(text: string, reach: LinkReach): LinkVerdict {
    const link = this.#links.get(hashOf(text));
    if (link === undefined) return 'unknown';
    if (link.isUsed) return 'used';
    if (link.expiresAt <= this.#clock.now()) return 'expired';
    if (link.reach !== reach) return 'elsewhere';
    link.isUsed = true;
    return 'good';
  }

  #forgetOld(): void {
    const before = this.#clock.now() - rememberedMs;
    for (const [hash, link] of this.#links)
      if (link.expiresAt < before || this.#links.size >= maxLinks) this.#links.delete(hash);
      else break;
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
