/**
 * transports/errors — what can go wrong on a wire to a server, or with its process.
 *
 * `server` is always the name a person gave it.
 */
import { defineErrors, shellQuote } from '../base/index.ts';

export const transportError = defineErrors('transports', {
  command_not_found: {
    kind: 'invalid',
    // A command with a slash is a file, and PATH has no say in it.
    says: (f) =>
      `server "${f.server}": ${f.file === undefined ? `command "${f.command}" was not found in PATH (${f.path})` : `there is no program ${f.file}`}`,
    hint: (f) => f.hint as string | undefined,
  },
  spawn_failed: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `server "${f.server}" could not be started: ${f.reason}`,
    hint: (f) => f.hint as string | undefined,
  },
  exited: {
    kind: 'unavailable',
    retry: 'unknown',
    says: (f) => `server "${f.server}" ended (${f.how})${f.stderr ? `; it last said: ${f.stderr}` : ''}`,
    hint: (f) => `see: mcpmux logs ${shellQuote(f.server)}`,
  },
  cancelled: {
    kind: 'cancelled',
    retry: 'unknown',
    says: (f) => `the call to server "${f.server}" was cancelled`,
  },
  closed: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `the connection to server "${f.server}" is closed`,
  },
  session_lost: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `server "${f.server}" no longer knows our session`,
  },
  busy: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `server "${f.server}" does not keep up: ${f.reason}`,
  },
  unreachable: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `server "${f.server}" cannot be reached: ${f.reason}`,
    hint: (f) => f.hint as string | undefined,
  },
  cut: {
    kind: 'unavailable',
    retry: 'unknown',
    says: (f) =>
      f.opening === undefined
        ? `server "${f.server}" ended the connection before it had answered; the call may have been executed`
        : `server "${f.server}" ended the connection before it had answered ${f.opening}`,
    hint: (f) => f.hint as string | undefined,
  },
  http_refused: {
    kind: 'unavailable',
    retry: 'no',
    says: (f) => `server "${f.server}" answered HTTP ${f.status}${f.detail ? `: ${f.detail}` : ''}`,
    // What web servers say to a POST at a place that has nothing to do with MCP.
    hint: (f) =>
      f.status === 404 || f.status === 405 || f.status === 501
        ? 'check the URL; MCP endpoints often end in /mcp or /sse'
        : undefined,
  },
  rate_limited: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `server "${f.server}" asks for fewer requests (HTTP 429)${f.detail ? `: ${f.detail}` : ''}`,
    hint: (f) => retryHint(f.retryAfterMs),
  },
  overloaded: {
    kind: 'unavailable',
    retry: 'unknown',
    says: (f) => `server "${f.server}" is overloaded (HTTP ${f.status})${f.detail ? `: ${f.detail}` : ''}`,
    hint: (f) => retryHint(f.retryAfterMs),
  },
  needs_sign_in: {
    kind: 'unauthenticated',
    retry: 'safe',
    says: (f) =>
      f.isTokenRefused === true
        ? `server "${f.server}" cannot be used: ${f.reason}`
        : `server "${f.server}" asks for sign-in${f.reason ? `: ${f.reason}` : ''}`,
    hint: (f) =>
      f.isTokenRefused === true
        ? `see what each step finds: mcpmux auth doctor ${shellQuote(f.server)}`
        : `run: mcpmux login ${shellQuote(f.server)}`,
  },
  permission_refused: {
    kind: 'denied',
    says: (f) => `server "${f.server}" does not let us in: ${f.reason}`,
    hint: (f) =>
      `ask for the permission at its provider, or sign in as somebody else: mcpmux login ${shellQuote(f.server)}`,
  },
  credentials_refused: {
    kind: 'unauthenticated',
    says: (f) => `server "${f.server}" refused the configured credentials (HTTP ${f.status})`,
    hint: (f) => `check the Authorization header given to: mcpmux add ${shellQuote(f.server)}`,
  },
  not_mcp: {
    kind: 'invalid',
    says: (f) => `"${f.server}" does not speak MCP: ${f.reason}`,
    hint: () => 'check the URL or command; MCP endpoints often end in /mcp or /sse',
  },
  bad_answer: {
    kind: 'unavailable',
    retry: 'unknown',
    says: (f) => `server "${f.server}" sent an answer that is not valid JSON-RPC: ${f.reason}`,
  },
  too_large: {
    kind: 'too-large',
    retry: 'unknown',
    says: (f) => `server "${f.server}" sent a message larger than ${f.limitBytes} bytes`,
  },
  flooded: {
    kind: 'unavailable',
    says: (f) => `server "${f.server}" was stopped: ${f.reason}`,
    hint: (f) => `see: mcpmux logs ${shellQuote(f.server)}`,
  },
  bad_url: { kind: 'invalid', says: (f) => `"${f.url}" cannot be used as a server URL: ${f.reason}` },
  bad_header: { kind: 'invalid', says: (f) => `header "${f.header}" cannot be used: ${f.reason}` },
});

function retryHint(retryAfterMs: unknown): string | undefined {
  return typeof retryAfterMs === 'number' ? `try again in ${Math.ceil(retryAfterMs / 1_000)} s` : undefined;
}
