/**
 * http/respond — writes whole answers: one head, one body, one write, always with the headers that keep browsers out.
 *
 * Headers are flat arrays that Node hands on without asking twice; `setHeader` costs several times as much.
 */
import type { ServerResponse } from 'node:http';
import type { Exchange } from './exchange.ts';
import { type Refusal, type RefusalShape, refusalBody } from './refusal.ts';

export type ExtraHeaders = Readonly<Record<string, string>>;

/** On every answer. Answers depend on who asks and may hold what only that client may see: nobody stores or embeds them. */
const everyAnswer: readonly string[] = [
  'x-content-type-options',
  'nosniff',
  'cache-control',
  'no-store',
  'cross-origin-resource-policy',
  'same-origin',
  'cross-origin-opener-policy',
  'same-origin',
  'referrer-policy',
  'no-referrer',
];

/** A flat header list: what every answer carries, then `more`. */
export function answerHeaders(more: readonly string[], extra?: ExtraHeaders): string[] {
  const headers = [...everyAnswer, ...more];
  if (extra !== undefined) for (const name in extra) headers.push(name, extra[name] as string);
  return headers;
}

/** For answers that somebody else writes (a framework behind the door): sets what every answer carries. */
export function setAnswerHeaders(response: ServerResponse): void {
  for (let at = 0; at < everyAnswer.length; at += 2)
    response.setHeader(everyAnswer[at] as string, everyAnswer[at + 1] as string);
}

/**
 * Answers with JSON.
 *
 * @param body serialised JSON as text or bytes, or a value to serialise
 */
export function sendJson(
  exchange: Exchange,
  status: number,
  body: Buffer | string | object,
  headers?: ExtraHeaders,
): void {
  const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const { response } = exchange;
  response.writeHead(
    status,
    answerHeaders(
      ['content-type', 'application/json', 'content-length', String(Buffer.byteLength(payload))],
      headers,
    ),
  );
  response.end(payload);
}

/** Answers with an RFC 9457 problem. */
export function sendProblem(
  exchange: Exchange,
  status: number,
  problem: object,
  headers?: ExtraHeaders,
): void {
  const text = JSON.stringify(problem);
  exchange.response.writeHead(
    status,
    answerHeaders(
      ['content-type', 'application/problem+json', 'content-length', String(Buffer.byteLength(text))],
      headers,
    ),
  );
  exchange.response.end(text);
}

/**
 * Answers with a small JSON text.
 *
 * @param byteText its UTF-8 bytes, one character a byte: so it leaves with the head as one piece
 */
export function sendJsonByteText(
  exchange: Exchange,
  status: number,
  byteText: string,
  headers?: ExtraHeaders,
): void {
  const { response } = exchange;
  response.writeHead(
    status,
    answerHeaders(['content-type', 'application/json', 'content-length', String(byteText.length)], headers),
  );
  response.end(byteText, 'latin1');
}

/**
 * Answers with JSON that is there in pieces, without joining them first.
 *
 * @param parts Buffers, and strings with one character a byte
 */
export function sendJsonParts(
  exchange: Exchange,
  status: number,
  parts: readonly (Buffer | string)[],
  headers?: ExtraHeaders,
): void {
  let bodyBytes = 0;
  for (const part of parts) bodyBytes += part.length;
  const { response } = exchange;
  response.writeHead(
    status,
    answerHeaders(['content-type', 'application/json', 'content-length', String(bodyBytes)], headers),
  );
  response.cork();
  for (const part of parts) response.write(part, 'latin1');
  response.end();
  response.uncork();
}

/** Answers with a line of plain text. */
export function sendText(exchange: Exchange, status: number, text: string, headers?: ExtraHeaders): void {
  exchange.response.writeHead(
    status,
    answerHeaders(
      ['content-type', 'text/plain; charset=utf-8', 'content-length', String(Buffer.byteLength(text))],
      headers,
    ),
  );
  exchange.response.end(text);
}

/** Answers with a status and nothing else (202, 204). */
export function sendEmpty(exchange: Exchange, status: number, headers?: ExtraHeaders): void {
  exchange.response.writeHead(status, answerHeaders(status === 204 ? [] : ['content-length', '0'], headers));
  exchange.response.end();
}

/** Answers with a refusal of the door. */
export function sendRefusal(response: ServerResponse, refusal: Refusal, shape: RefusalShape): void {
  const { type, text } = refusalBody(refusal, shape);
  response.writeHead(
    refusal.status,
    answerHeaders([
      'content-type',
      type,
      'content-length',
      String(Buffer.byteLength(text)),
      ...(refusal.headers ?? []),
    ]),
  );
  response.end(text);
}
