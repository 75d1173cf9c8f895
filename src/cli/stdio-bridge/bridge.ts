/**
 * cli/stdio-bridge/bridge — carries messages between a client's stdin/stdout and the daemon's MCP endpoint, in both eras.
 *
 * In: lines from the client. Out: lines to the client; each request is answered, by the gateway or by the bridge itself.
 * The era is decided per message, as the gateway does it. Messages pass as they are; only headers are added.
 * Knows nothing of: processes, where the daemon is (Link asks), what tools do.
 */
import { type Clock, describeError, isJsonObject, sleep, systemClock } from '../../base/index.ts';
import { headerMismatch, invalidRequest, parseError, type RequestId } from '../../protocol/index.ts';
import { closeConnections, type Endpoint } from './exchange.ts';
import { LegacySession } from './legacy-session.ts';
import { readLines } from './lines.ts';
import { Link } from './link.ts';
import {
  answeredId,
  bridgeError,
  type ClientMessage,
  errorCodeOf,
  errorUnderId,
  readClientMessage,
} from './message.ts';
import { modernHeaders, ParamHeaderMemory } from './modern-headers.ts';
import { explain, isBroken, type Outcome } from './outcome.ts';
import { keepStandingStream } from './standing-stream.ts';

/** How long calls that are running may finish after the client has closed its end. */
const endGraceMs = 10_000;
const farewellMs = 2_000;
/** Between two openings of a listen stream, so that a gateway that closes it at once is not flooded. */
const listenPauseMs = 200;
const baseHeaders = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

export interface BridgeOptions {
  /** Finds the daemon and the key. @throws when it does not run */
  readonly find: () => Promise<Endpoint>;
  readonly input: AsyncIterable<Buffer | string>;
  /** Writes one line; resolves when the client can take more. */
  readonly write: (line: string) => Promise<void>;
  /** A message for a person. */
  readonly tell: (text: string) => void;
  /** Aborts when the process is asked to end: then nothing is waited for. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/** Runs until the client closes its end or `signal` aborts; then ends the session. */
export async function runBridge(options: BridgeOptions): Promise<void> {
  const bridge = new Bridge(options);
  try {
    await bridge.run();
  } finally {
    closeConnections();
  }
}

class Bridge {
  readonly #options: BridgeOptions;
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #session = new LegacySession();
  readonly #params = new ParamHeaderMemory();
  /** Modern requests under way; aborting one is how it is cancelled. */
  readonly #modern = new Map<string, AbortController>();
  readonly #running = new Set<Promise<void>>();
  readonly #end = new AbortController();
  /** Later legacy messages wait for `initialize` and `notifications/initialized` before them. */
  #gate: Promise<void> = Promise.resolve();
  #reopening: Promise<void> | undefined;
  #modernCount = 0;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#link = new Link({ find: options.find, clock: this.#clock });
    options.signal?.addEventListener('abort', () => this.#end.abort(), { once: true });
    this.#end.signal.addEventListener('abort', () => {
      for (const running of this.#modern.values()) running.abort();
    });
  }

  async run(): Promise<void> {
    const lines = readLines(this.#options.input);
    const stopped = new Promise<undefined>((resolve) => {
      this.#end.signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    for (;;) {
      const next = await Promise.race([lines.next(), stopped]);
      if (next === undefined || next.done === true) break;
      if (next.value.kind === 'too-long') await this.#refuse(invalidRequest, 'the message is too long');
      else if (next.value.text !== '') this.#take(next.value.text);
    }
    await this.#finish();
  }

  #take(text: string): void {
    const message = readClientMessage(text);
    const work =
      message === undefined
        ? this.#refuse(parseError, 'the line is not a JSON-RPC message')
        : this.#carry(message);
    // A listen stream never finishes by itself; at the end it is not waited for.
    if (message?.method === 'subscriptions/listen') return;
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }

  #refuse(code: number, why: string): Promise<void> {
    return this.#write(bridgeError(null, why, code));
  }

  async #carry(message: ClientMessage): Promise<void> {
    if (message.method === 'notifications/cancelled' && this.#cancelModern(message)) return;
    if (message.era === 'modern') return this.#carryModern(message);
    const before = this.#gate;
    if (message.method !== 'initialize' && message.method !== 'notifications/initialized') {
      await before;
      return this.#carryLegacy(message);
    }
    const work = before.then(() => this.#carryLegacy(message));
    this.#gate = work;
    return work;
  }

  /** Over HTTP a modern request is cancelled by ending its exchange; the notification has nowhere to go. */
  #cancelModern({ params }: ClientMessage): boolean {
    const key = keyOf(params?.['requestId'] as RequestId | undefined);
    const running = this.#modern.get(key);
    this.#modern.delete(key);
    running?.abort();
    return running !== undefined;
  }

  async #carryModern(message: ClientMessage): Promise<void> {
    const [id] = message.ids;
    const cancel = new AbortController();
    this.#modernCount += 1;
    const key = id === undefined ? `notification ${this.#modernCount}` : keyOf(id);
    this.#modern.set(key, cancel);
    const { signal } = cancel;
    try {
      let outcome = await this.#post(message, modernHeaders(message, this.#params), signal);
      if (this.#lacksParamHeaders(message, outcome) && (await this.#learnParamHeaders(message, signal))) {
        outcome = await this.#post(message, modernHeaders(message, this.#params), signal);
      }
      // A listen stream is meant to last: one that broke off is opened again for the client.
      while (message.method === 'subscriptions/listen' && isBroken(outcome) && !signal.aborted) {
        await sleep(this.#clock, listenPauseMs);
        outcome = await this.#post(message, modernHeaders(message, this.#params), signal);
      }
      if (!signal.aborted) await this.#answerWhatIsMissing(outcome);
    } finally {
      if (this.#modern.get(key) === cancel) this.#modern.delete(key);
    }
  }

  #lacksParamHeaders({ method }: ClientMessage, outcome: Outcome): boolean {
    return (
      method === 'tools/call' && outcome.end !== undefined && errorCodeOf(outcome.end.body) === headerMismatch
    );
  }

  /** Reads the tools' schemas, with the very `_meta` of the call that was refused. @returns false when that failed */
  async #learnParamHeaders({ params }: ClientMessage, signal: AbortSignal): Promise<boolean> {
    let cursor: unknown;
    do {
      const listParams = { _meta: params?.['_meta'], ...(cursor === undefined ? {} : { cursor }) };
      const text = JSON.stringify({
        jsonrpc: '2.0',
        id: 'mcpmux-tools',
        method: 'tools/list',
        params: listParams,
      });
      const asked = readClientMessage(text) as ClientMessage;
      let result: unknown;
      const outcome = await this.#post(asked, modernHeaders(asked, this.#params), signal, (answer) => {
        result = isJsonObject(answer) ? answer['result'] : undefined;
      });
      if (outcome.failure !== undefined || !isJsonObject(result)) return false;
      this.#params.learn(result);
      cursor = result['nextCursor'];
    } while (typeof cursor === 'string' && !signal.aborted);
    return true;
  }

  async #carryLegacy(message: ClientMessage): Promise<void> {
    if (message.method === 'initialize') return this.#initialize(message);
    await this.#reopening;
    this.#session.note(message);
    const { generation } = this.#session;
    let outcome = await this.#postLegacy(message);
    if (outcome.end?.status === 404 && this.#session.id !== undefined) {
      await this.#reopen(generation);
      outcome = await this.#postLegacy(message);
    }
    outcome = await this.#resume(message, outcome);
    if (!this.#end.signal.aborted) await this.#answerWhatIsMissing(outcome);
    if (message.method === 'notifications/initialized') this.#openStandingStream();
  }

  #postLegacy(message: ClientMessage): Promise<Outcome> {
    return this.#post(message, this.#session.headers, this.#end.signal);
  }

  async #initialize(message: ClientMessage): Promise<void> {
    this.#session.begin(message);
    let result: unknown;
    const outcome = await this.#post(message, {}, this.#end.signal, undefined, (answer) => {
      result = isJsonObject(answer) ? answer['result'] : undefined;
    });
    if (result !== undefined) this.#session.opened(outcome.end?.sessionId, result);
    if (!this.#end.signal.aborted) await this.#answerWhatIsMissing(outcome);
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
    const opened = await this.#postText(replay.initialize, {}, (answer) => {
      result = isJsonObject(answer) ? answer['result'] : undefined;
    });
    if (result === undefined) return;
    this.#session.opened(opened.end?.sessionId, result);
    await this.#postText('{"jsonrpc":"2.0","method":"notifications/initialized"}', this.#session.headers);
    for (const text of replay.rest) await this.#postText(text, this.#session.headers);
    this.#openStandingStream();
  }

  #postText(
    text: string,
    headers: Readonly<Record<string, string>>,
    swallow: (answer: unknown) => void = () => {},
  ): Promise<Outcome> {
    return this.#post(readClientMessage(text) as ClientMessage, headers, this.#end.signal, swallow);
  }

  /** The stream on which the gateway speaks unasked; it lasts as long as its session. */
  #openStandingStream(): void {
    const { generation } = this.#session;
    const isCurrent = (): boolean => this.#session.generation === generation && !this.#end.signal.aborted;
    void keepStandingStream({
      link: this.#link,
      headers: () => this.#session.headers,
      isCurrent,
      write: (line) => this.#write(line),
      lost: () => void this.#reopen(generation),
      signal: this.#end.signal,
      clock: this.#clock,
    }).catch((error: unknown) => this.#options.tell(`mcpmux stdio: ${describeError(error)}`));
  }

  /** A legacy answer stream that broke off is picked up where it was, when the gateway gave its events ids. */
  async #resume(message: ClientMessage, first: Outcome): Promise<Outcome> {
    let outcome = first;
    for (let attempt = 0; attempt < 5 && isBroken(outcome) && outcome.missing.length > 0; attempt += 1) {
      const lastEventId = outcome.end?.lastEventId;
      if (lastEventId === undefined || this.#end.signal.aborted) break;
      const headers = { ...this.#session.headers, 'last-event-id': lastEventId };
      const resumed = await this.#post(
        { ...message, ids: outcome.missing },
        headers,
        this.#end.signal,
        undefined,
        undefined,
        'GET',
      );
      if (resumed.end?.kind !== 'events') break;
      outcome = resumed;
    }
    return outcome;
  }

  /**
   * One exchange. Messages that come back go to the client, unless they are swallowed.
   *
   * @param swallow takes the messages instead of the client
   * @param peek sees the answer to the request before the client gets it
   */
  async #post(
    message: ClientMessage,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    swallow?: (answer: unknown) => void,
    peek?: (answer: unknown) => void,
    method: 'POST' | 'GET' = 'POST',
  ): Promise<Outcome> {
    const missing = new Set(message.ids);
    const take = async (line: string): Promise<void> => {
      const parsed: unknown = parseOrUndefined(line);
      const answers = (Array.isArray(parsed) ? parsed : [parsed]).map(answeredId);
      for (const id of answers) if (id !== undefined && missing.delete(id)) peek?.(parsed);
      if (message.method === 'tools/list' && isJsonObject(parsed)) this.#params.learn(parsed['result']);
      if (swallow === undefined) await this.#write(line);
      else swallow(parsed);
    };
    const accept = method === 'GET' ? { accept: 'text/event-stream' } : baseHeaders;
    try {
      const body = method === 'GET' ? {} : { body: message.text };
      const end = await this.#link.exchange({
        method,
        headers: { ...accept, ...headers },
        signal,
        message: take,
        ...body,
      });
      return { end, failure: undefined, missing: [...missing] };
    } catch (failure) {
      return { end: undefined, failure, missing: [...missing] };
    }
  }

  /** Whatever went wrong, the client gets an answer to each request. */
  async #answerWhatIsMissing(outcome: Outcome): Promise<void> {
    const { end, failure, missing } = outcome;
    const isRefused = failure !== undefined || (end !== undefined && end.status >= 400);
    if (missing.length === 0 && !isRefused) return;
    const { message, next } = explain(outcome);
    if (missing.length === 0) this.#options.tell(`mcpmux stdio: ${message}`);
    for (const id of missing) {
      const relayed = end === undefined || end.status < 400 ? undefined : errorUnderId(end.body, id);
      if (relayed === undefined) this.#options.tell(`mcpmux stdio: ${message}`);
      await this.#write(relayed ?? bridgeError(id, message, undefined, next));
    }
  }

  async #write(line: string): Promise<void> {
    try {
      await this.#options.write(line);
    } catch {
      // The client has closed its reading end: nobody is left to serve.
      this.#end.abort();
    }
  }

  /** The client has closed its end: running calls may finish, then the session is ended. */
  async #finish(): Promise<void> {
    if (!this.#end.signal.aborted) {
      const calls = Promise.allSettled([...this.#running]);
      let timer: { cancel(): void } | undefined;
      const grace = new Promise<void>((resolve) => {
        timer = this.#clock.after(endGraceMs, resolve);
      });
      await Promise.race([calls, grace]);
      timer?.cancel();
    }
    this.#end.abort();
    if (this.#session.id === undefined) return;
    await this.#link
      .exchange({
        method: 'DELETE',
        headers: this.#session.headers,
        signal: AbortSignal.timeout(farewellMs),
        message: async () => {},
      })
      .catch(() => {
        // The daemon is gone; it forgets unused sessions by itself.
      });
  }
}

function keyOf(id: RequestId | undefined): string {
  return `${typeof id} ${id}`;
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not for us to judge: the client gets it as it came.
    return undefined;
  }
}
