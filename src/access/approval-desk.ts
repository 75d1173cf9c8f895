/**
 * access/approval-desk — the calls that wait for a person right now, each answered once.
 *
 *     waiting ─allow→ allowed     waiting ─deny→ denied     waiting ─time is up→ expired ─allow→ late: the next equal call passes once
 *     waiting ─the client leaves→ cancelled
 *
 * An answer is for one call: one client, one definition, these arguments. Who asks too often is refused at once.
 * Owns: the numbers by which people name what waits, the times, the rates.
 * Knows nothing of: rules, how a person is asked, what is stored.
 */
import type { Clock, Timer } from '../base/index.ts';
import type {
  ApprovalOutcome,
  DomainEvents,
  FeatureId,
  PrincipalId,
  ServerId,
  SpaceId,
} from '../model/index.ts';

/** How long a call waits for its person, when nothing else is said. */
export const approvalWaitMs = 60_000;
/** How long an answer that comes too late is kept for the next equal call. */
const lateForMs = 300_000;
/** What has ended is shown this long. */
const shownForMs = 600_000;
const endedAtMost = 200;
/** A person who is asked more often allows without reading. */
export const requestsPerMinute = 10;
export const waitingAtMost = 100;

/** What a person is asked. */
export interface ApprovalWish {
  readonly principalId: PrincipalId;
  readonly client: string;
  readonly spaceId: SpaceId;
  /** Undefined: a tool of our own. */
  readonly serverId: ServerId | undefined;
  readonly serverName: string;
  readonly featureId: FeatureId;
  /** As the client knows it. */
  readonly tool: string;
  /** JSON text. */
  readonly arguments: string;
  /** Why it waits, in words. */
  readonly because: string;
  readonly definitionHash: string;
  /** Of definition and arguments: what the answer is for. */
  readonly hash: string;
}

export interface WaitingCall extends ApprovalWish {
  readonly number: number;
  /** Epoch ms. */
  readonly since: number;
  readonly expiresAt: number;
  /** Undefined while it waits. */
  readonly outcome: ApprovalOutcome | undefined;
}

export type Verdict =
  | { readonly isAllowed: true }
  | { readonly isAllowed: false; readonly outcome: ApprovalOutcome; readonly number: number | undefined };

/** One that waits, for whoever carries its call. */
export interface OpenApproval {
  readonly number: number;
  readonly verdict: Promise<Verdict>;
  settle(outcome: ApprovalOutcome, by: 'client' | 'person'): void;
}

interface Entry {
  call: WaitingCall;
  readonly timer: Timer;
  readonly resolve: (verdict: Verdict) => void;
}

export class ApprovalDesk {
  readonly #clock: Clock;
  readonly #events: DomainEvents;
  readonly #waitMs: number;
  readonly #entries = new Map<number, Entry>();
  /** Answers that came too late, by client and call. */
  readonly #late = new Map<string, number>();
  readonly #asked = new Map<PrincipalId, number[]>();
  #lastNumber = 0;

  constructor(options: { readonly clock: Clock; readonly events: DomainEvents; readonly waitMs?: number }) {
    this.#clock = options.clock;
    this.#events = options.events;
    this.#waitMs = options.waitMs ?? approvalWaitMs;
  }

  get waitMs(): number {
    return this.#waitMs;
  }

  /** Those that wait, the oldest first; with `all` those that have ended lately too. */
  list(all = false): readonly WaitingCall[] {
    return [...this.#entries.values()]
      .map(({ call }) => call)
      .filter(({ outcome }) => all || outcome === undefined);
  }

  find(number: number): WaitingCall | undefined {
    return this.#entries.get(number)?.call;
  }

  /** Was this very call allowed after it had been refused for want of an answer? Uses that up. */
  takeLate(wish: ApprovalWish): boolean {
    const key = lateKey(wish);
    const until = this.#late.get(key);
    if (until === undefined) return false;
    this.#late.delete(key);
    if (until <= this.#clock.now()) return false;
    this.tell(wish, 'late', 'rule');
    return true;
  }

  /** @returns undefined when this client asks too often, or too much waits already */
  open(wish: ApprovalWish): OpenApproval | undefined {
    if (!this.#mayAsk(wish.principalId)) {
      this.tell(wish, 'rate-limited', 'rule');
      return undefined;
    }
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    const since = this.#clock.now();
    const expiresAt = since + this.#waitMs;
    let resolve: (verdict: Verdict) => void = () => {};
    const verdict = new Promise<Verdict>((done) => {
      resolve = done;
    });
    const settle = (outcome: ApprovalOutcome, by: 'client' | 'person'): void => {
      this.#settle(number, outcome, by);
    };
    this.#entries.set(number, {
      call: { ...wish, number, since, expiresAt, outcome: undefined },
      timer: this.#clock.after(this.#waitMs, () => this.#settle(number, 'expired', 'person')),
      resolve,
    });
    this.#events.publish({
      type: 'access.approval_requested',
      number,
      serverId: wish.serverId,
      tool: wish.tool,
      principalId: wish.principalId,
      client: wish.client,
      expiresAt,
    });
    return { number, verdict, settle };
  }

  /** A person answers. @returns what came of it; undefined when nothing of that number can be answered any more */
  answer(number: number, isAllowed: boolean, isAlways = false): ApprovalOutcome | undefined {
    const entry = this.#entries.get(number);
    if (entry === undefined) return undefined;
    if (entry.call.outcome === undefined) {
      const outcome = isAllowed ? (isAlways ? 'allowed-always' : 'allowed') : 'denied';
      this.#settle(number, outcome, 'person');
      return outcome;
    }
    if (entry.call.outcome !== 'expired' || !isAllowed) return undefined;
    this.#late.set(lateKey(entry.call), this.#clock.now() + lateForMs);
    entry.call = { ...entry.call, outcome: 'late' };
    return 'late';
  }

  /** Nobody will answer any more. */
  close(): void {
    for (const [number, { call }] of [...this.#entries])
      if (call.outcome === undefined) this.#settle(number, 'cancelled', 'person');
  }

  /** For who keeps a record of what was allowed and refused. */
  tell(
    wish: ApprovalWish,
    outcome: ApprovalOutcome,
    by: 'client' | 'person' | 'rule',
    number?: number,
  ): void {
    this.#events.publish({
      type: 'access.approval_settled',
      number,
      serverId: wish.serverId,
      tool: wish.tool,
      principalId: wish.principalId,
      client: wish.client,
      outcome,
      by,
    });
  }

  #settle(number: number, outcome: ApprovalOutcome, by: 'client' | 'person'): void {
    const entry = this.#entries.get(number);
    if (entry === undefined || entry.call.outcome !== undefined) return;
    entry.timer.cancel();
    entry.call = { ...entry.call, outcome };
    this.#forgetOld();
    this.tell(entry.call, outcome, by, number);
    entry.resolve(
      outcome === 'allowed' || outcome === 'allowed-always'
        ? { isAllowed: true }
        : { isAllowed: false, outcome, number },
    );
  }

  #forgetOld(): void {
    const ended = [...this.#entries].filter(([, { call }]) => call.outcome !== undefined);
    const from = this.#clock.now() - shownForMs;
    for (const [at, [number, { call }]] of ended.entries())
      if (call.expiresAt < from || at < ended.length - endedAtMost) this.#entries.delete(number);
    for (const [key, until] of this.#late) if (until <= this.#clock.now()) this.#late.delete(key);
  }

  #mayAsk(principalId: PrincipalId): boolean {
    const now = this.#clock.now();
    for (const [id, times] of this.#asked) if ((times.at(-1) ?? 0) <= now - 60_000) this.#asked.delete(id);
    const recent = (this.#asked.get(principalId) ?? []).filter((at) => at > now - 60_000);
    if (recent.length >= requestsPerMinute || this.list().length >= waitingAtMost) return false;
    this.#asked.set(principalId, [...recent, now]);
    return true;
  }
}

function lateKey({ principalId, hash }: ApprovalWish): string {
  return `${principalId}\n${hash}`;
}
