/**
 * transports — the wires to servers: stdio, Streamable HTTP, HTTP+SSE, in-process.
 */
export { type CreateTransportOptions, createTransport } from './create-transport.ts';
export { transportError } from './errors.ts';
export { checkHeaders } from './http-headers.ts';
export { connectionProblem } from './http-problems.ts';
export { HttpSseTransport } from './http-sse.ts';
export type { HttpTransportOptions } from './http-wire.ts';
export { InProcessTransport } from './in-process.ts';
export { defaultWireLimits, type WireLimits } from './limits.ts';
export {
  type ChildKeeper,
  DaemonChildKeeper,
  type ProcessTree,
  readProcessTrees,
  treeOf,
} from './process/index.ts';
export { receivedBytes } from './received-bytes.ts';
export { guessLevel, sanitizeLogLine } from './sanitize-log-line.ts';
export { isSessionLost, mayBeSessionLost } from './session-loss.ts';
export { StdioTransport, type StdioTransportOptions } from './stdio.ts';
export { StreamableHttpTransport } from './streamable-http.ts';
export { chooseTellingLines } from './telling-lines.ts';
export type {
  Authorization,
  ClosedReason,
  InProcessServer,
  OutgoingMessage,
  Transport,
  TransportEvents,
} from './transport.ts';
