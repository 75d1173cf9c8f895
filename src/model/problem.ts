/**
 * model/problem — what needs a person: what it is, why, the one thing that mends it, since when. And in which order it is told.
 *
 * Knows nothing of: who finds problems (sources), who shows them.
 */

/** The most harm first: somebody waits, then what does not work, then what works in part, then what one should know. */
export const problemHarms = [
  'waits',
  'failed',
  'sign-in',
  'configuration',
  'held',
  'waiting',
  'access',
  'limits',
  'note',
] as const;

export type ProblemHarm = (typeof problemHarms)[number];

/** The one thing that mends it. */
export interface ProblemFix {
  /** For a person, as a sentence or a command. */
  readonly says: string;
  /** What can be typed as it is. */
  readonly command?: string | undefined;
  /** The same as a verb of the admin API: the id of a route and its parameters. */
  readonly act?: { readonly route: string; readonly params: Readonly<Record<string, string>> } | undefined;
}

/** As its source tells it. */
export interface FoundProblem {
  /** The same as long as it is the same problem: `server:<id>:failed`. */
  readonly id: string;
  /** `<room>.<what>`; of the error behind it where there is one. */
  readonly code: string;
  readonly harm: ProblemHarm;
  readonly about: {
    readonly kind: 'daemon' | 'server' | 'client' | 'call' | 'feature';
    readonly id?: string | undefined;
    /** As a person types it. */
    readonly name?: string | undefined;
  };
  /** A few words with the name in it: `postgres failed`. */
  readonly title: string;
  /** Why, in one sentence. */
  readonly cause?: string | undefined;
  /** Epoch ms. Where the source does not know, it is when the list heard of it first. */
  readonly since?: number | undefined;
  /** Epoch ms until which somebody waits. */
  readonly until?: number | undefined;
  readonly fix?: ProblemFix | undefined;
}

export interface Problem extends FoundProblem {
  readonly since: number;
}

/** Where problems come from. Register it with the list; tell the list when something may have changed. */
export interface ProblemSource {
  readonly name: string;
  /** All of its problems, now. Quick: it is asked whenever somebody looks. */
  find(): readonly FoundProblem[] | Promise<readonly FoundProblem[]>;
}

/** The one list. Status, doctor, pages, agents and alerts read it, and decide nothing themselves. */
export interface Problems {
  list(): Promise<readonly Problem[]>;
  /** @returns the end of it */
  register(source: ProblemSource): () => void;
  /** Something may have changed: it is looked at soon, and told as `observe.problems_changed` when it has. */
  changed(): void;
}

/** The most harm first; of the same harm the daemon before others, who waits for the shortest time, and the oldest first. */
export function orderProblems(problems: readonly Problem[]): Problem[] {
  const rank = (problem: Problem): number => problemHarms.indexOf(problem.harm);
  const isOwn = (problem: Problem): number => (problem.about.kind === 'daemon' ? 0 : 1);
  return [...problems].sort(
    (one, other) =>
      rank(one) - rank(other) ||
      isOwn(one) - isOwn(other) ||
      (one.until ?? Number.MAX_SAFE_INTEGER) - (other.until ?? Number.MAX_SAFE_INTEGER) ||
      one.since - other.since ||
      (one.id < other.id ? -1 : 1),
  );
}

/** The last command of ours that a next step names: `see: mcpmux logs a, then: mcpmux refresh a` gives the refresh. */
export function commandIn(nextStep: string): string | undefined {
  return [...nextStep.matchAll(/\bmcpmux [a-z][^,;()]*/g)].at(-1)?.[0].trim();
}
