/**
 * bench/load/http-response — reads HTTP/1.1 answers off one connection: by length, chunked, or as an event stream.
 *
 * In: chunks of a socket. Out: status, headers, and the body (or each event of a stream) as soon as it is whole.
 * Written for answers that arrive in one chunk, which is nearly all of them.
 * Knows nothing of: MCP.
 */

export interface ResponseHead {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

export interface ResponseEvents {
  /** Called for streams only, before their events. */
  streaming(head: ResponseHead): void;
  event(type: string, data: string): void;
  /** The answer is over. `body` is empty for streams. */
  ended(head: ResponseHead, body: Buffer): void;
}

const headEnd = Buffer.from('\r\n\r\n');
const nothing = Buffer.alloc(0);

export class ResponseReader {
  readonly #events: ResponseEvents;
  #held: Buffer = nothing;
  #head: ResponseHead | undefined;
  #bodyBytes: number | undefined;
  #isChunked = false;
  #isStream = false;
  #parts: Buffer[] = [];
  #partsBytes = 0;
  #eventText = '';

  constructor(events: ResponseEvents) {
    this.#events = events;
  }

  push(chunk: Buffer): void {
    // A large body by length is gathered without looking at it again and again.
    if (this.#head !== undefined && !this.#isChunked && this.#held.length === 0) return this.#gather(chunk);
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    while (this.#held.length > 0) {
      if (this.#head === undefined && !this.#readHead()) return;
      if (this.#isChunked ? !this.#readChunk() : !this.#takeHeld()) return;
    }
  }

  /** The connection ended: so does a body without a length. */
  close(): void {
    if (this.#head !== undefined && this.#bodyBytes === undefined && !this.#isChunked) this.#finish();
  }

  #readHead(): boolean {
    const end = this.#held.indexOf(headEnd);
    if (end === -1) return false;
    const lines = this.#held.toString('latin1', 0, end).split('\r\n');
    this.#held = this.#held.subarray(end + headEnd.length);
    const headers = new Map<string, string>();
    for (let at = 1; at < lines.length; at += 1) {
      const line = lines[at] as string;
      const colon = line.indexOf(':');
      headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
    const status = Number((lines[0] as string).slice(9, 12));
    if (status === 100) return this.#held.length > 0 && this.#readHead();
    const head = { status, headers };
    this.#head = head;
    const length = headers.get('content-length');
    this.#bodyBytes =
      length !== undefined ? Number(length) : status === 204 || status === 304 ? 0 : undefined;
    this.#isChunked = headers.get('transfer-encoding')?.toLowerCase() === 'chunked';
    this.#isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (this.#isStream) this.#events.streaming(head);
    if (this.#bodyBytes === 0) {
      this.#finish();
      return this.#held.length > 0;
    }
    return true;
  }

  #takeHeld(): boolean {
    const held = this.#held;
    this.#held = nothing;
    this.#gather(held);
    return this.#held.length > 0;
  }

  #gather(chunk: Buffer): void {
    const missing = this.#bodyBytes === undefined ? chunk.length : this.#bodyBytes - this.#partsBytes;
    const taken = chunk.length <= missing ? chunk : chunk.subarray(0, missing);
    this.#take(taken);
    if (this.#bodyBytes === this.#partsBytes) {
      this.#finish();
      if (taken.length < chunk.length) this.push(chunk.subarray(taken.length));
    }
  }

  /** @returns false when the chunk is not whole yet */
  #readChunk(): boolean {
    const line = this.#held.indexOf('\r\n');
    if (line === -1) return false;
    const size = Number.parseInt(this.#held.toString('latin1', 0, line), 16);
    const end = line + 2 + size + 2;
    if (this.#held.length < end) return false;
    if (size > 0) this.#take(this.#held.subarray(line + 2, end - 2));
    this.#held = this.#held.subarray(end);
    if (size === 0) this.#finish();
    return true;
  }

  #take(bytes: Buffer): void {
    if (this.#isStream) {
      this.#partsBytes += bytes.length;
      this.#takeEvents(bytes.toString('utf8'));
      return;
    }
    this.#parts.push(bytes);
    this.#partsBytes += bytes.length;
  }

  #takeEvents(text: string): void {
    this.#eventText += text.includes('\r') ? text.replaceAll('\r\n', '\n') : text;
    for (let end = this.#eventText.indexOf('\n\n'); end !== -1; end = this.#eventText.indexOf('\n\n')) {
      const block = this.#eventText.slice(0, end);
      this.#eventText = this.#eventText.slice(end + 2);
      let type = 'message';
      const data: string[] = [];
      for (const line of block.split('\n')) {
        if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
        else if (line.startsWith('event:')) type = line.slice(6).trim();
      }
      if (data.length > 0) this.#events.event(type, data.join('\n'));
    }
  }

  #finish(): void {
    const head = this.#head as ResponseHead;
    const body = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts);
    this.#head = undefined;
    this.#parts = [];
    this.#partsBytes = 0;
    this.#eventText = '';
    this.#events.ended(head, body);
  }
}
