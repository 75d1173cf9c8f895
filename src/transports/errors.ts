/**
 * transports/errors — what can go wrong on a wire to a server, or with its process.
 *
 * `server` is always the name a person gave it.
 */
import { defineErrors, shellQuote } from '../base/index.ts';

export const transportError = defineErrors('transports', {
  command_not_found: {
    why: 'Programs that are started from a desktop see fewer folders than a terminal does; the daemon looks where your login shell looks.',
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
    why: 'The program ended by itself. What it last wrote to stderr is mostly the reason.',
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
    why: 'Nothing answered at its address: it does not run, the address is wrong, or the network in between is down.',
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `server "${f.server}" cannot be reached: ${f.reason}`,
    hint: (f) => f.hint as string | undefined,
  },
  cut: {
    why: 'Whoever is at the other end, or a proxy in between, closed the connection in the middle of an answer.',
    kind: 'unavailable',
    retry: 'unknown',
    says: (f) =>
      f.opening === undefined
        ? `server "${f.server}" ended the connection before it had answered; the call may have been executed`
        : `server "${f.server}" ended the connection before it had answered ${f.opening}`,
    hint: (f) => f.hint as string | undefined,
  },
  http_refused: {
    why: 'The address is reached, and what answers there does not take what we send.',
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
    why: 'The server counts requests and has had more than it allows. It is tried again by itself when the time it named is over.',
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
    why: 'It wants a person to sign in, or what was signed in with has ended and could not be renewed.',
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
    why: 'A header that you gave is sent with every request, and the server does not accept what is in it.',
    kind: 'unauthenticated',
    says: (f) => `server "${f.server}" refused the configured credentials (HTTP ${f.status})`,
    hint: (f) => `check the Authorization header given to: mcpmux add ${shellQuote(f.server)}`,
  },
  not_mcp: {
    why: 'Something answers, and not in MCP: a web page, another API, a program that writes plain text to stdout.',
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
    why: 'One message would have taken more memory than all of them may take together.',
    kind: 'too-large',
    retry: 'unknown',
    says: (f) => `server "${f.server}" sent a message larger than ${f.limitBytes} bytes`,
  },
  flooded: {
    why: 'It sent more than anybody could read, which would have slowed down every other server.',
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
