/**
 * observe/alerts/alerts — brings what needs a person to where they are: a webhook, or a program of theirs.
 *
 *     problem appears ─→ told once ─delivery fails→ again after 5 s, 30 s, 2 min ─→ given up, and listed as a problem
 *     problem goes, comes back within 10 min ─→ not told again
 *
 * In: the list of problems as it changes. Owns: what was told, and the rate.
 * Knows nothing of: what a problem is, how a message travels.
 */
import { type Clock, type Closeable, describeError, type Logger, type Timer } from '../../base/index.ts';
import type { DomainEvents, FoundProblem, Problem, ProblemHarm, ProblemSource } from '../../model/index.ts';

/** Waiting and limits mend themselves, notes were there at the start. */
const told: ReadonlySet<ProblemHarm> = new Set([
  'waits',
  'failed',
  'sign-in',
  'configuration',
  'held',
  'access',
]);
const quietMs = 10 * 60_000;
const perMinute = 10;
const retryAfterMs = [5_000, 30_000, 120_000];
/** What cannot be told now waits; more than this is an outage that nobody reads one by one. */
const mostWaiting = 100;

export interface Alert {
  readonly title: string;
  readonly cause: string | undefined;
  /** The one next step. */
  readonly next: string | undefined;
  readonly problem: Problem;
}

export interface AlertChannel {
  /** For people: `the webhook hooks.example`. */
  readonly name: string;
  /** Settles within a deadline of its own. @throws when it was not delivered */
  deliver(alert: Alert): Promise<void>;
}

interface Waiting {
  readonly channel: AlertChannel;
  readonly alert: Alert;
  readonly attempt: number;
}

export interface AlertsOptions {
  readonly channels: readonly AlertChannel[];
  readonly events: DomainEvents;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What cannot be delivered is a problem, too. */
  readonly changed: () => void;
}

export class Alerts implements Closeable, ProblemSource {
  readonly name = 'alerts';
  readonly #options: AlertsOptions;
  readonly #unsubscribe: () => void;
  /** Problem → when it was last there. */
  readonly #known = new Map<string, number>();
  readonly #timers = new Set<Timer>();
  readonly #failing = new Map<string, { readonly since: number; readonly reason: string }>();
  #sentAt: number[] = [];
  #suppressed = 0;
  #waiting = 0;

  constructor(options: AlertsOptions) {
    this.#options = options;
    this.#unsubscribe = options.events.subscribe(({ event }) => {
      if (event.type === 'observe.problems_changed') this.#look(event.problems);
    });
  }

  find(): readonly FoundProblem[] {
    return [...this.#failing].map(([name, { since, reason }]) => ({
      id: `alerts:${name}`,
      code: 'observe.alert_failed',
      harm: 'limits',
      about: { kind: 'daemon' },
      title: `alerts do not reach ${name}`,
      cause: reason,
      since,
      fix: { says: 'check the settings: mcpmux config show', command: 'mcpmux config show' },
    }));
  }

  close(): void {
    this.#unsubscribe();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #look(problems: readonly Problem[]): void {
    const now = this.#options.clock.now();
    for (const problem of problems) {
      if (!told.has(problem.harm)) continue;
      const lastThere = this.#known.get(problem.id);
      this.#known.set(problem.id, now);
      if (lastThere === undefined) this.#tell(problem, now);
    }
    const present = new Set(problems.map(({ id }) => id));
    for (const [id, at] of this.#known) if (!present.has(id) && now - at > quietMs) this.#known.delete(id);
  }

  #tell(problem: Problem, now: number): void {
    this.#sentAt = this.#sentAt.filter((at) => now - at < 60_000);
    if (this.#sentAt.length >= perMinute) {
      this.#suppressed += 1;
      this.#options.logger.warn(
        { problem: problem.id, suppressed: this.#suppressed },
        'too many alerts in a minute',
      );
      return;
    }
    this.#sentAt.push(now);
    const { title, cause, fix } = problem;
    const alert = { title, cause, next: fix?.command ?? fix?.says, problem };
    for (const channel of this.#options.channels) void this.#deliver({ channel, alert, attempt: 0 });
  }

  async #deliver({ channel, alert, attempt }: Waiting): Promise<void> {
    const { logger, clock, changed } = this.#options;
    try {
      await channel.deliver(alert);
      if (this.#failing.delete(channel.name)) changed();
    } catch (error) {
      const reason = describeError(error);
      const pauseMs = retryAfterMs[attempt];
      if (pauseMs === undefined || this.#waiting >= mostWaiting) {
        logger.warn(
          { channel: channel.name, problem: alert.problem.id, error: reason },
          'an alert was given up',
        );
        if (!this.#failing.has(channel.name)) {
          this.#failing.set(channel.name, { since: clock.now(), reason });
          changed();
        }
        return;
      }
      this.#waiting += 1;
      const timer = clock.after(pauseMs, () => {
        this.#timers.delete(timer);
        this.#waiting -= 1;
        void this.#deliver({ channel, alert, attempt: attempt + 1 });
      });
      this.#timers.add(timer);
    }
  }
}
