/**
 * protocol/classify — decides what one POSTed message is: which era, which kind, or why it is refused.
 *
 * One endpoint serves both eras; the message itself says which it means. The checks run in a fixed order, and the first
 * that fails gives the answer:
 *
 *   shape → era → envelope (_meta) → headers against body → version → required headers → method
 *
 * Headers only ever confirm what the body says; they never change what is executed.
 * Knows nothing of: sessions (only whether an id came), tools and their `Mcp-Param-*` (see headers), who calls.
 *
 * @see MCP 2026-07-28, basic/transports/streamable-http, "Server Validation"; basic/versioning
 */
import { type JsonObject, shortText } from '../base/index.ts';
import { decodeHeaderValue, trimOws } from './headers.ts';
import type { InspectedBody } from './inspect-request.ts';
import {
  type ClassifiedMessage,
  type ClassifiedNotification,
  type ClassifiedRequest,
  type ClassifiedResponse,
  classifyMessage,
  type RequestId,
} from './json-rpc.ts';
import {
  claimsModern,
  clientCapabilitiesKey,
  type ModernMeta,
  metaOf,
  modernMetaFault,
  protocolVersionKey,
  readModernMeta,
} from './meta.ts';
import { isClientRequest, isForeignToEra, mcpNameOf, methodRow } from './methods.ts';
import type { RawJson } from './raw-json.ts';
import {
  isLegacyRevision,
  isModernRevision,
  type LegacyRevision,
  legacyRevisions,
  type ModernRevision,
  modernRevision,
  modernRevisions,
} from './revisions.ts';
import {
  headerMismatch,
  invalidParams,
  invalidRequest,
  methodNotFound,
  unsupportedProtocolVersion,
} from './rpc-errors.ts';

/** Their answers are kept until all are there, so there may not be any number of them. */
const maxBatch = 100;

export interface PostedMessage {
  readonly body: InspectedBody;
  /** A header's value by its name in lower case; undefined when it is not there. */
  header(name: string): string | undefined;
  /** `Mcp-Session-Id`, when the client sent one. Looked up by the caller, and only for legacy messages. */
  readonly sessionId: string | undefined;
  /** Let modern requests through whose method is none of MCP's (a route to one server carries extensions). */
  readonly allowsUnknownMethods?: boolean;
}

export interface Refusal {
  readonly httpStatus: 400 | 404;
  readonly code: number;
  readonly message: string;
  readonly data?: JsonObject;
  /** As the client sent it, with its type; null when there was none or it was unusable. */
  readonly id: RequestId | null;
}

export interface ModernRequest {
  readonly era: 'modern';
  readonly kind: 'request';
  readonly revision: ModernRevision;
  readonly id: RequestId;
  readonly method: string;
  /** As the client sent them, `_meta` included. */
  readonly params: RawJson;
  /** With version and capabilities present. */
  readonly meta: ModernMeta & { readonly protocolVersion: string; readonly clientCapabilities: JsonObject };
  readonly refuse?: undefined;
}

export interface ModernNotification {
  readonly era: 'modern';
  readonly kind: 'notification';
  readonly revision: ModernRevision;
  readonly method: string;
  readonly params: RawJson | undefined;
  readonly meta: ModernMeta;
  readonly refuse?: undefined;
}

/** Legacy messages. `revision` is what `MCP-Protocol-Version` said; a session knows better when there is one. */
interface LegacyHead {
  readonly era: 'legacy';
  readonly revision: LegacyRevision | undefined;
  readonly refuse?: undefined;
}
export type LegacyRequest = LegacyHead & ClassifiedRequest;
export type LegacyNotification = LegacyHead & ClassifiedNotification;
export type LegacyResponse = LegacyHead & ClassifiedResponse;
/** Only 2025-03-26 has batches: the caller refuses one (-32600) when the session agreed on another revision. */
export interface LegacyBatch extends LegacyHead {
  readonly kind: 'batch';
  readonly messages: readonly (ClassifiedRequest | ClassifiedNotification | ClassifiedResponse)[];
}

export interface RefusedPost {
  readonly refuse: Refusal;
  readonly era?: undefined;
}

export type PostVerdict =
  | ModernRequest
  | ModernNotification
  | LegacyRequest
  | LegacyNotification
  | LegacyResponse
  | LegacyBatch
  | RefusedPost;

/** Decides what a POSTed message is. Pure; never throws. */
export function classifyPost(post: PostedMessage): PostVerdict {
  const version = post.header('mcp-protocol-version');
  const headerVersion = version === undefined ? undefined : trimOws(version);
  const { bytes, messages } = post.body;
  if (post.body.isBatch) return classifyBatch(post, headerVersion);

  const message = classifyMessage(bytes, messages[0]);
  switch (message.kind) {
    case 'invalid':
      return refuse(400, invalidRequest, message.reason, message.id);
    case 'response':
      return namesModern(headerVersion)
        ? refuse(400, invalidRequest, 'responses are not posted in this revision', message.id)
        : classifyLegacy(message, headerVersion);
    case 'notification':
      return classifyNotification(post, message, headerVersion);
    case 'request':
      return classifyRequest(post, message, headerVersion);
  }
}

function classifyRequest(
  post: PostedMessage,
  message: ClassifiedRequest,
  headerVersion: string | undefined,
): PostVerdict {
  const { id, method, params } = message;
  const isModern = claimsModern(params) || meansModern(post, params, headerVersion);
  if (!isModern && method !== 'initialize') return classifyLegacy(message, headerVersion);
  const fault = modernMetaFault(params);
  const meta = readModernMeta(params);

  if (method === 'initialize' && (fault !== undefined || !namesModern(meta.protocolVersion))) {
    // The legacy handshake, unless a whole modern envelope says otherwise.
    if (namesModern(headerVersion))
      return refuse(
        400,
        headerMismatch,
        'initialize belongs to earlier revisions, but MCP-Protocol-Version names a modern one',
        id,
      );
    return { era: 'legacy', revision: undefined, ...message };
  }

  if (fault !== undefined) {
    const what =
      fault.problem === 'missing' ? `misses "${fault.key}"` : `has a malformed value at "${fault.key}"`;
    return refuse(400, invalidParams, `the request ${what}; modern requests carry it in params._meta`, id, {
      envelope: { key: fault.key, problem: fault.problem },
    });
  }
  const { protocolVersion, clientCapabilities } = meta;
  if (params === undefined || protocolVersion === undefined || clientCapabilities === undefined)
    return refuse(400, invalidParams, 'the request misses its modern _meta', id); // a fault would have told

  const mismatch =
    versionMismatch(headerVersion, protocolVersion) ?? methodMismatch(post.header('mcp-method'), method);
  if (mismatch !== undefined) return refuse(400, headerMismatch, mismatch, id);
  if (!isModernRevision(protocolVersion)) return refuseVersion(protocolVersion, id);

  const missing = requiredHeaderFault(post, headerVersion, method, params);
  if (missing !== undefined) return refuse(400, headerMismatch, missing, id);

  const isServed =
    isClientRequest(method, 'modern') ||
    (post.allowsUnknownMethods === true && !isForeignToEra(method, 'modern'));
  if (!isServed) {
    const says = methodRow(method) === undefined ? 'unknown method' : 'this revision has no such method';
    return refuse(404, methodNotFound, says, id);
  }
  return {
    era: 'modern',
    kind: 'request',
    revision: protocolVersion,
    id,
    method,
    params,
    meta: { ...meta, protocolVersion, clientCapabilities },
  };
}

function classifyNotification(
  post: PostedMessage,
  message: ClassifiedNotification,
  headerVersion: string | undefined,
): PostVerdict {
  const { method, params } = message;
  const claims = claimsModern(params);
  if (!claims && !namesModern(headerVersion)) return classifyLegacy(message, headerVersion);

  // A notification needs no envelope: without one, the header alone names the revision.
  const meta = readModernMeta(params);
  const claimed = claims ? meta.protocolVersion : headerVersion;
  if (claimed === undefined)
    return refuse(
      400,
      invalidParams,
      `the notification has a malformed value at "${protocolVersionKey}"`,
      null,
    );
  const mismatch =
    versionMismatch(headerVersion, claimed) ?? methodMismatch(post.header('mcp-method'), method);
  if (mismatch !== undefined) return refuse(400, headerMismatch, mismatch, null);
  if (!isModernRevision(claimed)) return refuseVersion(claimed, null);
  return { era: 'modern', kind: 'notification', revision: modernRevision, method, params, meta };
}

function classifyLegacy<Message extends ClassifiedRequest | ClassifiedNotification | ClassifiedResponse>(
  message: Message,
  headerVersion: string | undefined,
): (LegacyHead & Message) | RefusedPost {
  if (headerVersion !== undefined && !isLegacyRevision(headerVersion))
    return refuse(
      400,
      invalidRequest,
      `MCP-Protocol-Version names no revision that is served here; known are ${[...legacyRevisions, ...modernRevisions].join(', ')}`,
      message.kind === 'notification' ? null : message.id,
    );
  return { era: 'legacy', revision: headerVersion, ...message };
}

function classifyBatch(post: PostedMessage, headerVersion: string | undefined): PostVerdict {
  const mayBatch = headerVersion === undefined || headerVersion === '2025-03-26';
  if (!mayBatch || post.sessionId === undefined)
    return refuse(400, invalidRequest, 'a batch is not accepted here; send one message a request', null);
  const { bytes, messages: items } = post.body;
  if (items.length === 0) return refuse(400, invalidRequest, 'the batch is empty', null);
  if (items.length > maxBatch)
    return refuse(400, invalidRequest, `the batch holds more than ${maxBatch} messages`, null);
  const messages: (ClassifiedRequest | ClassifiedNotification | ClassifiedResponse)[] = [];
  for (const item of items) {
    const message: ClassifiedMessage = classifyMessage(bytes, item);
    if (message.kind === 'invalid')
      return refuse(400, invalidRequest, `a message of the batch is invalid: ${message.reason}`, null);
    if (message.kind !== 'response' && claimsModern(message.params))
      return refuse(400, invalidRequest, `a batch must not hold messages of ${modernRevision}`, null);
    if (message.kind === 'request' && message.method === 'initialize')
      return refuse(400, invalidRequest, 'initialize must not be part of a batch', null);
    messages.push(message);
  }
  return { era: 'legacy', kind: 'batch', revision: headerVersion, messages };
}

/** Revisions are dates: whatever is not before the first modern one is meant modern, served or not. */
function namesModern(version: string | undefined): boolean {
  return version !== undefined && version >= modernRevision;
}

/**
 * Is a request without the version key still meant modern? Then the missing key is what it hears about, instead of a
 * missing session, which would send its author looking in the wrong place.
 */
function meansModern(
  post: PostedMessage,
  params: RawJson | undefined,
  headerVersion: string | undefined,
): boolean {
  if (namesModern(headerVersion)) return true;
  if (headerVersion !== undefined || post.sessionId !== undefined) return false;
  return metaOf(params)?.has(clientCapabilitiesKey) === true || post.header('mcp-method') !== undefined;
}

function versionMismatch(headerVersion: string | undefined, bodyVersion: string): string | undefined {
  return headerVersion !== undefined && headerVersion !== bodyVersion
    ? 'MCP-Protocol-Version differs from the version in _meta'
    : undefined;
}

function methodMismatch(header: string | undefined, method: string): string | undefined {
  return header !== undefined && trimOws(header) !== method
    ? 'Mcp-Method differs from the method in the body'
    : undefined;
}

/** The headers that every modern request needs, in the order in which the specification names them. */
function requiredHeaderFault(
  post: PostedMessage,
  headerVersion: string | undefined,
  method: string,
  params: RawJson,
): string | undefined {
  if (headerVersion === undefined) return 'the MCP-Protocol-Version header is missing';
  if (post.header('mcp-method') === undefined) return 'the Mcp-Method header is missing';
  const field = methodRow(method)?.nameField;
  if (field === undefined) return undefined;
  const name = mcpNameOf(method, params);
  const header = post.header('mcp-name');
  // Without a name in the body the params themselves are at fault, and the handler says so.
  if (header === undefined) return name === undefined ? undefined : 'the Mcp-Name header is missing';
  const decoded = decodeHeaderValue(header);
  if (decoded === undefined) return 'the Mcp-Name header holds no valid base64 text';
  return name !== undefined && decoded !== name
    ? `Mcp-Name differs from params.${field} in the body`
    : undefined;
}

function refuseVersion(requested: string, id: RequestId | null): RefusedPost {
  return refuse(400, unsupportedProtocolVersion, 'this protocol version is not served', id, {
    supported: [...modernRevisions],
    requested: shortText(requested),
  });
}

function refuse(
  httpStatus: 400 | 404,
  code: number,
  message: string,
  id: RequestId | null,
  data?: JsonObject,
): RefusedPost {
  return { refuse: { httpStatus, code, message, id, ...(data !== undefined && { data }) } };
}
