/**
 * protocol/inspect-request — judges the bytes of a client's message, and says where its members are.
 *
 * What a client sent goes on as the bytes it was, so those bytes must mean the same to every reader: of two equal keys one
 * reader takes the first and another the last, a lone surrogate becomes another character, a key that looks like `method`
 * may be taken for it. Such messages are refused here, so that what policy decides on is what the server gets. One pass,
 * complete: what it lets through, JSON.parse accepts. Long messages are judged in turns of the event loop.
 * Knows nothing of: methods, eras, HTTP.
 */
import { isUtf8 } from 'node:buffer';
import { type JsonLimits, requestLimits } from './json-bytes.ts';
import { findMember } from './json-members.ts';
import { isWholeText, walkInTurns } from './json-turns.ts';
import { JsonWalk, type WalkedMessage } from './json-walk.ts';
import { invalidRequest, parseError } from './rpc-errors.ts';

/** A body that may be read further. */
export interface InspectedBody {
  readonly ok: true;
  readonly bytes: Buffer;
  readonly isBatch: boolean;
  /** One, those of a batch, or none when the body is a bare string, number or literal. */
  readonly messages: readonly WalkedMessage[];
}

export interface RefusedBody {
  readonly ok: false;
  /** What is wrong, for the person who wrote the client; never quotes their text. */
  readonly reason: string;
  /** -32700 when it is no JSON, -32600 when it is JSON that we do not accept. */
  readonly code: typeof parseError | typeof invalidRequest;
}

export type RequestVerdict = InspectedBody | RefusedBody;

/**
 * Judges one message (or a batch, whose members are judged alike). What takes long is done in turns.
 *
 * @param bytes the whole body
 * @returns     what to refuse with, or where things are; a promise when it is not known in this turn of the loop
 */
export function inspectRequest(
  bytes: Buffer,
  limits: JsonLimits = requestLimits,
): RequestVerdict | Promise<RequestVerdict> {
  if (bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    return noJson('the body begins with a byte order mark; send UTF-8 without one');
  if (!isUtf8(bytes)) return noJson('the body is not valid UTF-8');
  const walk = spare ?? new JsonWalk('strict', limits);
  spare = undefined;
  walk.begin(bytes, limits);
  const walking = walkInTurns(walk, bytes.length);
  return walking === undefined
    ? judged(walk, bytes, limits)
    : walking.then(() => judged(walk, bytes, limits));
}

/** Walks are used again: their notes cost more to make than a small message to walk. */
let spare: JsonWalk | undefined;

function judged(walk: JsonWalk, bytes: Buffer, limits: JsonLimits): RequestVerdict {
  const { fault, messages, isBatch, resembled } = walk;
  const isWhole = fault !== undefined || isWholeText(bytes, walk.end);
  walk.clear();
  spare = walk;
  switch (fault) {
    case undefined:
      break;
    case 'not-json':
      return noJson(notJson);
    case 'too-deep':
      return refused(`the message is nested deeper than ${limits.maxDepth} levels`);
    case 'too-many-keys':
      return refused(`the message has more than ${limits.maxKeys} keys`);
    case 'same-key':
      return refused('an object has the same key twice');
    case 'half-character':
      return refused('a string has half of a surrogate pair, which is no character');
    case 'too-many-messages':
      return refused('the batch holds too many messages');
    case 'look-alike':
      return refused(`a key resembles "${resembled}" but is not it`);
  }
  if (!isWhole) return noJson(notJson);
  for (const message of messages)
    if (hasUnsafeId(bytes, message))
      return refused('"id" is an integer too large to be kept exactly; use a string id');
  return { ok: true, bytes, isBatch, messages };
}

const notJson = 'the body is not valid JSON';

function noJson(reason: string): RefusedBody {
  return { ok: false, reason, code: parseError };
}

function refused(reason: string): RefusedBody {
  return { ok: false, reason, code: invalidRequest };
}

/** Ids are compared with those of open requests, so each has to be one number for everybody. */
function hasUnsafeId(bytes: Buffer, message: WalkedMessage): boolean {
  const { members } = message;
  const at = findMember(bytes, members, 'id');
  if (at === -1) return false;
  const start = members[at + 2]!;
  const end = members[at + 3]!;
  const first = bytes[start]!;
  if (end - start < 16 || (first !== 0x2d && (first < 0x30 || first > 0x39))) return false;
  const id = Number(bytes.toString('latin1', start, end));
  return !Number.isFinite(id) || (Number.isInteger(id) && !Number.isSafeInteger(id));
}
