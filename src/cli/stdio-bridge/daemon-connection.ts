/**
 * cli/stdio-bridge/daemon-connection — where the daemon is now, and waiting for it while it restarts.
 *
 * Owns: the endpoint that answered last. A daemon that has never answered is not waited for: then the person is told at
 * once. One that has answered before is probably restarting, and what was not sent yet can wait for it.
 */
import { type Clock, sleep } from '../../base/index.ts';
import { type Endpoint, type ExchangeEnd, type ExchangeRequest, exchange, NoAnswer } from './exchange.ts';

const restartGraceMs = 10_000;
const pollMs = 100;

export interface DaemonConnectionOptions {
  /** Finds the daemon. @throws when it does not run */
  readonly find: () => Promise<Endpoint>;
  readonly clock: Clock;
}

export class DaemonConnection {
  readonly #find: () => Promise<Endpoint>;
  readonly #clock: Clock;
  #endpoint: Endpoint | undefined;
  #hasAnswered = false;

  constructor({ find, clock }: DaemonConnectionOptions) {
    this.#find = find;
    this.#clock = clock;
  }

  /**
   * Sends a request. What could not be sent because nobody listens is sent again when the daemon is back.
   *
   * @throws NoAnswer, or what `find` throws when the daemon does not run
   */
  async exchange(asked: ExchangeRequest): Promise<ExchangeEnd> {
    const giveUpAt = this.#clock.monotonic() + restartGraceMs;
    for (;;) {
      try {
        this.#endpoint ??= await this.#find();
        return await exchange(this.#endpoint, {
          ...asked,
          reached: () => {
            this.#hasAnswered = true;
          },
        });
      } catch (error) {
        const isAway = !(error instanceof NoAnswer) || error.isSafeToRepeat;
        // The port may be another one after a restart.
        if (isAway) this.#endpoint = undefined;
        const isWorthWaiting = this.#hasAnswered && this.#clock.monotonic() < giveUpAt;
        if (asked.signal.aborted || !isAway || !isWorthWaiting) throw error;
        await sleep(this.#clock, pollMs);
      }
    }
  }
}
