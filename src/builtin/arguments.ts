/**
 * builtin/arguments — what a model gave a tool, checked and read.
 *
 * Models write numbers as text and objects as JSON text now and then; what is meant is clear, so it is taken.
 */
import { shortText } from '../base/index.ts';
import { RawJson } from '../protocol/index.ts';
import { type BuiltInReply, refuses } from './built-in-tool.ts';

/** Longer texts than this are no words to search for. */
const maxTextLength = 2_000;

export class BadArgument extends Error {
  override readonly name = 'BadArgument';

  get reply(): BuiltInReply {
    return refuses('invalid_argument', this.message);
  }
}

/** @throws BadArgument */
export function textArgument(given: RawJson, name: string, maxLength = maxTextLength): string | undefined {
  const member = given.member(name);
  if (member === undefined || member.toText() === 'null') return undefined;
  const text = member.string ?? (member.isNumber ? member.toText() : undefined);
  if (text === undefined) throw new BadArgument(`"${name}" must be a text`);
  if (text.length > maxLength) throw new BadArgument(`"${name}" is longer than ${maxLength} characters`);
  return text.trim() === '' ? undefined : text;
}

/** @throws BadArgument */
export function neededText(given: RawJson, name: string, what: string): string {
  const text = textArgument(given, name);
  if (text === undefined) throw new BadArgument(`"${name}" is missing: ${what}`);
  return text;
}

/** @throws BadArgument when it is no whole number; what is out of bounds becomes the nearest bound */
export function numberArgument(
  given: RawJson,
  name: string,
  bounds: { readonly least: number; readonly most: number; readonly fallback: number },
): number {
  const text = textArgument(given, name);
  if (text === undefined) return bounds.fallback;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new BadArgument(`"${name}" must be a number, not "${shortText(text)}"`);
  return Math.min(bounds.most, Math.max(bounds.least, Math.trunc(value)));
}

export function switchArgument(given: RawJson, name: string): boolean {
  return given.is(name, 'true');
}

/** @throws BadArgument */
export function objectArgument(given: RawJson, name: string): RawJson | undefined {
  const member = given.member(name);
  if (member === undefined || member.isObject) return member;
  const text = member.string?.trim();
  if (text === '') return undefined;
  if (text?.startsWith('{') === true) {
    try {
      return RawJson.ofValue(JSON.parse(text) as never);
    } catch {
      // Not what it seemed; said below.
    }
  }
  if (member.toText() === 'null') return undefined;
  throw new BadArgument(`"${name}" must be an object`);
}

/** A list of texts; one text stands for a list of one. @throws BadArgument */
export function textsArgument(given: RawJson, name: string, most: number): readonly string[] {
  const member = given.member(name);
  if (member === undefined || member.toText() === 'null') return [];
  const one = member.string;
  const texts =
    one !== undefined ? [one] : member.isArray ? member.elements().map((each) => each.string) : [undefined];
  if (texts.some((text) => text === undefined)) throw new BadArgument(`"${name}" must be a list of texts`);
  if (texts.length > most) throw new BadArgument(`"${name}" has more than ${most} entries`);
  return texts as string[];
}
