/**
 * transports/line-framer — bytes of a pipe into lines, one JSON-RPC message each.
 *
 * In: chunks as they come. Out: lines without their line end, as views where a line lies in one chunk.
 * Each byte is looked at once for its line end, however the line is cut into chunks; nothing is copied twice.
 * Knows nothing of: what a message means, pausing, quotas.
 */
import { ChunkBuffer } from '../protocol/index.ts';
import { withoutByteOrderMark } from './byte-order-mark.ts';

export type BadLineReason = 'not-json' | 'empty';

export interface LineSink {
  line(bytes: Buffer): void;
  /** A line that cannot be a message. `sample`: its first bytes. @returns false: stop, the rest is not wanted */
  badLine(reason: BadLineReason, sample: Buffer): boolean;
  /** A line passed the cap. Told once; the framer takes nothing any more. */
  tooLarge(): void;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const openBrace = 0x7b;
const openBracket = 0x5b;
/** Enough of a bad line for a person to recognise what wrote it. */
const sampleBytes = 200;

export class LineFramer {
  readonly #sink: LineSink;
  readonly #maxLineBytes: number;
  /** The beginning of a line whose end has not come yet. */
  readonly #partial: ChunkBuffer;
  #isDead = false;

  constructor(sink: LineSink, maxLineBytes: number) {
    this.#sink = sink;
    this.#maxLineBytes = maxLineBytes;
    this.#partial = new ChunkBuffer(maxLineBytes);
  }

  /** Bytes of a line whose end has not come yet. */
  get bufferedBytes(): number {
    return this.#partial.bytes;
  }

  push(chunk: Buffer): void {
    if (this.#isDead) return;
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      if (this.#partial.bytes + end - start > this.#maxLineBytes) return this.#die();
      let line = chunk.subarray(start, end);
      if (this.#partial.bytes > 0) {
        this.#partial.push(line);
        line = this.#partial.take();
      }
      start = end + 1;
      this.#judge(line);
      if (this.#isDead) return;
    }
    if (start === chunk.length) return;
    if (this.#partial.bytes + chunk.length - start > this.#maxLineBytes) return this.#die();
    this.#partial.push(start === 0 ? chunk : chunk.subarray(start));
  }

  /** Forgets what it holds and takes nothing any more. */
  stop(): void {
    this.#isDead = true;
    this.#partial.clear();
  }

  #judge(line: Buffer): void {
    let length = line.length;
    if (length > 0 && line[length - 1] === carriageReturn) length -= 1;
    const bytes = withoutByteOrderMark(length === line.length ? line : line.subarray(0, length));
    const first = firstMeaningfulByte(bytes);
    // Whoever reads the message checks its grammar and its UTF-8, and fails the very call it answers.
    if (first === openBrace || first === openBracket) this.#sink.line(bytes);
    else this.#bad(first === undefined ? 'empty' : 'not-json', bytes);
  }

  #bad(reason: BadLineReason, bytes: Buffer): void {
    if (!this.#sink.badLine(reason, bytes.subarray(0, sampleBytes))) this.stop();
  }

  #die(): void {
    this.stop();
    this.#sink.tooLarge();
  }
}

function firstMeaningfulByte(bytes: Buffer): number | undefined {
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]!;
    if (byte !== 0x20 && byte !== 0x09) return byte;
  }
  return undefined;
}
