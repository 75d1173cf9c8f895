/**
 * transports/http1/http-client-error — what can go wrong on a connection, beside what the system reports with its own codes.
 */

export type HttpClientProblem =
  /** A header that no request can carry. */
  | 'bad_request'
  /** What came is no answer of HTTP/1.1, or one that two readers could understand differently. */
  | 'bad_answer'
  /** The server closed the connection before the answer was complete. */
  | 'cut'
  | 'connect_timed_out'
  /** Connections to this origin are not wanted any more. */
  | 'closed';

export class HttpClientError extends Error {
  override readonly name = 'HttpClientError';
  readonly code: HttpClientProblem;

  constructor(code: HttpClientProblem, message: string) {
    super(message);
    this.code = code;
  }
}
