/**
 * cli/errors — what can go wrong on this side of the admin socket, and how any failure is told to a person.
 */
import { defineErrors, describeError, isMcpMuxError } from '../base/index.ts';
import { AdminProblem } from '../contract/index.ts';

export const cliError = defineErrors('cli', {
  usage: { kind: 'invalid', says: (f) => String(f.message), hint: (f) => f.hint as string | undefined },
  daemon_not_running: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `the daemon is not running (data folder ${f.dataDir})`,
    hint: () => 'mcpmux start',
  },
  daemon_stopped: {
    kind: 'unavailable',
    says: (f) => `McpMux was stopped with mcpmux stop, and is left so (data folder ${f.dataDir})`,
    hint: () => 'mcpmux start',
  },
  daemon_did_not_start: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `the daemon was started and does not answer (data folder ${f.dataDir})`,
    hint: () => 'run it where its output is seen: mcpmux start',
  },
  nothing_to_stop: {
    kind: 'unavailable',
    says: (f) => `mcpmux is not running (data folder ${f.dataDir})`,
  },
  daemon_not_reachable: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `the daemon's socket ${f.path} cannot be used: ${f.reason}`,
    hint: () => 'mcpmux doctor',
  },
  daemon_gone: {
    kind: 'unavailable',
    retry: 'unknown',
    says: () => 'the daemon ended the connection before it had answered',
    hint: () => 'mcpmux status',
  },
  interrupted: { kind: 'cancelled', says: () => 'interrupted' },
  failed: { kind: 'internal', says: (f) => String(f.message), hint: (f) => f.hint as string | undefined },
});

/** A failure as the command line tells it: one sentence, one next step, and what decides the exit code. */
export interface ToldFailure {
  readonly code: string;
  readonly kind: string;
  readonly message: string;
  readonly next: string | undefined;
}

export function toldFailure(error: unknown): ToldFailure {
  if (error instanceof AdminProblem) {
    return { code: error.code, kind: error.kind, message: error.message, next: error.nextStep };
  }
  if (isMcpMuxError(error)) {
    return { code: error.code, kind: error.kind, message: error.message, next: error.hint };
  }
  return {
    code: 'cli.broken',
    kind: 'internal',
    message: `this should not have happened: ${describeError(error)}`,
    next: 'set MCPMUX_DEBUG=1 to see more, and please report it',
  };
}
