/**
 * transports/body-decoder — a body that was compressed on its way, although we asked for plain bytes.
 *
 * Some CDNs compress whatever they are asked. What comes out is told as it comes, so a stream of events stays one, and
 * whoever takes it can hold it; its caps count what comes out.
 * Owns: the decompressor. Knows nothing of: requests.
 *
 * @see RFC 9110, "Content Codings"
 */
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

export interface BodyDecoderSink {
  /** The memory is its own. */
  data(bytes: Buffer): void;
  ended(): void;
  broken(error: Error): void;
  /** It takes no more for now; and then it does again. */
  full(): void;
  ready(): void;
}

/** A coding that can be taken away; undefined: the body is plain. */
export function codingOf(header: string | string[] | undefined): string | undefined {
  const coding = String(header ?? '')
    .trim()
    .toLowerCase();
  return coding === '' || coding === 'identity' ? undefined : coding;
}

export class BodyDecoder {
  readonly #coding: string;
  readonly #sink: BodyDecoderSink;
  #stream: Transform | undefined;
  #isPaused = false;
  #isClosed = false;

  /** @param coding as `codingOf` gives it */
  constructor(coding: string, sink: BodyDecoderSink) {
    this.#coding = coding;
    this.#sink = sink;
  }

  get bufferedBytes(): number {
    return this.#stream === undefined ? 0 : this.#stream.writableLength + this.#stream.readableLength;
  }

  /** @param view its memory may be used again */
  push(view: Buffer): void {
    if (this.#isClosed || view.length === 0) return;
    this.#stream ??= this.#open(view[0]!);
    if (this.#stream?.write(Buffer.from(view)) === false) this.#sink.full();
  }

  /** All of it has come. */
  end(): void {
    if (this.#isClosed) return;
    if (this.#stream === undefined) this.#sink.ended();
    else this.#stream.end();
  }

  pause(): void {
    this.#isPaused = true;
    this.#stream?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#stream?.resume();
  }

  close(): void {
    this.#isClosed = true;
    this.#stream?.destroy();
  }

  #open(firstByte: number): Transform | undefined {
    const stream = createStream(this.#coding, firstByte);
    if (stream === undefined) {
      this.#break(new Error(`it is compressed in a way that is not known (${this.#coding})`));
      return undefined;
    }
    stream.on('data', (bytes: Buffer) => {
      if (!this.#isClosed) this.#sink.data(bytes);
    });
    stream.on('drain', () => {
      if (!this.#isClosed) this.#sink.ready();
    });
    stream.once('end', () => {
      if (!this.#isClosed) this.#sink.ended();
    });
    stream.on('error', (error) => this.#break(new Error(`it cannot be decompressed: ${error.message}`)));
    if (this.#isPaused) stream.pause();
    return stream;
  }

  #break(error: Error): void {
    if (this.#isClosed) return;
    this.close();
    this.#sink.broken(error);
  }
}

function createStream(coding: string, firstByte: number): Transform | undefined {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'deflate':
      // Some servers leave the header of zlib away; it always names method 8.
      return (firstByte & 0x0f) === 8 ? createInflate() : createInflateRaw();
    default:
      return undefined;
  }
}
