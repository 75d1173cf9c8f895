/**
 * upstream/server-wires — every wire to one server, from before it is made until nothing of it is left.
 *
 * A wire that is being opened, or that is being closed, belongs to no leg. Here it has an owner all the same, so that
 * who ends the server ends it too, and who starts it again can wait for it.
 * Owns: the wires that are not finished. Knows nothing of: legs, handshakes, what a wire is for.
 */
import type { Transport } from '../transports/index.ts';
import { transportError } from '../transports/index.ts';

export class ServerWires {
  readonly #serverName: string;
  /** By wire: resolves when nothing of it is left. */
  readonly #unfinished = new Map<Transport, { closing: Promise<void> | undefined }>();
  /** Wires that are being made: nothing of them runs yet. */
  readonly #making = new Set<{ isWanted: boolean }>();
  #waiters: (() => void)[] = [];

  constructor(serverName: string) {
    this.#serverName = serverName;
  }

  /** How many are not finished. */
  get size(): number {
    return this.#unfinished.size + this.#making.size;
  }

  /**
   * Makes a wire by `create`.
   *
   * @throws transports.closed when all were closed meanwhile, and what `create` throws
   */
  async make(create: () => Transport | Promise<Transport>): Promise<Transport> {
    const made = { isWanted: true };
    this.#making.add(made);
    try {
      const transport = await create();
      if (!made.isWanted) {
        await transport.close();
        throw transportError('closed', { server: this.#serverName });
      }
      this.#unfinished.set(transport, { closing: undefined });
      return transport;
    } finally {
      this.#making.delete(made);
      this.#wake();
    }
  }

  /** The wire has ended or is not wanted any more. Resolves when nothing of it is left; safe to call twice. */
  finish(transport: Transport): Promise<void> {
    const wire = this.#unfinished.get(transport);
    if (wire === undefined) return Promise.resolve();
    wire.closing ??= transport
      .close()
      // Its own log says what was not clean about its end.
      .catch(() => {})
      .then(() => {
        this.#unfinished.delete(transport);
        this.#wake();
      });
    return wire.closing;
  }

  /** Closes all of them, also those that are being made. Resolves when nothing of any is left. */
  async closeAll(): Promise<void> {
    for (const made of this.#making) made.isWanted = false;
    await Promise.all([...this.#unfinished.keys()].map((transport) => this.finish(transport)));
  }

  /** Resolves when every wire that there is now has been closed by somebody and nothing of it is left. */
  async ended(): Promise<void> {
    while (this.#unfinished.size > 0) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}
