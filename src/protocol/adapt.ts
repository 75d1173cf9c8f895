/**
 * protocol/adapt — translates results and errors between the eras, as bytes wherever that is possible.
 *
 * Only what differs between the eras is added, taken away or wrapped; every other field stays as the server sent it.
 * A result is looked into only when a cheap search says that there may be something to do.
 * Knows nothing of: `input_required` and tasks (their callers translate whole conversations), names, URIs.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../base/index.ts';
import type { RpcErrorObject } from './json-rpc.ts';
import { serverInfoKey } from './meta.ts';
import { isCacheable } from './methods.ts';
import { RawJson } from './raw-json.ts';
import type { Revision } from './revisions.ts';
import { headerMismatch, internalError, invalidParams, isHopError, resourceNotFound } from './rpc-errors.ts';
import { joinMembers, type Member, memberBytes, memberWith, prependMembers, readMembers } from './splice.ts';
import { isObjectSchema, wrapSchema } from './wrap-schema.ts';

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
  const source = method === 'tools/list' ? withoutTaskSupport(result) : result;
  const bytes = source.bytes;
  const caches = isCacheable(method);
  const info = stamp.serverInfo;
  const mayHaveOwn =
    source.hasKeyText('resultType') ||
    (info !== undefined && source.hasKeyText('_meta')) ||
    (caches && (source.hasKeyText('ttlMs') || source.hasKeyText('cacheScope')));
  if (!mayHaveOwn) {
    let fragment = '"resultType":"complete"';
    if (caches) fragment += cacheFragment(stamp.ttlMs, stamp.cacheScope);
    if (info !== undefined) fragment += `,"_meta":{${serverInfoMember(info)}}`;
    return RawJson.ofBytes(prependMembers(bytes, fragment));
  }

  const members = readMembers(bytes);
  if (members === undefined) return result;
  const resultType = lastOf(members, 'resultType');
  const isComplete = resultType === undefined || scalarOf(bytes, resultType) === 'complete';
  const ttlMs = scalarOf(bytes, lastOf(members, 'ttlMs'));
  const cacheScope = scalarOf(bytes, lastOf(members, 'cacheScope'));
  const hasTtl = typeof ttlMs === 'number' && Number.isSafeInteger(ttlMs) && ttlMs >= 0;
  const hasScope = cacheScope === 'public' || cacheScope === 'private';
  const stampsCache = caches && isComplete;

  let fragment = '';
  if (resultType === undefined) fragment += '"resultType":"complete"';
  if (stampsCache && !hasTtl) fragment += `,"ttlMs":${stamp.ttlMs}`;
  if (stampsCache && !hasScope) fragment += `,"cacheScope":"${stamp.cacheScope}"`;
  const meta = lastOf(members, '_meta');
  if (info !== undefined && meta === undefined) fragment += `,"_meta":{${serverInfoMember(info)}}`;
  if (fragment.startsWith(',')) fragment = fragment.slice(1);

  const kept: Buffer[] = fragment === '' ? [] : [Buffer.from(fragment)];
  let isChanged = kept.length > 0;
  for (const member of members) {
    const isInvalidHint =
      stampsCache && ((member.name === 'ttlMs' && !hasTtl) || (member.name === 'cacheScope' && !hasScope));
    if (isInvalidHint) {
      isChanged = true;
      continue;
    }
    const stamped = member === meta && info !== undefined ? stampedMeta(bytes, member, info) : undefined;
    if (stamped !== undefined) isChanged = true;
    kept.push(stamped ?? memberBytes(bytes, member));
  }
  return isChanged ? RawJson.ofBytes(joinMembers(kept)) : source;
}

/** `_meta` with `serverInfo` put in; undefined when it has one, or is no object and not ours to mend. */
function stampedMeta(bytes: Buffer, meta: Member, info: JsonObject): Buffer | undefined {
  const inner = readMembers(bytes, meta.valueStart);
  if (inner === undefined || lastOf(inner, serverInfoKey) !== undefined) return undefined;
  const value = bytes.subarray(meta.valueStart, meta.end);
  return memberWith(bytes, meta, prependMembers(value, serverInfoMember(info)));
}

function cacheFragment(ttlMs: number, cacheScope: CacheScope): string {
  return `,"ttlMs":${ttlMs},"cacheScope":"${cacheScope}"`;
}

const serverInfoTexts = new WeakMap<JsonObject, string>();

/** Identities are few and live long: each is serialised once. */
function serverInfoMember(info: JsonObject): string {
  let text = serverInfoTexts.get(info);
  if (text === undefined) {
    text = `"${serverInfoKey}":${JSON.stringify(info)}`;
    serverInfoTexts.set(info, text);
  }
  return text;
}

/** Tasks of 2025-11-25 cannot be offered to modern clients, so tools do not mention them. */
function withoutTaskSupport(result: RawJson): RawJson {
  if (!result.hasKeyText('taskSupport')) return result;
  const tools = result.value['tools'];
  if (!Array.isArray(tools)) return result;
  let isChanged = false;
  const plain = tools.map((tool) => {
    if (!isJsonObject(tool) || !isJsonObject(tool['execution'])) return tool;
    const { taskSupport, ...execution } = tool['execution'];
    if (taskSupport === undefined) return tool;
    isChanged = true;
    if (Object.keys(execution).length > 0) return { ...tool, execution };
    const { execution: _, ...rest } = tool;
    return rest;
  });
  return isChanged ? RawJson.ofValue({ ...result.value, tools: plain }) : result;
}

export interface LegacyShape {
  /** Of the client that gets the result. All legacy revisions get the same today. */
  readonly revision: Revision;
  /**
   * tools/call: the output schema that the tool was listed with. When it had to be wrapped for legacy clients, an object
   * is wrapped like any other value, so that result and schema fit.
   */
  readonly outputSchema?: JsonValue | undefined;
}

/** Makes a complete result fit for a legacy client. */
export function resultForLegacy(method: string, result: RawJson, shape: LegacyShape): RawJson {
  const source = method === 'tools/list' ? withWrappedSchemas(result) : result;
  const bytes = source.bytes;
  const caches = isCacheable(method);
  const isCall = method === 'tools/call';
  const mayNeedWork =
    source.hasKeyText('resultType') ||
    source.hasKeyText(serverInfoKey) ||
    (isCall && source.hasKeyText('structuredContent')) ||
    (caches && (source.hasKeyText('ttlMs') || source.hasKeyText('cacheScope')));
  if (!mayNeedWork) return source;

  const members = readMembers(bytes);
  if (members === undefined) return source;
  const structured = isCall ? lastOf(members, 'structuredContent') : undefined;
  const wrapsValue =
    structured !== undefined &&
    (bytes[structured.valueStart] !== 0x7b ||
      (shape.outputSchema !== undefined && !isObjectSchema(shape.outputSchema)));

  const kept: Buffer[] = [];
  let isChanged = false;
  for (const member of members) {
    const { name } = member;
    if (name === 'resultType' || (caches && (name === 'ttlMs' || name === 'cacheScope'))) {
      isChanged = true;
    } else if (name === '_meta') {
      const meta = metaForLegacy(bytes, member);
      if (meta !== 'as-is') isChanged = true;
      if (meta !== 'gone') kept.push(meta === 'as-is' ? memberBytes(bytes, member) : meta);
    } else if (wrapsValue && member === structured) {
      isChanged = true;
      const value = bytes.subarray(member.valueStart, member.end);
      kept.push(memberWith(bytes, member, Buffer.concat([wrapHead, value, wrapTail])));
    } else if (wrapsValue && name === 'content') {
      const content = withTextFallback(bytes, member, structured);
      if (content !== undefined) isChanged = true;
      kept.push(content ?? memberBytes(bytes, member));
    } else kept.push(memberBytes(bytes, member));
  }
  if (wrapsValue && lastOf(members, 'content') === undefined)
    kept.push(Buffer.from(`"content":[${textBlock(bytes, structured)}]`));
  return isChanged ? RawJson.ofBytes(joinMembers(kept)) : source;
}

const wrapHead = Buffer.from('{"result":');
const wrapTail = Buffer.from('}');

function metaForLegacy(bytes: Buffer, meta: Member): Buffer | 'as-is' | 'gone' {
  const inner = readMembers(bytes, meta.valueStart);
  if (inner === undefined || lastOf(inner, serverInfoKey) === undefined) return 'as-is';
  const kept = inner.filter((member) => member.name !== serverInfoKey);
  if (kept.length === 0) return 'gone';
  return memberWith(bytes, meta, joinMembers(kept.map((member) => memberBytes(bytes, member))));
}

/** A value that older clients may not understand is told as text too, when the server said nothing in text. */
function withTextFallback(bytes: Buffer, content: Member, structured: Member): Buffer | undefined {
  if (bytes[structured.valueStart] === 0x7b) return undefined;
  const blocks: unknown = JSON.parse(bytes.toString('utf8', content.valueStart, content.end));
  if (!Array.isArray(blocks) || blocks.some((block) => isJsonObject(block) && block['type'] === 'text'))
    return undefined;
  const value = bytes.toString('utf8', content.valueStart, content.end);
  const open = value.slice(0, value.lastIndexOf(']'));
  const comma = blocks.length === 0 ? '' : ',';
  return memberWith(bytes, content, Buffer.from(`${open}${comma}${textBlock(bytes, structured)}]`));
}

function textBlock(bytes: Buffer, structured: Member): string {
  const text = bytes.toString('utf8', structured.valueStart, structured.end);
  return `{"type":"text","text":${JSON.stringify(text)}}`;
}

/** Legacy clients require the root of an output schema to be an object. */
function withWrappedSchemas(result: RawJson): RawJson {
  if (!result.hasKeyText('outputSchema')) return result;
  const tools = result.value['tools'];
  if (!Array.isArray(tools)) return result;
  let isChanged = false;
  const wrapped = tools.map((tool) => {
    if (!isJsonObject(tool)) return tool;
    const schema = tool['outputSchema'];
    if (schema === undefined || isObjectSchema(schema)) return tool;
    isChanged = true;
    return { ...tool, outputSchema: wrapSchema(schema) };
  });
  return isChanged ? RawJson.ofValue({ ...result.value, tools: wrapped }) : result;
}

/** Of two members with one name the last counts, as in JSON.parse. */
function lastOf(members: readonly Member[], name: string): Member | undefined {
  for (let at = members.length - 1; at >= 0; at -= 1) if (members[at]!.name === name) return members[at];
  return undefined;
}

/** The value of a member that should be a scalar; undefined when it is missing or none. */
function scalarOf(bytes: Buffer, member: Member | undefined): string | number | boolean | null | undefined {
  if (member === undefined) return undefined;
  const first = bytes[member.valueStart];
  if (first === 0x7b || first === 0x5b) return undefined;
  return JSON.parse(bytes.toString('utf8', member.valueStart, member.end)) as
    | string
    | number
    | boolean
    | null;
}

/**
 * Makes an error of a server fit for a modern client. -32042 (URL elicitation required) is the caller's: it becomes
 * `input_required`.
 */
export function errorForModern(method: string, error: RpcErrorObject): RpcErrorObject {
  if (isHopError(error.code)) return hopError(error);
  if (error.code === resourceNotFound)
    return { ...error, code: method === 'resources/read' ? invalidParams : internalError };
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
  const data = error.data as JsonValue | undefined;
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
