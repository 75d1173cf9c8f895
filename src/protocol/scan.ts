/**
 * protocol/scan — finds id and payload of a server's message without parsing it.
 *
 * One walk checks all of the message, so what it accepts is well-formed JSON: a server's broken answer is found here and
 * never reaches a client as a broken answer. It forgives what servers do in the wild: any order of keys, extra keys,
 * whitespace, `error: null` beside a result, no `jsonrpc`, `id: null`. A long message is walked in turns of the event loop.
 * Knows nothing of: methods, eras, who waits for the answer.
 */
import { isUtf8 } from 'node:buffer';
import { answerLimits, type JsonLimits } from './json-bytes.ts';
import { findMember } from './json-members.ts';
import type { RequestId } from './json-rpc.ts';
import { isWholeText, walkInTurns } from './json-turns.ts';
import { JsonWalk, type MemberOffsets, type WalkedMessage } from './json-walk.ts';
import { RawJson } from './raw-json.ts';

export interface ScannedMessage {
  /** `undefined`: the message has no usable id. A number that came as a string stays a string. */
  readonly id: RequestId | null | undefined;
  /** `other`: it has a `method` (the server asks or tells something), or neither result nor error. */
  readonly kind: 'result' | 'error' | 'other';
  /** The value of `result` or `error`; the whole message for `other`. */
  readonly payload: RawJson;
  /** Of `other`: its params, where they are an object. */
  readonly params: RawJson | undefined;
}

/** One message, or those of a batch (servers of 2025-03-26 may send several as one); undefined when it is broken. */
export type Scanned = ScannedMessage | readonly ScannedMessage[] | undefined;

/**
 * Scans a message. When a key is there twice the last one counts, as in JSON.parse.
 *
 * @returns undefined when the bytes are not exactly one well-formed object or list in UTF-8 within the limits; a promise
 *          when the message is so long that others get their turn in between
 */
export function scanMessage(bytes: Buffer, limits: JsonLimits = answerLimits): Scanned | Promise<Scanned> {
  const walk = spare ?? new JsonWalk('lenient', limits);
  spare = undefined;
  walk.begin(bytes, limits);
  const walking = walkInTurns(walk, bytes.length);
  return walking === undefined ? scanned(walk, bytes) : walking.then(() => scanned(walk, bytes));
}

/** Walks are used again. */
let spare: JsonWalk | undefined;

function scanned(walk: JsonWalk, bytes: Buffer): Scanned {
  const { fault, messages, isBatch } = walk;
  const isWhole = fault === undefined && isWholeText(bytes, walk.end) && isUtf8(bytes);
  walk.clear();
  spare = walk;
  if (!isWhole) return undefined;
  if (isBatch) return messages.map((message) => readScanned(bytes, message));
  const only = messages[0];
  return only?.isObject === true ? readScanned(bytes, only) : undefined;
}

const letterN = 0x6e;

function readScanned(bytes: Buffer, message: WalkedMessage): ScannedMessage {
  const { members, start, end } = message;
  const id = readId(bytes, members);
  if (findMember(bytes, members, 'method') === -1) {
    // `error: null` beside a result is a habit of some servers; a real error beside a result wins.
    const result = findMember(bytes, members, 'result');
    const error = findMember(bytes, members, 'error');
    if (error !== -1 && (bytes[members[error + 2]!] !== letterN || result === -1))
      return { id, kind: 'error', payload: valueAt(bytes, members, error, message.error), params: undefined };
    if (result !== -1)
      return {
        id,
        kind: 'result',
        payload: valueAt(bytes, members, result, message.result),
        params: undefined,
      };
  }
  const params = findMember(bytes, members, 'params');
  return {
    id,
    kind: 'other',
    payload: RawJson.ofBytes(bytes, start, end, members),
    params:
      params === -1 || bytes[members[params + 2]!] !== 0x7b
        ? undefined
        : valueAt(bytes, members, params, message.params),
  };
}

function valueAt(
  bytes: Buffer,
  members: MemberOffsets,
  at: number,
  inner: MemberOffsets | undefined,
): RawJson {
  return RawJson.ofBytes(bytes, members[at + 2]!, members[at + 3]!, inner);
}

/** Longer than any id that a server sends back; ours are short. */
const longestId = 64 * 1024;

function readId(bytes: Buffer, members: MemberOffsets): RequestId | null | undefined {
  const at = findMember(bytes, members, 'id');
  if (at === -1) return undefined;
  const start = members[at + 2]!;
  const end = members[at + 3]!;
  const first = bytes[start]!;
  if (first >= 0x30 && first <= 0x39 && end - start <= 15) {
    let id = 0;
    let digits = start;
    for (; digits < end; digits += 1) {
      const digit = bytes[digits]! - 0x30;
      if (digit < 0 || digit > 9) break;
      id = id * 10 + digit;
    }
    if (digits === end) return id;
  }
  if (end - start > longestId || first === 0x7b || first === 0x5b) return undefined;
  const id: unknown = JSON.parse(bytes.toString('utf8', start, end));
  return typeof id === 'string' || typeof id === 'number' || id === null ? id : undefined;
}
