/**
 * protocol — JSON-RPC and the two eras of MCP, as pure functions over bytes and values. No I/O, no state.
 */

export {
  type CacheScope,
  errorForLegacy,
  errorForModern,
  type LegacyShape,
  type ModernStamp,
  resultForLegacy,
  resultForMissingCapability,
  resultForModern,
} from './adapt.ts';
export {
  aggregateServerCapabilities,
  canElicitForm,
  canElicitUrl,
  canSample,
  canSampleWithTools,
  hasExtension,
  hasRoots,
  missingForAsk,
} from './capabilities.ts';
export { ChunkBuffer } from './chunk-buffer.ts';
export {
  classifyPost,
  type LegacyBatch,
  type LegacyNotification,
  type LegacyRequest,
  type LegacyResponse,
  type ModernNotification,
  type ModernRequest,
  type PostedMessage,
  type PostVerdict,
  type Refusal,
  type RefusedPost,
} from './classify.ts';
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
export { type InspectedBody, inspectRequest, type RequestVerdict } from './inspect-request.ts';
export { answerLimits, checkJson, type JsonLimits, requestLimits } from './json-bytes.ts';
export {
  type ClassifiedMessage,
  type ClassifiedNotification,
  type ClassifiedRequest,
  type ClassifiedResponse,
  classifyMessage,
  errorData,
  errorJson,
  errorWithCode,
  type InvalidMessage,
  isRequestId,
  type RequestId,
  type RpcErrorObject,
  readError,
} from './json-rpc.ts';
export { Turn } from './json-turns.ts';
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
  type ModernHop,
  type ModernMeta,
  metaOf,
  modernMetaFault,
  type ProgressToken,
  paramsForHop,
  progressTokenKey,
  protocolVersionKey,
  readModernMeta,
  readProgressToken,
  relatedTaskKey,
  serverInfoKey,
  subscriptionIdKey,
  withSubscriptionId,
} from './meta.ts';
export {
  isCacheable,
  isClientRequest,
  isForeignToEra,
  type MethodRow,
  mayRequireInput,
  mcpNameOf,
  methodRow,
  methodTable,
  type NameField,
  tasksExtension,
} from './methods.ts';
export { byteTextOf, type JsonPiece, joinPieces, RawJson } from './raw-json.ts';
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
export { type Scanned, type ScannedMessage, scanMessage } from './scan.ts';
export {
  encodeSseEvent,
  type SseEvent,
  type SseEventHead,
  SseParser,
  type SseSink,
  sseHeartbeat,
} from './sse.ts';
export { isObjectSchema, wrapSchema } from './wrap-schema.ts';
