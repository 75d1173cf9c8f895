/**
 * platform/keychain — the operating system's keychain, asked one question at a time.
 *
 * A keychain may ask a person first, and a question to it holds one of the few threads that files and names are looked up
 * with. All of them held, no server starts and no log is read. So one question stands at a time, whoever asks; those
 * behind it wait as long as they want to, and are not put at all when they have given up.
 * Knows nothing of: what the entries are for.
 */
import { type Clock, systemClock } from '../base/index.ts';

/** The part of `@napi-rs/keyring` that is used. */
export interface KeyringModule {
  readonly AsyncEntry: new (service: string, account: string) => KeychainEntry;
}
export interface KeychainEntry {
  setPassword(password: string, signal?: AbortSignal): Promise<void>;
  getPassword(signal?: AbortSignal): Promise<string | null | undefined>;
  deletePassword(signal?: AbortSignal): Promise<unknown>;
}
export type KeyringLoader = () => Promise<KeyringModule>;

const loadKeyring: KeyringLoader = async () => (await import('@napi-rs/keyring')) as unknown as KeyringModule;

/** Nobody answered in time. */
export class KeychainTimeout extends Error {
  constructor(timeoutMs: number, isBehindAnother: boolean) {
    super(
      isBehindAnother
        ? `an earlier question to it still waits for a person; look for its window (waited ${timeoutMs} ms)`
        : `it did not answer within ${timeoutMs} ms; it may wait for a person`,
    );
    this.name = 'KeychainTimeout';
  }
}

export class Keychain {
  readonly #load: KeyringLoader;
  readonly #clock: Clock;
  /** Settles when the question before has ended, which may be long after its deadline. */
  #before: Promise<unknown> = Promise.resolve();

  constructor(load: KeyringLoader = loadKeyring, clock: Clock = systemClock) {
    this.#load = load;
    this.#clock = clock;
  }

  /** @throws KeychainTimeout, and what loading the module or the question itself throws */
  ask<T>(
    service: string,
    account: string,
    question: (entry: KeychainEntry, signal: AbortSignal) => Promise<T>,
    timeoutMs: number,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const stop = new AbortController();
      let isAsked = false;
      const timer = this.#clock.after(timeoutMs, () => {
        stop.abort();
        reject(new KeychainTimeout(timeoutMs, !isAsked));
      });
      const turn = this.#before.then(async () => {
        if (stop.signal.aborted) return;
        isAsked = true;
        try {
          const { AsyncEntry } = await this.#load();
          resolve(await question(new AsyncEntry(service, account), stop.signal));
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        } finally {
          timer.cancel();
        }
      });
      this.#before = turn;
    });
  }
}

/** The one of this process: two of them would hold two threads. */
export const keychain = new Keychain();
