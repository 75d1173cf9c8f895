/**
 * upstream/transports/line-framer — bytes of a pipe into lines, one JSON-RPC message each.
 *
 * In: chunks as they come. Out: lines without their line end, as views where a line lies in one chunk.
 * Each byte is looked at once for its line end, however the line is cut into chunks; nothing is copied twice.
 * Knows nothing of: what a message means, pausing, quotas.
 */
import { isUtf8 } from 'node:buffer';

export type BadLineReason = 'not-json' | 'not-utf8' | 'empty';

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
  #partial: Buffer[] = [];
  #partialBytes = 0;
  #isDead = false;

  constructor(sink: LineSink, maxLineBytes: number) {
    this.#sink = sink;
    this.#maxLineBytes = maxLineBytes;
  }

  /** Bytes of a line whose end has not come yet. */
  get bufferedBytes(): number {
    return this.#partialBytes;
  }

  push(chunk: Buffer): void {
    if (this.#isDead) return;
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      if (this.#partialBytes + end - start > this.#maxLineBytes) return this.#die();
      let line = chunk.subarray(start, end);
      if (this.#partialBytes > 0) {
        this.#partial.push(line);
        line = Buffer.concat(this.#partial, this.#partialBytes + line.length);
        this.#partial = [];
        this.#partialBytes = 0;
      }
      start = end + 1;
      this.#judge(line);
      if (this.#isDead) return;
    }
    if (start === chunk.length) return;
    const rest = start === 0 ? chunk : chunk.subarray(start);
    this.#partial.push(rest);
    this.#partialBytes += rest.length;
    if (this.#partialBytes > this.#maxLineBytes) this.#die();
  }

  /** Forgets what it holds and takes nothing any more. */
  stop(): void {
    this.#isDead = true;
    this.#partial = [];
    this.#partialBytes = 0;
  }

  #judge(line: Buffer): void {
    let length = line.length;
    if (length > 0 && line[length - 1] === carriageReturn) length -= 1;
    const bytes = length === line.length ? line : line.subarray(0, length);
    const first = firstMeaningfulByte(bytes);
    if (first === openBrace || first === openBracket) {
      if (isUtf8(bytes)) this.#sink.line(bytes);
      else this.#bad('not-utf8', bytes);
    } else this.#bad(first === undefined ? 'empty' : 'not-json', bytes);
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
