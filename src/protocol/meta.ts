/**
 * protocol/meta — the reserved keys of `_meta`, and how a request's params gain, show and lose them.
 *
 * Params are never changed in place; keys we do not own stay as they are.
 * Knows nothing of: which values are right for whom; classify judges, callers choose.
 *
 * @see MCP 2026-07-28, basic/index, _meta
 */
import type { JsonObject } from '../base/index.ts';
import { RawJson } from './raw-json.ts';

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

/** As the client spelled it: it goes back as that. */
export type ProgressToken = RawJson;

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
export function metaOf(params: RawJson | undefined): RawJson | undefined {
  return params?.object('_meta');
}

export function readModernMeta(params: RawJson | undefined): ModernMeta {
  const meta = metaOf(params);
  const level = meta?.text(logLevelKey);
  return {
    protocolVersion: meta?.text(protocolVersionKey),
    clientCapabilities: readFacts(meta?.object(clientCapabilitiesKey)),
    clientInfo: readFacts(meta?.object(clientInfoKey)),
    logLevel: isLogLevel(level) ? level : undefined,
    progressToken: readProgressToken(params),
  };
}

/** As much as a client may say of itself; the same as for `initialize`. */
const maxFactsBytes = 64 * 1024;
/** Facts that are this short are kept as they were parsed: a client says the same with every request. */
const keptFactsBytes = 2_048;
const factsKept = 256;
const parsedFacts = new Map<string, JsonObject>();

/** What a client says of itself in every request: parsed once as long as it says the same. */
function readFacts(facts: RawJson | undefined): JsonObject | undefined {
  if (facts === undefined || facts.byteLength > maxFactsBytes) return undefined;
  if (facts.isParsed) return facts.value;
  const text = facts.byteLength <= keptFactsBytes ? facts.byteText : undefined;
  const kept = text === undefined ? undefined : parsedFacts.get(text);
  if (kept !== undefined) {
    facts.wasParsed(kept);
    return kept;
  }
  const { value } = facts;
  if (text !== undefined) {
    if (parsedFacts.size >= factsKept) parsedFacts.clear();
    parsedFacts.set(text, value);
  }
  // Said to a server, it is said in the client's own words.
  factTexts.set(value, text === undefined ? facts : RawJson.ofByteText(text));
  return value;
}

/** Does the message say that it is a modern one? The key alone decides, whatever its value. */
export function claimsModern(params: RawJson | undefined): boolean {
  return metaOf(params)?.has(protocolVersionKey) === true;
}

export interface MetaFault {
  /** `_meta`, or the key in it. */
  readonly key: string;
  readonly problem: 'missing' | 'malformed';
}

/** The first thing wrong with the required and typed modern keys of a request; undefined = all is well. */
export function modernMetaFault(params: RawJson | undefined): MetaFault | undefined {
  const meta = params?.member('_meta');
  if (meta === undefined) return { key: '_meta', problem: 'missing' };
  if (!meta.isObject) return { key: '_meta', problem: 'malformed' };
  return (
    keyFault(meta, protocolVersionKey, true, (value) => value.string !== undefined) ??
    keyFault(meta, clientCapabilitiesKey, true, (value) => readFacts(asObject(value)) !== undefined) ??
    keyFault(meta, clientInfoKey, false, (value) => isImplementation(readFacts(asObject(value)))) ??
    keyFault(meta, logLevelKey, false, (value) => isLogLevel(value.string)) ??
    keyFault(meta, progressTokenKey, false, isProgressToken)
  );
}

function keyFault(
  meta: RawJson,
  key: string,
  isRequired: boolean,
  accepts: (value: RawJson) => boolean,
): MetaFault | undefined {
  const value = meta.member(key);
  if (value === undefined) return isRequired ? { key, problem: 'missing' } : undefined;
  return accepts(value) ? undefined : { key, problem: 'malformed' };
}

function asObject(value: RawJson): RawJson | undefined {
  return value.isObject ? value : undefined;
}

function isImplementation(value: JsonObject | undefined): boolean {
  return typeof value?.['name'] === 'string' && typeof value['version'] === 'string';
}

/** A string or a number. Longer than any token that somebody means, it is none: it goes back with every sign of progress. */
export function isProgressToken(value: RawJson): value is ProgressToken {
  return value.byteLength <= longestToken && (value.isString || value.isNumber);
}

const longestToken = 4_096;

export function readProgressToken(params: RawJson | undefined): ProgressToken | undefined {
  const token = metaOf(params)?.member(progressTokenKey);
  return token !== undefined && isProgressToken(token) ? token : undefined;
}

/** What describes this hop of a modern request. */
export interface ModernHop {
  readonly protocolVersion: string;
  readonly clientCapabilities: JsonObject;
  readonly clientInfo?: JsonObject | undefined;
  readonly logLevel?: LogLevel | undefined;
}

/**
 * Params for the next hop: what of `_meta` is meant for whoever answers stays as it is, the sender's own hop is left out.
 *
 * @param hop   what a modern server is told; undefined for a legacy one
 * @param token our progress token; undefined = no progress is wanted
 * @returns     undefined when there are none
 */
export function paramsForHop(
  params: RawJson | undefined,
  hop: ModernHop | undefined,
  token: number | undefined,
): RawJson | undefined {
  const given = metaOf(params);
  if (given === undefined && hop === undefined && token === undefined)
    return params?.has('_meta') === true ? params.without('_meta') : params;
  // Nearly every client says the same as we would: then its own words go on.
  let meta = given ?? noMeta;
  if (hop === undefined) meta = given === undefined ? meta : given.without(...hopKeys);
  else meta = withHop(meta, hop);
  meta = token === undefined ? meta.without(progressTokenKey) : meta.with(progressTokenKey, String(token));
  const isEmpty = hop === undefined && token === undefined && meta.isEmpty;
  if (isEmpty) return params === undefined || !params.has('_meta') ? params : params.without('_meta');
  return (params ?? noMeta).with('_meta', meta);
}

const noMeta = RawJson.ofByteText('{}');

function withHop(given: RawJson, hop: ModernHop): RawJson {
  let meta = given;
  if (hop.logLevel === undefined) meta = meta.without(logLevelKey);
  else if (meta.text(logLevelKey) !== hop.logLevel)
    meta = meta.with(logLevelKey, JSON.stringify(hop.logLevel));
  if (hop.clientInfo === undefined) meta = meta.without(clientInfoKey);
  else if (readFacts(meta.object(clientInfoKey)) !== hop.clientInfo)
    meta = meta.with(clientInfoKey, factsJson(hop.clientInfo));
  if (readFacts(meta.object(clientCapabilitiesKey)) !== hop.clientCapabilities)
    meta = meta.with(clientCapabilitiesKey, factsJson(hop.clientCapabilities));
  if (meta.text(protocolVersionKey) !== hop.protocolVersion)
    meta = meta.with(protocolVersionKey, JSON.stringify(hop.protocolVersion));
  return meta;
}

const factTexts = new WeakMap<JsonObject, RawJson>();

/** What is said of a client, and of ourselves, is the same again and again: serialised once. */
function factsJson(facts: JsonObject): RawJson {
  let json = factTexts.get(facts);
  if (json === undefined) {
    json = RawJson.ofText(JSON.stringify(facts));
    factTexts.set(facts, json);
  }
  return json;
}

/** Tags a notification (or the closing result) of a listen stream with that stream's id, in its JSON type. */
export function withSubscriptionId(params: RawJson | undefined, id: string | number): RawJson {
  const meta = metaOf(params) ?? noMeta;
  return (params ?? noMeta).with('_meta', meta.with(subscriptionIdKey, JSON.stringify(id)));
}
