/**
 * bench/load/drive — sends work over lanes for a while: closed loop (next when answered) or open loop (at a rate).
 *
 * Open loop: a request's time counts from when it was meant to start, also when no lane was free then. A target that
 * stalls is charged for everybody who would have come in the meantime (no coordinated omission).
 * Knows nothing of: sessions, processes.
 */
import type { Lane } from './lanes.ts';
import { Latencies, type LatencySummary } from './latencies.ts';
import { idOf, judgeAnswer, type Work } from './message.ts';

export interface DriveOptions {
  readonly lanes: readonly Lane[];
  readonly work: Work;
  readonly warmMs: number;
  readonly measuredMs: number;
  /** Requests a second over all lanes; undefined = closed loop. */
  readonly rate?: number | undefined;
  /** The measured part begins and ends: the moment to read processes. */
  readonly onBegin?: () => void;
  readonly onEnd?: () => void;
}

export interface DriveResult extends LatencySummary {
  readonly calls: number;
  readonly seconds: number;
  readonly callsPerSecond: number;
  readonly errors: number;
  readonly errorSample: string | undefined;
}

/** A lane without an answer for this long counts as an error and ends the run. */
const stallMs = 5_000;

let sequence = 0;

export function drive(options: DriveOptions): Promise<DriveResult> {
  return options.rate === undefined
    ? new ClosedLoop(options).run()
    : new OpenLoop(options, options.rate).run();
}

abstract class Loop {
  protected readonly options: DriveOptions;
  protected isOver = false;
  protected inFlight = 0;
  #isMeasuring = false;
  #latencies = new Latencies();
  #errors = 0;
  #errorSample: string | undefined;
  #finish: () => void = () => {};

  constructor(options: DriveOptions) {
    this.options = options;
  }

  async run(): Promise<DriveResult> {
    const { warmMs, measuredMs, onBegin, onEnd } = this.options;
    this.start();
    await pause(warmMs);
    onBegin?.();
    this.#isMeasuring = true;
    const beganAt = performance.now();
    await pause(measuredMs);
    const seconds = (performance.now() - beganAt) / 1_000;
    this.#isMeasuring = false;
    onEnd?.();
    const { count } = this.#latencies;
    this.isOver = true;
    await this.#drained();
    return {
      calls: count,
      seconds,
      callsPerSecond: Math.round(count / seconds),
      errors: this.#errors,
      errorSample: this.#errorSample,
      ...this.#latencies.summarise(),
    };
  }

  protected abstract start(): void;
  /** The lane is free again. */
  protected abstract freed(lane: Lane): void;

  protected sendOn(lane: Lane, startedAt: number): void {
    sequence += 1;
    const id = idOf(sequence);
    this.inFlight += 1;
    lane.send(id, (body, problem) => {
      const wrong = problem ?? judgeAnswer(body as Buffer, id, this.options.work);
      this.inFlight -= 1;
      if (wrong !== undefined) {
        this.#errors += 1;
        this.#errorSample ??= wrong;
      } else if (this.#isMeasuring) this.#latencies.add(performance.now() - startedAt);
      if (this.isOver) {
        if (this.inFlight === 0) this.#finish();
      } else this.freed(lane);
    });
  }

  #drained(): Promise<void> {
    if (this.inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#errors += this.inFlight;
        this.#errorSample ??= `${this.inFlight} requests were never answered`;
        resolve();
      }, stallMs);
      this.#finish = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

class ClosedLoop extends Loop {
  #failures = 0;

  protected start(): void {
    for (const lane of this.options.lanes) this.freed(lane);
  }

  protected freed(lane: Lane): void {
    // A target that refuses at once must not turn this into a busy loop of refusals.
    this.#failures += 1;
    if (this.#failures % 10_000 === 0) setImmediate(() => this.sendOn(lane, performance.now()));
    else this.sendOn(lane, performance.now());
  }
}

/** Below this a timer is too coarse and the loop turns until it is time. */
const spinMs = 1.5;

class OpenLoop extends Loop {
  readonly #everyMs: number;
  readonly #free: Lane[];
  #nextAt = 0;

  constructor(options: DriveOptions, rate: number) {
    super(options);
    this.#everyMs = 1_000 / rate;
    this.#free = [...options.lanes];
  }

  protected start(): void {
    this.#nextAt = performance.now();
    this.#turn();
  }

  protected freed(lane: Lane): void {
    this.#free.push(lane);
    this.#sendDue();
  }

  #turn(): void {
    if (this.isOver) return;
    this.#sendDue();
    const waitMs = this.#nextAt - performance.now();
    if (waitMs > spinMs) setTimeout(() => this.#turn(), Math.floor(waitMs - spinMs));
    else setImmediate(() => this.#turn());
  }

  #sendDue(): void {
    const now = performance.now();
    while (this.#nextAt <= now && !this.isOver) {
      const lane = this.#free.pop();
      if (lane === undefined) return;
      this.sendOn(lane, this.#nextAt);
      this.#nextAt += this.#everyMs;
    }
  }
}

export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
