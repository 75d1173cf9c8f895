/**
 * protocol/meta — the reserved keys of `_meta`, and how a request's params gain, show and lose them.
 *
 * Params are never changed in place; keys we do not own stay as they are.
 * Knows nothing of: which values are right for whom; classify judges, callers choose.
 *
 * @see MCP 2026-07-28, basic/index, _meta
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../base/index.ts';

/** On every modern request; must equal the `MCP-Protocol-Version` header. */
export const protocolVersionKey = 'io.modelcontextprotocol/protocolVersion';
/** On every modern request: what the client can do for this very request. */
export const clientCapabilitiesKey = 'io.modelcontextprotocol/clientCapabilities';
/** SHOULD be on modern requests; self-reported, display only. */
export const clientInfoKey = 'io.modelcontextprotocol/clientInfo';
/** Optional on modern requests: log messages at or above this level are wanted. */
export const logLevelKey = 'io.modelcontextprotocol/logLevel';
/** SHOULD be on modern results. */
export const serverInfoKey = 'io.modelcontextprotocol/serverInfo';
/** On every notification of a listen stream, and on that stream's closing result: the id of the listen request. */
export const subscriptionIdKey = 'io.modelcontextprotocol/subscriptionId';
/** Legacy (2025-11-25) tasks: which task a message belongs to. */
export const relatedTaskKey = 'io.modelcontextprotocol/related-task';
/** Both eras, unprefixed. */
export const progressTokenKey = 'progressToken';

/** What describes one hop of a modern request and is not passed to the next as it is. */
const hopKeys: readonly string[] = [protocolVersionKey, clientCapabilitiesKey, clientInfoKey, logLevelKey];

export type ProgressToken = string | number;

/** Least to most severe. */
export const logLevels = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
] as const;
export type LogLevel = (typeof logLevels)[number];

export function isLogLevel(value: unknown): value is LogLevel {
  return logLevels.includes(value as LogLevel);
}

/** The modern keys of one request. A key that is absent or of the wrong type is undefined; `modernMetaFault` tells them apart. */
export interface ModernMeta {
  readonly protocolVersion: string | undefined;
  readonly clientCapabilities: JsonObject | undefined;
  readonly clientInfo: JsonObject | undefined;
  readonly logLevel: LogLevel | undefined;
  readonly progressToken: ProgressToken | undefined;
}

/** The `_meta` object of params, when there is one. */
export function metaOf(params: JsonObject | undefined): JsonObject | undefined {
  const meta = params?.['_meta'];
  return isJsonObject(meta) ? meta : undefined;
}

export function readModernMeta(params: JsonObject | undefined): ModernMeta {
  const meta = metaOf(params);
  const version = meta?.[protocolVersionKey];
  const capabilities = meta?.[clientCapabilitiesKey];
  const info = meta?.[clientInfoKey];
  const level = meta?.[logLevelKey];
  return {
    protocolVersion: typeof version === 'string' ? version : undefined,
    clientCapabilities: isJsonObject(capabilities) ? capabilities : undefined,
    clientInfo: isJsonObject(info) ? info : undefined,
    logLevel: isLogLevel(level) ? level : undefined,
    progressToken: readProgressToken(params),
  };
}

/** Does the message say that it is a modern one? The key alone decides, whatever its value. */
export function claimsModern(params: JsonObject | undefined): boolean {
  return metaOf(params)?.[protocolVersionKey] !== undefined;
}

export interface MetaFault {
  /** `_meta`, or the key in it. */
  readonly key: string;
  readonly problem: 'missing' | 'malformed';
}

/** The first thing wrong with the required and typed modern keys of a request; undefined = all is well. */
export function modernMetaFault(params: JsonObject | undefined): MetaFault | undefined {
  const meta = params?.['_meta'];
  if (meta === undefined) return { key: '_meta', problem: 'missing' };
  if (!isJsonObject(meta)) return { key: '_meta', problem: 'malformed' };
  return (
    keyFault(meta, protocolVersionKey, true, isString) ??
    keyFault(meta, clientCapabilitiesKey, true, isJsonObject) ??
    keyFault(meta, clientInfoKey, false, isImplementation) ??
    keyFault(meta, logLevelKey, false, isLogLevel) ??
    keyFault(meta, progressTokenKey, false, isProgressToken)
  );
}

function keyFault(
  meta: JsonObject,
  key: string,
  isRequired: boolean,
  accepts: (value: unknown) => boolean,
): MetaFault | undefined {
  const value = meta[key];
  if (value === undefined) return isRequired ? { key, problem: 'missing' } : undefined;
  return accepts(value) ? undefined : { key, problem: 'malformed' };
}

function isString(value: unknown): boolean {
  return typeof value === 'string';
}

function isImplementation(value: unknown): boolean {
  return isJsonObject(value) && isString(value['name']) && isString(value['version']);
}

export function isProgressToken(value: unknown): value is ProgressToken {
  return typeof value === 'string' || typeof value === 'number';
}

export function readProgressToken(params: JsonObject | undefined): ProgressToken | undefined {
  const token = metaOf(params)?.[progressTokenKey];
  return isProgressToken(token) ? token : undefined;
}

/**
 * What of a request's `_meta` is meant for whoever answers it: all but what describes the sender's own hop, which are the
 * modern keys and the progress token.
 *
 * @returns undefined when nothing is left
 */
export function forwardedMeta(params: JsonObject | undefined): JsonObject | undefined {
  const meta = metaOf(params);
  if (meta === undefined) return undefined;
  let passed: JsonObject | undefined;
  for (const key of Object.keys(meta)) {
    if (key === progressTokenKey || hopKeys.includes(key)) continue;
    passed ??= {};
    setOwn(passed, key, meta[key]);
  }
  return passed;
}

/** The `_meta` of a modern request: what is passed on, and the keys of this hop. */
export function modernMeta(
  passed: JsonObject | undefined,
  hop: {
    readonly protocolVersion: string;
    readonly clientCapabilities: JsonObject;
    readonly clientInfo?: JsonObject | undefined;
    readonly logLevel?: LogLevel | undefined;
  },
): JsonObject {
  const meta: JsonObject = passed === undefined ? {} : { ...passed };
  meta[protocolVersionKey] = hop.protocolVersion;
  meta[clientCapabilitiesKey] = hop.clientCapabilities;
  if (hop.clientInfo !== undefined) meta[clientInfoKey] = hop.clientInfo;
  if (hop.logLevel !== undefined) meta[logLevelKey] = hop.logLevel;
  return meta;
}

/** Tags a notification (or the closing result) of a listen stream with that stream's id, in its JSON type. */
export function withSubscriptionId(params: JsonObject | undefined, id: string | number): JsonObject {
  return { ...params, _meta: { ...metaOf(params), [subscriptionIdKey]: id } };
}

/** Assignment that stays plain data when the key is `__proto__`. */
function setOwn(object: JsonObject, key: string, value: JsonValue | undefined): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}
