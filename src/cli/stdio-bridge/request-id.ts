/**
 * cli/stdio-bridge/request-id — finds the id of a request in a line that the bridge does not parse: too long, or with an id
 * that JSON.parse would change.
 *
 * Reads byte by byte, so a line can be read as it comes and forgotten. What it says of a line that is no JSON object is
 * not reliable, and need not be.
 * Knows nothing of: what is asked.
 */

/** Longer ids are not kept; a client that sends one gets its error without it. */
const longestId = 512;

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const colon = 0x3a;
const comma = 0x2c;

export class RequestIdScanner {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  /** Of the outermost object: the key that was read last, and whether its value is being read. */
  #key = '';
  #isInValue = false;
  #value = '';
  #idText: string | undefined;
  #hasMethod = false;

  /** Reads on. */
  push(bytes: Uint8Array): void {
    for (const byte of bytes) this.#take(byte);
  }

  /** The id as it was written, when the line is a request; undefined for what wants no answer, or has no id to be found. */
  get requestId(): string | undefined {
    if (!this.#hasMethod || this.#idText === undefined) return undefined;
    try {
      JSON.parse(this.#idText);
      return this.#idText;
    } catch {
      // Cut, or no JSON: it cannot be given back.
      return undefined;
    }
  }

  #take(byte: number): void {
    if (this.#isInString) {
      this.#note(byte);
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === backslash) this.#isEscaped = true;
      else if (byte === quote) this.#isInString = false;
      return;
    }
    switch (byte) {
      case quote:
        this.#isInString = true;
        if (this.#depth === 1 && !this.#isInValue) this.#key = '';
        this.#note(byte);
        return;
      case openBrace:
      case openBracket:
        this.#note(byte);
        this.#depth += 1;
        return;
      case closeBrace:
      case closeBracket:
        this.#depth -= 1;
        if (this.#depth === 0) this.#endValue();
        else this.#note(byte);
        return;
      case colon:
        if (this.#depth === 1 && !this.#isInValue) {
          this.#isInValue = true;
          this.#value = '';
        } else this.#note(byte);
        return;
      case comma:
        if (this.#depth === 1) this.#endValue();
        else this.#note(byte);
        return;
      default:
        this.#note(byte);
    }
  }

  /** Keeps what belongs to a key or to the value of `id`, within bounds. */
  #note(byte: number): void {
    if (this.#depth === 0) return;
    if (!this.#isInValue) {
      if (this.#depth === 1 && this.#key.length < 16 && byte > 0x20) this.#key += String.fromCharCode(byte);
    } else if (this.#key === '"id"' && this.#value.length <= longestId)
      this.#value += String.fromCharCode(byte);
  }

  #endValue(): void {
    if (!this.#isInValue) return;
    this.#isInValue = false;
    if (this.#key === '"method"') this.#hasMethod = true;
    if (this.#key === '"id"' && this.#value.length <= longestId)
      this.#idText = Buffer.from(this.#value, 'latin1').toString('utf8').trim();
  }
}

/** The id of a request as it is written in its line. */
export function requestIdText(line: string): string | undefined {
  const scanner = new RequestIdScanner();
  scanner.push(Buffer.from(line));
  return scanner.requestId;
}
