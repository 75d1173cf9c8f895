/**
 * catalogue/search/tool-index — which tools hold which words, and how well a tool fits what was asked.
 *
 *     score     = sum over notions: rarity × how strongly the tool holds the word × how sure the word is
 *     covered   = the share of the request (by rarity) that the tool speaks of
 *     the score counts the more, the more is covered, and the less of the tool's name was not asked for;
 *     of two that fit alike, the one that only reads comes first
 *
 * Knows nothing of: where tools come from, who may see them.
 */
import { Turn } from '../../protocol/index.ts';
import type { Target } from '../view.ts';
import { type Notion, notionsOf, type Vocabulary } from './query.ts';
import { type SearchedText, searchedTextOf } from './searched-text.ts';

export interface ToolHit {
  readonly target: Target;
  /** Comparable within one search only. */
  readonly score: number;
  /** 0–1. */
  readonly covered: number;
}

interface Posting {
  readonly at: number;
  readonly weight: number;
}

/** Half of the full strength, in the weights of searched-text. */
const saturation = 2;
/** From this weight on the tool is about the word. */
const fullStrength = 2;

export class ToolIndex implements Vocabulary {
  readonly #targets: readonly Target[];
  readonly #texts: readonly SearchedText[];
  readonly #postings: ReadonlyMap<string, readonly Posting[]>;

  private constructor(
    targets: readonly Target[],
    texts: readonly SearchedText[],
    postings: ReadonlyMap<string, readonly Posting[]>,
  ) {
    this.#targets = targets;
    this.#texts = texts;
    this.#postings = postings;
  }

  /** Reads the tools in turns of the event loop. */
  static async of(targets: readonly Target[]): Promise<ToolIndex> {
    const postings = new Map<string, Posting[]>();
    const texts: SearchedText[] = [];
    const turn = new Turn();
    for (const [at, target] of targets.entries()) {
      if (turn.isOver) await turn.next();
      const text = searchedTextOf(target);
      texts.push(text);
      for (const [stem, weight] of text.weights) {
        const list = postings.get(stem);
        if (list === undefined) postings.set(stem, [{ at, weight }]);
        else list.push({ at, weight });
      }
    }
    return new ToolIndex(targets, texts, postings);
  }

  has(stem: string): boolean {
    return this.#postings.has(stem);
  }

  stems(): Iterable<string> {
    return this.#postings.keys();
  }

  /** Best first. */
  search(query: string): ToolHit[] {
    const notions = notionsOf(query, this);
    if (notions.length === 0) return [];
    const scores = new Map<number, { score: number; covered: number; hits: Set<string> }>();
    let whole = 0;
    for (const notion of notions) {
      const rarity = this.#rarityOf(notion);
      whole += rarity;
      for (const [at, { strength, stems, fit }] of this.#fits(notion)) {
        let entry = scores.get(at);
        if (entry === undefined) {
          entry = { score: 0, covered: 0, hits: new Set() };
          scores.set(at, entry);
        }
        entry.score += fit;
        entry.covered += rarity * strength;
        for (const stem of stems) entry.hits.add(stem);
      }
    }
    const hits: ToolHit[] = [];
    for (const [at, { score, covered, hits: found }] of scores) {
      const { name, isReadOnly } = this.#texts[at]!;
      const asked = name.length === 0 ? 0 : name.filter((stem) => found.has(stem)).length / name.length;
      const share = covered / whole;
      hits.push({
        target: this.#targets[at]!,
        score: score * (0.35 + 0.65 * share) * (0.75 + 0.5 * asked) * (isReadOnly ? 1.03 : 1),
        covered: share,
      });
    }
    // Equal scores: in the order of the list, so that the answer is always the same.
    return hits.sort((a, b) => b.score - a.score);
  }

  /** Of each tool that speaks of the notion: by its best alternative. */
  #fits(notion: Notion): Map<number, { fit: number; strength: number; stems: readonly string[] }> {
    const best = new Map<number, { fit: number; strength: number; stems: readonly string[] }>();
    for (const { stems, weight } of notion.alternatives) {
      const lists = stems.map((stem) => this.#postings.get(stem) ?? []);
      const rarity = Math.min(...stems.map((stem) => this.#rarity(stem)));
      for (const posting of lists[0] ?? []) {
        let held = posting.weight;
        for (const other of lists.slice(1)) held = Math.min(held, weightAt(other, posting.at));
        if (held === 0) continue;
        const fit = (rarity * weight * held) / (held + saturation);
        const before = best.get(posting.at);
        if (before !== undefined && before.fit >= fit) continue;
        best.set(posting.at, { fit, strength: weight * Math.min(1, held / fullStrength), stems });
      }
    }
    return best;
  }

  /** A notion that no tool knows is as rare as can be: what was asked for is not here. */
  #rarityOf({ alternatives }: Notion): number {
    const first = alternatives[0];
    if (first === undefined) return this.#rarityFor(0);
    if (first.weight === 1) return this.#rarity(first.stems[0] as string);
    let least = Number.POSITIVE_INFINITY;
    for (const { stems } of alternatives)
      least = Math.min(least, Math.max(...stems.map((stem) => this.#rarity(stem))));
    return least;
  }

  #rarity(stem: string): number {
    return this.#rarityFor(this.#postings.get(stem)?.length ?? 0);
  }

  #rarityFor(tools: number): number {
    return Math.log(1 + (this.#targets.length - tools + 0.5) / (tools + 0.5));
  }
}

function weightAt(postings: readonly Posting[], at: number): number {
  let low = 0;
  let high = postings.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const posting = postings[middle]!;
    if (posting.at === at) return posting.weight;
    if (posting.at < at) low = middle + 1;
    else high = middle - 1;
  }
  return 0;
}
