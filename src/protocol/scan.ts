/**
 * protocol/scan — finds id and payload of a server's message without parsing it.
 *
 * One pass walks the message and checks all of it, so what it accepts is well-formed JSON: a server's broken answer is
 * found here and never reaches a client as a broken answer. It forgives what servers do in the wild: any order of keys,
 * extra keys, whitespace, `error: null` beside a result, no `jsonrpc`, `id: null`.
 * Knows nothing of: methods, eras, who waits for the answer.
 */
import { isUtf8 } from 'node:buffer';
import {
  answerLimits,
  broken,
  type JsonLimits,
  skipKey,
  skipSpace,
  skipString,
  skipValue,
} from './json-bytes.ts';
import type { RequestId } from './json-rpc.ts';

export interface ScannedAnswer {
  /** `undefined`: the message has no usable id. A number that came as a string stays a string. */
  readonly id: RequestId | null | undefined;
  /** `other`: it has a `method` (the server asks or tells something), or neither result nor error; parse it. */
  readonly kind: 'result' | 'error' | 'other';
  /** Byte range of the value of `result` or `error`; of the whole message for `other`. */
  readonly start: number;
  readonly end: number;
}

const openBrace = 0x7b;
const closeBrace = 0x7d;
const comma = 0x2c;
const quote = 0x22;
const backslash = 0x5c;
const letterN = 0x6e;

/**
 * Finds the top-level id and the byte range of the value of `result` or `error`.
 *
 * When a key is there twice the last one counts, as in JSON.parse.
 * @returns undefined when the bytes are not exactly one well-formed JSON object in UTF-8 within the limits
 */
export function scanAnswer(bytes: Buffer, limits: JsonLimits = answerLimits): ScannedAnswer | undefined {
  const length = bytes.length;
  let at = skipSpace(bytes, 0);
  if (at >= length || bytes[at] !== openBrace) return undefined;

  let id: RequestId | null | undefined;
  let hasMethod = false;
  let resultStart = broken;
  let resultEnd = broken;
  let errorStart = broken;
  let errorEnd = broken;

  at = skipSpace(bytes, at + 1);
  if (at < length && bytes[at] === closeBrace) at += 1;
  else {
    for (;;) {
      const keyStart = at + 1;
      const start = skipKey(bytes, at);
      if (start === broken) return undefined;
      const end = skipValue(bytes, start, limits);
      if (end === broken) return undefined;
      switch (nameOfKey(bytes, keyStart)) {
        case 'id':
          id = readId(bytes, start, end);
          break;
        case 'method':
          hasMethod = true;
          break;
        case 'result':
          resultStart = start;
          resultEnd = end;
          break;
        case 'error':
          errorStart = start;
          errorEnd = end;
          break;
        case undefined:
          break;
      }
      at = skipSpace(bytes, end);
      if (at >= length) return undefined;
      if (bytes[at] === closeBrace) {
        at += 1;
        break;
      }
      if (bytes[at] !== comma) return undefined;
      at = skipSpace(bytes, at + 1);
    }
  }
  if (skipSpace(bytes, at) !== length || !isUtf8(bytes)) return undefined;

  if (!hasMethod) {
    // `error: null` beside a result is a habit of some servers; a real error beside a result wins.
    const hasError = errorStart !== broken && (bytes[errorStart] !== letterN || resultStart === broken);
    if (hasError) return { id, kind: 'error', start: errorStart, end: errorEnd };
    if (resultStart !== broken) return { id, kind: 'result', start: resultStart, end: resultEnd };
  }
  return { id, kind: 'other', start: 0, end: length };
}

type EnvelopeKey = 'id' | 'method' | 'result' | 'error';

/** Which of the envelope's keys begins at `at` (just behind its opening quote). The key is known to be well-formed. */
function nameOfKey(bytes: Buffer, at: number): EnvelopeKey | undefined {
  switch (bytes[at]!) {
    case 0x69: // i
      if (bytes[at + 1] === 0x64 && bytes[at + 2] === quote) return 'id';
      break;
    case 0x72: // r
      if (matches(bytes, at, resultKey)) return 'result';
      break;
    case 0x65: // e
      if (matches(bytes, at, errorKey)) return 'error';
      break;
    case 0x6d: // m
      if (matches(bytes, at, methodKey)) return 'method';
      break;
    case 0x6a: // j, for `jsonrpc`
      if (matches(bytes, at, jsonrpcKey)) return undefined;
      break;
  }
  return nameOfEscapedKey(bytes, at);
}

const resultKey = Buffer.from('result"');
const errorKey = Buffer.from('error"');
const methodKey = Buffer.from('method"');
const jsonrpcKey = Buffer.from('jsonrpc"');

function matches(bytes: Buffer, at: number, text: Buffer): boolean {
  if (at + text.length > bytes.length) return false;
  for (let i = 0; i < text.length; i += 1) if (bytes[at + i] !== text[i]) return false;
  return true;
}

/** A key may be written with escapes (`"\u0069d"`); that is legal JSON, so it counts, slowly. */
function nameOfEscapedKey(bytes: Buffer, at: number): EnvelopeKey | undefined {
  const end = skipString(bytes, at) - 1;
  if (!hasEscape(bytes, at, end)) return undefined;
  const name: unknown = JSON.parse(bytes.toString('utf8', at - 1, end + 1));
  return name === 'id' || name === 'method' || name === 'result' || name === 'error' ? name : undefined;
}

function hasEscape(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (bytes[at] === backslash) return true;
  return false;
}

function readId(bytes: Buffer, start: number, end: number): RequestId | null | undefined {
  const first = bytes[start]!;
  if (first >= 0x30 && first <= 0x39 && end - start <= 15) {
    let id = 0;
    for (let at = start; at < end; at += 1) {
      const digit = bytes[at]! - 0x30;
      if (digit < 0 || digit > 9) return readIdSlowly(bytes, start, end);
      id = id * 10 + digit;
    }
    return id;
  }
  return readIdSlowly(bytes, start, end);
}

function readIdSlowly(bytes: Buffer, start: number, end: number): RequestId | null | undefined {
  const id: unknown = JSON.parse(bytes.toString('utf8', start, end));
  return typeof id === 'string' || typeof id === 'number' || id === null ? id : undefined;
}
