/**
 * observe/problems/server-problems — which states of a server need a person, and what mends each.
 *
 * In: an installed server and its state. Out: its problem, or none.
 */
import { commandIn, type FoundProblem, type ProblemHarm, type ServerState } from '../../model/index.ts';

export interface ServerWithState {
  readonly server: { readonly id: string; readonly name: string; readonly alias: string };
  readonly state: ServerState;
}

/** @returns undefined when all is well with it, or it mends itself in a moment */
export function serverProblem({ server, state }: ServerWithState): FoundProblem | undefined {
  const { name, alias, id } = server;
  const verdict = judge(state, name);
  if (verdict === undefined) return undefined;
  const { harm, what, title } = verdict;
  const nextStep = state.nextStep ?? `run: mcpmux refresh ${alias}`;
  // Where the step is outside of us ("install uv"), trying again comes after it.
  const again = state.status === 'authenticating' ? 'login' : 'refresh';
  const command = commandIn(nextStep) ?? `mcpmux ${again} ${alias}`;
  return {
    id: `server:${id}:${what}`,
    code: `server.${what.replaceAll('-', '_')}`,
    harm,
    about: { kind: 'server', id, name: alias },
    title,
    cause: state.reason,
    since: state.since,
    until: state.signInExpiresAt,
    fix: { says: nextStep, command, act: actOf(command, id) },
  };
}

interface Verdict {
  readonly harm: ProblemHarm;
  readonly what: string;
  readonly title: string;
}

function judge(state: ServerState, name: string): Verdict | undefined {
  switch (state.status) {
    case 'failed':
      return { harm: 'failed', what: 'failed', title: `${name} failed` };
    case 'sign-in-required':
      return { harm: 'sign-in', what: 'sign-in', title: `${name}: sign-in required` };
    case 'authenticating':
      return { harm: 'waits', what: 'sign-in-open', title: `${name} waits for your sign-in` };
    case 'needs-configuration':
      return { harm: 'configuration', what: 'configuration', title: `${name} needs configuration` };
    case 'waiting':
      return { harm: 'waiting', what: 'waiting', title: `${name} waits to try again` };
    case 'connected':
    case 'refreshing':
      // It works, and something of it does not.
      if (state.nextStep === undefined) return undefined;
      return /mcpmux (?:login|auth)/.test(state.nextStep)
        ? { harm: 'sign-in', what: 'sign-in-in-part', title: `${name} needs a sign-in for some requests` }
        : { harm: 'limits', what: 'works-in-part', title: `${name} works in part` };
    case 'connecting':
      // Slow enough that a person was told where to look.
      return state.nextStep === undefined
        ? undefined
        : { harm: 'waiting', what: 'slow-start', title: `${name} takes long to start` };
    case 'disabled':
    case 'disconnected':
      return undefined;
  }
}

/** The verb of the admin API that a command of ours is. */
export function actOf(
  command: string,
  server: string,
): { readonly route: string; readonly params: Readonly<Record<string, string>> } | undefined {
  const [, first, second] = command.split(' ');
  const route = verbs[first === 'auth' ? `auth ${second}` : (first ?? '')];
  return route === undefined ? undefined : { route, params: { server } };
}

const verbs: Readonly<Record<string, string>> = {
  login: 'connectServer',
  refresh: 'refreshServer',
  enable: 'changeServer',
  tune: 'changeServer',
  edit: 'changeServer',
  logs: 'getServerLog',
  show: 'getServer',
  'auth doctor': 'diagnoseSignIn',
};
