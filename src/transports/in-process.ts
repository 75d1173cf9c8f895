/**
 * transports/in-process — a server inside this process. Messages cross as JSON all the same, so that nobody on
 * either side can hold on to the other's objects.
 *
 * Knows nothing of: which servers there are.
 */

import { describeError, isJsonObject, type JsonObject } from '../base/index.ts';
import { joinPieces } from '../protocol/index.ts';
import { transportError } from './errors.ts';
import type { InProcessServer, OutgoingMessage, Transport, TransportEvents } from './transport.ts';

export class InProcessTransport implements Transport {
  readonly wire = 'in-process';
  readonly #name: string;
  readonly #server: InProcessServer;
  #events: TransportEvents | undefined;
  #isClosed = false;

  constructor(options: { readonly server: string; readonly target: InProcessServer }) {
    this.#name = options.server;
    this.#server = options.target;
  }

  get pid(): undefined {
    return undefined;
  }

  get bufferedBytes(): number {
    return 0;
  }

  open(events: TransportEvents): Promise<void> {
    this.#events = events;
    return Promise.resolve();
  }

  send(message: OutgoingMessage): void {
    if (this.#isClosed || this.#events === undefined) throw transportError('closed', { server: this.#name });
    // Later, as with every other wire: whoever sends must not be answered before `send` returned.
    queueMicrotask(() => this.#deliver(message));
  }

  abandon(): void {
    // The server was told by a notification.
  }

  agreed(): void {
    // Nothing of this wire depends on the era.
  }

  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#events?.closed({ kind: 'asked' });
    }
    return Promise.resolve();
  }

  #deliver(message: OutgoingMessage): void {
    if (this.#isClosed) return;
    const parsed: unknown = JSON.parse(joinPieces(message.pieces).toString('utf8'));
    if (!isJsonObject(parsed)) return;
    const reply = (answer: JsonObject): void => {
      queueMicrotask(() => {
        if (!this.#isClosed) this.#events?.message(Buffer.from(JSON.stringify(answer)), message.id);
      });
    };
    try {
      this.#server.receive(parsed, reply);
    } catch (error) {
      this.#events?.log('error', 'connection', `the built-in server failed: ${describeError(error)}`);
      if (message.id === undefined) return;
      this.#events?.requestFailed(
        message.id,
        transportError('bad_answer', { server: this.#name, reason: 'it failed inside' }, error),
      );
    }
  }
}
