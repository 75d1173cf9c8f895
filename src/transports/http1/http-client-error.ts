/**
 * transports/http1/http-client-error — what can go wrong on a connection, beside what the system reports with its own codes.
 */

export type HttpClientProblem =
  /** A header that no request can carry. */
  | 'bad_request'
  /** What came is no answer of HTTP/1.1, or one that two readers could understand differently. */
  | 'bad_answer'
  /** The body is compressed in a way that cannot be undone. */
  | 'bad_coding'
  /** The server closed the connection before the answer was complete. */
  | 'cut'
  | 'connect_timed_out'
  /** The connection stands, and the TLS handshake does not come to its end. */
  | 'tls_timed_out'
  /** The other side closed the connection during the TLS handshake. */
  | 'tls_cut'
  /** Connections to this origin are not wanted any more. */
  | 'closed';

export class HttpClientError extends Error {
  override readonly name = 'HttpClientError';
  readonly code: HttpClientProblem;

  /** What came in place of an answer was an alert of TLS. */
  readonly isTlsAlert: boolean;

  constructor(
    code: HttpClientProblem,
    message: string,
    options: { readonly cause?: Error; readonly isTlsAlert?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.isTlsAlert = options.isTlsAlert === true;
  }
}
