/**
 * cli/stdio-bridge/bridge — carries messages between a client's stdin/stdout and the daemon's MCP endpoint, in both eras.
 *
 * In: lines from the client. Out: lines to the client; each request is answered, by the gateway or by the bridge itself.
 * The era is decided per message, as the gateway does it. Messages pass as they are; only headers are added.
 * Knows nothing of: processes, where the daemon is (Link asks), what tools do.
 */
import { setMaxListeners } from 'node:events';
import { type Clock, systemClock } from '../../base/index.ts';
import { invalidRequest, parseError, type RequestId } from '../../protocol/index.ts';
import { DaemonConnection } from './daemon-connection.ts';
import { closeConnections, type Endpoint } from './exchange.ts';
import { LegacyCalls } from './legacy-calls.ts';
import { maxLineBytes, readLines } from './lines.ts';
import { bridgeError, bridgeErrorUnder, readClientMessage } from './message.ts';
import { ModernCalls } from './modern-calls.ts';
import { ParamHeaderMemory } from './modern-headers.ts';
import { Poster } from './post.ts';

/**
 * How long calls that are running may finish after the client has closed its end: as long as the gateway lets a call last.
 * A client that does not want to wait ends this process.
 */
const endGraceMs = 600_000;

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
  readonly #clock: Clock;
  readonly #legacy: LegacyCalls;
  readonly #modern: ModernCalls;
  /** With the requests that each has to answer. */
  readonly #running = new Map<Promise<void>, readonly RequestId[]>();
  readonly #end = new AbortController();

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const clock = this.#clock;
    const link = new DaemonConnection({ find: options.find, clock });
    const params = new ParamHeaderMemory();
    const write = (line: string): Promise<void> => this.#write(line);
    const poster = new Poster({ link, params, write, tell: options.tell });
    this.#modern = new ModernCalls(poster, params, clock);
    this.#legacy = new LegacyCalls({ poster, link, write, clock, signal: this.#end.signal });
    // Every exchange listens to it, and there may be many at once.
    setMaxListeners(0, this.#end.signal);
    this.#end.signal.addEventListener('abort', () => this.#modern.cancelAll());
    options.signal?.addEventListener('abort', () => this.#end.abort(), { once: true });
  }

  async run(): Promise<void> {
    const lines = readLines(this.#options.input);
    const stopped = new Promise<undefined>((resolve) => {
      this.#end.signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    for (;;) {
      const next = await Promise.race([lines.next(), stopped]);
      if (next === undefined || next.done === true) break;
      if (next.value.kind === 'too-long') await this.#refuseLong(next.value.requestId);
      else if (next.value.text !== '') this.#take(next.value.text);
    }
    if (!this.#end.signal.aborted) await this.#finishCalls();
    this.#end.abort();
    await this.#legacy.leave();
  }

  #take(text: string): void {
    const message = readClientMessage(text);
    if (message === undefined) {
      this.#watch(this.#refuse(parseError, 'the line is not a JSON-RPC message'));
      return;
    }
    if (message.method === 'notifications/cancelled' && this.#modern.cancel(message)) return;
    const work = message.era === 'modern' ? this.#modern.carry(message) : this.#legacy.carry(message);
    // A listen stream never finishes by itself; at the end it is not waited for.
    if (message.method !== 'subscriptions/listen') this.#watch(work, message.ids);
  }

  #watch(work: Promise<void>, ids: readonly RequestId[] = []): void {
    this.#running.set(work, ids);
    void work.finally(() => this.#running.delete(work));
  }

  /** What is answered with an error, and what is not: a line that is too long may be an answer or a notification. */
  async #refuseLong(requestId: string | undefined): Promise<void> {
    const why = `the message is longer than ${maxLineBytes / 1024 / 1024} MiB`;
    this.#options.tell(`mcpmux stdio: ${why}`);
    await this.#write(bridgeErrorUnder(requestId ?? 'null', why, invalidRequest));
  }

  #refuse(code: number, why: string): Promise<void> {
    return this.#write(bridgeError(null, why, code));
  }

  async #write(line: string): Promise<void> {
    try {
      await this.#options.write(line);
    } catch {
      // The client has closed its reading end: nobody is left to serve.
      this.#end.abort();
    }
  }

  /** The client has closed its end: calls that are running may finish. */
  async #finishCalls(): Promise<void> {
    let timer: { cancel(): void } | undefined;
    const grace = new Promise<void>((resolve) => {
      timer = this.#clock.after(endGraceMs, resolve);
    });
    const stopped = new Promise<void>((resolve) => {
      this.#end.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([Promise.allSettled([...this.#running.keys()]), grace, stopped]);
    timer?.cancel();
    if (this.#end.signal.aborted) return;
    for (const id of [...this.#running.values()].flat())
      await this.#write(bridgeError(id, 'the call did not end in time after the client had closed its end'));
  }
}
