/**
 * clients/plan-edit — what a file is to hold with our entry, and without it. Decides; writes nothing.
 *
 * Each text that comes out is parsed again: it must hold what the file held, and our entry, and nothing else.
 */
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '../base/index.ts';
import { clientsError } from './errors.ts';
import { type EntryPath, type Format, isListStep } from './formats/format.ts';
import { applySplice, type Splice } from './formats/splice.ts';
import { textWithout, valueAt } from './formats/values.ts';
import { findKept, type Written } from './ledger.ts';
import { digestOf } from './text-file.ts';

/** For messages. */
export interface EditSubject {
  readonly id: string;
  readonly client: string;
  readonly file: string;
}

export interface PlannedEntry {
  readonly text: string;
  readonly splice: Splice;
  readonly madeHolders: number;
}

export function digestOfEntry(entry: JsonValue): string {
  return digestOf(canonicalJson(entry));
}

/** @throws clients.file_broken */
export function parseOrRefuse(format: Format, text: string, subject: EditSubject): JsonValue {
  const parsed = format.parse(text);
  if (parsed.ok) return parsed.value;
  throw clientsError('file_broken', {
    client: subject.client,
    where: `${subject.file}:${parsed.line}`,
    reason: parsed.reason,
  });
}

/** Puts the entry in. @throws clients.file_broken, clients.shape_unexpected */
export function planEntry(
  format: Format,
  text: string,
  path: EntryPath,
  entry: JsonObject,
  subject: EditSubject,
): PlannedEntry {
  const before = parseOrRefuse(format, text, subject);
  refuseOtherShape(before, path, subject);
  const splice = format.set(text, path, entry);
  if (splice !== undefined) {
    const after = applySplice(text, splice);
    if (holdsEntry(format, before, after, path, entry)) {
      return { text: after, splice, madeHolders: missingHolders(before, path) };
    }
  }
  throw clientsError('shape_unexpected', {
    ...subject,
    reason: 'there is no place where the entry could be put without touching anything else',
  });
}

/**
 * Takes our entry out: exactly what was put in where that still stands, else the entry alone.
 *
 * @returns undefined when there is no entry
 * @throws clients.file_broken, clients.shape_unexpected
 */
export function planRemoval(
  format: Format,
  text: string,
  path: EntryPath,
  written: Pick<Written, 'splice' | 'madeHolders'> | undefined,
  subject: EditSubject,
): string | undefined {
  const before = parseOrRefuse(format, text, subject);
  if (valueAt(before, path) === undefined) return undefined;
  const kept = written === undefined ? undefined : findKept(text, written.splice.inserted);
  if (kept !== undefined && written !== undefined) {
    const after = text.slice(0, kept.at) + written.splice.removed + text.slice(kept.at + kept.length);
    if (lostOnlyEntry(format, before, after, path)) return after;
  }
  let after = removeAt(format, text, path);
  for (let depth = path.length - 1; depth >= path.length - (written?.madeHolders ?? 0); depth -= 1) {
    if (after === undefined) break;
    const holder = path.slice(0, depth);
    const parsed = format.parse(after);
    if (!parsed.ok || depth === 0 || !isEmpty(valueAt(parsed.value, holder))) break;
    after = removeAt(format, after, holder) ?? after;
  }
  if (after !== undefined && lostOnlyEntry(format, before, after, path)) return after;
  throw clientsError('shape_unexpected', {
    ...subject,
    reason: 'the entry "mcpmux" stands where it cannot be taken out alone; remove it by hand',
  });
}

function removeAt(format: Format, text: string, path: EntryPath): string | undefined {
  const splice = format.remove(text, path);
  return splice === undefined ? undefined : applySplice(text, splice);
}

function isEmpty(value: JsonValue | undefined): boolean {
  return (
    value === null ||
    (Array.isArray(value) && value.length === 0) ||
    (isJsonObject(value) && Object.keys(value).length === 0)
  );
}

function holdsEntry(
  format: Format,
  before: JsonValue,
  after: string,
  path: EntryPath,
  entry: JsonObject,
): boolean {
  const parsed = format.parse(after);
  if (!parsed.ok) return false;
  const found = valueAt(parsed.value, path);
  return (
    found !== undefined &&
    canonicalJson(found) === canonicalJson(entry) &&
    textWithout(parsed.value, path) === textWithout(before, path)
  );
}

function lostOnlyEntry(format: Format, before: JsonValue, after: string, path: EntryPath): boolean {
  const parsed = format.parse(after);
  return (
    parsed.ok &&
    valueAt(parsed.value, path) === undefined &&
    textWithout(parsed.value, path) === textWithout(before, path)
  );
}

/** How many holders on the way are not there yet. */
function missingHolders(value: JsonValue, path: EntryPath): number {
  for (let depth = 1; depth < path.length; depth += 1) {
    if (valueAt(value, path.slice(0, depth)) === undefined) return path.length - depth;
  }
  return 0;
}

/** A list where a map is wanted is told in words. */
function refuseOtherShape(value: JsonValue, path: EntryPath, subject: EditSubject): void {
  for (let depth = 0; depth < path.length; depth += 1) {
    const holder = valueAt(value, path.slice(0, depth));
    if (holder === undefined || holder === null) return;
    const step = path[depth];
    const wantsList = step !== undefined && isListStep(step);
    if (wantsList ? Array.isArray(holder) : isJsonObject(holder)) continue;
    const where = depth === 0 ? 'the whole file' : `"${path.slice(0, depth).map(String).join('.')}"`;
    throw clientsError('shape_unexpected', {
      ...subject,
      reason: `${where} is ${kindOf(holder)} where ${wantsList ? 'a list' : 'a map'} is wanted`,
    });
  }
}

function kindOf(value: JsonValue): string {
  if (Array.isArray(value)) return 'a list';
  return isJsonObject(value) ? 'a map' : `a ${typeof value}`;
}
