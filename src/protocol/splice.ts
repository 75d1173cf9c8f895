/**
 * protocol/splice — takes an object's top-level members apart and puts them together again, as bytes.
 *
 * For well-formed JSON only: what was scanned or checked before, or what we serialised ourselves.
 * Knows nothing of: which members matter to whom.
 */
import { answerLimits, broken, skipKey, skipSpace, skipString, skipValue } from './json-bytes.ts';

/** One member of an object: byte offsets of its key's quote, of its value, and of the value's end. */
export interface Member {
  readonly name: string;
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * The members of the object that begins at `at`, in their order.
 *
 * @returns undefined when no well-formed object begins there
 */
export function readMembers(bytes: Buffer, at = 0): Member[] | undefined {
  at = skipSpace(bytes, at);
  if (bytes[at] !== openBrace) return undefined;
  const members: Member[] = [];
  at = skipSpace(bytes, at + 1);
  while (bytes[at] !== closeBrace) {
    const start = at;
    const valueStart = skipKey(bytes, start);
    if (valueStart === broken) return undefined;
    const end = skipValue(bytes, valueStart, answerLimits);
    if (end === broken) return undefined;
    members.push({ name: keyText(bytes, start), start, valueStart, end });
    at = skipSpace(bytes, end);
    if (bytes[at] === closeBrace) break;
    at = skipSpace(bytes, at + 1);
  }
  return members;
}

function keyText(bytes: Buffer, start: number): string {
  const end = skipString(bytes, start + 1);
  const text = bytes.toString('utf8', start + 1, end - 1);
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}

/** One member as it is, with the comma still to come. */
export function memberBytes(bytes: Buffer, member: Member): Buffer {
  return bytes.subarray(member.start, member.end);
}

/** The same member with another value. */
export function memberWith(bytes: Buffer, member: Member, value: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(member.start, member.valueStart), value]);
}

/** An object of these members, each `"key":value`. */
export function joinMembers(members: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [openText];
  for (const [at, member] of members.entries()) {
    if (at > 0) parts.push(commaText);
    parts.push(member);
  }
  parts.push(closeText);
  return Buffer.concat(parts);
}

const openText = Buffer.from('{');
const commaText = Buffer.from(',');
const closeText = Buffer.from('}');

/**
 * Puts members in front of those an object has, without looking at these.
 *
 * @param object   bytes of one object
 * @param fragment `"key":value` members with commas between them, not empty
 */
export function prependMembers(object: Buffer, fragment: string): Buffer {
  const rest = skipSpace(object, skipSpace(object, 0) + 1);
  const isEmpty = object[rest] === closeBrace;
  const head = isEmpty ? `{${fragment}` : `{${fragment},`;
  // Room for the longest UTF-8 there can be: one pass over the text instead of a measuring one first.
  const joined = Buffer.allocUnsafe(head.length * 3 + object.length - rest);
  const headBytes = joined.write(head, 0, 'utf8');
  object.copy(joined, headBytes, rest);
  return joined.subarray(0, headBytes + object.length - rest);
}
