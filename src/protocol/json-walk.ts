/**
 * protocol/json-walk — checks one JSON text from its first byte to its last, and notes where the members of its messages are.
 *
 *   begin ─go(until)→ paused ─go(until)→ … → done (accepted, or with a fault)
 *
 * Long texts are walked in pieces, so that a message of 64 MiB does not stop the event loop: a walk pauses at any value, key
 * or inside a string, and holds all of its state. What it notes are byte offsets; nothing is decoded, and no value is built.
 * The strict rules are for what clients send: no key twice, no half character, no key that only looks like one of ours.
 * Knows nothing of: what the members mean, who waits.
 */
import {
  broken,
  halfCharacter,
  type JsonLimits,
  skipKey,
  skipLiteral,
  skipNumber,
  skipSpace,
  walkText,
} from './json-bytes.ts';

export type WalkFault =
  | 'not-json'
  | 'too-deep'
  | 'too-many-keys'
  | 'same-key'
  | 'half-character'
  | 'too-many-messages'
  /** A key of the envelope that resembles one of JSON-RPC's; `resembled` names it. */
  | 'look-alike';

/**
 * Where the members of one object are: four numbers each, the key's text (without its quotes) and the value, from and to.
 * Offsets are those of the whole text.
 */
export type MemberOffsets = readonly number[];

/** One JSON-RPC message, alone or of a batch. */
export interface WalkedMessage {
  readonly start: number;
  readonly end: number;
  /** False: it is no object. */
  readonly isObject: boolean;
  readonly members: MemberOffsets;
  /** Of its `params`, `result`, `error`, where these are objects. */
  readonly params: MemberOffsets | undefined;
  readonly result: MemberOffsets | undefined;
  readonly error: MemberOffsets | undefined;
  /** Of `params._meta`, where that is an object. */
  readonly meta: MemberOffsets | undefined;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Note = Writable<Omit<WalkedMessage, 'members' | 'params' | 'result' | 'error' | 'meta'>> & {
  members: number[];
  params: number[] | undefined;
  result: number[] | undefined;
  error: number[] | undefined;
  meta: number[] | undefined;
};

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
/** Members are noted of a message, of what is in it, and of the `_meta` in that; in a batch one level further down. */
const notedDepth = 4;
/** Members that are noted of one object. What has more is nobody's result or params, and looking through it would take long. */
const maxNotedMembers = 100_000;
/** Messages of one batch. */
const maxNotedMessages = 10_000;

/** What comes next. Numbers, because they are compared for every value. */
const atKey = 0;
const atValue = 1;
const inText = 2;
const behindValue = 3;

export class JsonWalk {
  readonly #isStrict: boolean;
  /** Depth down to which members are noted; 0 = nothing is. */
  readonly #notedDepth: number;
  #limits: JsonLimits;
  #isObjectAt: Uint8Array;
  /** How many keys were noted when the object at that depth was opened. */
  #firstKeyAt: Int32Array;
  readonly #notesAt: (number[] | undefined)[] = [];
  #keyHashes = new Int32Array(256);
  #keyStarts = new Int32Array(256);
  #keyEnds = new Int32Array(256);
  #manyKeysAt: (Set<string> | undefined)[] | undefined;

  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #stage = atValue;
  #depth = 0;
  #keys = 0;
  #noted = 0;
  #envelopeDepth = 1;
  #message: Note | undefined;
  #messages: Note[] = [];
  #fault: WalkFault | undefined;
  #resembled: string | undefined;

  /** @param kind `strict` for what clients send; `lenient` for what servers send; `skip`: the same, and nothing is noted */
  constructor(kind: 'strict' | 'lenient' | 'skip', limits: JsonLimits) {
    this.#isStrict = kind === 'strict';
    this.#notedDepth = kind === 'skip' ? 0 : notedDepth;
    this.#limits = limits;
    this.#isObjectAt = new Uint8Array(limits.maxDepth + 2);
    this.#firstKeyAt = new Int32Array(limits.maxDepth + 2);
  }

  /** Begins with a text. @param at where one complete value has to begin, but for spaces */
  begin(bytes: Buffer, limits: JsonLimits = this.#limits, at = 0): void {
    if (limits.maxDepth > this.#limits.maxDepth) {
      this.#isObjectAt = new Uint8Array(limits.maxDepth + 2);
      this.#firstKeyAt = new Int32Array(limits.maxDepth + 2);
    }
    this.#limits = limits;
    this.#bytes = bytes;
    this.#at = skipSpace(bytes, at);
    this.#stage = atValue;
    this.#depth = 0;
    this.#keys = 0;
    this.#noted = 0;
    this.#envelopeDepth = bytes[this.#at] === openBracket ? 2 : 1;
    this.#manyKeysAt = undefined;
    this.#message = undefined;
    this.#messages = [];
    this.#fault = undefined;
    this.#resembled = undefined;
  }

  /** What is wrong; undefined while nothing was found. */
  get fault(): WalkFault | undefined {
    return this.#fault;
  }

  /** The key that another one looks like. */
  get resembled(): string | undefined {
    return this.#resembled;
  }

  /** How far it has come. */
  get at(): number {
    return this.#at;
  }

  /** Just behind the value, once it was walked. */
  get end(): number {
    return this.#at;
  }

  get isBatch(): boolean {
    return this.#envelopeDepth === 2;
  }

  /** What was noted: the one message, those of a batch, or nothing where the text is a scalar. */
  get messages(): readonly WalkedMessage[] {
    return this.#messages;
  }

  /** Lets go of the text. */
  clear(): void {
    this.#bytes = noBytes;
    this.#messages = [];
    this.#message = undefined;
    this.#notesAt.length = 0;
    this.#manyKeysAt = undefined;
  }

  /**
   * Walks on.
   *
   * @param until the offset to pause at, about; the text's length for all of it
   * @returns     true when the walk is over, with or without a fault
   */
  go(until: number): boolean {
    const bytes = this.#bytes;
    const length = bytes.length;
    const isStrict = this.#isStrict;
    const isObjectAt = this.#isObjectAt;
    const { maxDepth, maxKeys } = this.#limits;
    const notesAt = this.#notesAt;
    const notesDown = this.#notedDepth;
    let stage = this.#stage;
    let at = this.#at;
    let depth = this.#depth;

    for (;;) {
      if (at >= until) {
        if (at >= length && stage !== behindValue) return this.#failed('not-json');
        if (at < length) {
          this.#at = at;
          this.#stage = stage;
          this.#depth = depth;
          return false;
        }
      }

      if (stage === atKey) {
        if (bytes[at] !== quote) return this.#failed('not-json');
        this.#keys += 1;
        if (this.#keys > maxKeys) return this.#failed('too-many-keys');
        const start = at + 1;
        let end: number;
        if (isStrict) {
          end = this.#strictKey(start, depth);
          if (end < 0) return true;
          at = skipSpace(bytes, end + 1);
          if (at >= length || bytes[at] !== colon) return this.#failed('not-json');
          at = skipSpace(bytes, at + 1);
        } else {
          at = skipKey(bytes, at);
          if (at === broken) return this.#failed('not-json');
          end = broken;
        }
        const notes = depth <= notesDown ? notesAt[depth] : undefined;
        if (notes !== undefined) {
          if (notes.length >= maxNotedMembers * 4) return this.#failed('too-many-keys');
          notes.push(start, end === broken ? endOfKey(bytes, at) : end, at, 0);
        }
        stage = atValue;
        if (at >= length) return this.#failed('not-json');
      }

      if (stage === atValue) {
        const byte = bytes[at]!;
        if (byte === openBrace || byte === openBracket) {
          if (depth >= maxDepth) return this.#failed('too-deep');
          if (depth < notesDown && !this.#opened(byte === openBrace, depth, at)) return true;
          depth += 1;
          const isObject = byte === openBrace;
          isObjectAt[depth] = isObject ? 1 : 0;
          if (isStrict) {
            this.#firstKeyAt[depth] = this.#noted;
            if (this.#manyKeysAt !== undefined) this.#manyKeysAt[depth] = undefined;
          }
          at = skipSpace(bytes, at + 1);
          if (at >= length) return this.#failed('not-json');
          if (bytes[at] !== (isObject ? closeBrace : closeBracket)) {
            stage = isObject ? atKey : atValue;
            continue;
          }
        } else if (byte === quote) {
          at += 1;
          stage = inText;
        } else {
          at =
            byte === minus || (byte >= 0x30 && byte <= 0x39) ? skipNumber(bytes, at) : skipLiteral(bytes, at);
          if (at === broken) return this.#failed('not-json');
          this.#valueEnded(depth, at);
        }
      }

      if (stage === inText) {
        const behind = walkText(bytes, at, until, isStrict);
        if (behind < 0) {
          if (behind === broken) return this.#failed('not-json');
          if (behind === halfCharacter) return this.#failed('half-character');
          at = ~behind;
          continue;
        }
        at = behind;
        this.#valueEnded(depth, at);
      }

      // Behind a value, or at a bracket that closes at once.
      stage = behindValue;
      if (depth === 0) return this.#done(at);
      at = skipSpace(bytes, at);
      for (;;) {
        if (at >= length) return this.#failed('not-json');
        const mark = bytes[at]!;
        const isObject = isObjectAt[depth] === 1;
        if (mark === comma) {
          at = skipSpace(bytes, at + 1);
          if (at >= length) return this.#failed('not-json');
          stage = isObject ? atKey : atValue;
          break;
        }
        if (mark !== (isObject ? closeBrace : closeBracket)) return this.#failed('not-json');
        if (isStrict) this.#noted = this.#firstKeyAt[depth]!;
        depth -= 1;
        at += 1;
        this.#valueEnded(depth, at);
        if (depth === 0) return this.#done(at);
        at = skipSpace(bytes, at);
      }
    }
  }

  #done(at: number): true {
    this.#at = at;
    return true;
  }

  #failed(fault: WalkFault): true {
    this.#fault = fault;
    return true;
  }

  /** A container opens at `at`, inside of what is open at `depth`: are its members noted? @returns false when it is too much */
  #opened(isObject: boolean, depth: number, at: number): boolean {
    const inner = depth + 1;
    const envelopeDepth = this.#envelopeDepth;
    this.#notesAt[inner] = undefined;
    if (inner === envelopeDepth) {
      if (this.#messages.length >= maxNotedMessages) return !this.#failed('too-many-messages');
      const message: Note = {
        start: at,
        end: at,
        isObject,
        members: [],
        params: undefined,
        result: undefined,
        error: undefined,
        meta: undefined,
      };
      this.#message = message;
      this.#messages.push(message);
      if (isObject) this.#notesAt[inner] = message.members;
      return true;
    }
    const message = this.#message;
    if (!isObject || message === undefined || inner < envelopeDepth) return true;
    const around = this.#notesAt[depth];
    if (around === undefined) return true;
    const name = envelopeNameAt(this.#bytes, around[around.length - 4]!, around[around.length - 3]!);
    if (inner === envelopeDepth + 1) {
      const members: number[] = [];
      if (name === 'params') message.params = members;
      else if (name === 'result') message.result = members;
      else if (name === 'error') message.error = members;
      else return true;
      this.#notesAt[inner] = members;
    } else if (inner === envelopeDepth + 2 && name === '_meta' && around === message.params) {
      message.meta = [];
      this.#notesAt[inner] = message.meta;
    }
    return true;
  }

  /** A value ended at `at`; `depth` is that of the container around it. */
  #valueEnded(depth: number, at: number): void {
    if (depth > this.#notedDepth) return;
    const notes = depth >= this.#envelopeDepth ? this.#notesAt[depth] : undefined;
    if (notes !== undefined) {
      notes[notes.length - 1] = at;
      return;
    }
    if (depth === this.#envelopeDepth - 1) this.#messageEnded(at);
  }

  #messageEnded(at: number): void {
    const message = this.#message;
    if (message !== undefined) {
      message.end = at;
      this.#message = undefined;
    } else if (this.isBatch && this.#messages.length < maxNotedMessages) {
      // A scalar among the messages of a batch.
      this.#messages.push({ ...noMessage, start: at, end: at, members: [] });
    }
  }

  /** @returns the offset of the closing quote, or `broken` with the fault noted */
  #strictKey(start: number, depth: number): number {
    const bytes = this.#bytes;
    const length = bytes.length;
    let at = start;
    let hash = 0;
    let hasEscapes = false;
    for (; ; at += 1) {
      if (at >= length) return this.#broken('not-json');
      const byte = bytes[at]!;
      if (byte === quote) break;
      if (byte === backslash) {
        hasEscapes = true;
        break;
      }
      if (byte < 0x20) return this.#broken('not-json');
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    if (hasEscapes) {
      const behind = walkText(bytes, start, length, true);
      if (behind < 0) return this.#broken(behind === halfCharacter ? 'half-character' : 'not-json');
      at = behind - 1;
      hash = hashOf(Buffer.from(textBetween(bytes, start, at)));
    }
    if (!this.#isNewKey(start, at, hash, depth)) return this.#broken('same-key');
    if (depth === this.#envelopeDepth && !isEnvelopeKey(bytes, start, at)) {
      this.#resembled = lookAlikeOf(textBetween(bytes, start, at));
      if (this.#resembled !== undefined) return this.#broken('look-alike');
    }
    return at;
  }

  #broken(fault: WalkFault): typeof broken {
    this.#fault = fault;
    return broken;
  }

  /** Has the object at `depth` not had this key yet? Notes it. */
  #isNewKey(start: number, end: number, hash: number, depth: number): boolean {
    const bytes = this.#bytes;
    const seen = this.#manyKeysAt?.[depth];
    if (seen !== undefined) {
      const name = textBetween(bytes, start, end);
      if (seen.has(name)) return false;
      seen.add(name);
      return true;
    }
    const first = this.#firstKeyAt[depth]!;
    const noted = this.#noted;
    for (let i = first; i < noted; i += 1) {
      if (
        this.#keyHashes[i] === hash &&
        textBetween(bytes, this.#keyStarts[i]!, this.#keyEnds[i]!) === textBetween(bytes, start, end)
      )
        return false;
    }
    if (noted === this.#keyHashes.length) this.#growKeys();
    this.#keyHashes[noted] = hash;
    this.#keyStarts[noted] = start;
    this.#keyEnds[noted] = end;
    this.#noted = noted + 1;
    if (noted + 1 - first === manyKeys) {
      const names = new Set<string>();
      for (let i = first; i <= noted; i += 1)
        names.add(textBetween(bytes, this.#keyStarts[i]!, this.#keyEnds[i]!));
      this.#manyKeysAt ??= [];
      this.#manyKeysAt[depth] = names;
      this.#noted = first;
    }
    return true;
  }

  #growKeys(): void {
    this.#keyHashes = grown(this.#keyHashes);
    this.#keyStarts = grown(this.#keyStarts);
    this.#keyEnds = grown(this.#keyEnds);
  }
}

const noBytes = Buffer.alloc(0);
const noMessage = {
  isObject: false,
  params: undefined,
  result: undefined,
  error: undefined,
  meta: undefined,
} as const;

/** Where the key ends whose value begins at `valueStart`: before the colon, the spaces and the quote. */
function endOfKey(bytes: Buffer, valueStart: number): number {
  let at = valueStart - 1;
  while (bytes[at] !== quote) at -= 1;
  return at;
}

type WatchedName = 'params' | 'result' | 'error' | '_meta';
const watchedNames: readonly WatchedName[] = ['params', 'result', 'error', '_meta'];
const watchedBytes = watchedNames.map((name) => Buffer.from(name));

function envelopeNameAt(bytes: Buffer, start: number, end: number): WatchedName | undefined {
  for (let i = 0; i < watchedBytes.length; i += 1)
    if (isSameText(bytes, start, end, watchedBytes[i]!)) return watchedNames[i];
  // A key may be written with escapes; that is legal JSON, so it counts, slowly.
  for (let at = start; at < end; at += 1) {
    if (bytes[at] !== backslash) continue;
    if (end - start > 64) return undefined;
    const text = textBetween(bytes, start, end);
    return watchedNames.find((name) => name === text);
  }
  return undefined;
}

function isSameText(bytes: Buffer, start: number, end: number, text: Buffer): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i += 1) if (bytes[start + i] !== text[i]) return false;
  return true;
}

/** The text of a well-formed string, given the range between its quotes. */
export function textBetween(bytes: Buffer, start: number, end: number): string {
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

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

const envelopeKeys = ['jsonrpc', 'id', 'method', 'params', 'result', 'error'] as const;
const envelopeKeyBytes = envelopeKeys.map((name) => Buffer.from(name));

function isEnvelopeKey(bytes: Buffer, start: number, end: number): boolean {
  for (const name of envelopeKeyBytes) if (isSameText(bytes, start, end, name)) return true;
  return false;
}

/** The envelope's key that `key` would be for a careless reader: other case, or with invisible characters. */
function lookAlikeOf(key: string): string | undefined {
  if (key.length > 64) return undefined;
  const plain = key.normalize('NFKC').replace(invisible, '').toLowerCase();
  for (const name of envelopeKeys) if (plain === name && key !== name) return name;
  return undefined;
}

const invisible = /[\p{C}\p{Z}\s]/gu;
