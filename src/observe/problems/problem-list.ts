/**
 * observe/problems/problem-list — the one list of what needs a person, gathered from its sources.
 *
 * In: sources. Out: the list in order of harm, and an event when it is another one.
 * A source that fails is a problem of its own; it hides none of the others.
 * Knows nothing of: what is a problem. Sources decide that.
 */
import {
  type Clock,
  type Closeable,
  describeError,
  type Logger,
  type Timer,
  withTimeout,
} from '../../base/index.ts';
import {
  type DomainEvents,
  type FoundProblem,
  orderProblems,
  type Problem,
  type ProblemSource,
  type Problems,
} from '../../model/index.ts';

/** Changes come in bursts: a server that fails tells several. */
const settleMs = 100;
/** What tells nothing when it changes, a full disk or a key file that is gone, is looked at so often. */
const lookEveryMs = 10_000;
/** A source that takes longer is left out this time. */
const sourceTimeoutMs = 2_000;

export interface ProblemListOptions {
  readonly clock: Clock;
  readonly events: DomainEvents;
  readonly logger: Logger;
}

export class ProblemList implements Problems, Closeable {
  readonly #clock: Clock;
  readonly #events: DomainEvents;
  readonly #logger: Logger;
  readonly #sources = new Set<ProblemSource>();
  /** When each was heard of first, for those whose source does not know. */
  #firstSeen = new Map<string, number>();
  #told = '[]';
  #settling: Timer | undefined;
  #looking: Timer | undefined;
  #isClosed = false;

  constructor({ clock, events, logger }: ProblemListOptions) {
    this.#clock = clock;
    this.#events = events;
    this.#logger = logger;
  }

  register(source: ProblemSource): () => void {
    this.#sources.add(source);
    this.changed();
    return () => {
      if (this.#sources.delete(source)) this.changed();
    };
  }

  /** From here on changes are told. */
  start(): void {
    this.#lookLater();
    this.changed();
  }

  changed(): void {
    if (this.#isClosed || this.#settling !== undefined) return;
    this.#settling = this.#clock.after(settleMs, () => {
      this.#settling = undefined;
      void this.list();
    });
  }

  async list(): Promise<readonly Problem[]> {
    const found = (await Promise.all([...this.#sources].map((source) => this.#ask(source)))).flat();
    const now = this.#clock.now();
    const firstSeen = new Map<string, number>();
    const problems = orderProblems(
      found.map((problem) => {
        const since = problem.since ?? this.#firstSeen.get(problem.id) ?? now;
        firstSeen.set(problem.id, since);
        return { ...problem, since };
      }),
    );
    this.#firstSeen = firstSeen;
    this.#tell(problems);
    return problems;
  }

  close(): void {
    this.#isClosed = true;
    this.#settling?.cancel();
    this.#looking?.cancel();
  }

  async #ask(source: ProblemSource): Promise<readonly FoundProblem[]> {
    try {
      return await withTimeout(
        this.#clock,
        sourceTimeoutMs,
        Promise.resolve(source.find()),
        () => new Error('it did not answer in time'),
      );
    } catch (error) {
      this.#logger.warn({ source: source.name, error: describeError(error) }, 'problems could not be read');
      return [
        {
          id: `source:${source.name}`,
          code: 'observe.source_failed',
          harm: 'note',
          about: { kind: 'daemon' },
          title: `problems of ${source.name} cannot be read`,
          cause: describeError(error),
          fix: { says: 'see: mcpmux logs --daemon', command: 'mcpmux logs --daemon' },
        },
      ];
    }
  }

  #tell(problems: readonly Problem[]): void {
    const text = JSON.stringify(problems);
    if (text === this.#told || this.#isClosed) return;
    this.#told = text;
    this.#events.publish({ type: 'observe.problems_changed', problems });
  }

  #lookLater(): void {
    if (this.#isClosed) return;
    this.#looking = this.#clock.after(lookEveryMs, () => {
      this.changed();
      this.#lookLater();
    });
  }
}
