/**
 * admin/open-streams — answers that go on until somebody leaves: events, followed logs.
 *
 * Owns: the set of open streams, so that a stop ends them, and the bound on what one slow reader may pile up.
 */
import { PassThrough } from 'node:stream';
import type { Closeable } from '../base/index.ts';

/** A reader that is this far behind is cut off; it comes back and reads the state anew. */
const maxBehindBytes = 1024 * 1024;
/** Shorter than the idle limits of proxies and of fetch. */
const heartbeatMs = 15_000;

export interface OpenStream {
  readonly body: PassThrough;
  write(text: string): void;
  /** Runs once when the stream is over, whoever ended it. */
  onEnd(act: () => void): void;
}

export class OpenStreams implements Closeable {
  readonly #open = new Set<PassThrough>();

  /** @param heartbeat what is sent when nothing happens, so that a dead reader is noticed */
  start(heartbeat: string): OpenStream {
    const body = new PassThrough();
    this.#open.add(body);
    const timer = setInterval(() => write(heartbeat), heartbeatMs);
    timer.unref();
    const write = (text: string): void => {
      if (body.destroyed || body.writableEnded) return;
      if (body.writableLength > maxBehindBytes) body.destroy();
      else body.write(text);
    };
    body.once('close', () => {
      clearInterval(timer);
      this.#open.delete(body);
    });
    // A reader that leaves destroys the stream; that is no failure of ours.
    body.on('error', () => {});
    return { body, write, onEnd: (act) => body.once('close', act) };
  }

  close(): void {
    for (const body of this.#open) body.end();
  }
}
