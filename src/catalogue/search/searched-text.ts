/**
 * catalogue/search/searched-text — a tool as the words it can be found by, each with how much it counts there.
 *
 * What a tool is called counts most, then what its description says first. The rest of a long description and the texts of
 * arguments count little and are cut: a tool is not about everything that its manual mentions.
 * Knows nothing of: other tools, how words are weighed against each other.
 */
import { isJsonObject, type JsonValue } from '../../base/index.ts';
import type { RawJson } from '../../protocol/index.ts';
import type { Target } from '../view.ts';
import { splitEastAsian, thesaurus } from './thesaurus.ts';
import { isEastAsian, isStopWord, pairsOf, stem, wordsOf } from './words.ts';

/** By stem. */
export type Weights = ReadonlyMap<string, number>;

export interface SearchedText {
  readonly weights: Weights;
  /** The stems of its own name, without its server's. */
  readonly name: readonly string[];
  /** The tool says of itself that it changes nothing. */
  readonly isReadOnly: boolean;
}

const counts = {
  name: 6,
  title: 3,
  server: 1.5,
  head: 2,
  rest: 0.4,
  argument: 0.6,
  argumentText: 0.15,
} as const;
/** The first sentence, or as much as a person reads first. */
const headCharacters = 160;
const restCharacters = 1_500;
const argumentTextCharacters = 600;
const maxArguments = 40;
/** A word that a text repeats is not the more about it. */
const maxTimes = 2;

/** Read once an item, however many views show it. */
const known = new WeakMap<RawJson, SearchedText>();

export function searchedTextOf(target: Target): SearchedText {
  let text = known.get(target.original);
  if (text === undefined) {
    text = read(target);
    known.set(target.original, text);
  }
  return text;
}

/** The stems of a text, without what says nothing. Of Han and Kana: pairs, and what is known of it in English. */
export function stemsOf(text: string): string[] {
  const stems: string[] = [];
  for (const word of wordsOf(text)) {
    if (isEastAsian(word)) {
      stems.push(...pairsOf(word));
      for (const one of splitEastAsian(word).known)
        for (const meaning of thesaurus().meanings.get(one) ?? []) stems.push(...meaning);
    } else if (!isStopWord(word)) stems.push(stem(word));
  }
  return stems;
}

function read(target: Target): SearchedText {
  const weights = new Map<string, number>();
  const add = (stems: readonly string[], weight: number): void => {
    const times = new Map<string, number>();
    for (const one of stems) {
      const before = times.get(one) ?? 0;
      if (before >= maxTimes) continue;
      times.set(one, before + 1);
      weights.set(one, (weights.get(one) ?? 0) + (before === 0 ? weight : weight / 4));
    }
  };
  const { original } = target;
  const name = wordsOf(target.originalName).map(stem);
  add(name, counts.name);
  const title = original.text('title') ?? original.object('annotations')?.text('title');
  if (title !== undefined) add(stemsOf(title.slice(0, headCharacters)), counts.title);
  add([...new Set(stemsOf(`${target.alias} ${target.serverName}`))], counts.server);
  const [head, rest] = headAndRest(original.text('description') ?? '');
  add(stemsOf(head), counts.head);
  add(stemsOf(rest.slice(0, restCharacters)), counts.rest);
  let left = argumentTextCharacters;
  for (const [argument, schema] of argumentsOf(original)) {
    add(stemsOf(argument), counts.argument);
    const text =
      isJsonObject(schema) && typeof schema['description'] === 'string' ? schema['description'] : '';
    if (text === '' || left <= 0) continue;
    add(stemsOf(text.slice(0, left)), counts.argumentText);
    left -= text.length;
  }
  return { weights, name, isReadOnly: original.object('annotations')?.is('readOnlyHint', 'true') === true };
}

function argumentsOf(tool: RawJson): readonly (readonly [string, JsonValue | undefined])[] {
  const properties = tool.object('inputSchema')?.object('properties')?.parse();
  return isJsonObject(properties) ? Object.entries(properties).slice(0, maxArguments) : [];
}

/** What a description says first, and what follows. Headings and marks in front are passed over. */
export function headAndRest(description: string): readonly [head: string, rest: string] {
  const text = description.replace(/\s+/g, ' ').trim();
  const end = /[.!?。！？](?:\s|$)/.exec(text);
  const first = end === null ? text.length : end.index + 1;
  const at = Math.min(Math.max(first, 24), headCharacters);
  return [text.slice(0, at), text.slice(at)];
}
