/**
 * store/crypto/unopened-secret — stands where a sealed value could not be opened: locked store, or damaged text.
 *
 * The rest of the row stays usable; only `reveal()` fails, and says why. Written back, it keeps the stored text.
 */
import { type McpMuxError, Secret } from '../../base/index.ts';

export class UnopenedSecret extends Secret {
  readonly #why: McpMuxError;

  constructor(why: McpMuxError) {
    super('');
    this.#why = why;
  }

  override reveal(): string {
    throw this.#why;
  }

  get why(): McpMuxError {
    return this.#why;
  }
}
