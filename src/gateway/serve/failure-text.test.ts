/**
 * gateway/serve/failure-text.test — clients learn which server failed, and nothing of the machine it runs on.
 */

import { expect, it } from 'vitest';
import { transportError } from '../../transports/index.ts';
import { upstreamError } from '../../upstream/index.ts';
import { failureText } from './failure-text.ts';

const exited = transportError('exited', { server: 'db', how: 'exit code 1', stderr: 'password=hunter2' });
const lost = transportError('command_not_found', {
  server: 'db',
  command: 'pg',
  path: '/home/me/bin:/usr/bin',
  hint: 'install it',
});

it.each([
  ['the last words of a process', exited, 'server "db" ended (exit code 1); see: mcpmux logs db'],
  ['the PATH', lost, 'server "db" cannot be started: its command was not found; install it'],
  [
    'folders',
    transportError('spawn_failed', { server: 'db', reason: 'its working folder "/home/me" is gone' }),
    'server "db" could not be started',
  ],
  [
    'what it waits because of',
    upstreamError(
      'not_ready',
      { server: 'db', status: 'waiting', reason: exited.message, nextStep: 'see its log' },
      exited,
    ),
    'server "db" is waiting: server "db" ended (exit code 1); see its log',
  ],
])('leaves out %s', (_, error, expected) => {
  expect(failureText(error)).toBe(expected);
});

it('tells the rest as it is, within bounds', () => {
  expect(failureText(transportError('busy', { server: 'db', reason: 'it does not read' }))).toBe(
    'server "db" does not keep up: it does not read',
  );
  const long = transportError('http_refused', { server: 'db', status: 500, detail: 'x'.repeat(10_000) });
  expect(failureText(long).length).toBeLessThan(600);
});
