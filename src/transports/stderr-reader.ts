/**
 * transports/stderr-reader — a child's stderr as log lines, however much it writes.
 *
 * Keeps the last lines for the story of an exit. Beyond its rate lines are counted, not logged, and the pipe is read
 * slowly, so that a child that floods stderr waits for us and not we for it.
 * Knows nothing of: files, levels' meaning.
 */
import type { Readable } from 'node:stream';
import type { Clock, Timer } from '../base/index.ts';
import type { WireLimits } from './limits.ts';
import { sanitizeLogLine } from './sanitize-log-line.ts';

const lineFeed = 0x0a;
/** A line without an end is cut here. */
const maxLineBytes = 8_192;
/** The lines of an exit's story: the reason stands above a stack trace, and that may be long. */
const rememberedLines = 120;
const rememberedBytes = 16_384;
const windowMs = 1_000;

export interface StderrSink {
  line(text: string): void;
  /** So many lines of the last second were not told. */
  dropped(lines: number): void;
}

export class StderrReader {
  readonly #stream: Readable;
  readonly #sink: StderrSink;
  readonly #clock: Clock;
  readonly #limits: WireLimits;
  /** Raw tail of what came last; turned into lines only when somebody asks. */
  #tail: Buffer = Buffer.alloc(0);
  #partial: Buffer = Buffer.alloc(0);
  #skipsToLineEnd = false;
  #linesInWindow = 0;
  #bytesInWindow = 0;
  #droppedInWindow = 0;
  #window: Timer | undefined;
  #isReleased = false;

  constructor(stream: Readable, sink: StderrSink, clock: Clock, limits: WireLimits) {
    this.#stream = stream;
    this.#sink = sink;
    this.#clock = clock;
    this.#limits = limits;
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    stream.on('error', () => {
      // A broken stderr says nothing about the server; its stdout and exit do.
    });
    stream.on('end', () => this.#flush());
  }

  /** The last lines the child wrote, oldest first, blank ones with them: they part what belongs together. */
  get lastLines(): readonly string[] {
    const lines = this.#tail
      .toString('utf8')
      .split('\n')
      .map((line) => sanitizeLogLine(line.replaceAll('\t', '    '), 500));
    while (lines.at(-1) === '') lines.pop();
    return lines.slice(-rememberedLines);
  }

  /** The child has ended: read what is left without delay. */
  release(): void {
    this.#isReleased = true;
    this.#stream.resume();
  }

  close(): void {
    this.#window?.cancel();
    this.#stream.destroy();
  }

  #read(chunk: Buffer): void {
    this.#remember(chunk);
    this.#openWindow();
    this.#bytesInWindow += chunk.length;
    if (this.#bytesInWindow > this.#limits.stderrBytesPerSecond && !this.#isReleased) this.#stream.pause();
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      this.#complete(chunk.subarray(start, end));
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  #remember(chunk: Buffer): void {
    const keepBytes = rememberedBytes;
    this.#tail =
      chunk.length >= keepBytes
        ? Buffer.from(chunk.subarray(-keepBytes))
        : Buffer.concat([this.#tail.subarray(-(keepBytes - chunk.length)), chunk]);
  }

  #complete(rest: Buffer): void {
    if (this.#skipsToLineEnd) {
      this.#skipsToLineEnd = false;
      return;
    }
    if (this.#linesInWindow >= this.#limits.stderrLinesPerSecond) {
      this.#droppedInWindow += 1;
      this.#partial = this.#partial.subarray(0, 0);
      return;
    }
    const line = this.#partial.length === 0 ? rest : Buffer.concat([this.#partial, rest]);
    this.#partial = Buffer.alloc(0);
    this.#tell(line);
  }

  #keep(rest: Buffer): void {
    if (rest.length === 0 || this.#skipsToLineEnd) return;
    this.#partial = this.#partial.length === 0 ? Buffer.from(rest) : Buffer.concat([this.#partial, rest]);
    if (this.#partial.length < maxLineBytes) return;
    this.#tell(this.#partial);
    this.#partial = Buffer.alloc(0);
    this.#skipsToLineEnd = true;
  }

  #tell(line: Buffer): void {
    const text = sanitizeLogLine(line.toString('utf8'));
    if (text === '') return;
    this.#linesInWindow += 1;
    this.#sink.line(text);
  }

  #flush(): void {
    if (this.#partial.length > 0 && !this.#skipsToLineEnd) this.#tell(this.#partial);
    this.#partial = Buffer.alloc(0);
    this.#closeWindow();
  }

  #openWindow(): void {
    this.#window ??= this.#clock.after(windowMs, () => this.#closeWindow());
  }

  #closeWindow(): void {
    this.#window?.cancel();
    this.#window = undefined;
    this.#linesInWindow = 0;
    this.#bytesInWindow = 0;
    const dropped = this.#droppedInWindow;
    this.#droppedInWindow = 0;
    if (dropped > 0) this.#sink.dropped(dropped);
    this.#stream.resume();
  }
}
