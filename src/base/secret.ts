/**
 * base/secret — a value that does not print, log or serialise.
 *
 * `reveal()` appears in a short list of files that test/architecture holds.
 */
import { inspect } from 'node:util';

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The plain text. Call it where the value leaves for its destination, nowhere else. */
  reveal(): string {
    return this.#value;
  }

  /** Is it the same text? Says nothing else of either. */
  equals(other: Secret): boolean {
    return this.#value === other.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
