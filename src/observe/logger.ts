/**
 * observe/logger — makes the Logger of base/ real: one JSON line an event, to a rotated file and to stderr.
 *
 * pino writes the lines. It is loaded after the port is open (it costs a fifth of the time until then); lines until
 * then wait in memory with their own times. Every line passes the SecretRedactor as finished text, so that nothing gets
 * around it.
 * Owns: the file. Knows nothing of: what is logged. stdout is never touched: it belongs to the protocol.
 */
import { type Clock, type Closeable, type Logger, systemClock } from '../base/index.ts';
import { prettyLine } from './pretty-line.ts';
import { RotatingFile } from './rotating-file.ts';
import { SecretRedactor } from './secret-redactor.ts';

export type LineLevel = 'debug' | 'info' | 'warn' | 'error';

const ranks: Readonly<Record<LineLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50 };
/** A daemon that fails before its port is open has some dozen lines to say. */
const maxWaitingLines = 2_000;

export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface LoggerOptions {
  readonly level: LineLevel;
  /** Undefined = no file. */
  readonly file?: { readonly path: string; readonly maxBytes?: number; readonly keep?: number } | undefined;
  /** Lines for people when it is a terminal, JSON otherwise. Undefined = nothing there. */
  readonly stderr?: TextStream | undefined;
  /** May a terminal be given colours? Default: yes. */
  readonly hasColours?: boolean;
  readonly filter?: SecretRedactor;
  readonly clock?: Clock;
}

export interface DaemonLogger extends Logger, Closeable {
  /** Loads the writer and lets the waiting lines go. Lines wait until this, `flush` or `close`. */
  start(): Promise<void>;
  setLevel(level: LineLevel): void;
  readonly level: LineLevel;
  /** Resolves when every line so far is written. */
  flush(): Promise<void>;
  /** Writes what is left; lines after it are lost. Safe to call twice. */
  close(): Promise<void>;
}

interface Line {
  readonly level: LineLevel;
  readonly fields: object;
  readonly message: string;
}

type WriteLine = (line: Line) => void;

export function createLogger(options: LoggerOptions): DaemonLogger {
  return new RootLogger(new Sink(options));
}

/** A logger with its fields. Costs nothing below the level. */
class FieldLogger implements Logger {
  readonly #sink: Sink;
  readonly #fields: object;

  constructor(sink: Sink, fields: object) {
    this.#sink = sink;
    this.#fields = fields;
  }

  debug(fields: object, message: string): void {
    this.#log('debug', fields, message);
  }

  info(fields: object, message: string): void {
    this.#log('info', fields, message);
  }

  warn(fields: object, message: string): void {
    this.#log('warn', fields, message);
  }

  error(fields: object, message: string): void {
    this.#log('error', fields, message);
  }

  child(fields: object): Logger {
    return new FieldLogger(this.#sink, { ...this.#fields, ...fields });
  }

  #log(level: LineLevel, fields: object, message: string): void {
    if (ranks[level] < ranks[this.#sink.level]) return;
    this.#sink.take({ level, fields: { ...this.#fields, ...fields }, message });
  }
}

/** The logger that all others come from, and that has a life. */
class RootLogger extends FieldLogger implements DaemonLogger {
  readonly #sink: Sink;

  constructor(sink: Sink) {
    super(sink, {});
    this.#sink = sink;
  }

  get level(): LineLevel {
    return this.#sink.level;
  }

  setLevel(level: LineLevel): void {
    this.#sink.level = level;
  }

  start(): Promise<void> {
    return this.#sink.start();
  }

  flush(): Promise<void> {
    return this.#sink.flush();
  }

  close(): Promise<void> {
    return this.#sink.close();
  }
}

class Sink {
  level: LineLevel;
  readonly #clock: Clock;
  readonly #filter: SecretRedactor;
  readonly #file: RotatingFile | undefined;
  readonly #stderr: TextStream | undefined;
  readonly #hasColours: boolean;
  #waiting: Line[] = [];
  #write: WriteLine | undefined;
  #starting: Promise<void> | undefined;

  constructor(options: LoggerOptions) {
    this.level = options.level;
    this.#clock = options.clock ?? systemClock;
    this.#filter = options.filter ?? new SecretRedactor();
    this.#stderr = options.stderr;
    this.#hasColours = options.hasColours ?? true;
    if (options.file !== undefined) {
      const { path, maxBytes, keep } = options.file;
      this.#file = new RotatingFile({
        file: path,
        ...(maxBytes === undefined ? {} : { maxBytes }),
        ...(keep === undefined ? {} : { keep }),
        onError: () => this.#stderr?.write(`mcpmux: the log file ${path} cannot be written\n`),
      });
    }
  }

  take(line: Line): void {
    const dated = {
      ...line,
      fields: { time: new Date(this.#clock.now()).toISOString(), ...line.fields },
    };
    if (this.#write !== undefined) this.#write(dated);
    else if (this.#waiting.length < maxWaitingLines) this.#waiting.push(dated);
  }

  start(): Promise<void> {
    this.#starting ??= this.#load();
    return this.#starting;
  }

  async flush(): Promise<void> {
    await this.start();
    await this.#file?.flush();
  }

  async close(): Promise<void> {
    await this.start();
    await this.#file?.close();
  }

  async #load(): Promise<void> {
    const { pino } = await import('pino');
    const writer = pino(
      {
        level: 'debug',
        base: null,
        timestamp: false,
        messageKey: 'message',
        formatters: { level: (label) => ({ level: label }) },
        serializers: { error: pino.stdSerializers.err },
      },
      { write: (text: string) => this.#deliver(text) },
    );
    this.#write = ({ level, fields, message }) => writer[level](fields, message);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const line of waiting) this.#write(line);
  }

  #deliver(text: string): void {
    const line = this.#filter.redact(text);
    this.#file?.append(line);
    const stderr = this.#stderr;
    if (stderr === undefined) return;
    stderr.write(stderr.isTTY === true ? prettyLine(line, this.#hasColours) : line);
  }
}
