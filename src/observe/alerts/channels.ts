/**
 * observe/alerts/channels — how an alert travels: as JSON to a webhook, or as arguments to a program.
 */
import { execFile } from 'node:child_process';
import { createSafeFetch, type NetworkSettings } from '../../network/index.ts';
import { observeError } from '../errors.ts';
import type { Alert, AlertChannel } from './alerts.ts';

const commandTimeoutMs = 10_000;

/** Posts `{ text, title, cause, next, id, since }`; `text` is what chat services show. Its deadline is the network's: 10 s. */
export function webhookChannel(url: string, network: NetworkSettings): AlertChannel {
  const fetch = createSafeFetch('the webhook for alerts', { serverUrl: url, network });
  return {
    name: `the webhook at ${new URL(url).host}`,
    async deliver({ title, cause, next, problem }) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          text: textOf({ title, cause, next }),
          title,
          cause: cause ?? null,
          next: next ?? null,
          id: problem.id,
          harm: problem.harm,
          since: problem.since,
        }),
      });
      if (!response.ok)
        throw observeError('alert_failed', {
          channel: this.name,
          reason: `it answered HTTP ${response.status}`,
        });
    },
  };
}

/** Runs the program with two arguments, no shell in between: the title, and the cause with the next step. */
export function commandChannel(program: string): AlertChannel {
  const name = `the program ${program}`;
  return {
    name,
    deliver: ({ title, cause, next }) =>
      new Promise((resolve, reject) => {
        const rest = [cause, next].filter((part) => part !== undefined).join(' — ');
        const child = execFile(
          program,
          [`McpMux: ${title}`, rest],
          { timeout: commandTimeoutMs, killSignal: 'SIGKILL', windowsHide: true },
          (error) => {
            if (error === null) resolve();
            else
              reject(
                observeError('alert_failed', { channel: name, reason: error.message.split('\n')[0] }, error),
              );
          },
        );
        child.stdin?.end();
      }),
  };
}

function textOf({ title, cause, next }: Pick<Alert, 'title' | 'cause' | 'next'>): string {
  return `McpMux: ${title}${cause === undefined ? '' : `. ${cause}`}${next === undefined ? '' : `\nNext: ${next}`}`;
}
