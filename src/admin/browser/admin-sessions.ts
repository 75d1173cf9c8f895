/**
 * admin/browser/admin-sessions — the browsers that the person has let in.
 *
 * A session has two halves. The cookie names it; cookies know no ports, so any program that serves a page on this machine
 * may see it. The proof is kept by our own pages (storage knows ports) and comes in a header. Only both together may
 * read or change anything.
 *
 *     opened by link or code ──15 min without a request──▶ ended        fresh: the first 10 min after a link
 *            └──────────────── 12 h ─────────────────────▶ ended
 *
 * Held in memory: a restart of the daemon ends all.
 * Knows nothing of: HTTP.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type Clock, type Closeable, randomText, type Timer } from '../../base/index.ts';

export const idleLockMs = 15 * 60_000;
export const sessionLifeMs = 12 * 60 * 60_000;
/** How long after a link the session may do what needs one. */
export const freshMs = 10 * 60_000;
/** A person has a few browsers; more only when something opens them. The one unused for longest goes. */
const maxSessions = 32;
const sweepMs = 30_000;

export interface AdminSession {
  /** For lists and the audit; opens nothing. */
  readonly id: string;
  readonly how: 'link' | 'code';
  /** Epoch ms. */
  readonly openedAt: number;
  readonly endsAt: number;
  lastSeenAt: number;
  /** What needs a fresh link may be done until then (epoch ms); 0 = not. */
  readonly freshUntil: number;
  /** As the browser called itself; display only. */
  readonly browser: string;
  readonly address: string;
}

interface Held {
  readonly session: AdminSession;
  readonly cookieHash: string;
  readonly proofHash: Buffer;
  /** Answers that go on: cut when the session ends. */
  readonly open: Set<{ destroy(): unknown }>;
}

export interface OpenedSession {
  readonly session: AdminSession;
  readonly cookie: string;
  readonly proof: string;
}

export type SessionEnd = 'idle' | 'too old' | 'ended by the person' | 'replaced' | 'stopping';

export class AdminSessions implements Closeable {
  readonly #byCookie = new Map<string, Held>();
  readonly #clock: Clock;
  readonly #ended: (session: AdminSession, why: SessionEnd) => void;
  #sweep: Timer | undefined;

  /** @param ended told once for each session that is over */
  constructor(clock: Clock, ended: (session: AdminSession, why: SessionEnd) => void = () => {}) {
    this.#clock = clock;
    this.#ended = ended;
  }

  /** @param replaces the cookie this browser came with: its session ends, so that a planted one is never taken over */
  open(
    how: AdminSession['how'],
    from: { readonly browser: string; readonly address: string },
    replaces: string | undefined,
  ): OpenedSession {
    if (replaces !== undefined) this.#end(this.#byCookie.get(hashOf(replaces)), 'replaced');
    if (this.#byCookie.size >= maxSessions) this.#end(this.#longestUnused(), 'replaced');
    const now = this.#clock.now();
    const cookie = randomText(43);
    const proof = randomText(43);
    const session: AdminSession = {
      id: randomText(12),
      how,
      openedAt: now,
      endsAt: now + sessionLifeMs,
      lastSeenAt: now,
      freshUntil: how === 'link' ? now + freshMs : 0,
      ...from,
    };
    const cookieHash = hashOf(cookie);
    this.#byCookie.set(cookieHash, { session, cookieHash, proofHash: digestOf(proof), open: new Set() });
    this.#keepSweeping();
    return { session, cookie, proof };
  }

  /** The session of a cookie that is still open. The cookie alone is no permission. */
  find(cookie: string | undefined): AdminSession | undefined {
    const held = cookie === undefined ? undefined : this.#byCookie.get(hashOf(cookie));
    if (held === undefined) return undefined;
    const over = this.#whyOver(held.session);
    if (over === undefined) return held.session;
    this.#end(held, over);
    return undefined;
  }

  /** Does the proof belong to the cookie? */
  isProven(cookie: string | undefined, proof: string | undefined): boolean {
    const held = cookie === undefined ? undefined : this.#byCookie.get(hashOf(cookie));
    return held !== undefined && proof !== undefined && timingSafeEqual(held.proofHash, digestOf(proof));
  }

  /** The person does something: the idle time starts anew. */
  touch(session: AdminSession): void {
    session.lastSeenAt = this.#clock.now();
  }

  /** Cuts `answer` when the session ends before it does. @returns to be called when the answer is over */
  holdOpen(session: AdminSession, answer: { destroy(): unknown }): () => void {
    const held = [...this.#byCookie.values()].find((one) => one.session === session);
    held?.open.add(answer);
    return () => held?.open.delete(answer);
  }

  list(): readonly AdminSession[] {
    for (const held of this.#byCookie.values()) {
      const over = this.#whyOver(held.session);
      if (over !== undefined) this.#end(held, over);
    }
    return [...this.#byCookie.values()].map(({ session }) => session);
  }

  /** @returns how many it was: 0 or 1 */
  end(id: string): number {
    const held = [...this.#byCookie.values()].find(({ session }) => session.id === id);
    this.#end(held, 'ended by the person');
    return held === undefined ? 0 : 1;
  }

  /** @returns how many there were */
  endAll(): number {
    const all = [...this.#byCookie.values()];
    for (const held of all) this.#end(held, 'ended by the person');
    return all.length;
  }

  close(): void {
    for (const held of this.#byCookie.values()) this.#end(held, 'stopping');
    this.#sweep?.cancel();
  }

  #whyOver(session: AdminSession): SessionEnd | undefined {
    const now = this.#clock.now();
    if (now >= session.endsAt) return 'too old';
    return now - session.lastSeenAt >= idleLockMs ? 'idle' : undefined;
  }

  #end(held: Held | undefined, why: SessionEnd): void {
    if (held === undefined || !this.#byCookie.delete(held.cookieHash)) return;
    for (const answer of held.open) answer.destroy();
    held.open.clear();
    this.#ended(held.session, why);
  }

  #longestUnused(): Held | undefined {
    return [...this.#byCookie.values()].sort((a, b) => a.session.lastSeenAt - b.session.lastSeenAt)[0];
  }

  /** Ends what is over also when nobody asks, so that its open streams tell nothing more. */
  #keepSweeping(): void {
    this.#sweep?.cancel();
    this.#sweep = this.#clock.after(sweepMs, () => {
      this.#sweep = undefined;
      if (this.list().length > 0) this.#keepSweeping();
    });
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function hashOf(text: string): string {
  return digestOf(text).toString('base64');
}
