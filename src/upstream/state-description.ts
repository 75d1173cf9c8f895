/**
 * upstream/state-description — the machine's state in the words a person reads: status, reason, next step.
 *
 * Every state that is not "connected" says why and what to do.
 */
import type { McpMuxError } from '../base/index.ts';
import type { FeatureKind, InstalledServer, ServerState, ServerStatus } from '../model/index.ts';
import type { ServerLifecycle } from './server-lifecycle.ts';
import type { SignInStatus } from './sign-in-status.ts';

/** After this long in one step, the reason says how long it has been. */
const noticeAfterMs = 3_000;

const listNames: Record<FeatureKind, string> = {
  tool: 'tools/list',
  prompt: 'prompts/list',
  resource: 'resources/list',
  template: 'resources/templates/list',
};

/** Nothing is wrong with the server: a person has to give or unlock something first. */
const needsPerson: ReadonlySet<string> = new Set([
  'upstream.secret_unresolved',
  'upstream.input_missing',
  'store.locked',
]);

export function describeState(facts: {
  readonly server: InstalledServer;
  readonly life: Pick<ServerLifecycle, 'machine' | 'error' | 'since' | 'lastAttemptAt' | 'retryAt'>;
  readonly requestsServed: number;
  readonly pid: number | undefined;
  readonly listFailures: readonly { readonly kind: FeatureKind; readonly reason: string }[];
  /** It asked for folders while nobody called. */
  readonly needsFolders: boolean;
  readonly isRefreshing: boolean;
  /** The need may stand although it is connected: a token that cannot be renewed, or too little permission. */
  readonly signIn: Pick<SignInStatus, 'expiresAt' | 'need'>;
  readonly now: number;
}): ServerState {
  const { server } = facts;
  const { machine, error, since, retryAt, lastAttemptAt } = facts.life;
  const { status, reason, nextStep } = words(facts);
  return {
    serverId: server.id,
    status,
    since,
    reason,
    nextStep,
    retryAt: status === 'waiting' ? retryAt : undefined,
    callTriesAt: status === 'failed' ? machine.callTriesAt : undefined,
    signInExpiresAt: status === 'authenticating' ? facts.signIn.expiresAt : undefined,
    connectedAt: machine.readySince,
    lastAttemptAt,
    lastError: error?.message,
    lastStderr: linesOf(error),
    failuresInARow: machine.phase === 'ready' ? 0 : machine.failuresInARow,
    restarts: machine.restarts,
    requestsServed: facts.requestsServed,
    pid: facts.pid,
    flowId: machine.flowId,
  };
}

/** The one place where text of servers becomes part of a state, and loses its secrets, as on its way into a log. */
export function redactState(state: ServerState, redact: (text: string) => string): ServerState {
  const { reason, nextStep, lastError, lastStderr } = state;
  if (reason === undefined && nextStep === undefined && lastError === undefined) return state;
  const clean = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : redact(text);
  return {
    ...state,
    reason: clean(reason),
    nextStep: clean(nextStep),
    lastError: clean(lastError),
    lastStderr: lastStderr.map(redact),
  };
}

function linesOf(error: McpMuxError | undefined): readonly string[] {
  const lines = error?.facts['stderrLines'];
  return typeof lines === 'string' ? lines.split('\n') : [];
}

/** All is well with it: what it offers is listed, and a call finds it. */
const asleep = {
  status: 'disconnected',
  reason: 'it was stopped because nobody used it; the next call starts it',
  nextStep: undefined,
} as const;

const allIsWell = { reason: undefined, nextStep: undefined } as const;

/** On a connection that everybody shares there are no folders, because they are each client's own. */
function needOfFolders(server: InstalledServer): { reason: string; nextStep: string | undefined } {
  return server.sessionPolicy === 'shared'
    ? {
        reason:
          'it needs folders (roots) from its client, and gets none while all clients share one connection',
        nextStep: `run: mcpmux tune ${server.alias} --session-policy auto`,
      }
    : {
        reason:
          'it needs folders (roots) from its client; each client that shares folders gets a connection of its own',
        nextStep: undefined,
      };
}

/** The hour is the same wherever it is read. */
export function describeNextRetry(callTriesAt: number): string {
  return `a call after ${new Date(callTriesAt).toISOString().slice(11, 19)} UTC tries once`;
}

/** What becomes of a server that failed too often. */
function afterTooMany(callTriesAt: number | undefined): string {
  const by = 'it is not started again by itself';
  return callTriesAt === undefined ? by : `${by}, but ${describeNextRetry(callTriesAt)}`;
}

/** It is not started again by itself, so looking is not all there is to do. */
function isOnlyLogs(hint: string | undefined): boolean {
  return hint === undefined || /^see: mcpmux logs (?:\S+|'[^']*')$/.test(hint);
}

/** Where another sign-in alone would not help, what has to be done first is the next step. */
function signInStep(error: McpMuxError | undefined): string | undefined {
  if (error?.facts['isTokenRefused'] === true) return error.hint;
  const isOfSignIn = error?.code.startsWith('sign-in.') === true;
  return isOfSignIn && error.hint?.startsWith('run: mcpmux login') === false ? error.hint : undefined;
}

function words(facts: Parameters<typeof describeState>[0]): {
  status: ServerStatus;
  reason: string | undefined;
  nextStep: string | undefined;
} {
  const { server } = facts;
  const { machine, error, since } = facts.life;
  const forMs = facts.now - since;
  const logs = `see: mcpmux logs ${server.alias}`;
  const seconds = Math.round(forMs / 1_000);
  switch (machine.phase) {
    case 'idle':
      return server.isEnabled
        ? {
            status: 'disconnected',
            reason: 'it was not started yet',
            nextStep: `run: mcpmux refresh ${server.alias}`,
          }
        : {
            status: 'disabled',
            reason: 'a person switched it off',
            nextStep: `run: mcpmux enable ${server.alias}`,
          };
    case 'closing':
      return machine.isFallingAsleep
        ? asleep
        : { status: 'disconnected', reason: 'it is being stopped', nextStep: undefined };
    case 'asleep':
      return asleep;
    case 'opening':
    case 'agreeing': {
      const what =
        server.launch.kind === 'stdio'
          ? machine.phase === 'opening'
            ? 'it is being started'
            : 'it was started and has not answered the handshake yet'
          : 'it has not answered the handshake yet';
      return {
        status: 'connecting',
        reason: forMs > noticeAfterMs ? `${what} (${seconds} s)` : what,
        nextStep: forMs > noticeAfterMs ? logs : undefined,
      };
    }
    case 'listing':
      return {
        status: 'connecting',
        reason: `the handshake is done; it has not answered with its lists yet${forMs > noticeAfterMs ? ` (${seconds} s)` : ''}`,
        nextStep: forMs > noticeAfterMs ? logs : undefined,
      };
    case 'ready': {
      const failed = facts.listFailures[0];
      const status = facts.isRefreshing ? 'refreshing' : 'connected';
      const { need } = facts.signIn;
      if (need !== undefined)
        return {
          status,
          reason:
            need.kind === 'sign-in' && !need.hasToken
              ? `some of its requests need a sign-in (${need.reason}); the others work`
              : need.reason,
          nextStep: need.isHopeless
            ? logs
            : need.isTokenRefused
              ? `run: mcpmux auth doctor ${server.alias}`
              : `run: mcpmux login ${server.alias}`,
        };
      if (failed !== undefined)
        return {
          status,
          reason: `${listNames[failed.kind]} failed: ${failed.reason}; it is asked again by itself`,
          nextStep: `run: mcpmux refresh ${server.alias}`,
        };
      return { status, ...(facts.needsFolders ? needOfFolders(server) : allIsWell) };
    }
    case 'waiting':
      return {
        status: 'waiting',
        reason: error?.message ?? 'the last attempt failed',
        nextStep: error?.hint ?? logs,
      };
    case 'failed':
      return {
        status: error !== undefined && needsPerson.has(error.code) ? 'needs-configuration' : 'failed',
        reason:
          error === undefined
            ? 'it failed'
            : machine.failuresInARow > 1
              ? `${error.message} (${machine.failuresInARow} times in a row; ${afterTooMany(machine.callTriesAt)})`
              : error.message,
        nextStep: isOnlyLogs(error?.hint) ? `${logs}, then: mcpmux refresh ${server.alias}` : error?.hint,
      };
    case 'oauth_required':
      return {
        status: 'sign-in-required',
        reason: error?.message ?? 'it asks for sign-in',
        nextStep: signInStep(error) ?? `run: mcpmux login ${server.alias}`,
      };
    case 'authenticating':
      return {
        status: 'authenticating',
        reason: 'a sign-in is open in the browser',
        nextStep: 'finish it in the browser',
      };
  }
}
