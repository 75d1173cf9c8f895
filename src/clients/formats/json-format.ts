/**
 * clients/formats/json-format — JSON with or without comments, changed by one splice: nothing beside the entry moves.
 *
 * A new entry goes to the top of its map: there no comma of somebody else's has to be touched.
 */
import type { Node } from 'jsonc-parser';
import type { JsonValue } from '../../base/index.ts';
import { type EntryPath, type Format, isListStep, type Oddity, type Parsed } from './format.ts';
import { lineBreakOf, lineOf, lineStartBefore, type Splice } from './splice.ts';

type Jsonc = typeof import('jsonc-parser');

/** Deeper than any client's settings; the parser recurses. */
const depthLimit = 200;

export async function loadJsonFormat(): Promise<Format> {
  // Bundled it is an ES module; loaded by Node it is a CommonJS one, whose functions lie on the default export.
  const module = await import('jsonc-parser');
  return createJsonFormat('parseTree' in module ? module : (module as { default: Jsonc }).default);
}

function createJsonFormat(jsonc: Jsonc): Format {
  const treeOf = (text: string): Node | undefined => {
    if (isTooDeep(text)) return undefined;
    return jsonc.parseTree(text, [], { allowTrailingComma: true });
  };

  return {
    name: 'json',

    parse(text): Parsed {
      if (isTooDeep(text)) return { ok: false, line: 1, reason: `it is nested deeper than ${depthLimit}` };
      if (isBlank(text)) return { ok: true, value: {}, oddities: [] };
      const errors: { error: number; offset: number; length: number }[] = [];
      const oddities = new Set<Oddity>();
      const root = jsonc.parseTree(text, errors, { allowTrailingComma: true });
      const [first] = errors;
      if (first !== undefined || root === undefined)
        return {
          ok: false,
          line: lineOf(text, first?.offset ?? 0),
          reason: words(first === undefined ? 'ValueExpected' : jsonc.printParseErrorCode(first.error)),
        };
      const scanner = jsonc.createScanner(text, false);
      let wasComma = false;
      for (let kind = scanner.scan(); kind !== 17 /* EOF */; kind = scanner.scan()) {
        if (kind === 12 || kind === 13) oddities.add('comment');
        else if (kind === 14 || kind === 15) continue;
        else {
          if (wasComma && (kind === 2 || kind === 4)) oddities.add('trailing-comma');
          wasComma = kind === 5;
        }
      }
      return { ok: true, value: jsonc.getNodeValue(root) as JsonValue, oddities: [...oddities] };
    },

    set(text, path, value) {
      const eol = lineBreakOf(text);
      if (isBlank(text)) {
        const body = render(nest(path, value), '  ', eol, '');
        const before = text === '' || text.endsWith('\n') ? '' : eol;
        return { at: text.length, removed: '', inserted: `${before}${body}${eol}` };
      }
      const root = treeOf(text);
      if (root === undefined) return undefined;
      const unit = indentUnitOf(text, root);
      let map = root;
      for (const [depth, key] of path.entries()) {
        if (map.type !== 'object' || isListStep(key)) return undefined;
        const property = findProperty(map, key);
        if (property === undefined) {
          const rest = nest(path.slice(depth + 1), value);
          return insertFirst(text, map, key, rest, unit, eol);
        }
        const inner = property.children?.[1];
        if (inner === undefined) return undefined;
        map = inner;
      }
      const indent = /^[ \t]*/.exec(lineStartBefore(text, map.offset))?.[0] ?? '';
      return {
        at: map.offset,
        removed: text.slice(map.offset, map.offset + map.length),
        inserted: text.includes('\n') ? render(value, unit, eol, indent) : inline(value),
      };
    },

    remove(text, path) {
      const root = treeOf(text);
      const found = root === undefined ? undefined : findPath(root, path);
      return found === undefined ? undefined : removeProperty(text, found.map, found.property);
    },

    lineOf(text, path) {
      const root = treeOf(text);
      const found = root === undefined ? undefined : findPath(root, path);
      return found === undefined ? undefined : lineOf(text, found.property.offset);
    },
  };
}

/** Nothing but blanks and comments. */
function isBlank(text: string): boolean {
  return /^(?:\s|\/\/[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*$/.test(text);
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    // Brackets in strings count too: more than any settings file has is enough to say no.
    if (character === 0x7b || character === 0x5b) depth += 1;
    else if (character === 0x7d || character === 0x5d) depth -= 1;
    if (depth > depthLimit) return true;
  }
  return false;
}

/** The last one of a key that stands twice: it is the one that counts. */
function findProperty(map: Node, key: string): Node | undefined {
  return map.children?.findLast((property) => property.children?.[0]?.value === key);
}

function findPath(root: Node, path: EntryPath): { map: Node; property: Node } | undefined {
  let map = root;
  for (const [depth, key] of path.entries()) {
    if (map.type !== 'object' || isListStep(key)) return undefined;
    const property = findProperty(map, key);
    const value = property?.children?.[1];
    if (property === undefined || value === undefined) return undefined;
    if (depth === path.length - 1) return { map, property };
    map = value;
  }
  return undefined;
}

function nest(path: EntryPath, value: JsonValue): JsonValue {
  return path.reduceRight<JsonValue>(
    (inner, step) => (isListStep(step) ? [inner] : { [step]: inner }),
    value,
  );
}

function render(value: JsonValue, unit: string, eol: string, indent: string): string {
  return JSON.stringify(value, null, unit).replaceAll('\n', `${eol}${indent}`);
}

function inline(value: JsonValue): string {
  return JSON.stringify(value);
}

/** One step of indentation: how far the first key on a line of its own stands from the line of its map. */
function indentUnitOf(text: string, root: Node): string {
  const first = root.children?.[0];
  const start = first === undefined ? '' : lineStartBefore(text, first.offset);
  return first !== undefined && start !== '' && /^[ \t]+$/.test(start) ? start : '  ';
}

function insertFirst(
  text: string,
  map: Node,
  key: string,
  value: JsonValue,
  unit: string,
  eol: string,
): Splice {
  const end = map.offset + map.length;
  const children = map.children ?? [];
  const [first] = children;
  const name = `${JSON.stringify(key)}: `;
  if (first !== undefined) {
    const start = lineStartBefore(text, first.offset);
    if (!/^[ \t]*$/.test(start)) {
      // All on the line of the bracket: so is ours.
      return { at: first.offset, removed: '', inserted: `${name}${inline(value)}, ` };
    }
    const at = afterLineComment(text, map.offset + 1, end);
    return { at, removed: '', inserted: `${eol}${start}${name}${render(value, unit, eol, start)},` };
  }
  const indent = /^[ \t]*/.exec(lineStartBefore(text, map.offset))?.[0] ?? '';
  const inner = text.slice(map.offset + 1, end - 1);
  if (!text.includes('\n')) return { at: map.offset + 1, removed: '', inserted: `${name}${inline(value)}` };
  const child = indent + unit;
  const entry = `${eol}${child}${name}${render(value, unit, eol, child)}`;
  // A map that holds comments only keeps them, below the entry.
  if (inner.trim() !== '') {
    return { at: afterLineComment(text, map.offset + 1, end), removed: '', inserted: entry };
  }
  return { at: map.offset + 1, removed: inner, inserted: `${entry}${eol}${indent}` };
}

/** Behind a comment that stands on the line of an opening bracket and belongs to it. */
function afterLineComment(text: string, at: number, end: number): number {
  const line = /^[ \t]*(?:\/\/[^\r\n]*|\/\*(?:(?!\*\/)[^\r\n])*\*\/[ \t]*)(?=\r?\n)/.exec(
    text.slice(at, end),
  );
  return line === null ? at : at + line[0].length;
}

function removeProperty(text: string, map: Node, property: Node): Splice {
  const children = map.children ?? [];
  const index = children.indexOf(property);
  const start = property.offset;
  const end = start + property.length;
  const next = children[index + 1];
  const mapEnd = map.offset + map.length;
  const comma = commaAfter(text, end, next?.offset ?? mapEnd);
  if (comma !== undefined) {
    // With the line break before it when it has a line of its own, else with the blank behind it.
    const from = startOfLineBefore(text, start, map.offset);
    const to = comma + 1;
    if (from !== undefined) return cut(text, from, to);
    const blank = /^[ \t]*/.exec(text.slice(to))?.[0].length ?? 0;
    return cut(text, start, to + blank);
  }
  const previous = children[index - 1];
  if (previous === undefined) {
    const inner = text.slice(map.offset + 1, start) + text.slice(end, mapEnd - 1);
    if (inner.trim() === '') return cut(text, map.offset + 1, mapEnd - 1);
    return cut(text, startOfLineBefore(text, start, map.offset) ?? start, end);
  }
  // The last one: the comma before it goes too. What stands between the comma and it stays, when it says anything.
  const before = commaAfter(text, previous.offset + previous.length, start) ?? start;
  const between = text.slice(before + 1, start);
  if (between.trim() === '') return cut(text, before, end);
  const from = startOfLineBefore(text, start, map.offset) ?? start;
  return { at: before, removed: text.slice(before, end), inserted: text.slice(before + 1, from) };
}

function cut(text: string, from: number, to: number): Splice {
  return { at: from, removed: text.slice(from, to), inserted: '' };
}

/** The comma between `at` and `end` that is in no comment. */
function commaAfter(text: string, at: number, end: number): number | undefined {
  for (let place = at; place < end; place += 1) {
    const two = text.slice(place, place + 2);
    if (two === '//') place = nextOr(text.indexOf('\n', place), end) - 1;
    else if (two === '/*') place = nextOr(text.indexOf('*/', place + 2), end) + 1;
    else if (text[place] === ',') return place;
  }
  return undefined;
}

function nextOr(found: number, end: number): number {
  return found === -1 ? end : found;
}

/** The place of the line break before `at`, when only blanks stand between. Not before `least`. */
function startOfLineBefore(text: string, at: number, least: number): number | undefined {
  if (!/^[ \t]*$/.test(lineStartBefore(text, at))) return undefined;
  const feed = text.lastIndexOf('\n', at - 1);
  if (feed <= least) return undefined;
  return text[feed - 1] === '\r' ? feed - 1 : feed;
}

/** `PropertyNameExpected` → `property name expected`. */
function words(code: string): string {
  return code.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}
