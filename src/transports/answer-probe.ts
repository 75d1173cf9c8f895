/**
 * transports/answer-probe — is this message the answer to request `id`?
 *
 * A wire must know when a stream has done its duty. Nearly every server writes the envelope first or last, so a look at
 * both ends decides; only what looks odd is scanned, and only when that is quickly done.
 * Knows nothing of: the answer's content.
 */
import { scanMessage } from '../protocol/index.ts';

const headBytes = 64;
const tailBytes = 48;
const notificationHead = /^\{\s*"jsonrpc"\s*:\s*"2\.0"\s*,\s*"method"\s*:/;
const answerHead = /^\{\s*"jsonrpc"\s*:\s*"2\.0"\s*,\s*"id"\s*:\s*(\d{1,15})\s*,\s*"(?:result|error)"\s*:/;
const resultFirst = /^\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"(?:result|error)"\s*:/;
const idLast = /,\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d{1,15})\s*\}\s*$/;

export function isAnswerTo(id: number, bytes: Buffer): boolean {
  const head = bytes.toString('latin1', 0, headBytes);
  if (head.startsWith(`{"jsonrpc":"2.0","id":${id},"result":`)) return true;
  if (notificationHead.test(head)) return false;
  const first = answerHead.exec(head);
  if (first !== null) return Number(first[1]) === id;
  if (resultFirst.test(head)) {
    const last = idLast.exec(bytes.toString('latin1', Math.max(0, bytes.length - tailBytes)));
    if (last !== null) return Number(last[1]) === id;
  }
  const scanned = scanMessage(bytes);
  // What is so long that it is scanned in turns is an answer: nobody tells or asks that much on a call's own stream.
  // A broken message there is all the answer there will be; whoever reads it says so.
  if (scanned === undefined || scanned instanceof Promise) return true;
  const messages = 'kind' in scanned ? [scanned] : scanned;
  return messages.some(
    (message) =>
      message.kind !== 'other' &&
      (message.id === id || message.id === String(id) || message.id === null || message.id === undefined),
  );
}
