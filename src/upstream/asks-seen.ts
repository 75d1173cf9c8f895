/**
 * upstream/asks-seen — what a server has shown by its asks: whether its clients need legs of their own.
 *
 * Knows nothing of: how asks are answered, who gets a leg.
 *
 * @see docs/decisions/private-legs.md
 */
import type { Ask } from '../model/index.ts';

export class AsksSeen {
  readonly #changed: () => void;
  #isUnattributed = false;
  #needsFolders = false;

  /** @param changed there is something else to tell a person */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** It asked something that may have been of several clients, or of none. */
  get isUnattributed(): boolean {
    return this.#isUnattributed;
  }

  /** It asks for folders while nobody calls. */
  get needsFolders(): boolean {
    return this.#needsFolders;
  }

  /** Calls of several clients can be meant. */
  unattributed(): void {
    this.#isUnattributed = true;
  }

  /** Nobody calls. */
  uncalled(ask: Ask): void {
    if (ask.method !== 'roots/list') this.#isUnattributed = true;
    else if (!this.#needsFolders) {
      this.#needsFolders = true;
      this.#changed();
    }
  }

  /** It may be different the next time. */
  forget(): void {
    this.#isUnattributed = false;
    this.#needsFolders = false;
  }
}
