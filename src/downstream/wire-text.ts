/**
 * downstream/wire-text — JSON-RPC messages as text and bytes. Results are spliced in, not parsed.
 */
import type { Answer } from '../model/index.ts';
import {
  byteTextOf,
  errorJson,
  type JsonPiece,
  joinPieces,
  type RawJson,
  type RequestId,
  type RpcErrorObject,
} from '../protocol/index.ts';

/** A small response, one character a byte of its UTF-8; undefined when it has to be written in pieces. */
export function answerByteText(id: RequestId, answer: Answer): string | undefined {
  const [name, value] = payloadOf(answer);
  const { byteText } = value;
  if (byteText === undefined) return undefined;
  return `{"jsonrpc":"2.0","id":${idByteText(id)},"${name}":${byteText}}`;
}

function payloadOf(answer: Answer): readonly ['result' | 'error', RawJson] {
  return answer.kind === 'result' ? ['result', answer.result] : ['error', errorJson(answer.error)];
}

function idByteText(id: RequestId): string {
  if (typeof id === 'number') return String(id);
  return byteTextOf(JSON.stringify(id));
}

/** The pieces of one response, in order; strings have one character a byte. */
export function answerParts(id: RequestId, answer: Answer): readonly JsonPiece[] {
  const [name, value] = payloadOf(answer);
  return [`{"jsonrpc":"2.0","id":${idByteText(id)},"${name}":`, ...value.pieces, '}'];
}

/** The same in one Buffer, for streams. */
export function answerBytes(id: RequestId, answer: Answer): Buffer {
  const text = answerByteText(id, answer);
  if (text !== undefined) return Buffer.from(text, 'latin1');
  return joinPieces(answerParts(id, answer));
}

export function errorText(id: RequestId | null, error: RpcErrorObject): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":${errorJson(error).toText()}}`;
}

export function notificationText(method: string, params: RawJson | undefined): string {
  return withParams(`{"jsonrpc":"2.0","method":${JSON.stringify(method)}`, params);
}

export function requestText(id: RequestId, method: string, params: RawJson | undefined): string {
  return withParams(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":${JSON.stringify(method)}`, params);
}

function withParams(head: string, params: RawJson | undefined): string {
  return params === undefined ? `${head}}` : `${head},"params":${params.toText()}}`;
}
