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

/** Per stream; an answer larger than this can be read once but not resumed. */
const keptEvents = 256;
export const replayBufferBytes = 1024 * 1024;

interface KeptEvent {
  readonly number: number;
  readonly data: Buffer | string;
}

export class ReplayBuffer {
  readonly id: string;
  /** The name events carry; the old transport wants one. */
  readonly #eventName: string | undefined;
  #nextNumber = 1;
  #kept: KeptEvent[] = [];
  #keptBytes = 0;
  #attached: EventStream | undefined;
  #isDone = false;
  /** What a log message or progress may cost a reader that lags: nothing, it is left out. */
  #isLagging = false;

  constructor(id: string, eventName?: string) {
    this.id = id;
    this.#eventName = eventName;
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
        this.#eventName === undefined ? { id, data } : { event: this.#eventName, data },
      );
  }

  /** The last message was sent; the connection may end, the log stays for a while. */
  finish(): void {
    this.#isDone = true;
    this.detach();
  }

  /** Ends the connection but not the stream. */
  detach(): void {
    this.#attached?.end();
    this.#attached = undefined;
  }

  /** Sends again what came after event `number`. */
  replayAfter(number: number): void {
    for (const event of this.#kept) {
      if (event.number > number && event.data !== '') {
        this.#attached?.send({ id: `${this.id}.${event.number}`, data: event.data });
      }
    }
    if (this.#isDone) this.detach();
  }

  #takeId(data: Buffer | string): string {
    const number = this.#nextNumber;
    this.#nextNumber += 1;
    const bytes = data.length;
    this.#kept.push({ number, data });
    this.#keptBytes += bytes;
    while (this.#kept.length > keptEvents || this.#keptBytes > replayBufferBytes) {
      const dropped = this.#kept.shift();
      this.#keptBytes -= dropped?.data.length ?? 0;
    }
    return `${this.id}.${number}`;
  }
}

/** @returns undefined when it is no id of ours */
export function readEventId(
  eventId: string,
): { readonly streamId: string; readonly number: number } | undefined {
  const match = /^([A-Za-z0-9]{1,32})\.(\d{1,12})$/.exec(eventId);
  return match === null ? undefined : { streamId: match[1] as string, number: Number(match[2]) };
}
