/**
 * protocol/raw-json — a JSON object held as bytes, as a value, or both; the other form is made on demand and kept.
 *
 * This is how an answer passes through without being parsed: who needs a field asks for `value`, who writes asks for
 * `bytes`. Neither form may be changed by anybody.
 * Knows nothing of: what the object means.
 */
import type { JsonObject } from '../base/index.ts';

/** Up to this size one pass to text and a look at that is cheaper than a look at the bytes for each name. */
const textUpToBytes = 2_048;
const needles = new Map<string, string>();

export class RawJson {
  #bytes: Buffer | undefined;
  #value: JsonObject | undefined;
  /** Of small objects, for `hasKeyText`: one character a byte. */
  #text: string | undefined;

  private constructor(bytes: Buffer | undefined, value: JsonObject | undefined) {
    this.#bytes = bytes;
    this.#value = value;
  }

  /** @param bytes exactly one JSON object, already checked (`scanAnswer`, `checkJson`); kept, not copied */
  static ofBytes(bytes: Buffer): RawJson {
    return new RawJson(bytes, undefined);
  }

  static ofValue(value: JsonObject): RawJson {
    return new RawJson(undefined, value);
  }

  /** The object, parsed once. @throws SyntaxError when the bytes were never checked and are not JSON */
  get value(): JsonObject {
    this.#value ??= JSON.parse(this.#bytes!.toString('utf8')) as JsonObject;
    return this.#value;
  }

  /** The text in UTF-8, serialised once. */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.from(JSON.stringify(this.#value), 'utf8');
    return this.#bytes;
  }

  get byteLength(): number {
    return this.bytes.length;
  }

  /** Is the value at hand without parsing? */
  get isParsed(): boolean {
    return this.#value !== undefined;
  }

  /**
   * Could a key of that name be in here, at any depth? Says yes too often (a string value with that text, or no bytes at
   * hand), but never no when the key is there and written without escapes. `name` holds nothing that JSON escapes.
   */
  hasKeyText(name: string): boolean {
    const bytes = this.#bytes;
    if (bytes === undefined) return true;
    const needle = needleOf(name);
    const text = this.#text ?? this.byteText;
    return text === undefined ? bytes.includes(needle) : text.includes(needle);
  }

  /** The UTF-8 bytes as text, one character a byte, for whoever writes small objects; undefined of large ones. */
  get byteText(): string | undefined {
    if (this.#text === undefined) {
      const { bytes } = this;
      if (bytes.length > textUpToBytes) return undefined;
      this.#text = bytes.toString('latin1');
    }
    return this.#text;
  }

  toJSON(): JsonObject {
    return this.value;
  }
}

/** The names are few and ours; asked for on every answer. */
function needleOf(name: string): string {
  let needle = needles.get(name);
  if (needle === undefined) {
    needle = `"${name}"`;
    needles.set(name, needle);
  }
  return needle;
}
