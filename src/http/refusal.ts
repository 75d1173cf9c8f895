/**
 * http/refusal — the answers of the door itself: a status, a stable code, a sentence that helps.
 *
 * Two shapes, as the route asks for: an RFC 9457 problem, or a JSON-RPC error without id for MCP routes.
 * Knows nothing of: what the request wanted.
 */
import { type ErrorKind, isMcpMuxError } from '../base/index.ts';

export interface Refusal {
  readonly status: number;
  /** `http.<why>`, stable. */
  readonly code: string;
  readonly message: string;
  /** The sort of failure, where it is not that of the status. */
  readonly kind?: ErrorKind;
  /** The one thing a person can do now. */
  readonly nextStep?: string;
  /** More headers, flat: name, value, name, value … */
  readonly headers?: readonly string[];
}

export type RefusalShape = 'problem' | 'json-rpc';

/** Everything that the door refuses in the same words each time. */
export const refusals = {
  tooManyHeaders: {
    status: 431,
    code: 'http.too_many_headers',
    message: 'The request has more than 100 headers.',
  },
  headTooLarge: {
    status: 431,
    code: 'http.head_too_large',
    message: 'The head of the request is too large.',
  },
  timedOut: { status: 408, code: 'http.request_timed_out', message: 'The request did not arrive in time.' },
  malformed: { status: 400, code: 'http.malformed', message: 'This is not valid HTTP/1.1.' },
  unknownVersion: {
    status: 400,
    code: 'http.unknown_version',
    message: 'Only HTTP/1.1 and HTTP/1.0 are spoken here.',
    headers: ['connection', 'close'],
  },
  unreadable: {
    status: 400,
    code: 'http.unreadable',
    message: 'A part of the request cannot be read; mcpmux has noted which in its log.',
  },
  hostMissing: { status: 400, code: 'http.host_missing', message: 'The request has no Host header.' },
  hostRepeated: {
    status: 400,
    code: 'http.host_repeated',
    message: 'The request has more than one Host header.',
  },
  headerRepeated: {
    status: 400,
    code: 'http.header_repeated',
    message: 'A header that may appear only once appears more than once.',
  },
  badTarget: {
    status: 400,
    code: 'http.bad_target',
    message:
      'The request target must be a path or an http URL, without user name, encoded slash, empty segment or dot segment.',
  },
  badHost: {
    status: 403,
    code: 'http.bad_host',
    message:
      'The Host header is not a name of this gateway. Use the URL that mcpmux printed. Through a tunnel, use the same port ' +
      'on both ends. Behind a reverse proxy, tell mcpmux its URL: --public-url or MCPMUX_PUBLIC_URL.',
  },
  notByProxy: {
    status: 403,
    code: 'http.not_by_proxy',
    message: 'This address is for the reverse proxies of this gateway only; use its public URL.',
  },
  unknownCoding: {
    status: 400,
    code: 'http.unknown_coding',
    message: 'The only transfer coding that is understood is "chunked", once.',
    headers: ['connection', 'close'],
  },
  faultyFraming: {
    status: 400,
    code: 'http.faulty_framing',
    message: 'Transfer-Encoding does not exist in HTTP/1.0, so where the body ends is not certain.',
    headers: ['connection', 'close'],
  },
  badOrigin: {
    status: 403,
    code: 'http.bad_origin',
    message: 'Requests from web pages of other sites are refused (Origin header).',
  },
  crossSite: {
    status: 403,
    code: 'http.cross_site',
    message: 'Requests that another web site causes are refused (Sec-Fetch-Site header).',
  },
  notFound: {
    status: 404,
    code: 'http.not_found',
    message: 'There is nothing at this path; MCP clients use /mcp or /servers/<alias>/mcp.',
  },
  encodedBody: {
    status: 415,
    code: 'http.encoded_body',
    message: 'Compressed request bodies are not accepted; send it without Content-Encoding.',
  },
  notUtf8Charset: {
    status: 415,
    code: 'http.unsupported_charset',
    message: 'Bodies must be UTF-8; send no charset, or charset=utf-8.',
  },
  notUtf8: { status: 400, code: 'http.body_not_utf8', message: 'The request body is not valid UTF-8.' },
  crowded: {
    status: 503,
    code: 'http.crowded',
    message: 'Too many connections are open; come back in a moment, and close what is not used.',
    headers: ['retry-after', '1', 'connection', 'close'],
  },
  memoryFull: {
    status: 503,
    code: 'http.memory_full',
    message:
      'The requests that clients have open take all the memory that is set aside for them; try again in a moment.',
    headers: ['retry-after', '1'],
  },
  internal: {
    status: 500,
    code: 'http.internal',
    message: 'Something went wrong inside mcpmux; its log says what.',
  },
} as const satisfies Record<string, Refusal>;

/** @param waitMs until the caller may come again */
export function tooMany(waitMs: number): Refusal {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  return {
    status: 429,
    code: 'http.too_many_requests',
    kind: 'unavailable',
    message: `Too many requests came from here; come back in ${seconds} s.`,
    headers: ['retry-after', String(seconds)],
  };
}

export function methodNotAllowed(methods: readonly string[]): Refusal {
  const allowed = methods.join(', ');
  return {
    status: 405,
    code: 'http.method_not_allowed',
    message: `This path answers to ${allowed} only.`,
    headers: ['allow', allowed],
  };
}

export function unsupportedType(contentTypes: readonly string[]): Refusal {
  const expected = contentTypes.length === 0 ? 'no body at all' : contentTypes.join(' or ');
  return {
    status: 415,
    code: 'http.unsupported_type',
    message: `This path expects ${expected} (Content-Type header).`,
  };
}

export function bodyTooLarge(capBytes: number): Refusal {
  return {
    status: 413,
    code: 'http.body_too_large',
    message: `The request body is larger than ${capBytes} bytes.`,
  };
}

/** How a client gets a token: for `WWW-Authenticate`. */
export interface OAuthChallenge {
  /** URL of the protected-resource metadata. */
  readonly metadata: string;
  readonly scope: string;
}

/**
 * Asks for a credential.
 *
 * @param wasGiven         a token came along but nobody knows it
 * @param challenge when an authorization server is offered (RFC 9728)
 * @see RFC 6750 §3
 */
export function unauthenticated(wasGiven: boolean, oauth: OAuthChallenge | undefined): Refusal {
  let challenge = 'Bearer realm="mcpmux"';
  if (wasGiven) challenge += ', error="invalid_token"';
  if (oauth !== undefined) challenge += `, resource_metadata="${oauth.metadata}", scope="${oauth.scope}"`;
  return {
    status: 401,
    code: wasGiven ? 'http.token_unknown' : 'http.token_missing',
    message: wasGiven
      ? 'The key is unknown or was revoked; create one with: mcpmux key create NAME'
      : 'A key is needed: create one with "mcpmux key create NAME" and send it as "Authorization: Bearer mcpk_…".',
    headers: ['www-authenticate', challenge],
  };
}

/** The door's answer to what a handler threw; undefined = the client is gone, nobody reads an answer. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (isMcpMuxError(error, 'http.body_cut')) return undefined;
  if (isMcpMuxError(error, 'http.body_too_large')) return bodyTooLarge(Number(error.facts['capBytes']));
  if (isMcpMuxError(error, 'http.body_not_utf8')) return refusals.notUtf8;
  if (isMcpMuxError(error, 'http.memory_full')) return refusals.memoryFull;
  return refusalOfThrown(error);
}

/** The answer to what a listener threw: input that a parser does not take is the client's, everything else is ours. */
export function refusalOfThrown(error: unknown): Refusal {
  const isInput =
    error instanceof URIError ||
    (error instanceof TypeError && (error as NodeJS.ErrnoException).code === 'ERR_INVALID_URL');
  return isInput ? refusals.unreadable : refusals.internal;
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** The body of a refusal and its content type. */
export function refusalBody(refusal: Refusal, shape: RefusalShape): { type: string; text: string } {
  if (shape === 'json-rpc') {
    return {
      type: 'application/json',
      text: JSON.stringify({
        jsonrpc: '2.0',
        id: null,
        error: {
          // -32700 for what cannot be read, -32603 for our own fault, -32600 for everything else.
          code: refusal.status === 500 ? -32603 : refusal.code === 'http.body_not_utf8' ? -32700 : -32600,
          message: refusal.message,
          data: { code: refusal.code },
        },
      }),
    };
  }
  return {
    type: 'application/problem+json',
    text: JSON.stringify({
      type: 'about:blank',
      title: titles[refusal.status] ?? 'Error',
      status: refusal.status,
      code: refusal.code,
      detail: refusal.message,
      ...(refusal.kind === undefined ? {} : { kind: refusal.kind }),
      ...(refusal.nextStep === undefined ? {} : { nextStep: refusal.nextStep }),
    }),
  };
}
