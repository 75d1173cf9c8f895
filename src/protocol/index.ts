/**
 * protocol — JSON-RPC and the two eras of MCP, as pure functions over bytes and values. No I/O, no state.
 */
export {
  decodeHeaderValue,
  encodeHeaderValue,
  encodeParamHeaders,
  type ParamHeader,
  type ParamHeaderScan,
  paramHeaderPrefix,
  scanParamHeaders,
  trimOws,
  validateParamHeaders,
} from './headers.ts';
export { inspectRequest, type RequestVerdict } from './inspect-request.ts';
export { answerLimits, checkJson, type JsonLimits, requestLimits } from './json-bytes.ts';
export {
  type ClassifiedMessage,
  type ClassifiedNotification,
  type ClassifiedRequest,
  type ClassifiedResponse,
  classifyMessage,
  type InvalidMessage,
  isRequestId,
  isRpcErrorObject,
  type RequestId,
  type RpcErrorObject,
  type RpcNotification,
  type RpcRequest,
  type RpcResponse,
} from './json-rpc.ts';
export {
  claimsModern,
  clientCapabilitiesKey,
  clientInfoKey,
  isLogLevel,
  isProgressToken,
  type LogLevel,
  logLevelKey,
  logLevels,
  type MetaFault,
  type ModernMeta,
  metaOf,
  modernMetaFault,
  type ProgressToken,
  progressTokenKey,
  protocolVersionKey,
  readModernMeta,
  readProgressToken,
  relatedTaskKey,
  serverInfoKey,
  subscriptionIdKey,
  withModernMeta,
  withoutModernMeta,
  withProgressToken,
  withSubscriptionId,
} from './meta.ts';
export { RawJson } from './raw-json.ts';
export {
  assumedLegacyRevision,
  type Era,
  isLegacyRevision,
  isModernRevision,
  isRevision,
  type LegacyRevision,
  latestLegacyRevision,
  legacyRevisions,
  type ModernRevision,
  modernRevision,
  modernRevisions,
  negotiateLegacy,
  type Revision,
} from './revisions.ts';
export {
  headerMismatch,
  internalError,
  invalidParams,
  invalidRequest,
  isHopError,
  isReservedForModern,
  methodNotFound,
  missingRequiredClientCapability,
  parseError,
  resourceNotFound,
  unsupportedProtocolVersion,
  urlElicitationRequired,
} from './rpc-errors.ts';
export { type ScannedAnswer, scanAnswer } from './scan.ts';
export {
  encodeSseEvent,
  type SseEvent,
  type SseEventHead,
  SseParser,
  type SseSink,
  sseHeartbeat,
} from './sse.ts';
