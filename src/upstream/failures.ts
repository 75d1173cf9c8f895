/**
 * upstream/failures — what the end of a wire means, and which failures are worth another attempt.
 *
 * Pure. Knows nothing of: the machine that asks.
 */

import { isMcpMuxError, type McpMuxError } from '../base/index.ts';
import type { Era, Launch } from '../model/index.ts';
import type { ClosedReason, Transport } from '../transports/index.ts';
import { chooseTellingLines, transportError } from '../transports/index.ts';
import { upstreamError } from './errors.ts';
import type { Failure } from './state-machine.ts';

/** The end of a wire as a failure of the connection. */
export function failureOfClosing(server: string, reason: ClosedReason): McpMuxError {
  switch (reason.kind) {
    case 'asked':
      return transportError('closed', { server });
    case 'exited':
      return transportError('exited', {
        server,
        how: reason.signal !== null ? `signal ${reason.signal}` : `exit code ${reason.exitCode}`,
        ...stderrFacts(reason.lastStderr),
      });
    case 'session-lost':
      return transportError('session_lost', { server });
    case 'failed':
      return reason.error;
  }
}

/** What a process said last: the line that tells most for the message, some around it to be shown. */
function stderrFacts(lines: readonly string[]): { stderr?: string; stderrLines?: string } {
  const { telling, shown } = chooseTellingLines(lines);
  return telling === undefined ? {} : { stderr: telling, stderrLines: shown.join('\n') };
}

/** A server that is silent, or refuses, may have said why on stderr. */
export function withStderr(error: unknown, lines: readonly string[]): unknown {
  if (!isMcpMuxError(error) || lines.length === 0) return error;
  const facts = { ...error.facts, ...stderrFacts(lines) };
  switch (error.code) {
    case 'upstream.timed_out':
      return upstreamError('timed_out', facts, error.cause);
    case 'upstream.connect_timed_out':
      return upstreamError('connect_timed_out', facts, error.cause);
    case 'upstream.refused':
      return upstreamError('refused', facts, error.cause);
    default:
      return error;
  }
}

/** The end of a wire as the failure of a request that was on its way. */
export function failureOfRequest(server: string, reason: ClosedReason): McpMuxError {
  // What the server refused for want of a session was told before; of the rest nobody knows how far it came.
  return reason.kind === 'session-lost'
    ? transportError('cut', { server })
    : failureOfClosing(server, reason);
}

/** Which failures are worth another attempt, and how many. */
export function classifyFailure(error: McpMuxError): Failure {
  switch (error.code) {
    case 'transports.command_not_found':
    case 'transports.bad_url':
    case 'transports.bad_header':
    case 'transports.not_mcp':
    case 'upstream.wrong_era':
    case 'transports.credentials_refused':
    case 'upstream.secret_unresolved':
    case 'store.sealed_damaged':
    case 'store.locked':
    case 'store.row_damaged':
    case 'upstream.input_missing':
      return { retry: 'final' };
    case 'transports.spawn_failed':
      if (error.facts['isFinal'] === true) return { retry: 'final' };
      return { retry: error.facts['isForWantOfRoom'] === true ? 'soon' : 'limited' };
    case 'transports.http_refused': {
      const status = Number(error.facts['status']);
      // 501: it knows no POST, so it is no MCP server, and will be none in a second.
      const mayPass = (status >= 500 && status !== 501) || status === 429 || status === 408;
      return { retry: mayPass ? 'soon' : 'final' };
    }
    case 'transports.unreachable':
    // Why it is gone, the next attempt finds out.
    case 'upstream.gone':
    case 'transports.session_lost':
    case 'transports.cut':
    case 'sign-in.unavailable':
    case 'sign-in.lease_timeout':
      return { retry: 'soon' };
    case 'transports.rate_limited':
    case 'transports.overloaded': {
      const { retryAfterMs } = error.facts;
      return { retry: 'soon', ...(typeof retryAfterMs === 'number' && { retryAfterMs }) };
    }
    default:
      return { retry: 'limited' };
  }
}

/** Does this failure say that the server does not speak the era it was addressed in? */
export function isRefusalOfEra(error: unknown, launch: Launch): boolean {
  if (isMcpMuxError(error, 'upstream.wrong_era') || isMcpMuxError(error, 'transports.not_mcp')) return true;
  if (isMcpMuxError(error, 'transports.http_refused')) {
    const status = Number(error.facts['status']);
    // 401, 403 and 5xx say nothing about the era.
    return status >= 400 && status < 500 && status !== 401 && status !== 403 && status !== 429;
  }
  // A stdio server of the other era may answer what cannot be read.
  return launch.kind === 'stdio' && isMcpMuxError(error, 'transports.bad_answer');
}

/** What a handshake that failed says of the era it was tried in. */
export type EraEvidence =
  /** The server does not speak it. */
  | 'refused'
  /** Nothing: the other era is tried on the same attempt, and no verdict is kept. */
  | 'none'
  /** Nothing, and another try would end like this one: nobody is there, a person must sign in, it wants to be left alone. */
  | 'stop';

/**
 * Judges the failure of a handshake.
 *
 * A legacy server may meet the modern first request with silence or with any error, so whatever it did, `initialize` is
 * tried, too. What failed in the legacy handshake has no other era to fall back to.
 *
 * @see MCP 2026-07-28, basic/versioning
 */
export function judgeHandshake(error: unknown, launch: Launch, era: Era): EraEvidence {
  if (isMcpMuxError(error, 'upstream.ended_at_probe') || isRefusalOfEra(error, launch)) return 'refused';
  if (era !== 'modern' || launch.kind !== 'http' || !isMcpMuxError(error)) return 'stop';
  switch (error.code) {
    case 'transports.bad_answer':
    case 'transports.cut':
    case 'upstream.timed_out':
    case 'upstream.connect_timed_out':
      return 'none';
    case 'transports.overloaded':
      return error.facts['retryAfterMs'] === undefined ? 'none' : 'stop';
    case 'transports.http_refused':
    case 'transports.credentials_refused': {
      const status = Number(error.facts['status']);
      return status >= 500 || status === 403 ? 'none' : 'stop';
    }
    default:
      return 'stop';
  }
}

/** One try of an attempt that failed. */
export interface FailedTry {
  readonly wire: Transport['wire'];
  readonly era: Era;
  readonly error: unknown;
  readonly evidence: EraEvidence;
}

/**
 * The failure that tells a person most, of those of one attempt in the order of the tries.
 *
 * The last one alone says "not here" of a wire that the server never had, and hides what it said on the wire that it has.
 */
export function mostTelling(tries: readonly FailedTry[]): unknown {
  const last = tries.at(-1);
  if (last === undefined || last.wire === 'stdio' || (last.wire === 'sse' && last.evidence === 'stop'))
    return last?.error;
  const onHttp = tries.filter(({ wire }) => wire !== 'sse');
  const [legacy, modern] = [
    onHttp.find(({ era }) => era === 'legacy'),
    onHttp.find(({ era }) => era === 'modern'),
  ];
  // Silent or broken when asked in the modern era, and a clean refusal of the other: a modern server with trouble.
  if (modern?.evidence === 'none' && isMcpMuxError(legacy?.error, 'upstream.wrong_era')) return modern.error;
  const telling = [legacy, modern].find((tried) => tried !== undefined && !saysNotHere(tried.error));
  return (telling ?? tries[0] ?? last).error;
}

/** What a web server says of a place or a method that it does not know. */
function saysNotHere(error: unknown): boolean {
  if (!isMcpMuxError(error, 'transports.http_refused')) return false;
  const status = Number(error.facts['status']);
  return status === 404 || status === 405 || status === 501;
}
