/**
 * upstream/outgoing-message — JSON-RPC messages to a server, with the params as the bytes that they came as.
 *
 * A small message becomes one piece, a long one stays in pieces: nothing large is copied or written anew. Messages are
 * lines on some wires, so line breaks between the tokens become spaces; inside of strings JSON has none.
 * Knows nothing of: what the params mean.
 */

import type { AskReply } from '../model/index.ts';
import { byteTextOf, errorJson, type JsonPiece, type RawJson } from '../protocol/index.ts';

export function requestPieces(id: number, method: string, params: RawJson | undefined): readonly JsonPiece[] {
  return withParams(`{"jsonrpc":"2.0","id":${id},"method":${methodText(method)}`, params);
}

export function notificationPieces(method: string, params: RawJson | undefined): readonly JsonPiece[] {
  return withParams(`{"jsonrpc":"2.0","method":${methodText(method)}`, params);
}

/** What we answer to a request of the server. */
export function replyPieces(
  id: string | number,
  reply: Exclude<AskReply, { kind: 'unanswered' }>,
): readonly JsonPiece[] {
  const head = `{"jsonrpc":"2.0","id":${byteTextOf(JSON.stringify(id))}`;
  return reply.kind === 'result'
    ? joined(`${head},"result":`, reply.result)
    : joined(`${head},"error":`, errorJson(reply.error));
}

function withParams(head: string, params: RawJson | undefined): readonly JsonPiece[] {
  return params === undefined ? [`${head}}`] : joined(`${head},"params":`, params);
}

function joined(head: string, value: RawJson): readonly JsonPiece[] {
  const text = value.byteText;
  if (text !== undefined) return [`${head}${oneLine(text)}}`];
  return [head, ...value.pieces.map(onOneLine), '}'];
}

const methodTexts = new Map<string, string>();
const methodsKept = 100;

/** Methods are few, and each is written with every call. */
function methodText(method: string): string {
  let text = methodTexts.get(method);
  if (text === undefined) {
    text = byteTextOf(JSON.stringify(method));
    if (methodTexts.size < methodsKept) methodTexts.set(method, text);
  }
  return text;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;

function onOneLine(piece: JsonPiece): JsonPiece {
  if (typeof piece === 'string') return oneLine(piece);
  if (!piece.includes(lineFeed) && !piece.includes(carriageReturn)) return piece;
  // The bytes are the client's message, which others may still read as it was.
  const copy = Buffer.from(piece);
  for (const mark of [lineFeed, carriageReturn])
    for (let at = copy.indexOf(mark); at !== -1; at = copy.indexOf(mark, at + 1)) copy[at] = space;
  return copy;
}

function oneLine(text: string): string {
  return text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]/g, ' ') : text;
}
