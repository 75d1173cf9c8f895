/**
 * protocol/json-bytes — walks JSON in a Buffer without building values; says where a value ends, or that it is broken.
 *
 * The grammar is exactly that of JSON.parse (RFC 8259). Everything here is on the hot path: plain loops, no allocation.
 * Knows nothing of: JSON-RPC.
 */
import { isUtf8 } from 'node:buffer';

export interface JsonLimits {
  /** Containers inside each other; the outermost counts 1. */
  readonly maxDepth: number;
  /** Keys of all objects together. */
  readonly maxKeys: number;
}

/** What a client may send. Deeper or wider is no tool call that anybody means. */
export const requestLimits: JsonLimits = { maxDepth: 128, maxKeys: 50_000 };

/** What a server may answer. Wider than for requests: lists and results are the servers' business. */
export const answerLimits: JsonLimits = { maxDepth: 512, maxKeys: 2_000_000 };

/** Is it exactly one complete JSON value in valid UTF-8, within the limits? */
export function checkJson(bytes: Buffer, limits: JsonLimits = answerLimits): boolean {
  const end = skipValue(bytes, skipSpace(bytes, 0), limits);
  return end !== broken && skipSpace(bytes, end) === bytes.length && isUtf8(bytes);
}

/** What the skippers say instead of an offset when the text is no JSON or beyond the limits. */
export const broken = -1;

/** What `walkText` says of an escape that spells half of a surrogate pair, which is no character. */
export const halfCharacter = -2;

/** A key, or whitespace in one piece, that is longer is nothing that anybody means; crossing it would take long. */
const longestPiece = 1024 * 1024;

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const backslash = 0x5c;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;

/** @returns the offset of the first byte at or after `at` that is no JSON whitespace, or the length; gives up after 1 MiB */
export function skipSpace(bytes: Buffer, at: number): number {
  const length = bytes.length;
  const end = length - at > longestPiece ? at + longestPiece : length;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) return at;
    at += 1;
  }
  return at;
}

/** @param at just behind the opening quote. @returns just behind the closing quote, or `broken` */
export function skipString(bytes: Buffer, at: number): number {
  const behind = walkText(bytes, at, bytes.length, false);
  return behind < 0 ? broken : behind;
}

/** From here on a view of the bytes as words pays for itself. */
const longString = 128;

/** A string longer than this may be one great stretch without escapes, which the system's own search crosses faster. */
const longStretch = 2_048;

/**
 * Goes on in a string.
 *
 * @param at       behind its opening quote, or where an earlier walk paused
 * @param limit    the offset to pause at, about
 * @param isStrict also refuses escapes that spell half of a surrogate pair
 * @returns        just behind the closing quote; `broken`, `halfCharacter`; or the offset reached, negated (`~`)
 */
export function walkText(bytes: Buffer, at: number, limit: number, isStrict: boolean): number {
  const soon = Math.min(limit, at + longString);
  while (at < soon) {
    const byte = bytes[at]!;
    if (byte === quote) return at + 1;
    if (byte < 0x20) return broken;
    if (byte === backslash) {
      at = skipEscape(bytes, at + 1, isStrict);
      if (at < 0) return at;
    } else at += 1;
  }
  if (at >= bytes.length) return broken;
  return at >= limit ? ~at : walkLongText(bytes, at, limit, isStrict);
}

function walkLongText(bytes: Buffer, from: number, limit: number, isStrict: boolean): number {
  const soon = from + longStretch;
  let at = walkWords(bytes, from, Math.min(soon, limit), isStrict);
  if (at >= halfCharacter) return at;
  if (soon < limit) {
    // Once a walk: where escapes are many, searching for the next is slower than reading on.
    at = skipStretch(bytes, ~at, limit);
    if (at === broken) return broken;
    at = at < limit ? walkWords(bytes, at, limit, isStrict) : ~at;
    if (at >= halfCharacter) return at;
  }
  return ~at >= bytes.length ? broken : at;
}

/** Goes on in a string four bytes at a time; a word with anything special in it is read byte by byte. */
function walkWords(bytes: Buffer, at: number, limit: number, isStrict: boolean): number {
  const shift = bytes.byteOffset & 3;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset - shift, (limit + shift) >> 2);
  while (at < limit) {
    if (((at + shift) & 3) === 0) {
      let word = (at + shift) >> 2;
      while (word < words.length && !hasSpecialByte(words[word]!)) word += 1;
      at = (word << 2) - shift;
      if (at >= limit) break;
    }
    const byte = bytes[at]!;
    if (byte === quote) return at + 1;
    if (byte < 0x20) return broken;
    if (byte === backslash) {
      at = skipEscape(bytes, at + 1, isStrict);
      if (at < 0) return at;
    } else at += 1;
  }
  return ~at;
}

/** @returns the offset of the next quote or backslash, or `limit`; `broken` when a control character comes first */
function skipStretch(bytes: Buffer, from: number, limit: number): number {
  const window = bytes.subarray(from, limit);
  const end = window.indexOf(quote);
  const escapeAt = (end === -1 ? window : window.subarray(0, end)).indexOf(backslash);
  const stop = escapeAt !== -1 ? from + escapeAt : end !== -1 ? from + end : limit;
  return hasControlByte(bytes, from, stop) ? broken : stop;
}

function hasControlByte(bytes: Buffer, from: number, to: number): boolean {
  const shift = bytes.byteOffset & 3;
  const firstWord = (from + shift + 3) >> 2;
  const endWord = (to + shift) >> 2;
  if (firstWord >= endWord) return hasControlIn(bytes, from, to);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset - shift, endWord);
  const crossed = crossWithoutControl(words, firstWord);
  return (
    crossed === -1 ||
    hasControlIn(bytes, from, (firstWord << 2) - shift) ||
    hasControlIn(bytes, (crossed << 2) - shift, to)
  );
}

/**
 * One look at sixteen bytes: a top bit that was borrowed into says that some byte is below 0x20.
 *
 * A loop and nothing after it that needs to be learnt: code that is compiled while a long loop runs knows nothing of what
 * follows, and the engine (V8 11) threw it away after every single string and began anew with the next.
 *
 * @returns the first word that was not looked at, or -1 when there is a control character
 */
function crossWithoutControl(words: Int32Array, from: number): number {
  const end = words.length - 3;
  let word = from;
  while (word < end) {
    const one = words[word]!;
    const two = words[word + 1]!;
    const three = words[word + 2]!;
    const four = words[word + 3]!;
    const control =
      ((one - 0x20202020) & ~one) |
      ((two - 0x20202020) & ~two) |
      ((three - 0x20202020) & ~three) |
      ((four - 0x20202020) & ~four);
    if ((control & 0x80808080) !== 0) return -1;
    word += 4;
  }
  return word;
}

function hasControlIn(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (bytes[at]! < 0x20) return true;
  return false;
}

/**
 * May one of the four bytes be a quote, a backslash or a control character? Never says no when one is.
 * A byte is below n exactly when taking n from it borrows into its top bit, which it did not have set.
 */
function hasSpecialByte(word: number): boolean {
  const asQuote = word ^ 0x22222222;
  const asBackslash = word ^ 0x5c5c5c5c;
  const control = ((word - 0x20202020) | 0) & ~word;
  const quotes = ((asQuote - 0x01010101) | 0) & ~asQuote;
  const backslashes = ((asBackslash - 0x01010101) | 0) & ~asBackslash;
  return ((control | quotes | backslashes) & 0x80808080) !== 0;
}

/** @param at just behind the backslash. @returns just behind the escape, or `broken`, `halfCharacter` */
function skipEscape(bytes: Buffer, at: number, isStrict: boolean): number {
  if (at >= bytes.length) return broken;
  switch (bytes[at]!) {
    case 0x22: // "
    case 0x5c: // \
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return at + 1;
    case 0x75: {
      // u
      const code = readHex4(bytes, at + 1);
      if (code === broken) return broken;
      if (!isStrict || code < 0xd800 || code > 0xdfff) return at + 5;
      return skipLowSurrogate(bytes, at + 5, code);
    }
    default:
      return broken;
  }
}

/** @param at behind an escape that spells a surrogate. @returns behind the other half that has to follow */
function skipLowSurrogate(bytes: Buffer, at: number, high: number): number {
  if (high > 0xdbff || bytes[at] !== backslash || bytes[at + 1] !== 0x75)
    return skipString(bytes, at) === broken ? broken : halfCharacter;
  const low = readHex4(bytes, at + 2);
  if (low === broken) return broken;
  return low < 0xdc00 || low > 0xdfff ? halfCharacter : at + 6;
}

/** The four hex digits at `at` as a number, or `broken`. */
export function readHex4(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length) return broken;
  let code = 0;
  for (let i = at; i < at + 4; i += 1) {
    const byte = bytes[i]!;
    let digit: number;
    if (byte >= zero && byte <= nine) digit = byte - zero;
    else if (byte >= 0x61 && byte <= 0x66) digit = byte - 0x57;
    else if (byte >= 0x41 && byte <= 0x46) digit = byte - 0x37;
    else return broken;
    code = code * 16 + digit;
  }
  return code;
}

/** @param at at the first character of a number. @returns just behind it, or `broken` */
export function skipNumber(bytes: Buffer, at: number): number {
  if (bytes[at] === minus) at += 1;
  if (bytes[at] === zero) at += 1;
  else {
    const end = skipDigits(bytes, at);
    if (end === at) return broken;
    at = end;
  }
  if (at < bytes.length && bytes[at] === 0x2e) {
    const end = skipDigits(bytes, at + 1);
    if (end === at + 1) return broken;
    at = end;
  }
  if (at < bytes.length && (bytes[at]! | 0x20) === 0x65) {
    at += 1;
    if (bytes[at] === 0x2b || bytes[at] === minus) at += 1;
    const end = skipDigits(bytes, at);
    if (end === at) return broken;
    at = end;
  }
  return at;
}

function skipDigits(bytes: Buffer, at: number): number {
  const length = Math.min(bytes.length, at + longestPiece);
  while (at < length) {
    const byte = bytes[at]!;
    if (byte < zero || byte > nine) return at;
    at += 1;
  }
  return at;
}

/** `true`, `false` or `null`. */
export function skipLiteral(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length) return broken;
  switch (bytes[at]!) {
    case 0x74:
      return bytes[at + 1] === 0x72 && bytes[at + 2] === 0x75 && bytes[at + 3] === 0x65 ? at + 4 : broken;
    case 0x6e:
      return bytes[at + 1] === 0x75 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x6c ? at + 4 : broken;
    case 0x66:
      return bytes[at + 1] === 0x61 &&
        bytes[at + 2] === 0x6c &&
        bytes[at + 3] === 0x73 &&
        bytes[at + 4] === 0x65
        ? at + 5
        : broken;
    default:
      return broken;
  }
}

/** A string, number or literal. */
export function skipScalar(bytes: Buffer, at: number): number {
  if (at >= bytes.length) return broken;
  const byte = bytes[at]!;
  if (byte === quote) return skipString(bytes, at + 1);
  if (byte === minus || (byte >= zero && byte <= nine)) return skipNumber(bytes, at);
  return skipLiteral(bytes, at);
}

/** @param at at the key's opening quote. @returns at the first byte of the member's value, or `broken` */
export function skipKey(bytes: Buffer, at: number): number {
  if (at >= bytes.length || bytes[at] !== quote) return broken;
  const end = walkText(bytes, at + 1, Math.min(bytes.length, at + longestPiece), false);
  if (end < 0) return broken;
  const behind = skipSpace(bytes, end);
  if (behind >= bytes.length || bytes[behind] !== colon) return broken;
  return skipSpace(bytes, behind + 1);
}

/** Which containers are open, innermost last: 1 = object, 0 = array. Shared: the walk never yields. */
let isObjectAt = new Uint8Array(1024);

/**
 * Walks the value that begins at `at`, checking all of it.
 *
 * @param at at the value's first byte (no whitespace)
 * @returns  just behind the value, or `broken`
 */
export function skipValue(bytes: Buffer, at: number, limits: JsonLimits): number {
  const length = bytes.length;
  if (isObjectAt.length <= limits.maxDepth) isObjectAt = new Uint8Array(limits.maxDepth + 1);
  let depth = 0;
  let keys = 0;
  for (;;) {
    // A value begins at `at`.
    if (at >= length) return broken;
    const byte = bytes[at]!;
    if (byte === openBrace) {
      depth += 1;
      if (depth > limits.maxDepth) return broken;
      isObjectAt[depth] = 1;
      at = skipSpace(bytes, at + 1);
      if (at >= length || bytes[at] !== closeBrace) {
        keys += 1;
        if (keys > limits.maxKeys) return broken;
        at = skipKey(bytes, at);
        if (at === broken) return broken;
        continue;
      }
    } else if (byte === openBracket) {
      depth += 1;
      if (depth > limits.maxDepth) return broken;
      isObjectAt[depth] = 0;
      at = skipSpace(bytes, at + 1);
      if (at >= length || bytes[at] !== closeBracket) continue;
    } else {
      at = skipScalar(bytes, at);
      if (at === broken) return broken;
      if (depth === 0) return at;
      at = skipSpace(bytes, at);
    }
    // At a comma, or at brackets that close.
    for (;;) {
      if (at >= length) return broken;
      const mark = bytes[at]!;
      if (mark === comma) {
        at = skipSpace(bytes, at + 1);
        if (isObjectAt[depth] === 1) {
          keys += 1;
          if (keys > limits.maxKeys) return broken;
          at = skipKey(bytes, at);
          if (at === broken) return broken;
        }
        break;
      }
      if (mark !== (isObjectAt[depth] === 1 ? closeBrace : closeBracket)) return broken;
      depth -= 1;
      at += 1;
      if (depth === 0) return at;
      at = skipSpace(bytes, at);
    }
  }
}
