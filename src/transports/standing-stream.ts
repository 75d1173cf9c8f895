/**
 * transports/standing-stream — the GET stream on which a legacy server tells what no request of ours caused.
 *
 *   opening ─200→ open ─end, cut, silence→ waiting ─retry time→ opening
 *   opening ─405 and the like→ none (the server has no such stream; that is allowed)
 *   opening ─401, 403 with the newest credentials, or where none are needed→ none
 *   opening ─404, 410 after it worked→ session lost      opening ─nobody listens, twice→ the server is gone
 *
 * Knows nothing of: requests of ours and their answers.
 */
import type { McpMuxError, Secret, Timer } from '../base/index.ts';
import { SseParser } from '../protocol/index.ts';
import { type BodyPlan, type FetchSink, HttpFetch, type IncomingHttpHeaders } from './http-fetch.ts';
import { connectionProblem, singleHeader } from './http-problems.ts';
import type { HttpWire } from './http-wire.ts';

export interface StandingStreamOwner {
  readonly wire: HttpWire;
  hasSession(): boolean;
  streamHeaders(lastEventId: string | undefined): string[];
  offer(bytes: Buffer, causedBy: undefined): void;
  streamOpened(fetch: HttpFetch): void;
  sessionLost(): void;
  /** The server cannot be reached any more. */
  gone(error: McpMuxError): void;
  note(level: 'debug' | 'warn', message: string, facts?: Readonly<Record<string, string | number>>): void;
}

/** After a stream that lived: short, because the end of the stream is how the end of the server is noticed. */
const firstRetryMs = 500;
/** A stream that ends sooner has hardly lived. */
const livedMs = 5_000;
/** Whatever the server asks for: no more than one GET a second. */
const minRetryMs = 1_000;
const maxRetryMs = 60_000;
/** So many vain connects in a row mean that the server is gone. */
const connectsUntilGone = 2;

export class StandingStream implements FetchSink {
  readonly #owner: StandingStreamOwner;
  #fetch: HttpFetch | undefined;
  #parser: SseParser | undefined;
  #used: Secret | undefined;
  #hasRenewed = false;
  #hasWorked = false;
  #lastEventId: string | undefined;
  /** What the server asked for. */
  #retryMs: number | undefined;
  #openedAt: number | undefined;
  /** Attempts in a row that brought no event. */
  #fruitless = 0;
  #vainConnects = 0;
  #status = 0;
  #challenge: string | undefined;
  #isOpen = false;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(owner: StandingStreamOwner) {
    this.#owner = owner;
  }

  get bufferedBytes(): number {
    return this.#parser?.bufferedBytes ?? 0;
  }

  open(): void {
    this.#timer = undefined;
    const credentials = this.#owner.wire.credentials();
    if (!(credentials instanceof Promise)) return this.#get(credentials);
    credentials.then(
      (value) => this.#get(value),
      () => this.#again(),
    );
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    if (this.#fetch !== undefined) this.#owner.wire.unwatch(this.#fetch);
    this.#fetch?.abort();
  }

  #get(credentials: Secret | undefined): void {
    if (this.#isClosed) return;
    this.#used = credentials;
    this.#isOpen = false;
    const fetch = new HttpFetch(this);
    this.#fetch = fetch;
    const headers = this.#owner.streamHeaders(this.#lastEventId);
    this.#owner.wire.dispatch('streams', { method: 'GET', headers, credentials }, fetch);
  }

  head(status: number, headers: IncomingHttpHeaders): BodyPlan {
    this.#vainConnects = 0;
    this.#status = status;
    this.#challenge = singleHeader(headers['www-authenticate']);
    const type = (singleHeader(headers['content-type']) ?? '').toLowerCase();
    if (status !== 200 || !type.startsWith('text/event-stream')) return { kind: 'sample', maxBytes: 0 };
    const { wire } = this.#owner;
    const fetch = this.#fetch!;
    this.#isOpen = true;
    this.#openedAt = wire.clock.monotonic();
    this.#hasWorked = true;
    this.#hasRenewed = false;
    this.#parser = new SseParser(
      {
        event: (event) => {
          this.#fruitless = 0;
          const isMessage = event.type === undefined || event.type === 'message';
          if (isMessage && event.data.length > 0) this.#owner.offer(event.data, undefined);
        },
        retry: (delayMs) => {
          this.#retryMs = delayMs;
        },
        tooLarge: () => this.tooLarge(),
      },
      wire.limits.maxMessageBytes,
      this.#lastEventId,
    );
    wire.watch(fetch, wire.limits.streamIdleMs, () => {
      fetch.abort();
      this.#again();
    });
    this.#owner.streamOpened(fetch);
    return { kind: 'stream' };
  }

  chunk(bytes: Buffer): void {
    this.#parser?.push(bytes);
  }

  ended(): void {
    if (this.#isClosed) return;
    if (this.#isOpen) return this.#again();
    const status = this.#status;
    if ((status === 400 || status === 431) && this.#lastEventId !== undefined) {
      // It may be the id to resume from that it cannot take: what it tells from now on is better than nothing.
      this.#lastEventId = undefined;
      return this.#again();
    }
    if (status === 401 || status === 403) return this.#renew(status);
    const isGone = status === 404 || status === 410;
    if (isGone && this.#hasWorked && this.#owner.hasSession()) return this.#owner.sessionLost();
    if (status === 409 || status === 429 || status >= 500) return this.#again();
    this.#owner.note('debug', 'the server offers no stream of its own messages', { status });
  }

  tooLarge(): void {
    this.#owner.note('warn', 'a message on the server’s own stream was too large and was left out');
    this.#fetch?.abort();
    this.#parser = undefined;
    // To resume from before it would bring it again.
    this.#lastEventId = undefined;
    this.#again();
  }

  failed(error: Error, wasSent: boolean): void {
    if (this.#isClosed) return;
    if (!wasSent) {
      this.#vainConnects += 1;
      const { server, url } = this.#owner.wire;
      if (this.#vainConnects >= connectsUntilGone) {
        return this.#owner.gone(connectionProblem(server, url, error, false));
      }
    }
    this.#again();
  }

  #renew(status: 401 | 403): void {
    // Calls get on without credentials, so nobody has to sign in for a stream that is not needed.
    if (this.#used === undefined || this.#hasRenewed) {
      this.#owner.note('warn', 'the server refuses its stream of own messages', { status });
      return;
    }
    this.#hasRenewed = true;
    this.#owner.wire.renewCredentials(this.#used, status, this.#challenge).then(
      (renewed) => this.#get(renewed),
      () => this.#owner.note('warn', 'the server refuses its stream of own messages', { status }),
    );
  }

  #again(): void {
    if (this.#parser !== undefined) this.#lastEventId = this.#parser.lastEventId;
    this.#parser = undefined;
    if (this.#isClosed || this.#timer !== undefined) return;
    // Some hosts end every stream at once; they are asked less and less often.
    const delayMs = Math.min(this.#pauseMs() * 2 ** Math.min(this.#fruitless, 10), maxRetryMs);
    this.#fruitless += 1;
    this.#timer = this.#owner.wire.clock.after(delayMs, () => this.open());
  }

  #pauseMs(): number {
    if (this.#retryMs !== undefined) return Math.max(this.#retryMs, minRetryMs);
    const openedAt = this.#openedAt;
    this.#openedAt = undefined;
    const hasLived =
      openedAt === undefined
        ? this.#fruitless === 0
        : this.#owner.wire.clock.monotonic() - openedAt >= livedMs;
    return hasLived ? firstRetryMs : minRetryMs;
  }
}
