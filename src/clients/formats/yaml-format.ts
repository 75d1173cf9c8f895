/**
 * clients/formats/yaml-format — YAML changed by one splice of whole lines: nothing is written anew by a printer.
 *
 * Reading is a library's, and so are the places of what was read.
 */
import {
  isMap,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { JsonValue } from '../../base/index.ts';
import { type EntryPath, type Format, isListStep, type Parsed, type PathStep } from './format.ts';
import { lineBreakOf, lineOf, lineStartBefore, type Splice } from './splice.ts';

type Holder = YAMLMap | YAMLSeq;

export const yamlFormat: Format = {
  name: 'yaml',

  parse(text): Parsed {
    const document = read(text);
    const [first] = document.errors;
    if (first !== undefined)
      return {
        ok: false,
        line: first.linePos?.[0].line ?? lineOf(text, first.pos[0]),
        reason: first.message.split('\n', 1)[0]?.replace(/ at line \d+.*$/, '') ?? '',
      };
    try {
      const value = (document.toJS({ maxAliasCount: 100 }) ?? {}) as JsonValue;
      return { ok: true, value, oddities: document.comment || document.commentBefore ? ['comment'] : [] };
    } catch (error) {
      return { ok: false, line: 1, reason: error instanceof Error ? error.message : String(error) };
    }
  },

  set(text, path, value) {
    const document = read(text);
    const eol = lineBreakOf(text);
    if (document.errors.length > 0) return undefined;
    if (document.contents === null) return append(text, path, value, eol);
    if (!isMap(document.contents)) return undefined;
    let holder: Holder = document.contents;
    for (const [depth, step] of path.entries()) {
      const found = find(holder, step);
      if (found === undefined) {
        const rest = path.slice(depth);
        if (depth === 0 && holder.flow !== true) return append(text, rest, value, eol);
        return insertFirst(text, holder, rest, value, eol);
      }
      if (depth === path.length - 1) return replace(text, holder, found, step, value, eol);
      const inner = isPair(found) ? found.value : found;
      if (isMap(inner) || isSeq(inner)) {
        if (isSeq(inner) !== isListStep(path[depth + 1] as PathStep)) return undefined;
        if (inner.items.length === 0) return fillEmpty(text, found, inner, path.slice(depth + 1), value, eol);
        holder = inner;
      } else if (inner === null || (isScalar(inner) && inner.value === null)) {
        return fillEmpty(text, found, undefined, path.slice(depth + 1), value, eol);
      } else return undefined;
    }
    return undefined;
  },

  remove(text, path) {
    const place = locate(text, path);
    if (place === undefined) return undefined;
    const { holder, found } = place;
    if (holder.flow === true) return undefined;
    const [start, end] = linesOf(text, found);
    if (holder.items.length > 1) return { at: start, removed: text.slice(start, end), inserted: '' };
    // The last one: a map without entries would read as nothing.
    const parent = path.length > 1 ? locate(text, path.slice(0, -1)) : undefined;
    const key = parent !== undefined && isPair(parent.found) ? rangeOf(parent.found.key) : undefined;
    if (key === undefined) return { at: start, removed: text.slice(start, end), inserted: '' };
    const colon = text.indexOf(':', key[1]) + 1;
    const between = text.slice(colon, start);
    const inserted = (isSeq(holder) ? ' []' : ' {}') + between;
    return { at: colon, removed: text.slice(colon, end), inserted };
  },

  lineOf(text, path) {
    const place = locate(text, path);
    return place === undefined ? undefined : lineOf(text, startOf(place.found));
  },
};

function read(text: string) {
  return parseDocument(text, { keepSourceTokens: true, logLevel: 'silent', uniqueKeys: true });
}

function isPair(found: unknown): found is Pair {
  return typeof found === 'object' && found !== null && 'key' in found && 'value' in found;
}

function rangeOf(node: unknown): readonly [number, number, number] | undefined {
  return (node as { range?: [number, number, number] | null } | null)?.range ?? undefined;
}

function find(holder: Holder, step: PathStep): unknown {
  if (isListStep(step)) {
    if (!isSeq(holder)) return undefined;
    return holder.items.find((item) => isMap(item) && item.get('name') === step.named);
  }
  if (!isMap(holder)) return undefined;
  return holder.items.find(({ key }) => isScalar(key) && key.value === step);
}

function locate(text: string, path: EntryPath): { holder: Holder; found: unknown } | undefined {
  const document = read(text);
  let holder: unknown = document.contents;
  for (const [depth, step] of path.entries()) {
    if (!isMap(holder) && !isSeq(holder)) return undefined;
    const found = find(holder, step);
    if (found === undefined) return undefined;
    if (depth === path.length - 1) return { holder, found };
    holder = isPair(found) ? found.value : found;
  }
  return undefined;
}

function startOf(found: unknown): number {
  return (isPair(found) ? rangeOf(found.key) : rangeOf(found))?.[0] ?? 0;
}

/** From the start of its first line to behind the line break of its last. */
function linesOf(text: string, found: unknown): [number, number] {
  const start = startOf(found);
  const lineStart = start - lineStartBefore(text, start).length;
  const value = isPair(found) ? rangeOf(found.value) : rangeOf(found);
  let end = value?.[1] ?? start;
  if (text[end - 1] !== '\n' || end <= start) {
    const feed = text.indexOf('\n', end);
    end = feed === -1 ? text.length : feed + 1;
  }
  return [lineStart, end];
}

function nest(path: EntryPath, value: JsonValue): JsonValue {
  return path.reduceRight<JsonValue>(
    (inner, step) =>
      isListStep(step) ? [{ name: step.named, ...(inner as object) } as JsonValue] : { [step]: inner },
    value,
  );
}

/** Whole lines, each with its break. */
function block(value: JsonValue, indent: string, eol: string): string {
  return stringify(value, { lineWidth: 0, indent: 2 })
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => (line === '' ? eol : `${indent}${line}${eol}`))
    .join('');
}

function append(text: string, path: EntryPath, value: JsonValue, eol: string): Splice | undefined {
  if (/^(?:\.\.\.|---)[ \t]*\r?$/m.test(text.replace(/^(?:\s|#[^\n]*\n)*---[ \t]*\r?\n/, '')))
    return undefined;
  const before = text === '' || text.endsWith('\n') ? '' : eol;
  return { at: text.length, removed: '', inserted: before + block(nest(path, value), '', eol) };
}

function insertFirst(
  text: string,
  holder: Holder,
  path: EntryPath,
  value: JsonValue,
  eol: string,
): Splice | undefined {
  const start = rangeOf(holder)?.[0];
  if (start === undefined) return undefined;
  if (holder.flow === true) {
    const nested = nest(path, value);
    const inner = JSON.stringify(nested).slice(1, -1);
    const isEmpty = holder.items.length === 0;
    return { at: start + 1, removed: '', inserted: isEmpty ? inner : ` ${inner.replace(/":/, '": ')},` };
  }
  const first = isSeq(holder) ? text.lastIndexOf('-', startOf(holder.items[0])) : startOf(holder.items[0]);
  const indent = lineStartBefore(text, first);
  if (!/^ *$/.test(indent)) return undefined;
  return { at: first - indent.length, removed: '', inserted: block(nest(path, value), indent, eol) };
}

/** `key:` or `key: {}`: the entry goes to the lines below it. */
function fillEmpty(
  text: string,
  found: unknown,
  empty: Holder | undefined,
  path: EntryPath,
  value: JsonValue,
  eol: string,
): Splice | undefined {
  if (!isPair(found)) return undefined;
  const key = rangeOf(found.key);
  if (key === undefined) return undefined;
  const indent = lineStartBefore(text, key[0]);
  if (!/^ *$/.test(indent)) return undefined;
  const body = block(nest(path, value), `${indent}  `, eol);
  if (empty === undefined) {
    const feed = text.indexOf('\n', key[1]);
    if (feed === -1) return { at: text.length, removed: '', inserted: eol + body };
    return { at: feed + 1, removed: '', inserted: body };
  }
  const range = rangeOf(empty);
  if (range === undefined) return undefined;
  const colon = text.indexOf(':', key[1]) + 1;
  const isWhole = /^[ \t]*$/.test(text.slice(colon, range[0]));
  if (!isWhole) return undefined;
  return {
    at: colon,
    removed: text.slice(colon, range[1]),
    inserted: eol + body.slice(0, body.length - eol.length),
  };
}

function replace(
  text: string,
  holder: Holder,
  found: unknown,
  step: PathStep,
  value: JsonValue,
  eol: string,
): Splice | undefined {
  if (holder.flow === true) return undefined;
  const [start, end] = linesOf(text, found);
  const first = isListStep(step) ? text.lastIndexOf('-', startOf(found)) : startOf(found);
  const indent = lineStartBefore(text, first);
  if (!/^ *$/.test(indent)) return undefined;
  return { at: start, removed: text.slice(start, end), inserted: block(nest([step], value), indent, eol) };
}
