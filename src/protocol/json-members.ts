/**
 * protocol/json-members — finds the members of an object and the elements of a list, as offsets into checked bytes.
 *
 * For well-formed JSON only: what was walked before, or what we serialised ourselves.
 * Knows nothing of: what the members mean.
 */
import { answerLimits, broken, skipKey, skipSpace, skipValue } from './json-bytes.ts';
import { type MemberOffsets, textBetween } from './json-walk.ts';

const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const backslash = 0x5c;
const quote = 0x22;

/** Of the object that begins at `at`; none when no object begins there. */
export function readMembers(bytes: Buffer, at: number): MemberOffsets {
  const members: number[] = [];
  if (bytes[at] !== openBrace) return members;
  at = skipSpace(bytes, at + 1);
  while (bytes[at] !== closeBrace) {
    const start = at + 1;
    const valueStart = skipKey(bytes, at);
    if (valueStart === broken) break;
    const end = skipValue(bytes, valueStart, answerLimits);
    if (end === broken) break;
    let keyEnd = valueStart - 1;
    while (bytes[keyEnd] !== quote) keyEnd -= 1;
    members.push(start, keyEnd, valueStart, end);
    at = skipSpace(bytes, end);
    if (bytes[at] === closeBrace) break;
    at = skipSpace(bytes, at + 1);
  }
  return members;
}

/** Where the elements of the list that begins at `at` are: two numbers each; none when no list begins there. */
export function readElements(bytes: Buffer, at: number): readonly number[] {
  const elements: number[] = [];
  if (bytes[at] !== openBracket) return elements;
  at = skipSpace(bytes, at + 1);
  while (bytes[at] !== closeBracket) {
    const end = skipValue(bytes, at, answerLimits);
    if (end === broken) break;
    elements.push(at, end);
    at = skipSpace(bytes, end);
    if (bytes[at] === closeBracket) break;
    at = skipSpace(bytes, at + 1);
  }
  return elements;
}

/**
 * Which member has that name: an index into `members`, or -1. Of two with one name the last counts, as in JSON.parse.
 *
 * @param name   holds nothing that JSON escapes, and ASCII only; a key that is written with escapes is found all the same
 */
export function findMember(
  bytes: Buffer,
  members: MemberOffsets,
  name: string,
  before = members.length,
): number {
  const size = name.length;
  let hasEscapes = false;
  for (let at = before - 4; at >= 0; at -= 4) {
    const start = members[at]!;
    const keySize = members[at + 1]! - start;
    if (keySize === size) {
      let i = size - 1;
      while (i >= 0 && bytes[start + i] === name.charCodeAt(i)) i -= 1;
      if (i < 0) return at;
    } else if (keySize > size && !hasEscapes) {
      // Only a key that is written longer than its name can be the same name with escapes in it.
      hasEscapes = hasEscape(bytes, start, start + keySize);
    }
  }
  return hasEscapes ? findEscaped(bytes, members, name, before) : -1;
}

/** More text than this in front of a colon is no name of ours, however it is written. */
const longestName = 512;

function findEscaped(bytes: Buffer, members: MemberOffsets, name: string, before: number): number {
  for (let at = before - 4; at >= 0; at -= 4) if (memberName(bytes, members, at) === name) return at;
  return -1;
}

/** The name of the member at index `at`. */
export function memberName(bytes: Buffer, members: MemberOffsets, at: number): string {
  return textBetween(bytes, members[at]!, members[at + 1]!);
}

function hasEscape(bytes: Buffer, start: number, end: number): boolean {
  if (end - start > longestName) return false;
  for (let at = start; at < end; at += 1) if (bytes[at] === backslash) return true;
  return false;
}
