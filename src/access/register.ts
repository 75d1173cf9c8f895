/**
 * access/register — the one place that holds the current AccessSnapshot and gives the next one its version.
 *
 * In: parts that were stored. Out: the snapshot, and the event `access.changed` after it counts.
 * Knows nothing of: the store.
 */
import type { DomainEvents } from '../model/index.ts';
import { type AccessParts, AccessSnapshot } from './snapshot.ts';

export class AccessRegister {
  readonly #events: DomainEvents | undefined;
  #snapshot: AccessSnapshot;

  constructor(parts: AccessParts, events?: DomainEvents) {
    this.#events = events;
    this.#snapshot = new AccessSnapshot(1, parts);
  }

  get snapshot(): AccessSnapshot {
    return this.#snapshot;
  }

  get version(): number {
    return this.#snapshot.version;
  }

  /** Puts these parts in place of what they were; the others stay. The store has been written before. */
  publish(changed: Partial<AccessParts>): AccessSnapshot {
    this.#snapshot = new AccessSnapshot(this.version + 1, { ...this.#snapshot.parts, ...changed });
    this.#events?.publish({ type: 'access.changed', version: this.version });
    return this.#snapshot;
  }
}
