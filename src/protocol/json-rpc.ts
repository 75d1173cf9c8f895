/**
 * protocol/json-rpc — the four shapes of a JSON-RPC message, and which of them a walked message is.
 *
 * Strict, because it judges what clients send. What servers send is read by `scanMessage`, which forgives more.
 * Knows nothing of: methods, eras, what the bytes looked like (see inspect-request).
 */
import type { JsonValue } from '../base/index.ts';
import { findMember } from './json-members.ts';
import type { MemberOffsets, WalkedMessage } from './json-walk.ts';
import { RawJson } from './raw-json.ts';

export type RequestId = string | number;

export interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
  /** Of an error of ours. What another side sent under that name is in `raw`; `errorData` reads both. */
  readonly data?: JsonValue | undefined;
  /** The whole error as the other side sent it. Who changes a member of the error changes it here too. */
  readonly raw?: RawJson | undefined;
}

export type ClassifiedRequest = {
  readonly kind: 'request';
  readonly id: RequestId;
  readonly method: string;
  readonly params: RawJson | undefined;
};
export type ClassifiedNotification = {
  readonly kind: 'notification';
  readonly method: string;
  readonly params: RawJson | undefined;
};
export type ClassifiedResponse = {
  readonly kind: 'response';
  readonly id: RequestId | null;
  readonly result?: RawJson;
  readonly error?: RpcErrorObject;
};
/** `reason` is for the person who wrote the client; it never quotes values. The answer's code is -32600. */
export type InvalidMessage = {
  readonly kind: 'invalid';
  readonly id: RequestId | null;
  readonly reason: string;
};
export type ClassifiedMessage =
  | ClassifiedRequest
  | ClassifiedNotification
  | ClassifiedResponse
  | InvalidMessage;

const openBrace = 0x7b;
const quote = 0x22;
const letterN = 0x6e;
/** As long as the longest text that anybody has for a method or an id; it is decoded whenever it comes by. */
const longestName = 64 * 1024;

/** Decides what a walked message from a client is; undefined: the body is no object and no batch. Never throws. */
export function classifyMessage(bytes: Buffer, message: WalkedMessage | undefined): ClassifiedMessage {
  if (message?.isObject !== true) return invalid(null, 'a message must be a JSON object');
  const { members } = message;
  const idAt = findMember(bytes, members, 'id');
  const id = idAt === -1 ? undefined : readScalar(bytes, members, idAt);
  const knownId = isRequestId(id) ? id : null;
  const version = findMember(bytes, members, 'jsonrpc');
  if (version === -1 || !isText(bytes, members, version, '2.0'))
    return invalid(knownId, '"jsonrpc" must be "2.0"');

  const methodAt = findMember(bytes, members, 'method');
  const resultAt = findMember(bytes, members, 'result');
  const errorAt = findMember(bytes, members, 'error');
  if (methodAt === -1) return classifyResponse(bytes, message, { idAt, id, knownId, resultAt, errorAt });

  const method = readScalar(bytes, members, methodAt);
  if (typeof method !== 'string') return invalid(knownId, '"method" must be a string');
  if (resultAt !== -1 || errorAt !== -1)
    return invalid(knownId, 'a message has either "method" or "result"/"error", not both');
  if (idAt !== -1 && knownId === null) return invalid(null, idFault(id));
  const paramsAt = findMember(bytes, members, 'params');
  if (paramsAt !== -1 && bytes[members[paramsAt + 2]!] !== openBrace)
    return invalid(knownId, '"params" must be an object when it is present');
  const params =
    paramsAt === -1
      ? undefined
      : RawJson.ofBytes(
          bytes,
          members[paramsAt + 2]!,
          members[paramsAt + 3]!,
          message.params,
          message.meta === undefined ? undefined : { name: '_meta', members: message.meta },
        );
  return knownId === null
    ? { kind: 'notification', method, params }
    : { kind: 'request', id: knownId, method, params };
}

function classifyResponse(
  bytes: Buffer,
  message: WalkedMessage,
  found: {
    readonly idAt: number;
    readonly id: unknown;
    readonly knownId: RequestId | null;
    readonly resultAt: number;
    readonly errorAt: number;
  },
): ClassifiedMessage {
  const { members } = message;
  const { idAt, id, knownId, resultAt, errorAt } = found;
  if (resultAt === -1 && errorAt === -1)
    return invalid(knownId, 'a message needs "method", "result" or "error"');
  if (resultAt !== -1 && errorAt !== -1)
    return invalid(knownId, 'a response has either "result" or "error", not both');
  if (errorAt !== -1) {
    if (idAt !== -1 && id !== null && knownId === null) return invalid(null, idFault(id));
    const raw = RawJson.ofBytes(bytes, members[errorAt + 2]!, members[errorAt + 3]!, message.error);
    const error = readError(raw);
    if (error === undefined)
      return invalid(knownId, '"error" must be an object with an integer "code" and a string "message"');
    return { kind: 'response', id: knownId, error };
  }
  if (knownId === null) return invalid(null, idAt === -1 ? 'a response needs an "id"' : idFault(id));
  if (bytes[members[resultAt + 2]!] !== openBrace) return invalid(knownId, '"result" must be an object');
  return {
    kind: 'response',
    id: knownId,
    result: RawJson.ofBytes(bytes, members[resultAt + 2]!, members[resultAt + 3]!, message.result),
  };
}

/** May this be the id of a request? Strings and integers that a double holds exactly; `0` and `""` are legal. */
export function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' || (typeof value === 'number' && Number.isSafeInteger(value));
}

// ── errors ───────────────────────────────────────────────────────────────────────────────────────

/** An error's text beyond this is for whoever reads the error itself; our own words about it do not repeat it. */
const longestMessage = 64 * 1024;
/** More than this of an error's data is looked into by nobody here. */
const readableDataBytes = 256 * 1024;

/** An error of the other side, kept as it is; undefined when it is none: no integer code, or no text. */
export function readError(raw: RawJson): RpcErrorObject | undefined {
  if (!raw.isObject) return undefined;
  const code = raw.read('code', 32);
  const message = raw.member('message');
  if (!Number.isInteger(code) || message === undefined) return undefined;
  const text = message.byteLength > longestMessage ? 'its error has a very long text' : message.string;
  return text === undefined ? undefined : { code: code as number, message: text, raw };
}

/** What an error says beside code and message, whoever wrote it; undefined when it says nothing, or very much. */
export function errorData(error: RpcErrorObject): JsonValue | undefined {
  return error.raw === undefined ? error.data : error.raw.read('data', readableDataBytes);
}

/** The same error under another code. */
export function errorWithCode(error: RpcErrorObject, code: number): RpcErrorObject {
  const { message, data, raw } = error;
  return {
    code,
    message,
    ...(data !== undefined && { data }),
    ...(raw !== undefined && { raw: raw.with('code', String(code)) }),
  };
}

/** The error as it is written. */
export function errorJson(error: RpcErrorObject): RawJson {
  const { raw, code, message, data } = error;
  return raw ?? RawJson.ofText(JSON.stringify({ code, message, ...(data !== undefined && { data }) }));
}

// ── scalars ──────────────────────────────────────────────────────────────────────────────────────

/** The value of a member that should be a scalar; `{}` stands for anything else, and for what is too long to be one. */
function readScalar(bytes: Buffer, members: MemberOffsets, at: number): unknown {
  const start = members[at + 2]!;
  const end = members[at + 3]!;
  const first = bytes[start]!;
  if (first === openBrace || first === 0x5b || end - start > longestName) return {};
  if (first === letterN) return null;
  const text = bytes.toString('utf8', start, end);
  if (first === quote && !text.includes('\\')) return text.slice(1, -1);
  return JSON.parse(text);
}

function isText(bytes: Buffer, members: MemberOffsets, at: number, text: string): boolean {
  const start = members[at + 2]!;
  const size = members[at + 3]! - start;
  if (size === text.length + 2) return bytes.toString('latin1', start + 1, start + 1 + text.length) === text;
  return size <= 64 && readScalar(bytes, members, at) === text;
}

function idFault(id: unknown): string {
  if (id === null) return '"id" must not be null; leave it out for a notification';
  if (typeof id === 'number' && Number.isInteger(id))
    return '"id" is an integer too large to be kept exactly; use a string id';
  if (typeof id === 'number') return '"id" must be an integer or a string, not a fraction';
  return '"id" must be a string or an integer';
}

function invalid(id: RequestId | null, reason: string): InvalidMessage {
  return { kind: 'invalid', id, reason };
}
