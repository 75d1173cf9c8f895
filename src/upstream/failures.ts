/**
 * upstream/failures — what the end of a wire means, and which failures are worth another attempt.
 *
 * Pure. Knows nothing of: the machine that asks.
 */

import { isMcpMuxError, type McpMuxError } from '../base/index.ts';
import type { Launch } from '../model/index.ts';
import type { ClosedReason } from '../transports/index.ts';
import { transportError } from '../transports/index.ts';
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
        stderr: reason.lastStderr.at(-1),
      });
    case 'session-lost':
      return transportError('session_lost', { server });
    case 'failed':
      return reason.error;
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
    case 'upstream.input_missing':
      return { retry: 'final' };
    case 'transports.spawn_failed':
      return { retry: error.facts['isForWantOfRoom'] === true ? 'soon' : 'limited' };
    case 'transports.http_refused': {
      const status = Number(error.facts['status']);
      // 501: it knows no POST, so it is no MCP server, and will be none in a second.
      const mayPass = (status >= 500 && status !== 501) || status === 429 || status === 408;
      return { retry: mayPass ? 'soon' : 'final' };
    }
    case 'transports.unreachable':
    case 'transports.session_lost':
    case 'transports.cut':
    case 'transports.rate_limited':
    case 'transports.overloaded':
    case 'sign-in.unavailable':
    case 'sign-in.lease_timeout':
      return { retry: 'soon' };
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
