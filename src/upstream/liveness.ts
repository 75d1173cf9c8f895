/**
 * upstream/liveness — asks a connected server from time to time whether it is still there.
 *
 *     quiet ─interval over | a request failed in a doubtful way→ asking ─any answer→ quiet
 *    asking ─refused, or nobody there→ doubtful ─asked once more, the same→ dead
 *    asking ─no answer in time→ quiet, or dead after several such in a row
 *
 * Asks with `ping` (`server/discover` in the modern era, which has no ping), never with a list. Silence counts only for a
 * server that has answered before, and only while it has no calls: one that works on a call may be too busy to say so.
 * Knows nothing of: what becomes of a dead connection.
 *
 * @see MCP 2025-11-25, basic/utilities/ping
 */
import { type Clock, isMcpMuxError, type McpMuxError, type Timer } from '../base/index.ts';
import { upstreamError } from './errors.ts';
import type { Leg } from './leg.ts';

export interface LivenessOptions {
  readonly serverName: string;
  readonly clock: Clock;
  /** How often it is asked; 0 = only when in doubt. */
  readonly intervalMs: () => number;
  /** The connection is of no use any more. */
  readonly dead: (error: McpMuxError) => void;
}

const answerWithinMs = 10_000;
/** A refusal may be a moment of load; the same twice is an answer. */
const askAgainAfterMs = 1_000;
const suspectAfterMs = 100;
const refusalsBorne = 2;
const silencesBorne = 3;

export class Liveness {
  readonly #options: LivenessOptions;
  #leg: Leg | undefined;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #isAsking = false;
  #hasAnswered = false;
  #isSuspect = false;
  #refusals = 0;
  #silences = 0;

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  /** This leg is the connection from now on. */
  watch(leg: Leg): void {
    this.stop();
    this.#leg = leg;
    this.#plan(this.#options.intervalMs());
  }

  stop(): void {
    this.#leg = undefined;
    this.#isAsking = false;
    this.#hasAnswered = false;
    this.#calm();
    this.#cancelTimer();
  }

  /** A request failed in a way that leaves open whether anybody is there, or knows us. */
  suspect(error: McpMuxError): void {
    if (this.#leg === undefined || !isDoubtful(error)) return;
    this.#isSuspect = true;
    if (!this.#isAsking) this.#plan(suspectAfterMs);
  }

  async #ask(leg: Leg): Promise<void> {
    this.#isAsking = true;
    let error: unknown;
    try {
      await leg.ping(answerWithinMs);
    } catch (thrown) {
      error = thrown;
    }
    if (leg !== this.#leg) return;
    this.#isAsking = false;
    if (leg.isClosed) return;
    if (error === undefined) {
      this.#hasAnswered = true;
      this.#calm();
    } else if (isMcpMuxError(error) && this.#judge(error, leg)) return;
    this.#plan(this.#refusals > 0 ? askAgainAfterMs : this.#options.intervalMs());
  }

  /** @returns whether it is dead */
  #judge(error: McpMuxError, leg: Leg): boolean {
    if (error.code === 'upstream.timed_out') {
      if (!this.#hasAnswered || leg.inFlight > 0) return false;
      this.#silences += 1;
    } else if (isDoubtful(error) && (this.#hasAnswered || this.#isSuspect || isNobodyThere(error))) {
      this.#refusals += 1;
    } else this.#calm();
    if (this.#silences < silencesBorne && this.#refusals < refusalsBorne) return false;
    this.#cancelTimer();
    this.#options.dead(
      upstreamError('gone', { server: this.#options.serverName, reason: error.message }, error),
    );
    return true;
  }

  #calm(): void {
    this.#isSuspect = false;
    this.#refusals = 0;
    this.#silences = 0;
  }

  /** The earliest plan counts. 0 = none. */
  #plan(delayMs: number): void {
    if (delayMs <= 0) return;
    const at = this.#options.clock.monotonic() + delayMs;
    if (at >= this.#timerAt) return;
    this.#cancelTimer();
    this.#timerAt = at;
    this.#timer = this.#options.clock.after(delayMs, () => {
      this.#cancelTimer();
      if (this.#leg !== undefined && !this.#leg.isClosed) void this.#ask(this.#leg);
    });
  }

  #cancelTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }
}

/** What a server that is gone, or that has forgotten us, could have been the reason of. */
function isDoubtful(error: McpMuxError): boolean {
  if (isNobodyThere(error)) return true;
  if (error.code === 'transports.overloaded') return true;
  if (error.code !== 'transports.http_refused') return false;
  const status = Number(error.facts['status']);
  return (
    status >= 500 || status === 400 || status === 404 || status === 409 || status === 410 || status === 422
  );
}

function isNobodyThere(error: McpMuxError): boolean {
  return error.code === 'transports.unreachable' || error.code === 'transports.cut';
}
