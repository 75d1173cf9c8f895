/**
 * cli/exit-codes — from the kind of a failure to the number a script sees. The numbers are promised: they never change.
 */
import type { ToldFailure } from './errors.ts';

export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  notRunning: 3,
  notFound: 4,
  signInNeeded: 5,
  partial: 6,
  conflict: 7,
  denied: 8,
  unavailable: 9,
  toolMissing: 11,
  toolNotInView: 12,
  toolDisabled: 13,
  toolHeld: 14,
  interrupted: 130,
} as const;

/** For `mcpmux help exit-codes` and docs/cli.md. */
export const exitCodeMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [exitCodes.ok, 'everything worked'],
  [exitCodes.failure, 'it failed: an internal error, too much data, or a tool that reported a failure'],
  [exitCodes.usage, 'the command line, or a value in it, is not valid'],
  [exitCodes.notRunning, 'the daemon is not running'],
  [
    exitCodes.notFound,
    'there is no server, tool, key, Space, set or mapping with that name; why: the client does not see the tool',
  ],
  [exitCodes.signInNeeded, 'someone has to sign in first'],
  [
    exitCodes.partial,
    'done, but something needs attention: a server was added but did not connect, or doctor found a problem',
  ],
  [exitCodes.conflict, 'it already exists, or another mcpmux is running'],
  [exitCodes.denied, 'not allowed'],
  [exitCodes.unavailable, 'a server did not answer in time, or a folder or file cannot be used'],
  [exitCodes.toolMissing, 'preflight: a tool is not there'],
  [exitCodes.toolNotInView, 'preflight: a tool is there, and this client does not see it'],
  [exitCodes.toolDisabled, 'preflight: the server of a tool is switched off'],
  [exitCodes.toolHeld, 'preflight: a tool is held for review'],
  [exitCodes.interrupted, 'interrupted (Ctrl+C)'],
];

const notRunning: ReadonlySet<string> = new Set([
  'cli.daemon_not_running',
  'cli.daemon_stopped',
  'cli.daemon_did_not_start',
  'cli.nothing_to_stop',
]);

export function exitCodeOf(failure: Pick<ToldFailure, 'code' | 'kind'>): number {
  if (notRunning.has(failure.code)) return exitCodes.notRunning;
  switch (failure.kind) {
    case 'invalid':
      return exitCodes.usage;
    case 'not-found':
      return exitCodes.notFound;
    case 'unauthenticated':
      return exitCodes.signInNeeded;
    case 'conflict':
      return exitCodes.conflict;
    case 'denied':
      return exitCodes.denied;
    case 'timeout':
    case 'unavailable':
      return exitCodes.unavailable;
    case 'cancelled':
      return exitCodes.interrupted;
    default:
      return exitCodes.failure;
  }
}
