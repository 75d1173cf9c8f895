/**
 * protocol/raw-json — a JSON value that crosses as the text it came as, and the few members of it that we read or replace.
 *
 * This is how calls and answers pass without being parsed: who needs a member asks for it by name, who changes one gets
 * another RawJson that differs in that member only, and who writes asks for the pieces. What nobody touches keeps its
 * bytes: the spelling of numbers, the order of keys, escapes, spaces.
 * It may also begin as a value of ours, which is serialised when it is written.
 * Knows nothing of: what the value means.
 */
import type { JsonObject, JsonValue } from '../base/index.ts';
import { findMember, memberName, readElements, readMembers } from './json-members.ts';
import { findInTurns, Turn } from './json-turns.ts';
import { type MemberOffsets, textBetween } from './json-walk.ts';

/** Bytes, or byte text: a string with one character a byte of its UTF-8. */
export type JsonPiece = Buffer | string;

interface Edit {
  readonly name: string;
  /** The new value; undefined takes the member away. */
  readonly value: RawJson | undefined;
}

/** Up to this size a text is handled as one string of bytes, which is cheaper than pieces. */
const textUpToBytes = 2_048;
/** What is longer is looked through in turns, where that is asked for. */
const longBytes = 64 * 1024;
/** Values of members are kept for those whose offsets stand before this one: the first sixteen, at four numbers each. */
const keptValuesBelow = 64;
/** Up to so many changed members are looked for one by one. */
const fewChanges = 8;
const openBrace = 0x7b;
const openBracket = 0x5b;
const quote = 0x22;
const minus = 0x2d;

export class RawJson {
  #bytes: Buffer | undefined;
  #start: number;
  #end: number;
  #text: string | undefined;
  #pieces: readonly JsonPiece[] | undefined;
  #members: MemberOffsets | undefined;
  /** A member whose own members were found already. */
  #inner: { readonly name: string; readonly members: MemberOffsets } | undefined;
  /** The first members' values, each made once: the same few are asked for again and again. Shared by all edits of one text. */
  #values: (RawJson | undefined)[] | undefined;
  #edits: readonly Edit[] | undefined;
  #value: JsonValue | undefined;

  private constructor(bytes: Buffer | undefined, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  /**
   * @param bytes   hold exactly one JSON value between `start` and `end`, already checked; kept, not copied
   * @param members of that object, where somebody has found them already; offsets into `bytes`
   * @param inner   one of its members whose members were found as well
   */
  static ofBytes(
    bytes: Buffer,
    start = 0,
    end = bytes.length,
    members?: MemberOffsets,
    inner?: { readonly name: string; readonly members: MemberOffsets },
  ): RawJson {
    const raw = new RawJson(bytes, start, end);
    raw.#members = members;
    raw.#inner = inner;
    return raw;
  }

  /** @param text one JSON value as byte text */
  static ofByteText(text: string): RawJson {
    const raw = new RawJson(undefined, 0, text.length);
    raw.#text = text;
    return raw;
  }

  /** @param text one JSON value as ordinary text */
  static ofText(text: string): RawJson {
    return RawJson.ofByteText(byteTextOf(text));
  }

  /** @param pieces one JSON value together */
  static ofPieces(pieces: readonly JsonPiece[]): RawJson {
    const raw = new RawJson(undefined, 0, 0);
    raw.#pieces = pieces;
    return raw;
  }

  static ofValue(value: JsonValue): RawJson {
    const raw = new RawJson(undefined, 0, 0);
    raw.#value = value;
    return raw;
  }

  // ── as a whole ─────────────────────────────────────────────────────────────────────────────────

  /** The object, parsed once and kept. For what is small, or ours. */
  get value(): JsonObject {
    return this.json as JsonObject;
  }

  /** The value, parsed for whoever asks and not kept. */
  parse(): JsonValue {
    return this.#value ?? (JSON.parse(this.toText()) as JsonValue);
  }

  /** The value, parsed once and kept, whatever it is. */
  get json(): JsonValue {
    this.#value ??= JSON.parse(this.toText()) as JsonValue;
    return this.#value;
  }

  /** Somebody knows its value already, from the same text elsewhere. */
  wasParsed(value: JsonValue): void {
    this.#value ??= value;
  }

  /** Its text in UTF-8, in one Buffer. */
  get bytes(): Buffer {
    this.#flatten();
    const bytes = this.#bytes!;
    return this.#start === 0 && this.#end === bytes.length ? bytes : bytes.subarray(this.#start, this.#end);
  }

  get byteLength(): number {
    if (this.#edits === undefined && (this.#bytes !== undefined || this.#text !== undefined))
      return this.#end - this.#start;
    let size = 0;
    for (const piece of this.pieces) size += piece.length;
    return size;
  }

  /** Is the value at hand without parsing? */
  get isParsed(): boolean {
    return this.#value !== undefined;
  }

  /** The UTF-8 bytes as text, one character a byte, for whoever writes small values; undefined of large ones. */
  get byteText(): string | undefined {
    if (this.#edits !== undefined) {
      if (this.#end - this.#start > textUpToBytes) return undefined;
      let text = '';
      for (const piece of this.#edited()) {
        if (typeof piece !== 'string') return undefined;
        text += piece;
      }
      this.#replaceBy(text);
      return text;
    }
    return this.#plainText();
  }

  /** The text in pieces, in their order; nothing large is copied. */
  get pieces(): readonly JsonPiece[] {
    if (this.#pieces !== undefined) return this.#pieces;
    const text = this.byteText;
    if (text !== undefined) return [text];
    return this.#edits === undefined ? [this.bytes] : this.#edited();
  }

  /** As ordinary text. */
  toText(): string {
    if (this.#edits === undefined && this.#bytes !== undefined)
      return this.#bytes.toString('utf8', this.#start, this.#end);
    return this.bytes.toString('utf8');
  }

  toJSON(): JsonValue {
    return this.json;
  }

  get isObject(): boolean {
    return this.#firstByte() === openBrace;
  }

  get isArray(): boolean {
    return this.#firstByte() === openBracket;
  }

  get isString(): boolean {
    return this.#firstByte() === quote;
  }

  get isNumber(): boolean {
    const first = this.#firstByte() ?? 0;
    return first === minus || (first >= 0x30 && first <= 0x39);
  }

  /** An object or a list without anything in it. */
  get isEmpty(): boolean {
    this.#flatten();
    return this.isObject
      ? this.#membersOf().length === 0
      : this.isArray && readElements(this.#bytes!, this.#start).length === 0;
  }

  /** Of a string: the text; undefined of anything else. */
  get string(): string | undefined {
    if (this.#firstByte() !== quote) return undefined;
    this.#flatten();
    return textBetween(this.#bytes!, this.#start + 1, this.#end - 1);
  }

  // ── members ────────────────────────────────────────────────────────────────────────────────────

  has(name: string): boolean {
    const edit = this.#editOf(name);
    if (edit !== undefined) return edit.value !== undefined;
    return this.#find(name) !== -1;
  }

  /** A member's value as it is; undefined when there is none. */
  member(name: string): RawJson | undefined {
    const edit = this.#editOf(name);
    if (edit !== undefined) return edit.value;
    const at = this.#find(name);
    if (at === -1) return undefined;
    const kept = this.#values?.[at];
    if (kept !== undefined) return kept;
    const members = this.#members!;
    const inner = this.#inner?.name === name ? this.#inner.members : undefined;
    const value = RawJson.ofBytes(this.#bytes!, members[at + 2]!, members[at + 3]!, inner);
    if (at < keptValuesBelow) {
      this.#values ??= [];
      this.#values[at] = value;
    }
    return value;
  }

  /** The same for any name, also one that JSON escapes. */
  namedMember(name: string): RawJson | undefined {
    return /^[ !#-[\]-~]*$/.test(name)
      ? this.member(name)
      : this.entries().findLast(([other]) => other === name)?.[1];
  }

  /** The text of a member that is a string. */
  text(name: string): string | undefined {
    if (this.#edits !== undefined) return this.member(name)?.string;
    const at = this.#find(name);
    if (at === -1) return undefined;
    const bytes = this.#bytes!;
    const start = this.#members![at + 2]!;
    return bytes[start] === quote ? textBetween(bytes, start + 1, this.#members![at + 3]! - 1) : undefined;
  }

  /** The value of a member, parsed; undefined when there is none, or when its text is longer than `maxBytes`. */
  read(name: string, maxBytes = Number.POSITIVE_INFINITY): JsonValue | undefined {
    const member = this.member(name);
    return member === undefined || member.byteLength > maxBytes ? undefined : member.json;
  }

  /** A member that is an object; undefined when it is none. */
  object(name: string): RawJson | undefined {
    const member = this.member(name);
    return member?.isObject === true ? member : undefined;
  }

  /** Is a member exactly this literal (`true`, `null`), or this text in quotes? */
  is(name: string, token: string): boolean {
    const member = this.member(name);
    if (member === undefined) return false;
    return member.byteLength === token.length
      ? member.bytes.toString('latin1') === token
      : member.#firstByte() === quote && member.byteLength < 512 && JSON.stringify(member.string) === token;
  }

  /** Names and values in their order; a name that is there twice is there twice. */
  entries(): readonly (readonly [name: string, value: RawJson])[] {
    this.#flatten();
    const members = this.#membersOf();
    const bytes = this.#bytes!;
    const entries: [string, RawJson][] = [];
    for (let at = 0; at < members.length; at += 4)
      entries.push([
        memberName(bytes, members, at),
        RawJson.ofBytes(bytes, members[at + 2]!, members[at + 3]!),
      ]);
    return entries;
  }

  /** Of a list: its elements; none of anything else. */
  elements(): readonly RawJson[] {
    this.#flatten();
    const bytes = this.#bytes!;
    const offsets = readElements(bytes, this.#start);
    const elements: RawJson[] = [];
    for (let at = 0; at < offsets.length; at += 2)
      elements.push(RawJson.ofBytes(bytes, offsets[at]!, offsets[at + 1]!));
    return elements;
  }

  /** Finds its members in turns of the event loop, so that asking for them takes no time. @returns itself */
  async prepared(): Promise<this> {
    if (this.#members === undefined && this.isObject && this.byteLength > longBytes) {
      this.#flatten();
      this.#members = await findInTurns(this.#bytes!, this.#start);
    }
    return this;
  }

  /** The elements of a list, found in turns of the event loop. */
  async elementsInTurns(): Promise<readonly RawJson[]> {
    if (!this.isArray || this.byteLength <= longBytes) return this.elements();
    this.#flatten();
    const bytes = this.#bytes!;
    const offsets = await findInTurns(bytes, this.#start);
    const elements: RawJson[] = [];
    const turn = new Turn();
    for (let at = 0; at + 1 < offsets.length; at += 2) {
      if (at % 1_024 === 0 && turn.isOver) await turn.next();
      elements.push(RawJson.ofBytes(bytes, offsets[at]!, offsets[at + 1]!));
    }
    return elements;
  }

  /** The same object with one member's value in place of what it had; a new member comes before the others. */
  with(name: string, value: RawJson | string): RawJson {
    return this.#edit({ name, value: typeof value === 'string' ? RawJson.ofText(value) : value });
  }

  /** The same object without these members. */
  without(...names: readonly string[]): RawJson {
    const there = names.filter((name) => this.has(name));
    return there.reduce<RawJson>((raw, name) => raw.#edit({ name, value: undefined }), this);
  }

  /**
   * Could a key of that name be in here, at any depth? Says yes too often (a string value with that text), but never no
   * when the key is there and written without escapes. `name` holds nothing that JSON escapes.
   */
  hasKeyText(name: string): boolean {
    const needle = `"${name}"`;
    return this.#plainText()?.includes(needle) ?? this.bytes.includes(needle);
  }

  // ── within ─────────────────────────────────────────────────────────────────────────────────────

  #firstByte(): number | undefined {
    if (this.#edits !== undefined) return openBrace;
    if (this.#bytes !== undefined) return this.#bytes[this.#start];
    if (this.#text !== undefined) return this.#text.charCodeAt(0);
    this.#flatten();
    return this.#bytes![this.#start];
  }

  #find(name: string): number {
    if (this.#bytes === undefined) this.#flatten();
    return findMember(this.#bytes!, this.#membersOf(), name);
  }

  #membersOf(): MemberOffsets {
    this.#members ??= readMembers(this.#bytes!, this.#start);
    return this.#members;
  }

  #editOf(name: string): Edit | undefined {
    return this.#edits?.find((edit) => edit.name === name);
  }

  #edit(edit: Edit): RawJson {
    if (this.#bytes === undefined) this.#flatten();
    const raw = new RawJson(this.#bytes, this.#start, this.#end);
    raw.#members = this.#membersOf();
    raw.#text = this.#text;
    raw.#inner = this.#inner;
    raw.#values = this.#values;
    const others = this.#edits?.filter((other) => other.name !== edit.name);
    raw.#edits = others === undefined ? [edit] : [...others, edit];
    return raw;
  }

  /** Without edits. */
  #plainText(): string | undefined {
    if (this.#text === undefined) {
      if (this.#bytes === undefined) {
        if (this.#edits !== undefined) return undefined;
        this.#flatten();
      }
      if (this.#end - this.#start > textUpToBytes) return undefined;
      this.#text = this.#bytes!.toString('latin1', this.#start, this.#end);
    }
    return this.#text;
  }

  /** Makes it one Buffer without edits. */
  #flatten(): void {
    if (this.#edits !== undefined) {
      const pieces = this.#edited();
      this.#edits = undefined;
      this.#text = undefined;
      this.#setBytes(joinPieces(pieces));
    } else if (this.#bytes === undefined) {
      const text = this.#text;
      if (this.#pieces !== undefined) this.#setBytes(joinPieces(this.#pieces));
      else
        this.#setBytes(
          text === undefined ? Buffer.from(JSON.stringify(this.#value)) : Buffer.from(text, 'latin1'),
        );
    }
  }

  #setBytes(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#pieces = undefined;
    this.#start = 0;
    this.#end = bytes.length;
    this.#members = undefined;
    this.#inner = undefined;
    this.#values = undefined;
  }

  /** From edits to the text that they make. */
  #replaceBy(text: string): void {
    this.#edits = undefined;
    this.#bytes = undefined;
    this.#members = undefined;
    this.#inner = undefined;
    this.#values = undefined;
    this.#text = text;
    this.#start = 0;
    this.#end = text.length;
  }

  /** The pieces of the object as edited. Members that stand side by side and are kept stay one piece, commas and all. */
  #edited(): JsonPiece[] {
    const bytes = this.#bytes!;
    const members = this.#members!;
    const edits = this.#edits!;
    const pieces: JsonPiece[] = [];
    const source = this.#end - this.#start <= textUpToBytes ? this.#plainBase() : undefined;
    const put = (from: number, to: number): void => {
      if (to <= from) return;
      pieces.push(
        source === undefined
          ? bytes.subarray(from, to)
          : source.substring(from - this.#start, to - this.#start),
      );
    };
    /** The edit of each member that is changed, by the member's offset; the same edit again for a name that is there twice. */
    const changedAt: number[] = [];
    const changedBy: Edit[] = [];
    let separator = '{';
    for (const edit of edits) {
      let at = findMember(bytes, members, edit.name);
      if (at !== -1) {
        for (; at !== -1; at = findMember(bytes, members, edit.name, at)) {
          changedAt.push(at);
          changedBy.push(edit);
        }
      } else if (edit.value !== undefined) {
        pieces.push(`${separator}"${edit.name}":`);
        edit.value.#putInto(pieces);
        separator = ',';
      }
    }
    const many =
      changedAt.length > fewChanges ? new Map(changedAt.map((at, i) => [at, changedBy[i]])) : undefined;
    /** Where the kept piece begins that is not put yet. */
    let from = -1;
    let to = -1;
    for (let at = 0; at < members.length; at += 4) {
      const index = many === undefined ? changedAt.indexOf(at) : -1;
      const edit = index === -1 ? many?.get(at) : changedBy[index];
      if (edit !== undefined && edit.value === undefined) {
        put(from, to);
        from = to = -1;
        continue;
      }
      if (from === -1) {
        pieces.push(separator);
        separator = ',';
        from = members[at]! - 1;
      }
      to = members[at + 3]!;
      if (edit?.value !== undefined) {
        put(from, members[at + 2]!);
        edit.value.#putInto(pieces);
        from = to;
      }
    }
    put(from, to);
    pieces.push(separator === '{' ? '{}' : '}');
    return pieces;
  }

  #putInto(pieces: JsonPiece[]): void {
    const text = this.#pieces === undefined ? this.byteText : undefined;
    if (text !== undefined) pieces.push(text);
    else for (const piece of this.pieces) pieces.push(piece);
  }

  /** The text of what the edits are made in. */
  #plainBase(): string {
    this.#text ??= this.#bytes!.toString('latin1', this.#start, this.#end);
    return this.#text;
  }
}

/** The UTF-8 bytes of a text, one character a byte. */
export function byteTextOf(text: string): string {
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1');
}

/** All pieces in one Buffer. */
export function joinPieces(pieces: readonly JsonPiece[]): Buffer {
  let size = 0;
  for (const piece of pieces) size += piece.length;
  const joined = Buffer.allocUnsafe(size);
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece === 'string') at += joined.write(piece, at, 'latin1');
    else at += piece.copy(joined, at);
  }
  return joined;
}
