/**
 * model/call — one call of a client on its way through the rooms, and how it ends.
 *
 * Knows nothing of: eras' wire shapes. An answer is written by downstream/ alone.
 */
import type { Cancellation, JsonObject } from '../base/index.ts';
import {
  type LogLevel,
  logLevels,
  methodNotFound,
  type RawJson,
  type RpcErrorObject,
} from '../protocol/index.ts';
import type { Caller } from './caller.ts';

/** How a call ends when somebody answered it. Results stay bytes until someone needs to look. */
export type Answer =
  | { readonly kind: 'result'; readonly result: RawJson }
  | { readonly kind: 'error'; readonly error: RpcErrorObject };

/** Is `level` at least as severe as `threshold`? */
export function reachesLevel(level: LogLevel, threshold: LogLevel): boolean {
  return logLevels.indexOf(level) >= logLevels.indexOf(threshold);
}

export type AskMethod = 'elicitation/create' | 'sampling/createMessage' | 'roots/list';
export const askMethods: readonly AskMethod[] = [
  'elicitation/create',
  'sampling/createMessage',
  'roots/list',
];

/** What a server wants from the client in the middle of a call. */
export interface Ask {
  readonly method: AskMethod;
  readonly params: RawJson | undefined;
  /** What the server itself calls this ask, when that is a word: modern clients see the ask under it. */
  readonly key?: string;
}

export type AskReply =
  | { readonly kind: 'result'; readonly result: RawJson }
  | { readonly kind: 'error'; readonly error: RpcErrorObject }
  /** The client was not reached: the call that carried the ask is over, or nobody listens. Another call may carry it. */
  | { readonly kind: 'unanswered'; readonly reason: string };

/** The reply to a server that asks for something its client did not declare. */
export function cannotAsk(ask: Ask, missing: JsonObject): AskReply {
  return {
    kind: 'error',
    error: {
      code: methodNotFound,
      message: `the client cannot answer ${ask.method}`,
      data: { requiredCapabilities: missing },
    },
  };
}

/**
 * What a call carries down with it: who waits, and the way back for everything a server says before it answers.
 * It is handed down as an argument; no room calls upwards.
 */
export interface CallScope {
  /** The same in every log line about this call. */
  readonly callId: string;
  readonly caller: Caller;
  /** The client gave up, or its stream is gone (modern era). */
  readonly cancellation: Cancellation;
  /** The client gave a progress token. */
  readonly wantsProgress: boolean;
  /** The lowest severity of log messages the client wants during this call; undefined = none. */
  readonly logLevel: LogLevel | undefined;
  /** Epoch ms until which the call waits for its client to come back; undefined while the client waits for the call. */
  readonly waitsUntil?: number | undefined;
  /** How often the server said how far it is. */
  readonly progressCount?: number;
  /** Monotonic ms of the first word that the server said in mid-call; 0: none. */
  readonly firstToldAt?: number;
  /** What it asked the client in mid-call, and what came back: `elicitation:accept`. */
  readonly asksAnswered?: string[] | undefined;
  /** Passes on a notification of the server that belongs to this call. Progress comes without its token. */
  tell(method: string, params: RawJson): void;
  /**
   * Puts an ask to the client that caused it.
   * Answers with an error when the client did not declare that it can, as `unanswered` when the call ends before the
   * client could answer.
   */
  ask(ask: Ask, cancellation: Cancellation): Promise<AskReply>;
}
