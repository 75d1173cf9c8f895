/**
 * base/lifecycle — who closes what, in which order.
 */

export interface Closeable {
  close(): Promise<void> | void;
}

/** Collects what must be closed, and closes it last-in first-out. One failing close does not keep the others open. */
export class Closer implements Closeable {
  readonly #stack: { name: string; close: () => Promise<void> | void }[] = [];
  readonly #onError: (name: string, error: unknown) => void;
  #closing: Promise<void> | undefined;

  constructor(onError: (name: string, error: unknown) => void = () => {}) {
    this.#onError = onError;
  }

  /** Registers `resource` and gives it back, so that opening and registering are one line. */
  own<T extends Closeable>(name: string, resource: T): T {
    this.#stack.push({ name, close: () => resource.close() });
    return resource;
  }

  defer(name: string, close: () => Promise<void> | void): void {
    this.#stack.push({ name, close });
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    for (let item = this.#stack.pop(); item !== undefined; item = this.#stack.pop()) {
      try {
        await item.close();
      } catch (error) {
        this.#onError(item.name, error);
      }
    }
  }
}
