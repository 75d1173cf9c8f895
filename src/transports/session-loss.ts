/**
 * transports/session-loss — has the server forgotten our session?
 *
 * The specification says HTTP 404, and servers say it in many ways: 400 "Invalid session ID", 400 "Server not initialized",
 * 401 "Session not found", 410, 422, 503. Whoever says so has not begun what was asked.
 * Pure. Knows nothing of: what is done then.
 *
 * @see MCP 2025-11-25, basic/transports, "Session Management"
 */
import { isMcpMuxError, type McpMuxError } from '../base/index.ts';

const namesSession = /\bsession(?:s|[-_ ]?id)?\b/i;
const isUnusable =
  /not[- ]found|not (?:exist|valid|known|recogni[sz]ed|active)|n't exist|no (?:valid|such|active|longer|known)|unknown|unrecogni[sz]ed|invalid|expired|missing|terminated|closed|required|lost|gone|stale/i;
const isUninitialized = /\b(?:not|never)(?: yet)?(?: been)? initiali[sz]ed\b|\buninitiali[sz]ed\b/i;

/** What a refusal says of the session that the request was sent on. */
export interface SessionRefusal {
  readonly status: number;
  /** The refusal's own words. */
  readonly detail: string;
  /** The refusal is a JSON-RPC error. */
  readonly isJsonRpc: boolean;
  /** The refusal asks for credentials in a header. */
  readonly hasChallenge: boolean;
}

/** Judges a refusal of a request that was sent on a session. */
export function saysSessionLost({ status, detail, isJsonRpc, hasChallenge }: SessionRefusal): boolean {
  if (status === 404 || status === 410) return true;
  if (hasChallenge || status === 429 || status < 400) return false;
  if (isUninitialized.test(detail)) return true;
  if (!namesSession.test(detail)) return false;
  return isUnusable.test(detail) || (status === 400 && isJsonRpc);
}

/**
 * Did this request fail because the server has forgotten our session? Then it never began, and it can be sent again on a
 * new session. The wire ends right after it.
 */
export function isSessionLost(error: unknown): error is McpMuxError {
  return isMcpMuxError(error, 'transports.session_lost');
}

/**
 * Was this request refused on a session in a way that a forgotten session would explain, though nothing says so? One new
 * `initialize` decides. A status of 5xx does not prove that the request never began.
 */
export function mayBeSessionLost(error: unknown): error is McpMuxError {
  if (!isMcpMuxError(error) || error.facts['wasOnSession'] !== true) return false;
  const status = Number(error.facts['status']);
  return (
    status === 500 || status === 503 || (status >= 400 && status < 500 && !isAboutTheRequest.has(status))
  );
}

/** They say what is wrong with the request or with who asks, and that is not the session. */
const isAboutTheRequest: ReadonlySet<number> = new Set([
  401, 402, 403, 405, 406, 407, 408, 411, 413, 414, 415, 429, 431,
]);
