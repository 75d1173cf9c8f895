/**
 * transports/limits — how much one wire may bring and hold, with the reason for each number.
 */

export interface WireLimits {
  /** One message. Larger closes a pipe and fails a request over HTTP. Tool results of tens of MB exist; more is a mistake. */
  readonly maxMessageBytes: number;
  /** Messages a second that nobody asked for. An open request earns one more, so busy servers are not slowed. */
  readonly messagesPerSecond: number;
  /** How many may come at once before the rate counts. */
  readonly messageBurst: number;
  /** Bytes a second beyond what requests earned (`bytesEarnedByRequest` each). */
  readonly bytesPerSecond: number;
  readonly bytesEarnedByRequest: number;
  /** Lines on stdout that are no messages, per `badLineWindowMs`; more and the server is stopped. */
  readonly badLines: number;
  readonly badLineWindowMs: number;
  /** Held back by its rate without a second of peace for this long: the server is stopped. */
  readonly floodGraceMs: number;
  /** Bytes that may wait in the write queue towards a server that does not read. */
  readonly writeQueueBytes: number;
  /** stderr lines a second that reach the log; the rest is counted. */
  readonly stderrLinesPerSecond: number;
  /** stderr is read no faster than this. */
  readonly stderrBytesPerSecond: number;
  /** Requests and notifications that may be on their way to an HTTP server at once. */
  readonly openPosts: number;
  /** How long a server gets after its stdin ended, and then after SIGTERM. */
  readonly stdinGraceMs: number;
  readonly terminateGraceMs: number;
  /** Without a byte of a JSON answer's body. */
  readonly bodyIdleMs: number;
  /** Without a byte on the standing stream, heartbeats included; then it is opened anew. */
  readonly streamIdleMs: number;
}

const mebibyte = 1024 * 1024;

export const defaultWireLimits: WireLimits = {
  maxMessageBytes: 64 * mebibyte,
  messagesPerSecond: 1_000,
  messageBurst: 2_000,
  bytesPerSecond: 64 * mebibyte,
  bytesEarnedByRequest: mebibyte,
  badLines: 100,
  badLineWindowMs: 10_000,
  floodGraceMs: 60_000,
  writeQueueBytes: 16 * mebibyte,
  openPosts: 2_048,
  stderrLinesPerSecond: 100,
  stderrBytesPerSecond: 4 * mebibyte,
  stdinGraceMs: 2_000,
  terminateGraceMs: 3_000,
  bodyIdleMs: 60_000,
  streamIdleMs: 300_000,
};
