/**
 * raw/sse — reads server-sent events from bytes cut anywhere; lines may end with LF, CRLF or CR.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html, "Parsing an event stream"
 */
import { StringDecoder } from 'node:string_decoder';

export interface SseEvent {
  readonly event: string | undefined;
  readonly data: string;
  readonly id: string | undefined;
  readonly retry: number | undefined;
}

export class SseReader {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onEvent: (event: SseEvent) => void;
  readonly #onComment: (text: string) => void;
  #rest = '';
  #fields: { event?: string; id?: string; retry?: number; data: string[]; isEmpty: boolean } = emptyFields();

  constructor(onEvent: (event: SseEvent) => void, onComment: (text: string) => void = () => {}) {
    this.#onEvent = onEvent;
    this.#onComment = onComment;
  }

  push(chunk: Buffer): void {
    this.#rest += this.#decoder.write(chunk);
    for (;;) {
      const end = this.#rest.search(/[\r\n]/);
      if (end < 0) return;
      // A CR at the very end may be the first half of a CRLF.
      if (this.#rest[end] === '\r' && end === this.#rest.length - 1) return;
      const length = this.#rest.startsWith('\r\n', end) ? 2 : 1;
      const line = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + length);
      this.#line(line);
    }
  }

  /** The stream ended: what is left is not an event, but a lone CR still ends its line. */
  end(): void {
    if (this.#rest.endsWith('\r')) this.#line(this.#rest.slice(0, -1));
  }

  #line(line: string): void {
    if (line === '') {
      const { event, data, id, retry, isEmpty } = this.#fields;
      this.#fields = emptyFields();
      if (!isEmpty) this.#onEvent({ event, data: data.join('\n'), id, retry });
      return;
    }
    if (line.startsWith(':')) {
      this.#onComment(line.slice(1).trimStart());
      return;
    }
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    this.#fields.isEmpty = false;
    if (name === 'data') this.#fields.data.push(value);
    else if (name === 'event') this.#fields.event = value;
    else if (name === 'id') this.#fields.id = value;
    else if (name === 'retry' && /^\d+$/.test(value)) this.#fields.retry = Number(value);
  }
}

function emptyFields(): { data: string[]; isEmpty: boolean } {
  return { data: [], isEmpty: true };
}
