/**
 * cli/stdio-bridge/message — what a line from the client is, and the answers that the bridge writes itself.
 */
import { isJsonObject, type JsonObject } from '../../base/index.ts';
import { claimsModern, internalError, isRequestId, RawJson, type RequestId } from '../../protocol/index.ts';

export interface ClientMessage {
  /** As the client wrote it. */
  readonly text: string;
  readonly era: 'legacy' | 'modern';
  /** Undefined for a response and for a batch. */
  readonly method: string | undefined;
  readonly params: RawJson | undefined;
  /** The ids that must be answered: one for a request, none or more for a batch. */
  readonly ids: readonly RequestId[];
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
    return { text, era: 'legacy', method: undefined, params: undefined, ids };
  }
  if (!isJsonObject(value)) return undefined;
  const { method, params, id } = value;
  const object = isJsonObject(params) ? RawJson.ofText(text.trim()).object('params') : undefined;
  const isRequest = typeof method === 'string' && isRequestId(id);
  return {
    text,
    era: claimsModern(object) ? 'modern' : 'legacy',
    method: typeof method === 'string' ? method : undefined,
    params: object,
    ids: isRequest ? [id] : [],
  };
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
