/**
 * downstream/stream-reply — answers of the HTTP+SSE transport (2024-11-05): everything goes out on the one open stream.
 *
 * Knows nothing of: what was asked.
 */
import type { Answer } from '../model/index.ts';
import type { RequestId } from '../protocol/index.ts';
import type { ReplyChannel } from './reply.ts';
import type { StreamLog } from './stream-log.ts';
import { answerBytes } from './wire-text.ts';

export class StreamReply implements ReplyChannel {
  readonly #stream: StreamLog;

  constructor(stream: StreamLog) {
    this.#stream = stream;
  }

  say(text: string, isDroppable: boolean): void {
    this.#stream.send(text, isDroppable);
  }

  /** The stream has its own sign of life. */
  warm(): void {}

  answer(id: RequestId, answer: Answer): void {
    this.#stream.send(answerBytes(id, answer));
  }

  drop(): void {}
}
