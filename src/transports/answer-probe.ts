/**
 * transports/answer-probe — is this message the answer to request `id`?
 *
 * A wire must know when a stream has done its duty. Nearly every server writes the envelope first or last, so a look at
 * both ends decides; only what looks odd is scanned whole.
 * Knows nothing of: the answer's content.
 */
import { scanAnswer } from '../protocol/index.ts';

const headBytes = 64;
const tailBytes = 48;
const notificationHead = /^\{\s*"jsonrpc"\s*:\s*"2\.0"\s*,\s*"method"\s*:/;
const answerHead = /^\{\s*"jsonrpc"\s*:\s*"2\.0"\s*,\s*"id"\s*:\s*(\d{1,15})\s*,\s*"(?:result|error)"\s*:/;
const resultFirst = /^\{\s*"(?:result|error)"\s*:/;
const envelopeLast = /,\s*"jsonrpc"\s*:\s*"2\.0"\s*,\s*"id"\s*:\s*(\d{1,15})\s*\}\s*$/;

export function isAnswerTo(id: number, bytes: Buffer): boolean {
  const head = bytes.toString('latin1', 0, headBytes);
  if (head.startsWith(`{"jsonrpc":"2.0","id":${id},"result":`)) return true;
  if (notificationHead.test(head)) return false;
  const first = answerHead.exec(head);
  if (first !== null) return Number(first[1]) === id;
  if (resultFirst.test(head)) {
    const last = envelopeLast.exec(bytes.toString('latin1', Math.max(0, bytes.length - tailBytes)));
    if (last !== null) return Number(last[1]) === id;
  }
  const scanned = scanAnswer(bytes);
  // A broken message on the request's own stream is all the answer there will be; whoever reads it says so.
  if (scanned === undefined) return true;
  if (scanned.kind === 'other') return false;
  return scanned.id === id || scanned.id === String(id) || scanned.id === null || scanned.id === undefined;
}
