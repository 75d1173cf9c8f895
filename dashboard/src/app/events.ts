/**
 * app/events — follows what happens in the daemon, and has the pages read again what changed.
 *
 *   connecting ─first event→ live ─stream ends→ offline ─after a while→ connecting
 *
 * Nothing is asked for by time. After a gap everything on the page is read anew once.
 */
import type { QueryClient } from '@tanstack/react-query';
import { background } from './admin.ts';
import { locked, onLock } from './session.ts';

export interface Connection {
  readonly state: 'connecting' | 'live' | 'offline';
  /** Epoch ms of the last sign of life. */
  readonly seenAt: number;
  /** Epoch ms of the next attempt; only while offline. */
  readonly nextAt: number;
}

/** The first word of an event's type, or the whole → what is read again. */
const changes: readonly (readonly [begins: string, keys: readonly string[]])[] = [
  ['upstream.status_changed', ['status', 'server', 'processes']],
  ['upstream.sign_in', ['status', 'server', 'sign-ins']],
  ['upstream.features_discovered', ['features', 'server', 'status', 'tools']],
  ['gateway.', ['status', 'server', 'tools']],
  ['catalogue.', ['status', 'tools', 'features']],
  ['access.approval', ['approvals', 'approval-rules', 'status']],
  ['access.definition', ['review', 'tools', 'status']],
  ['access.changed', ['tools', 'status']],
  ['auth.', ['clients', 'machine']],
  ['downstream.session', ['clients']],
  ['observe.problems_changed', ['status']],
  ['observe.call', ['calls']],
];

const gatherMs = 150;
const pauseMs = 4_000;

export class Events {
  readonly #queries: QueryClient;
  readonly #listeners = new Set<() => void>();
  #connection: Connection = { state: 'connecting', seenAt: Date.now(), nextAt: 0 };
  #stale = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wake: (() => void) | undefined;

  constructor(queries: QueryClient) {
    this.#queries = queries;
  }

  readonly connection = (): Connection => this.#connection;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Tries again now instead of later. */
  readonly retry = (): void => this.#wake?.();

  /** For as long as the page is open. */
  async run(): Promise<never> {
    onLock(() => {
      if (!locked()) this.retry();
    });
    for (;;) {
      try {
        for await (const event of background.streamEvents()) {
          if (event.type === 'stream.opened') {
            this.#set({ state: 'live', seenAt: Date.now(), nextAt: 0 });
            await this.#queries.invalidateQueries();
          } else this.#changed(event.type);
        }
      } catch {
        // Told by the state: it is tried again.
      }
      const seenAt = this.#connection.state === 'live' ? Date.now() : this.#connection.seenAt;
      this.#set({ state: 'offline', seenAt, nextAt: Date.now() + pauseMs });
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pauseMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
  }

  #changed(type: string): void {
    for (const [begins, keys] of changes)
      if (type.startsWith(begins)) for (const key of keys) this.#stale.add(key);
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const stale = this.#stale;
      this.#stale = new Set();
      void this.#queries.invalidateQueries({
        predicate: ({ queryKey }) => stale.has(String(queryKey[0])),
      });
    }, gatherMs);
  }

  #set(connection: Connection): void {
    this.#connection = connection;
    for (const listener of this.#listeners) listener();
  }
}
