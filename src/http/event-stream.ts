/**
 * http/event-stream — writes server-sent events on a response, and knows how far its reader lags behind.
 *
 * Two caps on what the reader has not taken yet: over the soft one `send` says false and the owner decides (drop,
 * coalesce, wait for `onDrain`); who is over the hard one when something more is to be sent is cut, because answers that
 * nobody reads must not fill the memory of everybody. One event may be larger than the caps: it is sent.
 * Knows nothing of: what the events say, sessions, event ids' meaning.
 *
 * @see WHATWG HTML, Server-sent events
 */
import { type Clock, systemClock, type Timer } from '../base/index.ts';
import type { Exchange } from './exchange.ts';
import { setSignOfLife } from './half-closed.ts';
import { answerHeaders, type ExtraHeaders } from './respond.ts';

export interface StreamEvent {
  readonly id?: string;
  readonly event?: string;
  /** One payload. Line breaks in it become several `data:` lines, which the reader joins again. */
  readonly data: Buffer | string;
}

export interface EventStreamOptions {
  /** Default 1 MiB: some hundred ordinary answers. */
  readonly softCapBytes?: number;
  /** Default 32 MiB: far more than any reader lags behind that still reads. */
  readonly hardCapBytes?: number;
  readonly keepAlive?: KeepAlive;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Writes a comment on streams that have been silent, so that nothing on the way takes them for dead.
 *
 * One coarse timer serves all streams; it runs only while there are any. It ticks twice in the time that a stream may be
 * silent: a byte just after one tick excuses the stream from the next, and the one after that comes in time.
 */
export class KeepAlive {
  readonly #streams = new Set<EventStream>();
  readonly #clock: Clock;
  readonly #everyMs: number;
  #timer: Timer | undefined;

  /** @param longestSilenceMs 15 s: proxies commonly cut after 30 to 60 s of silence, some after 20 */
  constructor(clock: Clock = systemClock, longestSilenceMs = 15_000) {
    this.#clock = clock;
    this.#everyMs = longestSilenceMs / 2;
  }

  add(stream: EventStream): void {
    this.#streams.add(stream);
    this.#timer ??= this.#clock.after(this.#everyMs, () => this.#tick());
  }

  remove(stream: EventStream): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #tick(): void {
    this.#timer = undefined;
    for (const stream of this.#streams) stream.keepAlive();
    if (this.#streams.size > 0) this.#timer = this.#clock.after(this.#everyMs, () => this.#tick());
  }
}

const sharedKeepAlive = new KeepAlive();

export class EventStream {
  readonly #exchange: Exchange;
  readonly #softCapBytes: number;
  readonly #hardCapBytes: number;
  readonly #keepAlive: KeepAlive;
  #state: 'new' | 'open' | 'closed' = 'new';
  #wroteSinceTick = false;
  #closeListeners: (() => void)[] = [];

  constructor(exchange: Exchange, options: EventStreamOptions = {}) {
    this.#exchange = exchange;
    this.#softCapBytes = options.softCapBytes ?? 1024 * 1024;
    this.#hardCapBytes = options.hardCapBytes ?? 32 * 1024 * 1024;
    this.#keepAlive = options.keepAlive ?? sharedKeepAlive;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** What has been sent and not yet taken by the reader. */
  get bufferedBytes(): number {
    return this.#exchange.response.writableLength;
  }

  /** Writes the head. From here on the answer is a stream; a closed one when somebody has answered already. */
  open(headers?: ExtraHeaders): void {
    if (this.#state !== 'new') return;
    const { response } = this.#exchange;
    // Answered in another way meanwhile (a failure): a second head would throw, in whatever timer or callback we are.
    if (this.#exchange.isGone || response.headersSent) {
      this.#state = 'closed';
      return;
    }
    this.#state = 'open';
    response.writeHead(
      200,
      // Some proxies gather answers unless they are told not to.
      answerHeaders(['content-type', 'text/event-stream', 'x-accel-buffering', 'no'], headers),
    );
    response.flushHeaders();
    response.once('close', () => this.#closed());
    this.#keepAlive.add(this);
    setSignOfLife(response, () => this.comment());
  }

  /**
   * Sends one event.
   *
   * @returns false when the reader lags by more than the soft cap (the event was still sent) or the stream is not open
   */
  send(event: StreamEvent): boolean {
    if (!this.#mayWrite()) return false;
    const { response } = this.#exchange;
    let head = '';
    if (event.event !== undefined) head += `event: ${oneLine(event.event)}\n`;
    if (event.id !== undefined) head += `id: ${oneLine(event.id)}\n`;
    if (typeof event.data === 'string') response.write(`${head}${dataLines(event.data)}\n`);
    else if (hasLineBreak(event.data)) response.write(`${head}${dataLines(event.data.toString())}\n`);
    else {
      response.cork();
      response.write(`${head}data: `, 'latin1');
      response.write(event.data);
      response.write('\n\n', 'latin1');
      response.uncork();
    }
    return this.#account();
  }

  /** Sends a line that readers skip. */
  comment(text = ''): boolean {
    if (!this.#mayWrite()) return false;
    this.#exchange.response.write(`: ${oneLine(text)}\n\n`);
    return this.#account();
  }

  /** Tells the reader how long to wait before it connects again. */
  retry(delayMs: number): boolean {
    if (!this.#mayWrite()) return false;
    this.#exchange.response.write(`retry: ${Math.round(delayMs)}\n\n`);
    return this.#account();
  }

  /** Ends the answer properly. Safe to call twice. */
  end(): void {
    if (this.#state !== 'open') return;
    this.#exchange.response.end();
    this.#closed();
  }

  /** Calls `listener` once when the stream is over, whoever ended it; at once when it is already. */
  onClose(listener: () => void): void {
    if (this.#state === 'closed') listener();
    else this.#closeListeners.push(listener);
  }

  /** Calls `listener` once when the reader has taken everything that was sent. */
  onDrain(listener: () => void): void {
    if (this.#state !== 'open') return;
    if (this.bufferedBytes === 0) queueMicrotask(listener);
    else this.#exchange.response.once('drain', listener);
  }

  /** Called by the shared timer: a comment when nothing was sent since the last call. */
  keepAlive(): void {
    if (!this.#wroteSinceTick) this.comment();
    this.#wroteSinceTick = false;
  }

  #mayWrite(): boolean {
    if (this.#state !== 'open') return false;
    if (this.bufferedBytes <= this.#hardCapBytes) return true;
    this.#exchange.response.destroy();
    this.#closed();
    return false;
  }

  #account(): boolean {
    this.#wroteSinceTick = true;
    return this.bufferedBytes <= this.#softCapBytes;
  }

  #closed(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#keepAlive.remove(this);
    const listeners = this.#closeListeners;
    this.#closeListeners = [];
    for (const listener of listeners) listener();
  }
}

function hasLineBreak(data: Buffer): boolean {
  return data.includes(lineFeed) || data.includes(carriageReturn);
}

function dataLines(text: string): string {
  if (!text.includes('\n') && !text.includes('\r')) return `data: ${text}\n`;
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}\n`)
    .join('');
}

/** Field values end at a line break; what follows one would be a field of its own. */
function oneLine(text: string): string {
  return text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]+/g, ' ') : text;
}
