/**
 * base — what every room may use: errors, time, ids, events, lifecycle. No I/O, no domain.
 */
export { Cancellation, Semaphore, SingleFlight, sleep, withTimeout } from './async.ts';
export { ByteBudget, type ByteBudgetLimits, heapBytesOf, unlimitedBudget } from './byte-budget.ts';
export { cleanText, escapeCharacter, showUrl, steeringCharacters } from './clean-text.ts';
export { type Clock, ManualClock, systemClock, type Timer } from './clock.ts';
export {
  defineErrors,
  describeError,
  describeErrorCode,
  describeErrorTable,
  type ErrorDescription,
  type ErrorFactory,
  type ErrorFacts,
  type ErrorKind,
  type ErrorRow,
  isMcpMuxError,
  knownErrorCodes,
  McpMuxError,
  type Retry,
} from './errors.ts';
export { estimateTokens, tokensOfBytes } from './estimate-tokens.ts';
export { EventBus, type EventEnvelope, type EventListener } from './event-bus.ts';
export { type Brand, newId, nextCallId, randomText } from './ids.ts';
export { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from './json.ts';
export { type Closeable, Closer } from './lifecycle.ts';
export { type Logger, silentLogger } from './logger.ts';
export {
  LowAllocationMap,
  LowAllocationSet,
  type LowAllocationSetMember,
} from './low-allocation-collections.ts';
export { asTyped, programName } from './program-name.ts';
export { Secret } from './secret.ts';
export { shellQuote } from './shell-quote.ts';
export { shortText } from './short-text.ts';
