/**
 * transports/message-rate-limiter — hands messages on at a rate the process can bear.
 *
 * A server that behaves passes straight through. One that floods is held: what came already waits here, its pipe or
 * socket is paused, and the event loop gets a turn between batches. Nothing is dropped; the server has to wait.
 * Knows nothing of: where messages come from, what they mean.
 *
 *   direct ─rate or turn used up→ holding ─queue empty→ direct
 *   rate used up again and again for `floodGraceMs` ─→ flooded (told once)
 */
import type { Clock, Timer } from '../base/index.ts';
import type { WireLimits } from './limits.ts';

export interface RateLimiterSink {
  message(bytes: Buffer, causedBy: number | undefined): void;
  /** Stop reading. */
  hold(): void;
  /** Read on. */
  go(): void;
  /** It has been too much for too long. */
  flooded(): void;
}

/** How long one turn may hand on messages before other servers and clients get theirs. */
const turnMs = 5;
/** The clock is asked once every so many messages. */
const messagesPerLook = 16;
/** What a message that waits costs beside its bytes. */
const overheadBytes = 128;
/** A server that stays within its rate for this long has stopped flooding. */
const peaceMs = 1_000;

type Waiting =
  | { readonly bytes: Buffer; readonly causedBy: number | undefined }
  | { readonly act: () => void };

export class MessageRateLimiter {
  readonly #sink: RateLimiterSink;
  readonly #clock: Clock;
  readonly #limits: WireLimits;
  #messageTokens: number;
  #byteTokens: number;
  #refilledAt: number;
  #queue: Waiting[] = [];
  #head = 0;
  #queuedBytes = 0;
  #isHolding = false;
  /** Since when the rate has been used up, with no second of peace in between, and when that was seen last. */
  #overSince: number | undefined;
  #overSeenAt = 0;
  #earnedAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #turnStartedAt = 0;
  #inTurn = 0;
  #isTurnWatched = false;
  #isUnlimited = false;
  #isClosed = false;

  constructor(sink: RateLimiterSink, clock: Clock, limits: WireLimits) {
    this.#sink = sink;
    this.#clock = clock;
    this.#limits = limits;
    this.#messageTokens = limits.messageBurst;
    this.#byteTokens = limits.bytesPerSecond * 2;
    this.#refilledAt = clock.monotonic();
  }

  get bufferedBytes(): number {
    return this.#queuedBytes;
  }

  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** A request went out: its answer is not part of any flood. */
  earn(): void {
    this.#earnedAt = this.#clock.monotonic();
    this.#messageTokens = Math.min(this.#messageTokens + 1, this.#mostMessageTokens);
    this.#byteTokens = Math.min(
      this.#byteTokens + this.#limits.bytesEarnedByRequest,
      this.#limits.bytesPerSecond * 2,
    );
  }

  offer(bytes: Buffer, causedBy: number | undefined): void {
    if (this.#isClosed) return;
    if (!this.#isHolding && this.#mayPass()) {
      this.#spend(bytes.length);
      this.#sink.message(bytes, causedBy);
      return;
    }
    this.#queue.push({ bytes, causedBy });
    this.#queuedBytes += bytes.length + overheadBytes;
    this.#hold();
  }

  /** Runs `act` when everything offered before it has been handed on: at once, when nothing waits. */
  afterAll(act: () => void): void {
    if (!this.#isHolding) act();
    else this.#queue.push({ act });
  }

  /** The source has ended: what waits is all there will be, so the rate does not matter any more. */
  release(): void {
    this.#isUnlimited = true;
    if (this.#isHolding && this.#immediate === undefined) this.#schedule(0);
  }

  /** Forgets what waits. */
  close(): void {
    this.#isClosed = true;
    this.#queue = [];
    this.#head = 0;
    this.#queuedBytes = 0;
    this.#timer?.cancel();
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
  }

  #mayPass(): boolean {
    if (this.#isTurnOver()) return false;
    if (this.#isUnlimited) return true;
    if (this.#messageTokens >= 1 && this.#byteTokens > 0) return true;
    this.#refill();
    if (this.#messageTokens >= 1 && this.#byteTokens > 0) return true;
    const now = this.#clock.monotonic();
    if (this.#overSince === undefined || now - this.#overSeenAt > peaceMs) this.#overSince = now;
    this.#overSeenAt = now;
    return false;
  }

  /**
   * Has this turn of the event loop handed on enough? Only a turn that hands on many messages is watched: to learn when it
   * ends costs the loop another round, which a single answer must not pay.
   */
  #isTurnOver(): boolean {
    this.#inTurn += 1;
    if (this.#inTurn < messagesPerLook) return false;
    if (!this.#isTurnWatched) {
      this.#isTurnWatched = true;
      this.#turnStartedAt = performance.now();
      setImmediate(() => this.#beginTurn());
    }
    return this.#inTurn % messagesPerLook === 0 && performance.now() - this.#turnStartedAt > turnMs;
  }

  #beginTurn(): void {
    this.#isTurnWatched = false;
    this.#inTurn = 0;
  }

  #spend(bytes: number): void {
    this.#messageTokens -= 1;
    this.#byteTokens -= bytes;
  }

  #refill(): void {
    const now = this.#clock.monotonic();
    const seconds = (now - this.#refilledAt) / 1_000;
    this.#refilledAt = now;
    const { messagesPerSecond, bytesPerSecond } = this.#limits;
    this.#messageTokens = Math.min(
      this.#messageTokens + seconds * messagesPerSecond,
      this.#mostMessageTokens,
    );
    this.#byteTokens = Math.min(this.#byteTokens + seconds * bytesPerSecond, bytesPerSecond * 2);
  }

  /** What waits has not spent yet what its requests have earned. */
  get #mostMessageTokens(): number {
    return this.#limits.messageBurst + this.#queue.length - this.#head;
  }

  #hold(): void {
    if (this.#isHolding) return;
    this.#isHolding = true;
    this.#sink.hold();
    this.#schedule(this.#waitMs());
  }

  /** How long until the next message may pass; 0 when only this turn is over. */
  #waitMs(): number {
    if (this.#isUnlimited) return 0;
    const { messagesPerSecond, bytesPerSecond } = this.#limits;
    const forMessage = this.#messageTokens >= 1 ? 0 : ((1 - this.#messageTokens) / messagesPerSecond) * 1_000;
    const forBytes = this.#byteTokens > 0 ? 0 : (-this.#byteTokens / bytesPerSecond) * 1_000;
    const waitMs = Math.max(forMessage, forBytes);
    // A wait makes room for a handful of messages, not for one: waking up costs more than handing on.
    return waitMs === 0 ? 0 : Math.max(waitMs, 20);
  }

  #schedule(waitMs: number): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (waitMs === 0) this.#immediate = setImmediate(() => this.#drain());
    else this.#timer = this.#clock.after(waitMs, () => this.#drain());
  }

  #drain(): void {
    this.#immediate = undefined;
    this.#timer = undefined;
    this.#beginTurn();
    while (this.#head < this.#queue.length) {
      const next = this.#queue[this.#head]!;
      if ('act' in next) {
        this.#head += 1;
        next.act();
      } else {
        if (!this.#mayPass()) break;
        this.#head += 1;
        this.#queuedBytes -= next.bytes.length + overheadBytes;
        this.#spend(next.bytes.length);
        this.#sink.message(next.bytes, next.causedBy);
      }
      if (this.#isClosed) return;
    }
    if (this.#head < this.#queue.length) {
      if (this.#isFlooding()) return this.#sink.flooded();
      if (this.#head > 1_024) {
        this.#queue = this.#queue.slice(this.#head);
        this.#head = 0;
      }
      return this.#schedule(this.#waitMs());
    }
    this.#queue = [];
    this.#head = 0;
    this.#isHolding = false;
    this.#sink.go();
  }

  #isFlooding(): boolean {
    if (this.#isUnlimited || this.#overSince === undefined) return false;
    const now = this.#clock.monotonic();
    if (now - this.#overSeenAt >= peaceMs || now - this.#overSince <= this.#limits.floodGraceMs) return false;
    // Large answers to requests are slowed down, but they are what somebody asked for.
    return this.#messageTokens < 1 || this.#earnedAt < this.#overSince;
  }
}
