/**
 * transports/http-problems — what a failed connection or a refusing status means, in words and as an error.
 *
 * Pure: it judges, others act.
 * Knows nothing of: sockets, sessions, who asked.
 */

import { isJsonObject, isMcpMuxError, type McpMuxError } from '../base/index.ts';
import { withoutByteOrderMark } from './byte-order-mark.ts';
import { transportError } from './errors.ts';
import type { IncomingHttpHeaders } from './http-fetch.ts';
import { HttpClientError } from './http1/index.ts';
import { sanitizeLogLine } from './sanitize-log-line.ts';
import { saysSessionLost } from './session-loss.ts';

/** Of a refusal's body; more is not read. */
export const maxProblemBytes = 64 * 1024;
/** Of it, what a person gets to see. */
const detailLength = 200;

/** Requests that open a conversation: they execute nothing. */
const openingMethods: ReadonlySet<string | undefined> = new Set(['initialize', 'server/discover']);

/**
 * @param wasSent false: the server never saw the request, so nothing can have been executed
 * @param method  what was asked
 */
export function connectionProblem(
  server: string,
  url: URL,
  error: Error,
  wasSent: boolean,
  method?: string,
): McpMuxError {
  if (isMcpMuxError(error))
    return transportError('unreachable', { server, reason: error.message, hint: error.hint }, error);
  const code = codeOf(error);
  if (code === 'bad_coding') return transportError('bad_answer', { server, reason: error.message }, error);
  const isHttp = code !== 'bad_answer';
  // What TLS refuses has not reached the server, also when our request had left already.
  if (wasSent && isHttp && alertOf(code) === undefined) {
    const opening = openingMethods.has(method) ? method : undefined;
    const hint =
      url.protocol === 'http:' && opening !== undefined
        ? 'check the URL; does it begin with https://?'
        : undefined;
    return transportError('cut', { server, reason: code, opening, hint }, error);
  }
  const { reason, hint } = plainReason(url, error, code);
  if (!isHttp) return transportError('not_mcp', { server, reason }, error);
  return transportError('unreachable', { server, reason, hint }, error);
}

/** For the log: of what nobody waits for an answer to. */
export function notTaken(method: string | undefined, error: McpMuxError): string {
  return `${method ?? 'an answer of ours'} was not taken: ${error.message}`;
}

function codeOf(error: unknown): string {
  // Several addresses were tried (localhost: ::1 and 127.0.0.1): the first tells enough.
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  const { code, cause } = error as NodeJS.ErrnoException & { cause?: unknown };
  if (typeof code === 'string') return code;
  return cause === undefined ? 'unknown' : codeOf(cause);
}

function plainReason(url: URL, error: Error, code: string): { reason: string; hint?: string } {
  const where = url.host;
  switch (code) {
    case 'ECONNREFUSED':
      return {
        reason: `nothing listens at ${where}`,
        hint: `check that the server runs and that ${where} is right`,
      };
    case 'ENOTFOUND':
      return { reason: `the name ${url.hostname} is not known`, hint: 'check the URL, and the network' };
    case 'EAI_AGAIN':
      return { reason: `the name ${url.hostname} cannot be looked up now`, hint: 'check the network' };
    case 'connect_timed_out':
    case 'ETIMEDOUT':
      return {
        reason: `${where} did not take the connection in time`,
        hint: 'check the network or a firewall',
      };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return { reason: `there is no way to ${where}`, hint: 'check the network' };
    case 'tls_timed_out':
      return {
        reason: `${where} took the connection, but did not finish the TLS handshake in time`,
        hint: 'check that it speaks TLS; if not, try http:// in place of https://',
      };
    case 'tls_cut':
      return {
        reason: `${where} closed the connection during the TLS handshake`,
        hint: 'check that it speaks TLS, and whether it asks for a client certificate',
      };
    case 'bad_answer':
      return url.protocol === 'http:' && error instanceof HttpClientError && error.isTlsAlert
        ? { reason: `${where} speaks TLS`, hint: 'try https:// in place of http://' }
        : { reason: `${where} answers, but not with HTTP: ${error.message}` };
    case 'ECONNRESET':
    case 'cut':
    case 'EPIPE':
      return { reason: `${where} closed the connection at once` };
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return {
        reason: `the certificate of ${where} is not trusted (${code})`,
        hint: 'a private authority is trusted with SSL_CERT_FILE=FILE or NODE_EXTRA_CA_CERTS=FILE in the environment of the daemon',
      };
    case 'CERT_HAS_EXPIRED':
      return { reason: `the certificate of ${where} has expired` };
    case 'CERT_NOT_YET_VALID':
      return {
        reason: `the certificate of ${where} is not valid yet`,
        hint: 'check the clock of this machine',
      };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return { reason: `the certificate of ${where} is for another name` };
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return { reason: `${where} does not speak TLS`, hint: 'try http:// in place of https://' };
    default: {
      const alert = alertOf(code);
      if (alert !== undefined) return refusedHandshake(where, alert);
      if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS'))
        return { reason: `TLS with ${where} failed (${code})` };
      return { reason: `${sanitizeLogLine(error.message, detailLength)} (${code})` };
    }
  }
}

/** The name of a TLS alert in words: `certificate required`; undefined when the code names none. */
function alertOf(code: string): string | undefined {
  return /^ERR_SSL_(?:SSLV3|TLSV1|TLSV13|SSL\/TLS)_(?:ALERT_)?(?=[A-Z])(.+)$/
    .exec(code)?.[1]
    ?.toLowerCase()
    .replaceAll('_', ' ');
}

/** @see RFC 8446, "Error Alerts" */
function refusedHandshake(where: string, alert: string): { reason: string; hint?: string } {
  switch (alert) {
    case 'certificate required':
      return { reason: `${where} asks for a client certificate` };
    case 'bad certificate':
    case 'unknown ca':
    case 'certificate unknown':
    case 'certificate expired':
    case 'certificate revoked':
    case 'unsupported certificate':
      return { reason: `${where} does not accept our certificate (TLS: ${alert})` };
    case 'handshake failure':
      return {
        reason: `${where} refuses the TLS handshake; it may ask for a client certificate (TLS: ${alert})`,
      };
    default:
      return { reason: `${where} refuses the TLS handshake (TLS: ${alert})` };
  }
}

export type Refusal =
  /** The body is a JSON-RPC message that answers the request. */
  | { readonly kind: 'message'; readonly bytes: Buffer }
  | { readonly kind: 'session-lost' }
  /** Sign-in or other credentials are asked for. `challenge`: WWW-Authenticate as received. */
  | { readonly kind: 'credentials'; readonly status: 401 | 403; readonly challenge: string | undefined }
  | { readonly kind: 'redirect'; readonly location: URL }
  | { readonly kind: 'error'; readonly error: McpMuxError };

export interface RefusedRequest {
  readonly server: string;
  readonly url: URL;
  /** Undefined: nobody waits for an answer. */
  readonly id: number | undefined;
  readonly hadSession: boolean;
  readonly mayRedirect: boolean;
  /** Epoch ms, to read a Retry-After date. */
  readonly now: number;
}

/** Judges an answer outside 2xx. */
export function judgeRefusal(
  request: RefusedRequest,
  status: number,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Refusal {
  const { server, hadSession: wasOnSession } = request;
  const challenge = singleHeader(headers['www-authenticate']);
  const message = readRpcMessage(body);
  const detail = message === undefined ? bodyDetail(headers, body) : rpcDetail(message);
  if (wasOnSession) {
    const isJsonRpc = message !== undefined && message['method'] === undefined;
    if (saysSessionLost({ status, detail, isJsonRpc, hasChallenge: challenge !== undefined }))
      return { kind: 'session-lost' };
  }
  if (status === 401) return { kind: 'credentials', status, challenge };
  if (status === 403 && challenge !== undefined && /insufficient_scope/i.test(challenge)) {
    return { kind: 'credentials', status, challenge };
  }
  if (status >= 300 && status < 400) return judgeRedirect(request, status, headers);
  if (status === 407) {
    const reason = 'the proxy asks for credentials (HTTP 407)';
    const hint = 'give them in the environment of the daemon: HTTP_PROXY=http://USER:PASSWORD@HOST:PORT';
    return { kind: 'error', error: transportError('unreachable', { server, reason, hint }) };
  }
  if (status === 429 || status === 503) {
    return {
      kind: 'error',
      error: transportError(status === 429 ? 'rate_limited' : 'overloaded', {
        server,
        status,
        detail,
        wasOnSession,
        retryAfterMs: retryAfterMs(singleHeader(headers['retry-after']), request.now),
      }),
    };
  }
  const { id } = request;
  if (message !== undefined && id !== undefined && 'error' in message) {
    if (message['id'] === id) return { kind: 'message', bytes: withoutByteOrderMark(body) };
    // HTTP says which request this answers, even where the server could not read our id.
    return { kind: 'message', bytes: Buffer.from(JSON.stringify({ ...message, id })) };
  }
  return { kind: 'error', error: transportError('http_refused', { server, status, detail, wasOnSession }) };
}

function judgeRedirect(request: RefusedRequest, status: number, headers: IncomingHttpHeaders): Refusal {
  const { server, url } = request;
  const target = singleHeader(headers.location);
  const location =
    target !== undefined && URL.canParse(target, url.href) ? new URL(target, url.href) : undefined;
  if (location === undefined) {
    return {
      kind: 'error',
      error: transportError('http_refused', { server, status, detail: 'a redirect to nowhere' }),
    };
  }
  // Credentials go to the origin a person named, and nowhere else.
  if (location.origin !== url.origin || !request.mayRedirect || (status !== 307 && status !== 308)) {
    const shown = sanitizeLogLine(`${location.origin}${location.pathname}`, detailLength);
    return {
      kind: 'error',
      error: transportError('http_refused', {
        server,
        status,
        detail: `it redirects to ${shown}; if that is the server you mean, add it with that URL`,
      }),
    };
  }
  return { kind: 'redirect', location };
}

function readRpcMessage(body: Buffer): Record<string, unknown> | undefined {
  if (body.length === 0 || !body.includes('"jsonrpc"')) return undefined;
  try {
    const value: unknown = JSON.parse(withoutByteOrderMark(body).toString('utf8'));
    return isJsonObject(value) && value['jsonrpc'] === '2.0' ? value : undefined;
  } catch {
    return undefined; // not JSON: its text is the detail
  }
}

function rpcDetail(message: Record<string, unknown>): string {
  const error = message['error'];
  const text = isJsonObject(error) && typeof error['message'] === 'string' ? error['message'] : '';
  return sanitizeLogLine(text, detailLength);
}

function bodyDetail(headers: IncomingHttpHeaders, body: Buffer): string {
  const type = singleHeader(headers['content-type']) ?? '';
  // A web page says nothing in 200 characters.
  if (/html/i.test(type)) return '';
  const text = body.toString('utf8', 0, 1_000);
  if (/json/i.test(type)) {
    const said = /"(?:error_description|message|detail|error)"\s*:\s*"((?:[^"\\]|\\.){1,300})"/.exec(
      text,
    )?.[1];
    if (said !== undefined) return sanitizeLogLine(said, detailLength);
  }
  return sanitizeLogLine(text.replace(/\s+/g, ' ').trim(), detailLength);
}

/**
 * How often one request may ask for other credentials. A new token may be refused for a moment, or for good: whoever
 * gives the credentials knows which, and says why.
 */
export function maxRenewals(status: 401 | 403): number {
  return status === 401 ? 3 : 1;
}

/** Seconds or a date (RFC 9110 §10.2.3), as ms from now. */
export function retryAfterMs(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1_000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

export function singleHeader(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}
