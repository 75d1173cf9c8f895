/**
 * clients/formats/toml-format — TOML changed by one splice: our table is a block of lines of its own.
 *
 * Reading is a library's; where a table stands is found by walking the text, with its strings and comments understood.
 */
import { parse, TomlError } from 'smol-toml';
import { isJsonObject, type JsonObject, type JsonValue } from '../../base/index.ts';
import { type EntryPath, type Format, isListStep, type Parsed } from './format.ts';
import { lineBreakOf, lineOf, type Splice } from './splice.ts';

export const tomlFormat: Format = {
  name: 'toml',

  parse(text): Parsed {
    try {
      // Numbers as they are: they are compared, never written.
      return { ok: true, value: plain(parse(text, { integersAsBigInt: 'asNeeded' })), oddities: [] };
    } catch (error) {
      if (error instanceof TomlError)
        return { ok: false, line: error.line, reason: firstLine(error.message) };
      return { ok: false, line: 1, reason: error instanceof Error ? error.message : String(error) };
    }
  },

  set(text, path, value) {
    if (!isJsonObject(value)) return undefined;
    const eol = lineBreakOf(text);
    const block = renderTable(path, value, eol);
    const standing = findBlocks(text, path);
    const [first] = standing;
    if (first !== undefined) {
      if (standing.length > 1) return undefined;
      return { at: first.start, removed: text.slice(first.start, first.end), inserted: block };
    }
    const isNewLine = text === '' || text.endsWith('\n');
    const isApart = text.trim() === '' || /\n[ \t]*\r?\n$/.test(text);
    const before = (isNewLine ? '' : eol) + (isApart ? '' : eol);
    return { at: text.length, removed: '', inserted: before + block };
  },

  remove(text, path) {
    const blocks = findBlocks(text, path);
    const [block] = blocks;
    if (block === undefined || blocks.length > 1) return undefined;
    // With the blank line that parts it from what is above; what follows keeps its own.
    const above = /(?<=^|\n)[ \t]*\r?\n$/.exec(text.slice(0, block.start));
    const start = above === null ? block.start : block.start - above[0].length;
    return { at: start, removed: text.slice(start, block.end), inserted: '' } satisfies Splice;
  },

  lineOf(text, path) {
    const [block] = findBlocks(text, path);
    return block === undefined ? undefined : lineOf(text, block.start);
  },
};

interface Block {
  readonly start: number;
  /** Behind the last line that belongs to the table: blank lines and comments after it belong to what follows. */
  readonly end: number;
}

/** Runs of `[path]` and `[path.…]` tables that follow one another. */
function findBlocks(text: string, path: EntryPath): Block[] {
  const blocks: Block[] = [];
  let open: { start: number; end: number } | undefined;
  for (const line of walkLines(text)) {
    if (line.header !== undefined) {
      const isOurs = path.every((key, at) => line.header?.[at] === key);
      if (isOurs) {
        open ??= { start: line.start, end: line.end };
        open.end = line.end;
      } else if (open !== undefined) {
        blocks.push(open);
        open = undefined;
      }
    } else if (open !== undefined && line.hasContent) open.end = line.end;
  }
  if (open !== undefined) blocks.push(open);
  return blocks;
}

interface Line {
  readonly start: number;
  /** Behind the line break. */
  readonly end: number;
  readonly header: readonly string[] | undefined;
  /** Something else than blanks and a comment. */
  readonly hasContent: boolean;
}

/** Logical lines: strings and arrays over several lines are one. */
function* walkLines(text: string): Generator<Line> {
  let at = 0;
  while (at < text.length) {
    const start = at;
    const end = endOfLogicalLine(text, at);
    const line = text.slice(start, end);
    const header = readHeader(line);
    yield { start, end, header, hasContent: !/^\s*(?:#|$)/.test(line) };
    at = end;
  }
}

function endOfLogicalLine(text: string, from: number): number {
  let depth = 0;
  let isStart = true;
  for (let at = from; at < text.length; at += 1) {
    const character = text[at] as string;
    if (character === '\n') {
      if (depth === 0) return at + 1;
    } else if (character === '#') at = before(text.indexOf('\n', at), text.length);
    else if (character === '"' || character === "'") at = endOfString(text, at);
    else if (character === '[' || character === '{') depth += isStart && character === '[' ? 0 : 1;
    else if ((character === ']' || character === '}') && depth > 0) depth -= 1;
    if (!/\s|\[/.test(character)) isStart = false;
  }
  return text.length;
}

function before(found: number, end: number): number {
  return (found === -1 ? end : found) - 1;
}

/** The place of the last quote of the string that begins at `at`. */
function endOfString(text: string, at: number): number {
  const quote = text[at] as string;
  const isLong = text.startsWith(quote.repeat(3), at);
  const close = isLong ? quote.repeat(3) : quote;
  for (let place = at + close.length; place < text.length; place += 1) {
    if (quote === '"' && text[place] === '\\') place += 1;
    else if (!isLong && text[place] === '\n') return place - 1;
    else if (text.startsWith(close, place)) {
      let end = place + close.length - 1;
      // Up to two more quotes belong to the string.
      while (isLong && text[end + 1] === quote && end - place < 4) end += 1;
      return end;
    }
  }
  return text.length;
}

/** The keys of `[a.b."c d"]`; undefined for any other line, and for `[[…]]`. */
function readHeader(line: string): readonly string[] | undefined {
  const match = /^\s*\[(\[?)((?:[^"'\]\n]|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')+)\]/.exec(line);
  if (match === null) return undefined;
  const keys = [...(match[2] as string).matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|([\w-]+)/g)].map(
    ([whole, basic, literal, bare]) =>
      basic === undefined ? (literal ?? bare ?? '') : (parseString(whole) ?? basic),
  );
  // A list of tables is nobody's entry, but it ends the table above it.
  return match[1] === '[' ? ['', ...keys] : keys;
}

function parseString(quoted: string): string | undefined {
  try {
    return parse(`a = ${quoted}`)['a'] as string;
  } catch {
    return undefined;
  }
}

function renderTable(path: EntryPath, value: JsonObject, eol: string): string {
  const lines = [`[${path.map((step) => renderKey(isListStep(step) ? step.named : step)).join('.')}]`];
  for (const [key, inner] of Object.entries(value)) {
    if (inner !== undefined) lines.push(`${renderKey(key)} = ${renderValue(inner)}`);
  }
  return lines.map((line) => line + eol).join('');
}

function renderKey(key: string): string {
  return /^[\w-]+$/.test(key) ? key : renderString(key);
}

/** A basic string: JSON's escapes are TOML's too, once DEL is one. */
function renderString(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}

function renderValue(value: JsonValue): string {
  if (typeof value === 'string') return renderString(value);
  if (Array.isArray(value)) return `[${value.map(renderValue).join(', ')}]`;
  if (isJsonObject(value)) {
    const pairs = Object.entries(value).map(
      ([key, inner]) => `${renderKey(key)} = ${renderValue(inner ?? '')}`,
    );
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
  }
  return String(value);
}

/** Dates and big numbers as text: they are compared only. */
function plain(value: unknown): JsonValue {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  return value as JsonValue;
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]?.replace(/^Invalid TOML document: /, '') ?? '';
}
