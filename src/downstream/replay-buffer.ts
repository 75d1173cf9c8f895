/**
 * downstream/replay-buffer — the events of one stream of a legacy session, kept a while so that it can be resumed.
 *
 * A stream outlives its connection: what is sent while nobody is attached is kept, within limits, and replayed
 * when the client comes back with `Last-Event-ID`. Event ids are `<stream>.<number>`.
 * Knows nothing of: HTTP heads, what the messages say.
 *
 * @see MCP 2025-11-25, basic/transports, Resumability and Redelivery
 */
import type { EventStream } from '../http/index.ts';
import { type KeptBytes, keptWithoutBound } from './kept-bytes.ts';

/** Per stream; an answer larger than this can be read once but not resumed. */
const keptEvents = 256;
export const replayBufferBytes = 1024 * 1024;
/** What an event takes beside its text. */
const eventOverheadBytes = 128;

interface KeptEvent {
  readonly number: number;
  readonly data: Buffer | string;
}

export interface ReplayOptions {
  /** What is kept for later is taken from it; where it has no room, less is kept. */
  readonly memory?: KeptBytes;
  /** False for the old transport: its clients cannot come back, so nothing is kept for them. */
  readonly hasIds?: boolean;
  /** The last message was sent. */
  readonly finished?: () => void;
}

export class ReplayBuffer {
  readonly id: string;
  readonly #hasIds: boolean;
  readonly #memory: KeptBytes;
  readonly #finished: (() => void) | undefined;
  #nextNumber = 1;
  #kept: KeptEvent[] = [];
  #keptBytes = 0;
  #attached: EventStream | undefined;
  #isDone = false;
  /** What a log message or progress may cost a reader that lags: nothing, it is left out. */
  #isLagging = false;

  constructor(id: string, options: ReplayOptions = {}) {
    this.id = id;
    this.#memory = options.memory ?? keptWithoutBound();
    this.#hasIds = options.hasIds ?? true;
    this.#finished = options.finished;
  }

  /** What is kept for a client that comes back. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  get isAttached(): boolean {
    return this.#attached?.isOpen === true;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Events go here from now on. A stream that was attached before is ended. */
  attach(stream: EventStream): void {
    this.#attached?.end();
    this.#attached = stream;
    this.#isLagging = false;
  }

  /** The first event: no data, only an id to come back with. */
  prime(): void {
    this.#attached?.send({ id: this.#takeId(''), data: '' });
  }

  /**
   * Sends one message, or keeps it for later.
   *
   * @param isDroppable progress and log messages: left out while the reader lags
   */
  send(data: Buffer | string, isDroppable = false): void {
    if (isDroppable && this.#isLagging && this.#attached !== undefined) {
      const stream = this.#attached;
      if (stream.bufferedBytes > 0) return;
      this.#isLagging = false;
    }
    const id = this.#takeId(data);
    if (this.#attached?.isOpen)
      this.#isLagging = !this.#attached.send(
        this.#hasIds ? { event: 'message', id, data } : { event: 'message', data },
      );
  }

  /** The last message was sent; the connection may end, the log stays for a while. */
  finish(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.detach();
    this.#finished?.();
  }

  /** Ends the connection but not the stream. */
  detach(): void {
    this.#attached?.end();
    this.#attached = undefined;
  }

  /** Sends again what came after event `number`. */
  replayAfter(number: number): void {
    for (const event of this.#kept) {
      if (event.number > number)
        this.#attached?.send({ event: 'message', id: `${this.id}.${event.number}`, data: event.data });
    }
    if (this.#isDone) this.detach();
  }

  /** Forgets what is kept: nobody comes back for it. */
  forget(): void {
    this.#memory.give(this.#keptBytes);
    this.#kept = [];
    this.#keptBytes = 0;
  }

  #takeId(data: Buffer | string): string {
    const number = this.#nextNumber;
    this.#nextNumber += 1;
    if (this.#hasIds && data !== '') this.#keep({ number, data });
    return `${this.id}.${number}`;
  }

  #keep(event: KeptEvent): void {
    const bytes = event.data.length + eventOverheadBytes;
    const isTooLarge = bytes > replayBufferBytes;
    while (this.#kept.length > 0 && (isTooLarge || this.#isFull(bytes))) this.#dropOldest();
    while (!isTooLarge && !this.#memory.take(bytes)) {
      if (this.#kept.length === 0) return;
      this.#dropOldest();
    }
    if (isTooLarge) return;
    this.#kept.push(event);
    this.#keptBytes += bytes;
  }

  #isFull(bytes: number): boolean {
    return this.#kept.length >= keptEvents || this.#keptBytes + bytes > replayBufferBytes;
  }

  #dropOldest(): void {
    const dropped = this.#kept.shift();
    if (dropped === undefined) return;
    const bytes = dropped.data.length + eventOverheadBytes;
    this.#keptBytes -= bytes;
    this.#memory.give(bytes);
  }
}

/** @returns undefined when it is no id of ours */
export function readEventId(
  eventId: string,
): { readonly streamId: string; readonly number: number } | undefined {
  const match = /^([A-Za-z0-9]{1,32})\.(\d{1,12})$/.exec(eventId);
  return match === null ? undefined : { streamId: match[1] as string, number: Number(match[2]) };
}
