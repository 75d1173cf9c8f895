/**
 * protocol/inspect-request — judges the bytes of a client's message before they are parsed.
 *
 * Parsing hides what an attacker can use against a second parser: of two equal keys one wins, a big id changes, a lone
 * surrogate becomes another character, 1e400 becomes Infinity. Such messages are refused here, so that what policy
 * decides on is what the server gets. One pass over the bytes, complete: what it lets through, JSON.parse accepts.
 * Knows nothing of: methods, eras, HTTP.
 */
import { isUtf8 } from 'node:buffer';
import {
  broken,
  type JsonLimits,
  readHex4,
  requestLimits,
  skipLiteral,
  skipNumber,
  skipSpace,
  skipStretch,
  skipString,
} from './json-bytes.ts';
import { invalidRequest, parseError } from './rpc-errors.ts';

export type RequestVerdict =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** What is wrong, for the person who wrote the client; never quotes their text. */
      readonly reason: string;
      /** -32700 when it is no JSON, -32600 when it is JSON that we do not accept. */
      readonly code: typeof parseError | typeof invalidRequest;
    };

const accepted: RequestVerdict = { ok: true };

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const minus = 0x2d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const backslash = 0x5c;

/** From this many keys on, an object's keys are kept in a Set instead of being compared one by one. */
const manyKeys = 32;

/** State of one walk. Reused: a walk is synchronous and never re-entered. */
let keyHashes = new Int32Array(1024);
let keyStarts = new Int32Array(1024);
let keyEnds = new Int32Array(1024);
let firstKeyAt = new Int32Array(256);
let isObjectAt = new Uint8Array(256);

/**
 * Judges the bytes of one message (or of a batch, whose members are judged alike).
 *
 * @param bytes the whole body
 * @returns what to refuse with, or `{ ok: true }`: then JSON.parse cannot fail and cannot change the meaning
 */
export function inspectRequest(bytes: Buffer, limits: JsonLimits = requestLimits): RequestVerdict {
  const length = bytes.length;
  if (length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    return noJson('the body begins with a byte order mark; send UTF-8 without one');
  if (!isUtf8(bytes)) return noJson('the body is not valid UTF-8');
  if (isObjectAt.length <= limits.maxDepth + 1) {
    isObjectAt = new Uint8Array(limits.maxDepth + 2);
    firstKeyAt = new Int32Array(limits.maxDepth + 2);
  }

  let at = skipSpace(bytes, 0);
  const isBatch = at < length && bytes[at] === openBracket;
  const envelopeDepth = isBatch ? 2 : 1;
  let depth = 0;
  let keysTotal = 0;
  /** How many keys of the open objects are noted; those of the innermost begin at firstKeyAt[depth]. */
  let noted = 0;
  let manyKeysAt: (Set<string> | undefined)[] | undefined;
  let isEnvelopeId = false;
  let isKey = false;

  for (;;) {
    if (isKey) {
      // An object's key begins at `at`.
      if (at >= length || bytes[at] !== quote) return noJson(notJson);
      keysTotal += 1;
      if (keysTotal > limits.maxKeys) return refused(`the message has more than ${limits.maxKeys} keys`);
      const start = at + 1;
      let hash = 0;
      let hasEscapes = false;
      at = start;
      for (; ; at += 1) {
        if (at >= length) return noJson(notJson);
        const byte = bytes[at]!;
        if (byte === quote) break;
        if (byte === backslash) {
          hasEscapes = true;
          break;
        }
        if (byte < 0x20) return noJson(notJson);
        hash = (Math.imul(hash, 31) + byte) | 0;
      }
      if (hasEscapes) {
        const behind = skipText(bytes, start);
        if (behind < 0) return textFault(behind);
        at = behind - 1;
        hash = hashOf(Buffer.from(textBetween(bytes, start, at)));
      }

      const first = firstKeyAt[depth]!;
      const seen = manyKeysAt?.[depth];
      if (seen !== undefined) {
        const name = textBetween(bytes, start, at);
        if (seen.has(name)) return refused(duplicateKey);
        seen.add(name);
      } else {
        for (let i = first; i < noted; i += 1) {
          if (keyHashes[i] === hash && isSameKey(bytes, keyStarts[i]!, keyEnds[i]!, start, at))
            return refused(duplicateKey);
        }
        if (noted === keyHashes.length) growNotes();
        keyHashes[noted] = hash;
        keyStarts[noted] = start;
        keyEnds[noted] = at;
        noted += 1;
        if (noted - first === manyKeys) {
          const names = new Set<string>();
          for (let i = first; i < noted; i += 1) names.add(textBetween(bytes, keyStarts[i]!, keyEnds[i]!));
          manyKeysAt ??= [];
          manyKeysAt[depth] = names;
          noted = first;
        }
      }
      if (depth === envelopeDepth) {
        isEnvelopeId = at - start === 2 && bytes[start] === 0x69 && bytes[start + 1] === 0x64;
        if (!isEnvelopeKey(bytes, start, at)) {
          const nearMiss = nearMissOf(textBetween(bytes, start, at));
          if (nearMiss !== undefined) return refused(`a key resembles "${nearMiss}" but is not it`);
        }
      }
      at = skipSpace(bytes, at + 1);
      if (at >= length || bytes[at] !== colon) return noJson(notJson);
      at = skipSpace(bytes, at + 1);
      isKey = false;
    }

    // A value begins at `at`.
    if (at >= length) return noJson(notJson);
    const byte = bytes[at]!;
    if (byte === openBrace || byte === openBracket) {
      depth += 1;
      if (depth > limits.maxDepth)
        return refused(`the message is nested deeper than ${limits.maxDepth} levels`);
      const isObject = byte === openBrace;
      isObjectAt[depth] = isObject ? 1 : 0;
      firstKeyAt[depth] = noted;
      if (manyKeysAt !== undefined) manyKeysAt[depth] = undefined;
      at = skipSpace(bytes, at + 1);
      if (at >= length || bytes[at] !== (isObject ? closeBrace : closeBracket)) {
        isKey = isObject;
        continue;
      }
    } else {
      if (byte === quote) {
        const behind = skipText(bytes, at + 1);
        if (behind < 0) return textFault(behind);
        at = behind;
      } else if (byte === minus || (byte >= 0x30 && byte <= 0x39)) {
        const end = skipNumber(bytes, at);
        if (end === broken) return noJson(notJson);
        const digits = end - at;
        if (isEnvelopeId && depth === envelopeDepth) {
          if (digits >= 16 && isUnsafeInteger(Number(bytes.toString('latin1', at, end))))
            return refused(unsafeId);
        }
        if (digits >= 3 && overflows(bytes, at, end)) return refused('a number is too large to be kept');
        at = end;
      } else {
        at = skipLiteral(bytes, at);
        if (at === broken) return noJson(notJson);
      }
      if (depth === 0) return skipSpace(bytes, at) === length ? accepted : noJson(notJson);
      at = skipSpace(bytes, at);
    }

    // At a comma, or at brackets that close.
    for (;;) {
      if (at >= length) return noJson(notJson);
      const mark = bytes[at]!;
      const isObject = isObjectAt[depth] === 1;
      if (mark === comma) {
        at = skipSpace(bytes, at + 1);
        isKey = isObject;
        break;
      }
      if (mark !== (isObject ? closeBrace : closeBracket)) return noJson(notJson);
      noted = firstKeyAt[depth]!;
      depth -= 1;
      at = skipSpace(bytes, at + 1);
      if (depth === 0) return at === length ? accepted : noJson(notJson);
    }
  }
}

const notJson = 'the body is not valid JSON';
const duplicateKey = 'an object has the same key twice';
const unsafeId = '"id" is an integer too large to be kept exactly; use a string id';

function noJson(reason: string): RequestVerdict {
  return { ok: false, reason, code: parseError };
}

function refused(reason: string): RequestVerdict {
  return { ok: false, reason, code: invalidRequest };
}

const loneSurrogate = -2;

function textFault(fault: number): RequestVerdict {
  return fault === loneSurrogate
    ? refused('a string has half of a surrogate pair, which is no character')
    : noJson(notJson);
}

/** A text that is longer may be one great stretch without escapes, which is looked for once. */
const longText = 512;

/** Like skipString, but also finds escapes that spell half a surrogate pair. @returns `broken` or `loneSurrogate` else */
function skipText(bytes: Buffer, start: number): number {
  const length = bytes.length;
  const long = start + longText;
  let at = start;
  while (at < length) {
    if (at === long) {
      at = skipStretch(bytes, at);
      if (at === broken) return broken;
    }
    const byte = bytes[at]!;
    if (byte === quote) return at + 1;
    if (byte < 0x20) return broken;
    if (byte !== backslash) {
      at += 1;
      continue;
    }
    if (bytes[at + 1] !== 0x75) {
      if (!isSimpleEscape(bytes[at + 1])) return broken;
      at += 2;
      continue;
    }
    const code = readHex4(bytes, at + 2);
    if (code === broken) return broken;
    at += 6;
    if (code < 0xd800 || code > 0xdfff) continue;
    if (code > 0xdbff || bytes[at] !== backslash || bytes[at + 1] !== 0x75)
      return skipString(bytes, at) === broken ? broken : loneSurrogate;
    const low = readHex4(bytes, at + 2);
    if (low === broken) return broken;
    if (low < 0xdc00 || low > 0xdfff) return loneSurrogate;
    at += 6;
  }
  return broken;
}

function isSimpleEscape(byte: number | undefined): boolean {
  return byte !== undefined && byte < 0x80 && simpleEscapes[byte] === 1;
}

/** The characters that may follow a backslash, besides u. */
const simpleEscapes = new Uint8Array(128);
for (const character of '"\\/bfnrt') simpleEscapes[character.charCodeAt(0)] = 1;

/** Only a number with an exponent, or of more than 300 digits, can overflow. */
function overflows(bytes: Buffer, start: number, end: number): boolean {
  if (end - start <= 300) {
    let hasExponent = false;
    for (let at = start; at < end; at += 1) {
      if ((bytes[at]! | 0x20) === 0x65) {
        hasExponent = true;
        break;
      }
    }
    if (!hasExponent) return false;
  }
  return !Number.isFinite(Number(bytes.toString('latin1', start, end)));
}

function isUnsafeInteger(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

function isSameKey(bytes: Buffer, start: number, end: number, otherStart: number, otherEnd: number): boolean {
  return textBetween(bytes, start, end) === textBetween(bytes, otherStart, otherEnd);
}

/** The text of a well-formed string, given the range between its quotes. */
function textBetween(bytes: Buffer, start: number, end: number): string {
  for (let at = start; at < end; at += 1) {
    if (bytes[at] === backslash) return JSON.parse(bytes.toString('utf8', start - 1, end + 1)) as string;
  }
  return bytes.toString('utf8', start, end);
}

function hashOf(text: Uint8Array): number {
  let hash = 0;
  for (const byte of text) hash = (Math.imul(hash, 31) + byte) | 0;
  return hash;
}

function growNotes(): void {
  keyHashes = grown(keyHashes);
  keyStarts = grown(keyStarts);
  keyEnds = grown(keyEnds);
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

const envelopeKeys = ['jsonrpc', 'id', 'method', 'params', 'result', 'error'] as const;
const envelopeKeyBytes = envelopeKeys.map((name) => Buffer.from(name));

function isEnvelopeKey(bytes: Buffer, start: number, end: number): boolean {
  const size = end - start;
  for (const name of envelopeKeyBytes) {
    if (name.length !== size) continue;
    let i = 0;
    while (i < size && bytes[start + i] === name[i]) i += 1;
    if (i === size) return true;
  }
  return false;
}

/** The envelope's key that `key` would be for a careless reader: other case, or with invisible characters. */
function nearMissOf(key: string): string | undefined {
  if (key.length > 64) return undefined;
  const plain = key.normalize('NFKC').replace(invisible, '').toLowerCase();
  for (const name of envelopeKeys) if (plain === name && key !== name) return name;
  return undefined;
}

const invisible = /[\p{C}\p{Z}\s]/gu;
