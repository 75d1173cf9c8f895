/**
 * cli/stdio-bridge/legacy-calls — messages of the legacy era: within the session that `initialize` opened.
 *
 * Owns: the order around `initialize`, the opening of a new session in place of a lost one, the standing stream.
 */
import type { Clock } from '../../base/index.ts';
import type { DaemonConnection } from './daemon-connection.ts';
import { LegacySession } from './legacy-session.ts';
import { type ClientMessage, readClientMessage } from './message.ts';
import { isBroken, type Outcome } from './outcome.ts';
import type { Poster, PostOptions } from './post.ts';
import { keepStandingStream } from './standing-stream.ts';

const resumeAttempts = 5;
const farewellMs = 2_000;

export interface LegacyCallsOptions {
  readonly poster: Poster;
  readonly link: DaemonConnection;
  readonly write: (line: string) => Promise<void>;
  readonly clock: Clock;
  /** Aborts when the bridge ends. */
  readonly signal: AbortSignal;
}

export class LegacyCalls {
  readonly #options: LegacyCallsOptions;
  readonly #session = new LegacySession();
  /** Later messages wait for `initialize` and `notifications/initialized` before them. */
  #gate: Promise<void> = Promise.resolve();
  #reopening: Promise<void> | undefined;

  constructor(options: LegacyCallsOptions) {
    this.#options = options;
  }

  carry(message: ClientMessage): Promise<void> {
    if (message.method === 'initialize') {
      this.#gate = this.#gate.then(() => this.#initialize(message));
      return this.#gate;
    }
    const work = this.#gate.then(() => this.#carry(message));
    if (message.method === 'notifications/initialized') this.#gate = work;
    return work;
  }

  /** The client has left: the gateway need not keep its session. */
  async leave(): Promise<void> {
    if (this.#session.id === undefined) return;
    try {
      await this.#options.link.exchange({
        method: 'DELETE',
        headers: this.#session.headers,
        signal: AbortSignal.timeout(farewellMs),
        isRepeatable: true,
        message: async () => {},
      });
    } catch {
      // The daemon is gone; it forgets unused sessions by itself.
    }
  }

  async #initialize(message: ClientMessage): Promise<void> {
    this.#session.begin(message);
    let result: unknown;
    const outcome = await this.#post(message, {
      headers: {},
      peek: (given) => {
        result = given;
      },
    });
    if (result !== undefined) this.#session.opened(outcome.end?.sessionId, result);
    await this.#finish(outcome, message);
  }

  async #carry(message: ClientMessage): Promise<void> {
    await this.#reopening;
    this.#session.note(message);
    const { generation, id } = this.#session;
    let outcome = await this.#post(message);
    if (outcome.end?.status === 404 && id !== undefined) {
      await this.#reopen(generation);
      outcome = await this.#post(message);
    }
    await this.#finish(await this.#resume(message, outcome), message);
    if (message.method === 'notifications/initialized') this.#openStandingStream();
  }

  #post(message: ClientMessage, options: Partial<PostOptions> = {}): Promise<Outcome> {
    const { poster, signal } = this.#options;
    return poster.post(message, { headers: this.#session.headers, signal, ...options });
  }

  async #finish(outcome: Outcome, message: ClientMessage): Promise<void> {
    if (!this.#options.signal.aborted) await this.#options.poster.answerWhatIsMissing(outcome, message);
  }

  /** An answer stream that broke off is picked up where it was, when the gateway gave its events ids. */
  async #resume(message: ClientMessage, first: Outcome): Promise<Outcome> {
    let outcome = first;
    for (let attempt = 0; attempt < resumeAttempts && isBroken(outcome); attempt += 1) {
      const lastEventId = outcome.end?.lastEventId;
      if (lastEventId === undefined || this.#options.signal.aborted) break;
      const headers = { ...this.#session.headers, 'last-event-id': lastEventId };
      const resumed = await this.#post({ ...message, ids: outcome.missing }, { headers, method: 'GET' });
      if (resumed.end?.kind !== 'events') break;
      outcome = resumed;
    }
    return outcome;
  }

  /** Opens a new session in place of a lost one, once for all who noticed. The client learns nothing of it. */
  #reopen(lostGeneration: number): Promise<void> {
    if (this.#session.generation !== lostGeneration) return this.#reopening ?? Promise.resolve();
    this.#reopening ??= this.#openAgain().finally(() => {
      this.#reopening = undefined;
    });
    return this.#reopening;
  }

  async #openAgain(): Promise<void> {
    const replay = this.#session.replay();
    if (replay === undefined) return;
    let result: unknown;
    const opened = await this.#postOwn(replay.initialize, {
      headers: {},
      peek: (given) => {
        result = given;
      },
    });
    if (result === undefined) return;
    this.#session.opened(opened.end?.sessionId, result);
    await this.#postOwn('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    for (const text of replay.rest) await this.#postOwn(text);
    this.#openStandingStream();
  }

  #postOwn(text: string, options: Partial<PostOptions> = {}): Promise<Outcome> {
    return this.#post(readClientMessage(text) as ClientMessage, { ...options, isOwn: true });
  }

  /** The stream on which the gateway speaks unasked; it lasts as long as its session. */
  #openStandingStream(): void {
    const { link, write, clock, signal } = this.#options;
    const { generation } = this.#session;
    void keepStandingStream({
      link,
      headers: () => this.#session.headers,
      isCurrent: () => this.#session.generation === generation && !signal.aborted,
      write,
      lost: () => void this.#reopen(generation),
      signal,
      clock,
    });
  }
}
