/**
 * clients/formats/format — how a kind of file is read and changed without touching anything else in it.
 *
 * A change is one splice. Whoever asked for it parses the text again and compares: a format need not be trusted.
 */
import type { JsonValue } from '../../base/index.ts';
import type { Splice } from './splice.ts';

export type FormatName = 'json' | 'toml' | 'yaml';

export type Parsed =
  | { readonly ok: true; readonly value: JsonValue; readonly oddities: readonly Oddity[] }
  | { readonly ok: false; readonly line: number; readonly reason: string };

/** What some clients do not take. */
export type Oddity = 'comment' | 'trailing-comma';

/** Keys from the root to the entry; in a list the entry is the one of that name. */
export type EntryPath = readonly PathStep[];
export type PathStep = string | ListStep;

export interface ListStep {
  readonly named: string;
}

export function isListStep(step: PathStep): step is ListStep {
  return typeof step !== 'string';
}

export interface Format {
  readonly name: FormatName;
  /** A text without any content is an empty map. */
  parse(text: string): Parsed;
  /**
   * Puts `value` at `path`: a new entry, or in the place of what is there. Maps on the way that are missing are made.
   *
   * @returns undefined where this text has no place for it
   */
  set(text: string, path: EntryPath, value: JsonValue): Splice | undefined;
  /** Takes out what is at `path`. @returns undefined when nothing is there, or it cannot be taken out alone */
  remove(text: string, path: EntryPath): Splice | undefined;
  /** The line of what is at `path`; undefined when nothing is there. */
  lineOf(text: string, path: EntryPath): number | undefined;
}
