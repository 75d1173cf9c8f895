/**
 * transports/reach-check — asks once, shortly after a request was lost on the way, whether anybody is there.
 *
 *   resting ─a request found no connection, or lost it→ pausing ─→ asking ─any answer→ resting
 *                                                    asking ─no connection→ gone
 *
 * One refused connection may be a moment of load or one of many addresses; another one after a pause is a server that is
 * gone. Without this, a server that keeps no stream open to us would look connected until somebody calls.
 * Knows nothing of: requests of ours, sessions.
 */
import type { McpMuxError, Timer } from '../base/index.ts';
import { HttpFetch } from './http-fetch.ts';
import { connectionProblem } from './http-problems.ts';
import type { HttpWire } from './http-wire.ts';

export interface ReachCheckOwner {
  readonly wire: HttpWire;
  /** Headers of a GET, flat; a fresh list. */
  streamHeaders(lastEventId: undefined): string[];
  /** The server cannot be reached any more. */
  gone(error: McpMuxError): void;
}

const pauseMs = 500;

export class ReachCheck {
  readonly #owner: ReachCheckOwner;
  #timer: Timer | undefined;
  #fetch: HttpFetch | undefined;
  #isClosed = false;

  constructor(owner: ReachCheckOwner) {
    this.#owner = owner;
  }

  /** A request was lost. */
  look(): void {
    if (this.#isClosed || this.#timer !== undefined || this.#fetch !== undefined) return;
    this.#timer = this.#owner.wire.clock.after(pauseMs, () => {
      this.#timer = undefined;
      this.#ask();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#fetch?.abort();
  }

  #ask(): void {
    const { wire } = this.#owner;
    const done = () => {
      this.#fetch?.abort();
      this.#fetch = undefined;
    };
    // Without a person's credentials: whatever it answers, a refusal too, it is there.
    this.#fetch = new HttpFetch({
      head: () => {
        done();
        return { kind: 'discard' };
      },
      ended: done,
      tooLarge: done,
      failed: (error, wasSent) => {
        done();
        if (!wasSent) this.#owner.gone(connectionProblem(wire.server, wire.url, error, false));
      },
    });
    const headers = this.#owner.streamHeaders(undefined);
    wire.dispatch('streams', { method: 'GET', headers, credentials: undefined }, this.#fetch);
  }
}
