/**
 * support/loop-delay — the event-loop delay that a running daemon tells of itself.
 */
import { sendOverSocket } from './gateway.ts';

/** @returns p99 in seconds since it was last asked; undefined when the metrics have none */
export async function readLoopDelayP99(socketPath: string): Promise<number | undefined> {
  const answer = await sendOverSocket(socketPath)({
    method: 'GET',
    path: '/metrics',
    headers: {},
    body: undefined,
    signal: undefined,
  });
  let text = '';
  for await (const chunk of answer.chunks) text += chunk;
  const seconds = /event_loop_delay_seconds\{quantile="0.99"\} (\S+)/.exec(text)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}
