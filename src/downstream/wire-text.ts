/**
 * downstream/wire-text — JSON-RPC messages as text and bytes. Results are spliced in, not parsed.
 */
import type { JsonObject } from '../base/index.ts';
import type { Answer } from '../model/index.ts';
import type { RequestId, RpcErrorObject } from '../protocol/index.ts';

const resultTail = Buffer.from('}');

/** A response with a small result, one character a byte of its UTF-8; undefined when it has to be written in pieces. */
export function answerByteText(id: RequestId, answer: Answer): string | undefined {
  if (answer.kind === 'error') return undefined;
  const { byteText } = answer.result;
  if (byteText === undefined) return undefined;
  return `{"jsonrpc":"2.0","id":${idByteText(id)},"result":${byteText}}`;
}

function idByteText(id: RequestId): string {
  if (typeof id === 'number') return String(id);
  const text = JSON.stringify(id);
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1');
}

/** The pieces of one response, in order. */
export function answerParts(id: RequestId, answer: Answer): readonly (Buffer | string)[] {
  const idText = typeof id === 'number' ? String(id) : JSON.stringify(id);
  if (answer.kind === 'error') return [errorText(id, answer.error)];
  const { bytes } = answer.result;
  return [`{"jsonrpc":"2.0","id":${idText},"result":`, bytes, resultTail];
}

/** The same in one Buffer, for streams. */
export function answerBytes(id: RequestId, answer: Answer): Buffer {
  const text = answerByteText(id, answer);
  if (text !== undefined) return Buffer.from(text, 'latin1');
  return Buffer.concat(
    answerParts(id, answer).map((part) => (typeof part === 'string' ? Buffer.from(part) : part)),
  );
}

export function errorText(id: RequestId | null, error: RpcErrorObject): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error });
}

export function notificationText(method: string, params: JsonObject | undefined): string {
  return JSON.stringify(
    params === undefined ? { jsonrpc: '2.0', method } : { jsonrpc: '2.0', method, params },
  );
}

export function requestText(id: RequestId, method: string, params: JsonObject | undefined): string {
  return JSON.stringify(
    params === undefined ? { jsonrpc: '2.0', id, method } : { jsonrpc: '2.0', id, method, params },
  );
}
