/**
 * base/event-bus — facts in the past tense, told in one order to whoever listens.
 *
 * A failing listener harms nobody. Listeners are quick: they take note and return.
 * Knows nothing of: what the events mean.
 */
import type { Clock } from './clock.ts';

export interface EventEnvelope<Event> {
  /** Counts up by one from 1 in this process. */
  readonly seq: number;
  /** Epoch ms. */
  readonly at: number;
  readonly event: Event;
}

export type EventListener<Event> = (envelope: EventEnvelope<Event>) => void;

export class EventBus<Event extends { readonly type: string }> {
  readonly #listeners = new Set<EventListener<Event>>();
  readonly #clock: Clock;
  readonly #onListenerError: (error: unknown, event: Event) => void;
  #seq = 0;
  #queue: EventEnvelope<Event>[] = [];
  #isDelivering = false;

  constructor(clock: Clock, onListenerError: (error: unknown, event: Event) => void) {
    this.#clock = clock;
    this.#onListenerError = onListenerError;
  }

  /** Tells `event` to all listeners before returning; events published by a listener follow in their turn. */
  publish(event: Event): void {
    this.#seq += 1;
    this.#queue.push({ seq: this.#seq, at: this.#clock.now(), event });
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        for (const listener of [...this.#listeners]) {
          try {
            listener(next);
          } catch (error) {
            this.#onListenerError(error, next.event);
          }
        }
      }
    } finally {
      this.#isDelivering = false;
    }
  }

  /** @returns the end of the subscription; safe to call twice */
  subscribe(listener: EventListener<Event>): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  get lastSeq(): number {
    return this.#seq;
  }
}
