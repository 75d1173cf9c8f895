/**
 * protocol/json-rpc — the four shapes of a JSON-RPC message, and which of them a parsed value is.
 *
 * Strict, because it judges what clients send. What servers send is read by `scanAnswer`, which forgives more.
 * Knows nothing of: methods, eras, what the bytes looked like (see inspect-request).
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../base/index.ts';

export type RequestId = string | number;

export interface RpcRequest {
  readonly jsonrpc: '2.0';
  readonly id: RequestId;
  readonly method: string;
  readonly params?: JsonObject;
}

export interface RpcNotification {
  readonly jsonrpc: '2.0';
  readonly method: string;
  readonly params?: JsonObject;
}

export interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export type RpcResponse =
  | { readonly jsonrpc: '2.0'; readonly id: RequestId; readonly result: JsonObject }
  | { readonly jsonrpc: '2.0'; readonly id: RequestId | null; readonly error: RpcErrorObject };

export type ClassifiedRequest = {
  readonly kind: 'request';
  readonly id: RequestId;
  readonly method: string;
  readonly params: JsonObject | undefined;
};
export type ClassifiedNotification = {
  readonly kind: 'notification';
  readonly method: string;
  readonly params: JsonObject | undefined;
};
export type ClassifiedResponse = {
  readonly kind: 'response';
  readonly id: RequestId | null;
  readonly result?: JsonObject;
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

/** May this be the id of a request? Strings and integers that a double holds exactly; `0` and `""` are legal. */
export function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' || (typeof value === 'number' && Number.isSafeInteger(value));
}

/** Decides what a parsed message from a client is. Never throws. */
export function classifyMessage(value: unknown): ClassifiedMessage {
  if (Array.isArray(value)) return invalid(null, 'a batch is not accepted here; send one message a request');
  if (!isJsonObject(value)) return invalid(null, 'a message must be a JSON object');

  const { id, method, params } = value;
  const knownId = isRequestId(id) ? id : null;
  if (value['jsonrpc'] !== '2.0') return invalid(knownId, '"jsonrpc" must be "2.0"');
  if (method === undefined) return classifyResponse(value, id, knownId);

  if (typeof method !== 'string') return invalid(knownId, '"method" must be a string');
  if (value['result'] !== undefined || value['error'] !== undefined)
    return invalid(knownId, 'a message has either "method" or "result"/"error", not both');
  if (id !== undefined && knownId === null) return invalid(null, idFault(id));
  if (params !== undefined && !isJsonObject(params))
    return invalid(knownId, '"params" must be an object when it is present');
  return knownId === null
    ? { kind: 'notification', method, params }
    : { kind: 'request', id: knownId, method, params };
}

function classifyResponse(
  value: JsonObject,
  id: JsonValue | undefined,
  knownId: RequestId | null,
): ClassifiedMessage {
  const { result, error } = value;
  if (result === undefined && error === undefined)
    return invalid(knownId, 'a message needs "method", "result" or "error"');
  if (result !== undefined && error !== undefined)
    return invalid(knownId, 'a response has either "result" or "error", not both');
  if (error !== undefined) {
    if (id !== undefined && id !== null && knownId === null) return invalid(null, idFault(id));
    if (!isRpcErrorObject(error))
      return invalid(knownId, '"error" must be an object with an integer "code" and a string "message"');
    return { kind: 'response', id: knownId, error };
  }
  if (knownId === null) return invalid(null, id === undefined ? 'a response needs an "id"' : idFault(id));
  if (!isJsonObject(result)) return invalid(knownId, '"result" must be an object');
  return { kind: 'response', id: knownId, result };
}

export function isRpcErrorObject(value: unknown): value is RpcErrorObject {
  return isJsonObject(value) && Number.isInteger(value['code']) && typeof value['message'] === 'string';
}

function idFault(id: JsonValue | undefined): string {
  if (id === null) return '"id" must not be null; leave it out for a notification';
  if (typeof id === 'number' && Number.isInteger(id))
    return '"id" is an integer too large to be kept exactly; use a string id';
  if (typeof id === 'number') return '"id" must be an integer or a string, not a fraction';
  return '"id" must be a string or an integer';
}

function invalid(id: RequestId | null, reason: string): InvalidMessage {
  return { kind: 'invalid', id, reason };
}
