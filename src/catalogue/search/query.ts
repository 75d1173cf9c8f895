/**
 * catalogue/search/query — what somebody asks for, as notions: each with the words that may stand for it.
 *
 * A word that the corpus knows is taken as it is, with its synonyms behind it. Only a word that nobody knows is looked at
 * more closely: as a word of another language, a beginning, a misspelling, or two words in one.
 * Knows nothing of: tools, only of the words that occur in them.
 */
import { splitEastAsian, thesaurus } from './thesaurus.ts';
import { isEastAsian, isStopWord, pairsOf, stem, wordsOf } from './words.ts';

export interface Alternative {
  /** Stems that occur in the corpus; all must be there. */
  readonly stems: readonly string[];
  /** 0–1: how sure it is that this was meant. */
  readonly weight: number;
}

export interface Notion {
  readonly alternatives: readonly Alternative[];
}

export interface Vocabulary {
  /** Does any tool have that stem? */
  has(stem: string): boolean;
  stems(): Iterable<string>;
}

const weights = { itself: 1, translated: 0.9, synonym: 0.7, beginning: 0.75, pair: 0.8 } as const;
/** What is longer is no question but a text. */
const maxWords = 24;
const minPrefix = 4;

export function notionsOf(query: string, vocabulary: Vocabulary): Notion[] {
  const words = wordsOf(query.slice(0, 1_000));
  const telling = words.filter((word) => !isStopWord(word));
  const notions: Notion[] = [];
  for (const word of (telling.length > 0 ? telling : words).slice(0, maxWords)) {
    if (isEastAsian(word)) notions.push(...eastAsianNotions(word, vocabulary));
    else notions.push(...latinNotions(word, vocabulary));
  }
  return withoutRepeats(notions);
}

function eastAsianNotions(run: string, vocabulary: Vocabulary): Notion[] {
  const notions: Notion[] = [];
  const pairs = pairsOf(run).filter((pair) => vocabulary.has(pair));
  const { known, rest } = splitEastAsian(run);
  for (const word of known) {
    const own = pairsOf(word).filter((pair) => vocabulary.has(pair));
    notions.push({
      alternatives: [
        ...own.map((pair) => ({ stems: [pair], weight: weights.pair })),
        ...meaningsOf(word, weights.translated, vocabulary),
      ],
    });
  }
  for (const part of rest) {
    // Particles and endings of Japanese, and the small words of Chinese.
    if (/^[\p{sc=Hiragana}ー]+$/u.test(part) || /^[的了吗呢吧在把和与一个下中]+$/u.test(part)) continue;
    const there = pairsOf(part).filter((pair) => pairs.includes(pair));
    notions.push({ alternatives: there.map((pair) => ({ stems: [pair], weight: weights.pair })) });
  }
  return notions;
}

function latinNotions(word: string, vocabulary: Vocabulary): Notion[] {
  const own = stem(word);
  const isKnown = vocabulary.has(own);
  const others = meaningsOf(word, isKnown ? weights.synonym : weights.translated, vocabulary);
  if (isKnown) {
    const synonyms = others.filter(({ stems }) => stems.join() !== own);
    return [{ alternatives: [{ stems: [own], weight: weights.itself }, ...synonyms] }];
  }
  if (others.length > 0) return [{ alternatives: others }];
  const parts = splitJoined(word, vocabulary);
  if (parts !== undefined) return parts.flatMap((part) => latinNotions(part, vocabulary));
  return [{ alternatives: guesses(own, vocabulary) }];
}

/** Endings under which other languages hide a word that is in the table. */
const foreignEndings = ['en', 'er', 'es', 'em', 'n', 'e', 's', 'a', 'o', 'r'];

/** The first in a row is meant the most. */
function meaningsOf(word: string, weight: number, vocabulary: Vocabulary): Alternative[] {
  const { meanings } = thesaurus();
  let found = meanings.get(word) ?? meanings.get(stem(word));
  for (const ending of foreignEndings) {
    if (found !== undefined || word.length - ending.length < 4) break;
    if (word.endsWith(ending)) found = meanings.get(word.slice(0, -ending.length));
  }
  return (found ?? [])
    .filter((meaning) => meaning.every((one) => vocabulary.has(one)))
    .map((stems, at) => ({ stems, weight: weight * Math.max(0.8, 1 - at * 0.05) }));
}

/** `readfile` → read, file; `Kreisdiagramm` → kreis, diagramm. The longest first part wins. */
function splitJoined(word: string, vocabulary: Vocabulary): [string, string] | undefined {
  const { meanings } = thesaurus();
  const isWord = (part: string): boolean => vocabulary.has(stem(part)) || meanings.has(part);
  for (let at = word.length - 3; at >= 3; at -= 1) {
    const [first, second] = [word.slice(0, at), word.slice(at)];
    if (isWord(first) && isWord(second)) return [first, second];
  }
  return undefined;
}

/** Beginnings and misspellings, the likeliest few. */
function guesses(own: string, vocabulary: Vocabulary): Alternative[] {
  const found: Alternative[] = [];
  if (own.length < minPrefix) return found;
  const allowed = own.length < 8 ? 1 : 2;
  let nearest = allowed + 1;
  for (const candidate of vocabulary.stems()) {
    if (candidate.length > own.length && candidate.length <= own.length + 5 && candidate.startsWith(own))
      found.push({ stems: [candidate], weight: weights.beginning });
    // The beginning of a word is seldom mistyped.
    if (candidate[0] !== own[0] || Math.abs(candidate.length - own.length) > allowed) continue;
    if (candidate.length < 4) continue;
    const distance = editDistance(own, candidate, allowed);
    if (distance > allowed) continue;
    nearest = Math.min(nearest, distance);
    found.push({ stems: [candidate], weight: 0.9 - distance * 0.12 });
  }
  return found
    .sort((a, b) => b.weight - a.weight)
    .slice(0, 4)
    .filter(({ weight }) => weight >= 0.9 - nearest * 0.12 - 0.2);
}

/** Insertions, deletions, replacements and swaps of neighbours. @returns more than `limit` when it is that or more */
export function editDistance(one: string, other: string, limit: number): number {
  let before: number[] = [];
  let last: number[] = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= other.length; column += 1) {
      const cost = one[row - 1] === other[column - 1] ? 0 : 1;
      let value = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + cost);
      if (row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1])
        value = Math.min(value, before[column - 2]! + 1);
      current.push(value);
      if (value < least) least = value;
    }
    if (least > limit) return limit + 1;
    before = last;
    last = current;
  }
  return last[other.length]!;
}

function withoutRepeats(notions: readonly Notion[]): Notion[] {
  const seen = new Set<string>();
  return notions.filter(({ alternatives }) => {
    const key = alternatives.map(({ stems }) => stems.join('+')).join();
    if (key === '') return true;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
