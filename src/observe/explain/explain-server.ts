/**
 * observe/explain/explain-server — why a server is as it is: from its state over what it said to the cause.
 *
 * Pure. In: state, launch, the last lines of its log. Out: an explanation.
 */
import { showUrl } from '../../base/index.ts';
import {
  commandIn,
  type Explanation,
  type InstalledServer,
  type ProblemFix,
  type ServerLogEntry,
  type ServerState,
} from '../../model/index.ts';
import { actOf } from '../problems/server-problems.ts';
import { type Cause, type CauseFacts, findCause } from './causes.ts';

export interface ServerFacts {
  readonly server: InstalledServer;
  readonly state: ServerState;
  /** The newest lines of its log that say something is wrong, oldest first. */
  readonly log: readonly ServerLogEntry[];
  readonly now: number;
}

export function explainServer({ server, state, log, now }: ServerFacts): Explanation {
  const { name, alias, id, launch } = server;
  const isProcess = launch.kind === 'stdio';
  const target =
    launch.kind === 'stdio' ? [launch.command, ...launch.args.slice(0, 3)].join(' ') : showUrl(launch.url);
  const facts: CauseFacts = { name, alias, isProcess, target };
  const about = { kind: 'server', id, name: alias } as const;
  const told = toldFacts(state, log, isProcess ? 'it is run by' : 'it is reached at', target, now);
  const done = (cause: string, says: string, nextStep: string | undefined): Explanation => ({
    about,
    cause,
    says,
    facts: told,
    next: nextStep === undefined ? undefined : fixOf(nextStep, id),
  });

  switch (state.status) {
    case 'connected':
    case 'refreshing':
      return state.nextStep === undefined
        ? done('fine', `${name} works.`, undefined)
        : done(
            'works-in-part',
            `${name} works in part: ${state.reason ?? 'something of it fails'}.`,
            state.nextStep,
          );
    case 'disabled':
      return done(
        'switched-off',
        `${name} is switched off, so its tools are not offered.`,
        `mcpmux enable ${alias}`,
      );
    case 'disconnected':
      return done('asleep', `${name} does not run now: ${state.reason ?? 'nobody used it'}.`, state.nextStep);
    case 'authenticating':
      return done(
        'sign-in-open',
        `${name} waits until you have signed in in the browser.`,
        `mcpmux login ${alias}`,
      );
    case 'sign-in-required':
      return done(
        'sign-in',
        `${name} cannot be used until somebody signs in${reasonAfter(state)}.`,
        state.nextStep ?? `mcpmux login ${alias}`,
      );
    case 'needs-configuration':
    case 'failed':
    case 'waiting':
    case 'connecting': {
      const cause = findCause(wordsOf(state, log), facts);
      if (cause !== undefined)
        return done(cause.id, sentence(name, cause, state), cause.next ?? state.nextStep);
      return done(...unnamed(facts, state));
    }
  }
}

function sentence(name: string, { because }: Cause, { status }: ServerState): string {
  return status === 'connecting'
    ? `${name} does not come up because ${because}.`
    : `${name} fails because ${because}.`;
}

/** Without words that we know. */
function unnamed(
  { name, alias, isProcess, target }: CauseFacts,
  state: ServerState,
): [cause: string, says: string, next: string | undefined] {
  const { reason = '', lastStderr } = state;
  const last = lastStderr.at(-1);
  if (
    state.status === 'connecting' ||
    /did not finish starting within|has not answered the handshake/.test(reason)
  )
    return isProcess
      ? [
          'no-handshake',
          `${name} was started and does not answer: either it needs longer, or it is no MCP server on stdio.`,
          `mcpmux logs ${alias}; to let it take longer: mcpmux tune ${alias} --connect-timeout SECONDS`,
        ]
      : [
          'no-answer',
          `${name} takes the connection and does not answer: it hangs, or a proxy in between holds back the stream.`,
          `try without the proxy; then: mcpmux refresh ${alias}`,
        ];
  if (/ended \(exit code 0\)/.test(reason) && last === undefined)
    return [
      'ends-at-once',
      `${name} ends by itself right after its start and says nothing: "${target}" may not be what starts the server.`,
      `correct the command: mcpmux edit ${alias}`,
    ];
  if (/ended \(/.test(reason))
    return [
      'crashes',
      `${name} ends by itself${last === undefined ? '' : `; it last said: ${last}`}.`,
      `mcpmux logs ${alias}`,
    ];
  return [
    'unknown',
    `${name} fails: ${reason === '' ? 'it does not say why' : reason}.`,
    state.nextStep ?? `mcpmux logs ${alias}`,
  ];
}

function reasonAfter({ reason }: ServerState): string {
  const why = /: ([^:]+)$/.exec(reason ?? '')?.[1];
  return why === undefined ? '' : ` (${why})`;
}

/** Everything it is known to have said, the newest first. */
function wordsOf({ reason, lastError, lastStderr }: ServerState, log: readonly ServerLogEntry[]): string[] {
  return [
    ...(reason === undefined ? [] : [reason]),
    ...[...lastStderr].reverse(),
    ...(lastError === undefined ? [] : [lastError]),
    ...[...log]
      .reverse()
      .map(({ message, facts }) => `${message} ${typeof facts?.['code'] === 'string' ? facts['code'] : ''}`),
  ];
}

function toldFacts(
  state: ServerState,
  log: readonly ServerLogEntry[],
  place: string,
  target: string,
  now: number,
): Explanation['facts'] {
  const facts: { name: string; says: string }[] = [];
  const isWell = state.status === 'connected' || state.status === 'refreshing';
  const said = isWell
    ? undefined
    : (state.lastStderr.at(-1) ?? log.findLast(({ source }) => source === 'stderr')?.message);
  if (said !== undefined) facts.push({ name: 'it said', says: said });
  if (state.reason !== undefined) facts.push({ name: 'state', says: state.reason });
  facts.push({ name: 'since', says: sinceText(state, now) });
  facts.push({ name: place, says: target });
  return facts;
}

function sinceText(state: ServerState, now: number): string {
  const parts = [spanText(now - state.since)];
  if (state.failuresInARow > 0)
    parts.push(`${state.failuresInARow} ${state.failuresInARow === 1 ? 'attempt' : 'attempts'} failed`);
  if (state.retryAt !== undefined) parts.push(`tried again in ${spanText(Math.max(0, state.retryAt - now))}`);
  if (state.callTriesAt !== undefined && state.callTriesAt > now)
    parts.push(`left alone for ${spanText(state.callTriesAt - now)}, then a call tries once`);
  return parts.join('; ');
}

export function spanText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

export function fixOf(nextStep: string, serverId?: string): ProblemFix {
  const says = nextStep.replace(/^(?:run|see): /, '');
  const command = commandIn(says);
  const act = command === undefined || serverId === undefined ? undefined : actOf(command, serverId);
  return { says, command, act };
}
