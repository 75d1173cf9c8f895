/**
 * cli/stdio-bridge/outcome — how an exchange ended, judged, and told when the client got no answer.
 */
import type { RequestId } from '../../protocol/index.ts';
import { toldFailure } from '../errors.ts';
import { type ExchangeEnd, NoAnswer } from './exchange.ts';

export interface Outcome {
  /** Undefined when there was no answer at all. */
  readonly end: ExchangeEnd | undefined;
  readonly failure: unknown;
  /** Requests that the client still waits for. */
  readonly missing: readonly RequestId[];
}

/** An event stream that ended without the answer. */
export function isBroken({ end, missing }: Outcome): boolean {
  return end?.kind === 'events' && missing.length > 0;
}

/** May the stream of a `subscriptions/listen` be opened again? It does nothing but tell. */
export function isListenBroken(outcome: Outcome): boolean {
  return isBroken(outcome) || outcome.failure instanceof NoAnswer;
}

export interface Explanation {
  readonly message: string;
  readonly next: string | undefined;
}

export function explain({ end, failure }: Outcome): Explanation {
  if (end !== undefined) return explainEnd(end);
  if (!(failure instanceof NoAnswer)) {
    const { message, next } = toldFailure(failure);
    return { message, next };
  }
  return failure.isSafeToRepeat
    ? { message: 'the mcpmux daemon cannot be reached', next: 'mcpmux start' }
    : {
        message:
          'the mcpmux daemon ended the connection before it had answered; the call may have been executed',
        next: undefined,
      };
}

function explainEnd({ status, kind, isCut }: ExchangeEnd): Explanation {
  if (status === 401)
    return {
      message: 'the mcpmux daemon refused the key',
      next: 'mcpmux key create NAME, then set MCPMUX_KEY',
    };
  if (status === 413)
    return { message: 'the message is larger than the mcpmux daemon takes', next: undefined };
  if (status === 404)
    return { message: 'the mcpmux daemon knows no such URL or session', next: 'mcpmux status' };
  if (status >= 400)
    return { message: `the mcpmux daemon refused the message (HTTP ${status})`, next: undefined };
  if (isCut || kind === 'events') {
    return {
      message: 'the answer broke off before its end; the call may have been executed',
      next: undefined,
    };
  }
  return { message: 'the mcpmux daemon answered without an answer to this request', next: undefined };
}
