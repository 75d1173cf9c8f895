/**
 * upstream/start-queue — lets only so many servers start at once; a server that somebody calls goes first.
 *
 * Whoever waits is asked again each time there is room, because a call may come while its server waits.
 * Knows nothing of: servers.
 */
import { type Clock, sleep } from '../base/index.ts';

/** Spawning is processor-bound; more at once only makes all of them slower. */
export const defaultStartConcurrency = 8;
/** Beyond the limit, for those that are called: somebody waits for them, and nobody for the others. */
const placesForCalled = 4;
/** Starting costs processor time for moments; a server that hangs after that keeps nobody else waiting. */
const turnForMs = 5_000;

interface Waiting {
  readonly isCalled: () => boolean;
  readonly go: () => void;
}

export class StartQueue {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #waiting: Waiting[] = [];
  #running = 0;

  constructor(clock: Clock, limit: number = defaultStartConcurrency) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /**
   * Runs `work` when it is its turn.
   *
   * @param isCalled does somebody wait for it? Asked whenever there is room
   */
  async run<T>(work: () => Promise<T>, isCalled: () => boolean): Promise<T> {
    await new Promise<void>((go) => {
      this.#waiting.push({ isCalled, go });
      this.look();
    });
    const running = work();
    void Promise.race([running.then(noop, noop), sleep(this.#clock, turnForMs)]).then(() => {
      this.#running -= 1;
      this.look();
    });
    return running;
  }

  /** There may be room for somebody who waits: a place is free, or one of them is called now. */
  look(): void {
    for (;;) {
      const called = this.#running < this.#limit + placesForCalled ? this.#findCalled() : -1;
      const next = called >= 0 ? called : this.#running < this.#limit && this.#waiting.length > 0 ? 0 : -1;
      if (next < 0) return;
      this.#running += 1;
      this.#waiting.splice(next, 1)[0]!.go();
    }
  }

  #findCalled(): number {
    return this.#waiting.findIndex(({ isCalled }) => isCalled());
  }
}

function noop(): void {}
