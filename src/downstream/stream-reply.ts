/**
 * downstream/stream-reply — answers of the HTTP+SSE transport (2024-11-05): everything goes out on the one open stream.
 *
 * Knows nothing of: what was asked.
 */
import type { Refusal } from '../http/index.ts';
import type { Answer } from '../model/index.ts';
import type { RequestId } from '../protocol/index.ts';
import type { ReplayBuffer } from './replay-buffer.ts';
import { type ReplyChannel, refusalText } from './reply.ts';
import { answerBytes } from './wire-text.ts';

export class StreamReply implements ReplyChannel {
  readonly #stream: ReplayBuffer;

  constructor(stream: ReplayBuffer) {
    this.#stream = stream;
  }

  readonly canSay = true;

  say(text: string, isDroppable: boolean): void {
    this.#stream.send(text, isDroppable);
  }

  /** The stream has its own sign of life. */
  warm(): void {}

  answer(id: RequestId, answer: Answer): void {
    this.#stream.send(answerBytes(id, answer));
  }

  drop(): void {}

  refuse(id: RequestId, refusal: Refusal): void {
    this.#stream.send(refusalText(id, refusal));
  }
}
