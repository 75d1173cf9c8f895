/**
 * transports/wire-limit-descriptions — what each limit of a wire is for, in words for docs/limits.md.
 *
 * Beside the numbers, so that a limit without words does not compile.
 */
import type { WireLimits } from './limits.ts';

export interface WireLimitDescriptions {
  readonly unit: 'ms' | 'bytes' | 'count';
  readonly says: string;
  /** What happens to what passes it. */
  readonly passed: string;
}

export const wireLimitDescriptions: { readonly [Name in keyof WireLimits]: WireLimitDescriptions } = {
  maxMessageBytes: {
    unit: 'bytes',
    says: 'one message of a server (setting `maxMessageBytes`)',
    passed:
      'over HTTP the call fails; a pipe is closed, because the rest of the line cannot be told from the next',
  },
  messagesPerSecond: {
    unit: 'count',
    says: 'messages a second that nobody asked for; a request earns one more',
    passed: 'the server is not read until its rate allows; nothing is dropped',
  },
  messageBurst: { unit: 'count', says: 'messages at once before the rate counts', passed: 'as above' },
  bytesPerSecond: {
    unit: 'bytes',
    says: 'bytes a second beyond what requests earned',
    passed: 'the server is not read until its rate allows',
  },
  bytesEarnedByRequest: { unit: 'bytes', says: 'bytes that each request earns', passed: 'as above' },
  badLines: {
    unit: 'count',
    says: 'lines on stdout that are no messages, within the window below',
    passed: 'the server is stopped',
  },
  badLineWindowMs: {
    unit: 'ms',
    says: 'the window in which bad lines are counted',
    passed: 'they are forgotten',
  },
  floodGraceMs: {
    unit: 'ms',
    says: 'held back by its rate without a second of peace',
    passed: 'the server is stopped',
  },
  writeQueueBytes: {
    unit: 'bytes',
    says: 'waiting for a server that does not read its stdin; one message of any size may wait',
    passed: 'further calls fail at once',
  },
  stderrLinesPerSecond: {
    unit: 'count',
    says: 'lines of stderr a second that reach its log',
    passed: 'the rest is counted and left out',
  },
  stderrBytesPerSecond: {
    unit: 'bytes',
    says: 'bytes of stderr a second that are read',
    passed: 'the server waits',
  },
  openPosts: {
    unit: 'count',
    says: 'requests on their way to one HTTP server',
    passed: 'further calls fail at once',
  },
  stdinGraceMs: {
    unit: 'ms',
    says: 'to leave after its stdin has ended',
    passed: 'SIGTERM to its whole group',
  },
  terminateGraceMs: { unit: 'ms', says: 'to leave after SIGTERM', passed: 'SIGKILL to its whole group' },
  bodyIdleMs: { unit: 'ms', says: "without a byte of a JSON answer's body", passed: 'the call fails' },
  streamIdleMs: {
    unit: 'ms',
    says: 'without a byte on a standing stream, heartbeats included',
    passed: 'the stream is opened anew',
  },
};
