/**
 * cli/stdio-bridge/standing-stream — keeps the stream open on which the gateway speaks to a legacy client unasked.
 *
 * Opened again when it ends, from where it was; not when the gateway offers none (405) or the session is another one.
 */
import { type Clock, sleep } from '../../base/index.ts';
import type { DaemonConnection } from './daemon-connection.ts';

const firstPauseMs = 200;
const longestPauseMs = 5_000;

export interface StandingStreamOptions {
  readonly link: DaemonConnection;
  readonly headers: () => Readonly<Record<string, string>>;
  /** False when another stream has taken over. */
  readonly isCurrent: () => boolean;
  readonly write: (line: string) => Promise<void>;
  /** The gateway no longer knows the session. */
  readonly lost: () => void;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

export async function keepStandingStream(options: StandingStreamOptions): Promise<void> {
  const { link, headers, isCurrent, write, lost, signal, clock } = options;
  let lastEventId: string | undefined;
  let pauseMs = firstPauseMs;
  while (isCurrent()) {
    try {
      const end = await link.exchange({
        method: 'GET',
        headers: {
          accept: 'text/event-stream',
          ...headers(),
          ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
        },
        signal,
        isRepeatable: true,
        message: write,
      });
      if (!isCurrent()) return;
      if (end.status === 404) return lost();
      if (end.kind !== 'events') return;
      lastEventId = end.lastEventId ?? lastEventId;
      pauseMs = end.retryMs ?? firstPauseMs;
    } catch {
      // The daemon is away; the stream is tried again for as long as the session may come back.
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
    await sleep(clock, Math.min(pauseMs, longestPauseMs));
  }
}
