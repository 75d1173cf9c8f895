/**
 * cli/stdio-bridge/message — what a line from the client is, and the answers that the bridge writes itself.
 */
import { isJsonObject, type JsonObject } from '../../base/index.ts';
import { claimsModern, internalError, isRequestId, RawJson, type RequestId } from '../../protocol/index.ts';
import { requestIdText } from './request-id.ts';

export interface ClientMessage {
  /** As the client wrote it. */
  readonly text: string;
  readonly era: 'legacy' | 'modern';
  /** Undefined for a response and for a batch. */
  readonly method: string | undefined;
  readonly params: RawJson | undefined;
  /** The ids that must be answered: one for a request, none or more for a batch. */
  readonly ids: readonly RequestId[];
  /** The id as it is written, when the gateway will not take it; `null` too for a batch that is empty. */
  readonly unusableId?: string | undefined;
}

/** @returns undefined when the text is no JSON object or array */
export function readClientMessage(text: string): ClientMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (Array.isArray(value)) {
    const requests = value.filter((item) => isJsonObject(item) && typeof item['method'] === 'string');
    const ids = requests.map((item) => (item as JsonObject)['id']).filter(isRequestId);
    const unusableId = ids.length === 0 && value.every((item) => wantsAnswer(item)) ? 'null' : undefined;
    return { text, era: 'legacy', method: undefined, params: undefined, ids, unusableId };
  }
  if (!isJsonObject(value)) return undefined;
  const { method, params, id } = value;
  const object = isJsonObject(params) ? RawJson.ofText(text.trim()).object('params') : undefined;
  const isRequest = typeof method === 'string' && isRequestId(id);
  const hasUnusableId = typeof method === 'string' && id !== undefined && !isRequest;
  return {
    text,
    era: claimsModern(object) ? 'modern' : 'legacy',
    method: typeof method === 'string' ? method : undefined,
    params: object,
    ids: isRequest ? [id] : [],
    // JSON.parse has changed it already when it is a large number.
    unusableId: hasUnusableId ? (requestIdText(text) ?? 'null') : undefined,
  };
}

/** Does its sender wait for an answer? What is no object at all is answered with an error. */
function wantsAnswer(item: unknown): boolean {
  return !isJsonObject(item) || (typeof item['method'] === 'string' && item['id'] !== undefined);
}

/** The id that a message from the gateway answers; undefined when it is no response. */
export function answeredId(message: unknown): RequestId | undefined {
  if (!isJsonObject(message) || message['method'] !== undefined) return undefined;
  return isRequestId(message['id']) ? message['id'] : undefined;
}

/** An error of the bridge itself, told apart from the gateway's and the servers' by `data.source`. */
export function bridgeError(
  id: RequestId | null,
  message: string,
  code: number = internalError,
  nextStep?: string,
): string {
  const data = { source: 'mcpmux stdio', ...(nextStep === undefined ? {} : { nextStep }) };
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, data } });
}

/** The same under an id that is written as the client wrote it. */
export function bridgeErrorUnder(idText: string, message: string, code: number = internalError): string {
  return withIdText(bridgeError(null, message, code), idText);
}

/** The JSON-RPC error in a refused answer's body, under such an id. */
export function errorUnderText(body: string, idText: string): string | undefined {
  const error = errorUnderId(body, '');
  if (error === undefined) return undefined;
  return withIdText(JSON.stringify({ ...(JSON.parse(error) as JsonObject), id: null }), idText);
}

function withIdText(error: string, idText: string): string {
  const { id: _, ...rest } = JSON.parse(error) as JsonObject;
  return `{"id":${idText},${JSON.stringify(rest).slice(1)}`;
}

/** The JSON-RPC error in a refused answer's body, under the id the client waits for; undefined when there is none. */
export function errorUnderId(body: string, id: RequestId): string | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (!isJsonObject(value) || !isJsonObject(value['error'])) return undefined;
    return JSON.stringify({ ...value, id });
  } catch {
    return undefined;
  }
}

export function errorCodeOf(body: string): number | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const error = isJsonObject(value) ? value['error'] : undefined;
    return isJsonObject(error) && typeof error['code'] === 'number' ? error['code'] : undefined;
  } catch {
    return undefined;
  }
}
