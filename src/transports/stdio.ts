/**
 * transports/stdio — a server as a child process: messages are lines on stdin and stdout, stderr is its log.
 *
 *   idle ─open→ running ─exit | flood | too large | stdin broken | close→ ending ─group gone→ ended
 *
 * running: the child reads and writes. ending: `closed` was told or is about to be; the group is being ended.
 * Owns: the child and its whole process group until nothing of it is left.
 * Knows nothing of: what messages mean, restarting.
 */

import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { type Clock, describeError, type McpMuxError, sleep, type Timer } from '../base/index.ts';
import { platform } from '../platform/index.ts';
import type { JsonPiece } from '../protocol/index.ts';
import { transportError } from './errors.ts';
import { defaultWireLimits, type WireLimits } from './limits.ts';
import { type BadLineReason, LineFramer } from './line-framer.ts';
import { MessageRateLimiter } from './message-rate-limiter.ts';
import { type ChildWanted, prepareChild, spawnFailure } from './prepare-child.ts';
import { endGroup, endMarked, groupEnded, signalGroup } from './process/index.ts';
import { receivedBytes } from './received-bytes.ts';
import { guessLevel, sanitizeLogLine } from './sanitize-log-line.ts';
import { StderrReader } from './stderr-reader.ts';
import type { ClosedReason, OutgoingMessage, Transport, TransportEvents } from './transport.ts';

export interface StdioTransportOptions extends Omit<ChildWanted, 'marker'> {
  readonly clock: Clock;
  readonly limits?: Partial<WireLimits> | undefined;
}

type PipedChild = ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable };

/** Characters. More than this is not gathered: it fills the pipe, and joining it would copy it. */
const gatheredAtMost = 64 * 1024;
/** After the exit a grandchild may still hold the pipes; this long without a byte counts as their end. */
const quietAfterExitMs = 25;
const drainAfterExitMs = 2_000;
/** A child that closed its stdin usually exits a moment later; only then is the broken pipe the story. */
const exitAfterBrokenPipeMs = 1_000;

function lengthOf(pieces: readonly JsonPiece[]): number {
  let bytes = 0;
  for (const piece of pieces) bytes += piece.length;
  return bytes;
}

export class StdioTransport implements Transport {
  readonly wire = 'stdio';
  readonly #options: StdioTransportOptions;
  readonly #limits: WireLimits;
  readonly #clock: Clock;
  readonly #marker: string;
  #child: PipedChild | undefined;
  #events: TransportEvents | undefined;
  #framer: LineFramer | undefined;
  #intake: MessageRateLimiter | undefined;
  #stderr: StderrReader | undefined;
  #isStdinBroken = false;
  #isHeld = false;
  /**
   * What was sent in this turn of the loop; it leaves in one write when the turn ends. A write to a pipe wakes the child,
   * which costs more than all else that is done for a call: sixteen calls that came in one turn wake it once.
   */
  #unwritten = '';
  #isToldClosed = false;
  #bytesRead = 0;
  #badLineTimes: number[] = [];
  #exit: { code: number | null; signal: string | null } | undefined;
  #exited: Promise<void> = Promise.resolve();
  #drained: Promise<void> = Promise.resolve();
  #ending: Promise<void> | undefined;
  #brokenPipeTimer: Timer | undefined;
  #isClosed = false;

  constructor(options: StdioTransportOptions) {
    this.#options = options;
    this.#limits = { ...defaultWireLimits, ...options.limits };
    this.#clock = options.clock;
    this.#marker = options.children.nextMarker();
  }

  get pid(): number | undefined {
    return this.#exit === undefined ? this.#child?.pid : undefined;
  }

  get lastStderr(): readonly string[] {
    return this.#stderr?.lastLines ?? [];
  }

  get bufferedBytes(): number {
    return (
      (this.#framer?.bufferedBytes ?? 0) +
      (this.#intake?.bufferedBytes ?? 0) +
      (this.#child?.stdin.writableLength ?? 0) +
      this.#unwritten.length
    );
  }

  /**
   * Starts the child.
   *
   * @throws transports.command_not_found, transports.spawn_failed, transports.cancelled
   */
  async open(events: TransportEvents, signal: AbortSignal): Promise<void> {
    const { server } = this.#options;
    this.#events = events;
    const prepared = await prepareChild({ ...this.#options, marker: this.#marker });
    const { cwd, environment, file, args, isVerbatim } = prepared;
    const { default: spawn } = await import('cross-spawn');
    if (signal.aborted || this.#isClosed) throw transportError('cancelled', { server });
    let child: ChildProcess;
    try {
      child = this.#options.children.start(() =>
        spawn(file, [...args], {
          cwd,
          env: environment,
          stdio: ['pipe', 'pipe', 'pipe'],
          // A group of its own, so that everything it starts can be ended with it.
          detached: platform.hasProcessGroups,
          windowsHide: true,
          windowsVerbatimArguments: isVerbatim,
          shell: false,
        }),
      );
    } catch (error) {
      throw spawnFailure(server, error);
    }
    await this.#spawned(child);
    if (signal.aborted) {
      await this.close();
      throw transportError('cancelled', { server });
    }
  }

  send(message: OutgoingMessage): void {
    const child = this.#child;
    if (child === undefined || this.#isToldClosed || this.#isStdinBroken || this.#isClosed) {
      throw transportError('closed', { server: this.#options.server });
    }
    const { stdin } = child;
    const { pieces } = message;
    const queuedBytes = stdin.writableLength + this.#unwritten.length;
    // One message of any size may wait; more only up to the cap.
    if (queuedBytes > 0 && queuedBytes + lengthOf(pieces) > this.#limits.writeQueueBytes) {
      throw transportError('busy', {
        server: this.#options.server,
        reason: `it does not read, ${queuedBytes} bytes wait for it`,
      });
    }
    if (message.id !== undefined) this.#intake?.earn();
    const [first] = pieces;
    if (pieces.length > 1 || typeof first !== 'string') return this.#writePieces(stdin, pieces);
    const isFirst = this.#unwritten === '';
    this.#unwritten += `${first}\n`;
    if (message.isAlone === true || this.#unwritten.length > gatheredAtMost) this.#flush();
    else if (isFirst) setImmediate(this.#flush);
  }

  /** A long message goes to the pipe as the bytes it is, behind what waits already. */
  #writePieces(stdin: Writable, pieces: readonly JsonPiece[]): void {
    this.#flush();
    stdin.cork();
    for (const piece of pieces) stdin.write(piece, 'latin1');
    stdin.write('\n');
    stdin.uncork();
  }

  /** Writes what was sent in this turn of the loop. A pipe that broke meanwhile swallows it, as it would have before. */
  readonly #flush = (): void => {
    const text = this.#unwritten;
    this.#unwritten = '';
    if (text !== '' && !this.#isStdinBroken) this.#child?.stdin.write(text, 'latin1');
  };

  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    const stdout = this.#child?.stdout;
    if (isHeld && !this.#isToldClosed) stdout?.pause();
    else if (this.#intake?.isHolding !== true || this.#isToldClosed) stdout?.resume();
  }

  abandon(): void {
    // A pipe cannot take a message back; the server was told by a notification.
  }

  agreed(): void {
    // Both eras look the same on a pipe.
  }

  close(): Promise<void> {
    this.#isClosed = true;
    const child = this.#child;
    if (child === undefined) return Promise.resolve();
    this.#tellClosed({ kind: 'asked' });
    return this.#beginEnd(child, this.#limits.stdinGraceMs);
  }

  // ── start ──────────────────────────────────────────────────────────────────────────────────────

  async #spawned(child: ChildProcess): Promise<void> {
    const failure = await new Promise<Error | undefined>((resolve) => {
      child.once('error', resolve);
      child.once('spawn', () => resolve(undefined));
      if (child.pid !== undefined) this.#watch(child as PipedChild);
    });
    if (failure !== undefined) throw spawnFailure(this.#options.server, failure);
  }

  #watch(child: PipedChild): void {
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#exit = { code, signal };
        this.#brokenPipeTimer?.cancel();
        resolve();
        this.#exitedByItself(child).catch((error: unknown) => {
          this.#log('error', 'connection', `the end of the server was not clean: ${describeError(error)}`);
        });
      });
    });
    child.on('error', (error) => this.#log('warn', 'connection', describeError(error)));
    this.#intake = new MessageRateLimiter(
      {
        message: (bytes, causedBy) => this.#events?.message(bytes, causedBy),
        hold: () => child.stdout.pause(),
        go: () => {
          if (!this.#isHeld) child.stdout.resume();
        },
        flooded: () =>
          this.#flooded(`it sent more than ${this.#limits.messagesPerSecond} messages a second for too long`),
      },
      this.#clock,
      this.#limits,
    );
    this.#framer = new LineFramer(
      {
        line: (bytes) => this.#intake?.offer(bytes, undefined),
        badLine: (reason, sample) => this.#badLine(reason, sample),
        tooLarge: () =>
          this.#fail(
            transportError('too_large', {
              server: this.#options.server,
              limitBytes: this.#limits.maxMessageBytes,
            }),
          ),
      },
      this.#limits.maxMessageBytes,
    );
    child.stdout.on('data', (chunk: Buffer) => {
      this.#bytesRead += chunk.length;
      receivedBytes.add(chunk.length);
      this.#framer?.push(chunk);
    });
    child.stdout.on('error', (error) => this.#log('debug', 'connection', describeError(error)));
    child.stdin.on('error', (error) => this.#stdinBroke(error));
    this.#stderr = new StderrReader(
      child.stderr,
      {
        line: (text) => this.#log(guessLevel(text), 'stderr', text),
        dropped: (lines) => this.#log('warn', 'stderr', 'lines on stderr were left out', { lines }),
      },
      this.#clock,
      this.#limits,
    );
  }

  // ── what can go wrong while it runs ────────────────────────────────────────────────────────────

  #badLine(reason: BadLineReason, sample: Buffer): boolean {
    const now = this.#clock.monotonic();
    const windowStart = now - this.#limits.badLineWindowMs;
    if ((this.#badLineTimes[0] ?? now) < windowStart) {
      this.#badLineTimes = this.#badLineTimes.filter((at) => at >= windowStart);
    }
    this.#badLineTimes.push(now);
    // The first few say enough about what kind of lines they are.
    if (reason !== 'empty' && this.#badLineTimes.length <= 10) {
      const text = sanitizeLogLine(sample.toString('utf8'), 200);
      this.#log('warn', 'protocol', `a line on stdout is no message: ${text}`, { reason });
    }
    if (this.#badLineTimes.length <= this.#limits.badLines) return true;
    const seconds = this.#limits.badLineWindowMs / 1_000;
    this.#flooded(
      `it wrote more than ${this.#limits.badLines} lines to stdout within ${seconds} s that are no messages`,
    );
    return false;
  }

  #flooded(reason: string): void {
    this.#fail(transportError('flooded', { server: this.#options.server, reason }));
  }

  #stdinBroke(error: Error): void {
    if (this.#isStdinBroken) return;
    this.#isStdinBroken = true;
    if (this.#isToldClosed || this.#exit !== undefined) return;
    this.#brokenPipeTimer = this.#clock.after(exitAfterBrokenPipeMs, () => {
      this.#log('error', 'connection', 'the server closed its stdin and cannot be told anything more');
      this.#fail(transportError('cut', { server: this.#options.server }, error));
    });
  }

  #fail(error: McpMuxError): void {
    const child = this.#child;
    if (child === undefined || this.#isToldClosed) return;
    this.#tellClosed({ kind: 'failed', error });
    // It did not listen to backpressure, so it is not asked to leave through its stdin first.
    void this.#beginEnd(child, 0);
  }

  // ── the end ────────────────────────────────────────────────────────────────────────────────────

  async #exitedByItself(child: PipedChild): Promise<void> {
    if (this.#isToldClosed) return;
    this.#intake?.release();
    this.#stderr?.release();
    this.hold(false);
    this.#drained = this.#drain(child);
    void this.#beginEnd(child, 0);
    await this.#drained;
    this.#intake?.afterAll(() => {
      const lostBytes = this.#framer?.bufferedBytes ?? 0;
      if (lostBytes > 0) {
        this.#log('warn', 'protocol', 'the server ended in the middle of a message', { bytes: lostBytes });
      }
      this.#tellClosed({
        kind: 'exited',
        exitCode: this.#exit?.code ?? null,
        signal: this.#exit?.signal ?? null,
        lastStderr: this.lastStderr,
      });
    });
  }

  async #drain(child: PipedChild): Promise<void> {
    const ended = Promise.all([streamEnded(child.stdout), streamEnded(child.stderr)]).then(() => true);
    const deadline = this.#clock.monotonic() + drainAfterExitMs;
    for (let seen = -1; seen !== this.#bytesRead && this.#clock.monotonic() < deadline; ) {
      seen = this.#bytesRead;
      if (await Promise.race([ended, sleep(this.#clock, quietAfterExitMs).then(() => false)])) return;
    }
  }

  /** Ends the group once, whoever asks first. Never rejects: most who begin it wait for nothing. */
  #beginEnd(child: PipedChild, stdinGraceMs: number): Promise<void> {
    this.#ending ??= this.#end(child, stdinGraceMs).catch((error: unknown) => {
      this.#log('error', 'connection', `the end of the server was not clean: ${describeError(error)}`);
    });
    return this.#ending;
  }

  /** The stop ladder: stdin ends, SIGTERM to the group, SIGKILL to the group; then the same to what has left it. */
  async #end(child: PipedChild, stdinGraceMs: number): Promise<void> {
    const groupId = child.pid!;
    const stayAlive = setInterval(() => {}, 60_000);
    try {
      this.#flush();
      child.stdin.end();
      const hasLeft =
        stdinGraceMs > 0 && this.#exit === undefined
          ? await Promise.race([
              this.#exited.then(() => true),
              sleep(this.#clock, stdinGraceMs).then(() => false),
            ])
          : this.#exit !== undefined;
      // What the child started may need a moment longer than itself, so that it is not cut off in the middle.
      const isGone = hasLeft && (await groupEnded(this.#clock, groupId, 20));
      if (!isGone && !(await endGroup(this.#clock, groupId, this.#limits.terminateGraceMs))) {
        signalGroup(groupId, 'SIGKILL');
        this.#log('error', 'connection', 'the server could not be ended', { pid: groupId });
      }
      await this.#endStrays();
    } finally {
      clearInterval(stayAlive);
    }
    await this.#drained;
    child.stdin.destroy();
    child.stdout.destroy();
    this.#stderr?.close();
    this.#options.children.ended(groupId);
  }

  /** What left the group of the child is not left behind. */
  async #endStrays(): Promise<void> {
    const { found, isGone } = await endMarked(this.#clock, this.#marker, this.#limits.terminateGraceMs);
    if (found.length === 0) return;
    const names = [...new Set(found.map(({ name }) => name))].join(', ');
    this.#log(
      isGone ? 'info' : 'error',
      'connection',
      isGone ? 'processes that had left its group were ended' : 'processes that left its group go on',
      { processes: found.length, names },
    );
  }

  #tellClosed(reason: ClosedReason): void {
    if (this.#isToldClosed) return;
    this.#isToldClosed = true;
    this.#brokenPipeTimer?.cancel();
    this.#framer?.stop();
    this.#intake?.close();
    // Read on without keeping anything: a child must not hang in a write while it is asked to leave.
    this.#child?.stdout.resume();
    this.#events?.closed(reason);
  }

  #log(...line: Parameters<TransportEvents['log']>): void {
    this.#events?.log(...line);
  }
}

function streamEnded(stream: Readable): Promise<void> {
  if (stream.readableEnded || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once('end', resolve);
    stream.once('close', resolve);
  });
}
