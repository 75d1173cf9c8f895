/**
 * registry/definition-index — finds definitions by words: whole ones, beginnings, and words that are spelled almost so.
 *
 * Made for thousands of records whose words are much the same: a search adds numbers in one array and sorts the few best.
 * Knows nothing of: what a definition is. It gets texts with weights.
 */

export interface WeightedText {
  readonly text: string;
  readonly weight: number;
}

export interface IndexedRecord {
  readonly texts: readonly WeightedText[];
  /** Multiplies what is found. */
  readonly boost: number;
}

interface Posting {
  readonly record: number;
  weight: number;
}

/** Words that half of all records have: they find nothing, and cost most of the time. */
const everywhere = new Set(
  'a an and for from in is it mcp of on or server servers that the this to with your'.split(' '),
);

/** What a beginning, and a word that is spelled almost so, counts beside a whole word. */
const beginningWorth = 0.6;
const almostWorth = 0.4;

export class DefinitionIndex {
  readonly #postings = new Map<string, Posting[]>();
  readonly #boosts: Float64Array;
  readonly #words: readonly string[];

  constructor(records: readonly IndexedRecord[]) {
    this.#boosts = Float64Array.from(records, ({ boost }) => boost);
    for (const [record, { texts }] of records.entries())
      for (const { text, weight } of texts) for (const word of wordsOf(text)) this.#add(word, record, weight);
    this.#words = [...this.#postings.keys()].sort();
  }

  #add(word: string, record: number, weight: number): void {
    const postings = this.#postings.get(word);
    const last = postings?.at(-1);
    if (postings === undefined) this.#postings.set(word, [{ record, weight }]);
    // A word that stands twice counts once, where it counts most.
    else if (last?.record === record) last.weight = Math.max(last.weight, weight);
    else postings.push({ record, weight });
  }

  /** @returns records, best first: those that have every word; when there are none, those that have any */
  search(query: string): readonly number[] {
    const words = [...new Set(wordsOf(query))];
    if (words.length === 0) return [];
    const total = new Float64Array(this.#boosts.length);
    const has = new Uint8Array(this.#boosts.length);
    for (const word of words) {
      const scores = new Float64Array(this.#boosts.length);
      if (!this.#score(word, scores)) this.#scoreAlmost(word, scores);
      for (let record = 0; record < scores.length; record += 1) {
        const score = scores[record] as number;
        if (score === 0) continue;
        total[record] = (total[record] as number) + score;
        has[record] = (has[record] as number) + 1;
      }
    }
    const most = has.reduce((one, other) => Math.max(one, other), 0);
    const found: number[] = [];
    for (let record = 0; record < total.length; record += 1) {
      if (most === 0 || has[record] !== most) continue;
      total[record] = (total[record] as number) * (this.#boosts[record] as number);
      found.push(record);
    }
    return found.sort((one, other) => (total[other] as number) - (total[one] as number) || one - other);
  }

  /** @returns whether anything has it, or begins with it */
  #score(word: string, scores: Float64Array): boolean {
    let isFound = this.#give(word, 1, scores);
    if (word.length < 2) return isFound;
    for (let at = this.#firstFrom(word); at < this.#words.length; at += 1) {
      const longer = this.#words[at] as string;
      if (!longer.startsWith(word)) break;
      if (longer !== word)
        isFound = this.#give(longer, (beginningWorth * word.length) / longer.length, scores) || isFound;
    }
    return isFound;
  }

  #scoreAlmost(word: string, scores: Float64Array): void {
    const allowed = word.length > 6 ? 2 : word.length > 3 ? 1 : 0;
    if (allowed === 0) return;
    for (const other of this.#words)
      if (Math.abs(other.length - word.length) <= allowed && distance(word, other, allowed) <= allowed)
        this.#give(other, almostWorth, scores);
  }

  #give(word: string, worth: number, scores: Float64Array): boolean {
    const postings = this.#postings.get(word);
    if (postings === undefined) return false;
    const rarity = Math.log(1 + this.#boosts.length / postings.length);
    for (const { record, weight } of postings)
      scores[record] = Math.max(scores[record] as number, worth * rarity * weight);
    return true;
  }

  /** Of the sorted words the first that is not before `word`. */
  #firstFrom(word: string): number {
    let low = 0;
    let high = this.#words.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#words[middle] as string) < word) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Lower case, without accents and the plural's end. */
function wordsOf(text: string): readonly string[] {
  const plain = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  return (plain.match(/[\p{L}\p{N}+#]+/gu) ?? [])
    .filter((word) => !everywhere.has(word))
    .map((word) => (word.length > 3 && /[^su]s$/.test(word) ? word.slice(0, -1) : word));
}

/** Letters to change, add, drop or swap; anything above `allowed` is as good as another. */
function distance(one: string, other: string, allowed: number): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let at = 1; at <= one.length; at += 1) {
    const next = [at];
    let least = at;
    for (let to = 1; to <= other.length; to += 1) {
      const isSame = one[at - 1] === other[to - 1];
      let cost = Math.min(
        (row[to] as number) + 1,
        (next[to - 1] as number) + 1,
        (row[to - 1] as number) + (isSame ? 0 : 1),
      );
      if (at > 1 && to > 1 && one[at - 1] === other[to - 2] && one[at - 2] === other[to - 1])
        cost = Math.min(cost, (before[to - 2] as number) + 1);
      next.push(cost);
      least = Math.min(least, cost);
    }
    if (least > allowed) return least;
    before = row;
    row = next;
  }
  return row[other.length] as number;
}
