/**
 * model/call-record — what is noted of one call: who, what, how long each part took, how it ended. Never what was said in it.
 *
 * A CallRecord is filled on the hot path while the call runs, so it holds references and numbers only. A CallEntry is the
 * same as plain values, made off the hot path, as history stores and shows it.
 */
import type { Caller } from './caller.ts';
import type { Era, Revision } from './era.ts';

/**
 * `tool-error`: the tool said so itself. `error`: the server or we. `refused`: it reached no server. `asked`: a modern
 * server wants input first, and the client comes back.
 */
export const callOutcomes = [
  'ok',
  'tool-error',
  'error',
  'timeout',
  'cancelled',
  'refused',
  'asked',
] as const;

export type CallOutcomeName = (typeof callOutcomes)[number];

/** These are what `status:error` means. */
export const failedOutcomes: readonly CallOutcomeName[] = ['tool-error', 'error', 'timeout', 'refused'];

export class CallRecord {
  readonly callId: string;
  readonly caller: Caller;
  readonly method: string;
  /** Monotonic ms. */
  readonly startedAt: number;
  readonly requestBytes: number;
  server: { readonly id: string; readonly alias: string } | undefined = undefined;
  /** As the client said it. */
  shownName: string | undefined = undefined;
  originalName: string | undefined = undefined;
  legEra: Era | undefined = undefined;
  legRevision: Revision | undefined = undefined;
  spaceId: string | undefined = undefined;
  /** Which rule decided what the caller sees. */
  rule: string | undefined = undefined;
  /** Monotonic ms; 0: it never came so far. */
  sentAt = 0;
  /** The first word that the server said of it before the answer. */
  firstToldAt = 0;
  answeredAt = 0;
  endedAt = 0;
  outcome: CallOutcomeName | undefined = undefined;
  code: string | undefined = undefined;
  /** What the server or we said about the failure, as it is. */
  said: string | undefined = undefined;
  resultBytes = 0;
  progress = 0;
  /** What the server asked its client in mid-call, and what came back: `elicitation:accept`. */
  asks: string[] | undefined = undefined;
  /** W3C trace id, 32 hexadecimal digits. */
  traceId: string | undefined = undefined;

  constructor(callId: string, caller: Caller, method: string, startedAt: number, requestBytes: number) {
    this.callId = callId;
    this.caller = caller;
    this.method = method;
    this.startedAt = startedAt;
    this.requestBytes = requestBytes;
  }
}

/** Told once of each call when it has ended. Quick, and never throws. */
export interface CallObserver {
  ended(record: CallRecord): void;
}

/** Who called: one line of a table that calls point into. */
export interface CallParty {
  readonly principalId: string;
  readonly principalName: string;
  /** The client record behind the principal. */
  readonly clientId: string | undefined;
  /** What the client calls itself. */
  readonly app: string | undefined;
  readonly appVersion: string | undefined;
  readonly folder: string | undefined;
  readonly spaceId: string;
  readonly rule: string | undefined;
  readonly era: Era;
  readonly revision: string;
}

/** What was called. */
export interface CallTarget {
  readonly method: string;
  readonly serverId: string | undefined;
  readonly server: string | undefined;
  readonly originalName: string | undefined;
  readonly shownName: string | undefined;
  readonly era: Era | undefined;
  readonly revision: string | undefined;
}

export interface CallEntry {
  /** Counts up; a gap is a row that was dropped or removed. */
  readonly id: number;
  /** Epoch ms at which it ended. */
  readonly endedAt: number;
  readonly party: CallParty;
  readonly target: CallTarget;
  /** The work session it belongs to. */
  readonly sessionId: number;
  readonly outcome: CallOutcomeName;
  readonly code: string | undefined;
  /** One line, cut and without secrets. */
  readonly said: string | undefined;
  /** Microseconds. Ours is what is left of the total. */
  readonly totalUs: number;
  readonly queueUs: number;
  readonly serverUs: number;
  /** The part of the server's time after its first word. */
  readonly streamUs: number;
  readonly requestBytes: number;
  readonly resultBytes: number;
  readonly asks: readonly string[];
  readonly progress: number;
  readonly traceId: string | undefined;
  /** The same in every log line about this call. */
  readonly callId: string;
}

/** Calls of one app in one folder without a long pause; it survives reconnects and restarts. */
export interface WorkSession {
  readonly id: number;
  readonly principalId: string;
  readonly principalName: string;
  readonly app: string | undefined;
  readonly folder: string | undefined;
  readonly spaceId: string;
  readonly startedAt: number;
  readonly lastAt: number;
  readonly calls: number;
  readonly failures: number;
}

/** What is looked for. Everything that is given must hold; of several values of one field any. */
export interface CallQuery {
  readonly outcomes?: readonly CallOutcomeName[] | undefined;
  readonly party?: ((party: CallParty) => boolean) | undefined;
  readonly target?: ((target: CallTarget) => boolean) | undefined;
  readonly minUs?: number | undefined;
  readonly maxUs?: number | undefined;
  /** Epoch ms of the end. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly sessionId?: number | undefined;
  readonly code?: string | undefined;
  readonly traceId?: string | undefined;
  /** Only older ones than this id. */
  readonly before?: number | undefined;
  readonly limit: number;
}

export interface CallPage {
  /** The newest first. */
  readonly calls: readonly CallEntry[];
  /** For `before` of the next page; undefined when there is none. */
  readonly next: number | undefined;
}

export interface CallHistoryRepository {
  /** The highest ids that were ever stored; 0 = none. */
  lastIds(): Promise<{ readonly call: number; readonly session: number }>;
  /** Writes calls, and the sessions that they changed, in one transaction. A loss of power may cost the youngest. */
  append(calls: readonly CallEntry[], sessions: readonly WorkSession[]): Promise<void>;
  get(id: number): Promise<CallEntry | undefined>;
  /** Gives others a turn between parts of a long search. */
  find(query: CallQuery): Promise<CallPage>;
  sessions(query: {
    readonly since?: number | undefined;
    readonly limit: number;
  }): Promise<readonly WorkSession[]>;
  /**
   * Removes the oldest, at most `atMost` in one go.
   *
   * @param endedBefore epoch ms
   * @param keep        so many of the youngest stay at most
   * @returns how many went
   */
  removeOld(endedBefore: number, keep: number, atMost: number): Promise<number>;
  /** How many there are, by their ids: rows that were dropped count too. */
  span(): Promise<{ readonly oldest: number; readonly newest: number }>;
}
