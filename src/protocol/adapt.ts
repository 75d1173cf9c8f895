/**
 * protocol/adapt — translates results and errors between the eras, as bytes wherever that is possible.
 *
 * Only what differs between the eras is added, taken away or wrapped; every other field stays as the server sent it.
 * A result is looked into only when a cheap search says that there may be something to do.
 * Knows nothing of: `input_required` and tasks (their callers translate whole conversations), names, URIs.
 */
import { isJsonObject, type JsonObject } from '../base/index.ts';
import { errorData, errorWithCode, type RpcErrorObject } from './json-rpc.ts';
import { serverInfoKey } from './meta.ts';
import { isCacheable } from './methods.ts';
import { RawJson } from './raw-json.ts';
import type { Revision } from './revisions.ts';
import { headerMismatch, internalError, invalidParams, isHopError, resourceNotFound } from './rpc-errors.ts';
import { isObjectSchema } from './wrap-schema.ts';

export type CacheScope = 'public' | 'private';

/** What a modern result says beside what the server said. The server's own values win where it sent valid ones. */
export interface ModernStamp {
  /** Who answers, stamped into `_meta` when the result names nobody. */
  readonly serverInfo?: JsonObject | undefined;
  /** How long it may be kept, ms; used for cacheable methods only. */
  readonly ttlMs: number;
  readonly cacheScope: CacheScope;
}

/** Makes a result fit for a modern client. */
export function resultForModern(method: string, result: RawJson, stamp: ModernStamp): RawJson {
  const resultType = result.member('resultType');
  let stamped = resultType === undefined ? result.with('resultType', '"complete"') : result;
  if (isCacheable(method) && (resultType === undefined || resultType.string === 'complete')) {
    if (!isTtl(result.member('ttlMs'))) stamped = replaced(stamped, 'ttlMs', String(stamp.ttlMs));
    const cacheScope = result.text('cacheScope');
    if (cacheScope !== 'public' && cacheScope !== 'private')
      stamped = replaced(stamped, 'cacheScope', `"${stamp.cacheScope}"`);
  }
  return stamp.serverInfo === undefined ? stamped : withServerInfo(stamped, stamp.serverInfo);
}

/** In front, also where it was there already: what it had was no value for it. */
function replaced(result: RawJson, name: string, value: string): RawJson {
  return result.without(name).with(name, value);
}

function isTtl(ttlMs: RawJson | undefined): boolean {
  if (ttlMs?.isNumber !== true || ttlMs.byteLength > 20) return false;
  const value = Number(ttlMs.json);
  return Number.isSafeInteger(value) && value >= 0;
}

/** In a longer `_meta` nothing is looked for: it is nobody's idea of a few words beside a result. */
const readableMetaBytes = 1024 * 1024;

/** `_meta` says who answers, when the server did not, and its `_meta` is none that we cannot mend. */
function withServerInfo(result: RawJson, info: JsonObject): RawJson {
  const meta = result.member('_meta');
  if (meta === undefined) return result.with('_meta', `{"${serverInfoKey}":${serverInfoText(info)}}`);
  if (!meta.isObject || meta.byteLength > readableMetaBytes || meta.has(serverInfoKey)) return result;
  return result.with('_meta', meta.with(serverInfoKey, serverInfoText(info)));
}

const serverInfoTexts = new WeakMap<JsonObject, string>();

/** Identities are few and live long: each is serialised once. */
function serverInfoText(info: JsonObject): string {
  let text = serverInfoTexts.get(info);
  if (text === undefined) {
    text = JSON.stringify(info);
    serverInfoTexts.set(info, text);
  }
  return text;
}

export interface LegacyShape {
  /** Of the client that gets the result. All legacy revisions get the same today. */
  readonly revision: Revision;
  /**
   * tools/call: the output schema that the tool was listed with. When it had to be wrapped for legacy clients, an object
   * is wrapped like any other value, so that result and schema fit.
   */
  readonly outputSchema?: RawJson | undefined;
}

/** Makes a complete result fit for a legacy client. */
export function resultForLegacy(method: string, result: RawJson, shape: LegacyShape): RawJson {
  let plain = result.without('resultType');
  if (isCacheable(method)) plain = plain.without('ttlMs', 'cacheScope');
  plain = withoutServerInfo(plain);
  return method === 'tools/call' ? withObjectContent(plain, shape.outputSchema) : plain;
}

function withoutServerInfo(result: RawJson): RawJson {
  const meta = result.object('_meta');
  if (meta === undefined || meta.byteLength > readableMetaBytes || !meta.has(serverInfoKey)) return result;
  const rest = meta.without(serverInfoKey);
  return rest.isEmpty ? result.without('_meta') : result.with('_meta', rest);
}

/** A value that is no object, or that was listed with a schema that is none, is wrapped as its schema was. */
function withObjectContent(result: RawJson, outputSchema: RawJson | undefined): RawJson {
  const structured = result.member('structuredContent');
  if (structured === undefined) return result;
  if (structured.isObject && (outputSchema === undefined || isObjectSchema(outputSchema))) return result;
  const wrapped = RawJson.ofPieces(['{"result":', ...structured.pieces, '}']);
  const told = result.with('structuredContent', wrapped);
  return withTextFallback(told, structured);
}

/** More than this is read by no model, neither as text nor to see whether there is a text. */
const readableContentBytes = 1024 * 1024;

/** A value that older clients may not understand is told as text too, when the server said nothing in text. */
function withTextFallback(result: RawJson, structured: RawJson): RawJson {
  const content = result.member('content');
  if (structured.byteLength > readableContentBytes) return result;
  const block = `{"type":"text","text":${JSON.stringify(structured.toText())}}`;
  if (content === undefined) return result.with('content', `[${block}]`);
  if (structured.isObject || !content.isArray || content.byteLength > readableContentBytes) return result;
  const blocks = content.elements();
  if (blocks.some((other) => other.text('type') === 'text')) return result;
  return result.with('content', `[${[...blocks.map((other) => other.toText()), block].join(',')}]`);
}

/**
 * Makes an error of a server fit for a modern client. -32042 (URL elicitation required) is the caller's: it becomes
 * `input_required`.
 */
export function errorForModern(method: string, error: RpcErrorObject): RpcErrorObject {
  if (isHopError(error.code)) return hopError(error);
  if (error.code === resourceNotFound)
    return errorWithCode(error, method === 'resources/read' ? invalidParams : internalError);
  return error;
}

/**
 * Makes an error of a server fit for a legacy client. -32021 (missing capability) is the caller's on tools/call: see
 * `resultForMissingCapability`.
 */
export function errorForLegacy(error: RpcErrorObject): RpcErrorObject {
  return isHopError(error.code) ? hopError(error) : error;
}

/** The error is about how we spoke to the server; the client can do nothing with its code. */
function hopError(error: RpcErrorObject): RpcErrorObject {
  const reason = error.code === headerMismatch ? 'header_mismatch' : 'unsupported_protocol_version';
  return {
    code: internalError,
    message: "the server did not accept the form of the gateway's request",
    data: { source: 'gateway', reason },
  };
}

/** -32021 told to a legacy client as a tool's failure, which its model can read. */
export function resultForMissingCapability(error: RpcErrorObject): JsonObject {
  const data = errorData(error);
  const required = isJsonObject(data) ? data['requiredCapabilities'] : undefined;
  const names = isJsonObject(required) ? capabilityNames(required).join(', ') : '';
  const text =
    names === ''
      ? `This tool needs a capability that the client does not have: ${error.message}`
      : `This tool needs a capability that the client does not have: ${names}`;
  return { content: [{ type: 'text', text }], isError: true };
}

/** `{elicitation:{url:{}}}` → `elicitation.url` */
function capabilityNames(required: JsonObject): string[] {
  const names: string[] = [];
  for (const [name, value] of Object.entries(required)) {
    const inner = isJsonObject(value) ? Object.keys(value) : [];
    if (inner.length === 0) names.push(name);
    for (const key of inner) names.push(`${name}.${key}`);
  }
  return names;
}
