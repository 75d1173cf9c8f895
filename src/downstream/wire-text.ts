/**
 * downstream/wire-text — JSON-RPC messages as text and bytes. Results are spliced in, not parsed.
 */
import type { JsonObject } from '../base/index.ts';
import type { Answer } from '../model/index.ts';
import type { RequestId, RpcErrorObject } from '../protocol/index.ts';

/** Up to this size one joined Buffer and one write are cheaper than several. */
const joinBytes = 64 * 1024;

const resultTail = Buffer.from('}');

/** The pieces of one response, in order. */
export function answerParts(id: RequestId, answer: Answer): readonly (Buffer | string)[] {
  const idText = typeof id === 'number' ? String(id) : JSON.stringify(id);
  if (answer.kind === 'error') return [errorText(id, answer.error)];
  const { bytes } = answer.result;
  const head = `{"jsonrpc":"2.0","id":${idText},"result":`;
  if (bytes.length > joinBytes) return [head, bytes, resultTail];
  const whole = Buffer.allocUnsafe(Buffer.byteLength(head) + bytes.length + 1);
  const at = whole.write(head);
  bytes.copy(whole, at);
  whole[at + bytes.length] = 0x7d;
  return [whole];
}

/** The same in one Buffer, for streams. */
export function answerBytes(id: RequestId, answer: Answer): Buffer {
  const parts = answerParts(id, answer);
  const only = parts[0];
  if (parts.length === 1 && Buffer.isBuffer(only)) return only;
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
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
