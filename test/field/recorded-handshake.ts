/**
 * field/recorded-handshake — what a client program sent, as it is kept in `test/fixtures/handshakes/`.
 */

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON as it was sent; null where there was none. */
  readonly body: unknown;
  /** What it got then. */
  readonly status: number;
}

export interface Handshake {
  readonly client: string;
  readonly version: string;
  readonly recordedAt: string;
  readonly requests: readonly RecordedRequest[];
}
