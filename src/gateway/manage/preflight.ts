/**
 * gateway/manage/preflight — can these tools be called now, by such a caller? A look, not a call.
 *
 * Knows nothing of: HTTP, exit codes.
 */
import { type AccessRegister, grantOfAll, resolveGrant } from '../../access/index.ts';
import { type Clock, sleep } from '../../base/index.ts';
import { plainQualifiedName, similarNames, type View } from '../../catalogue/index.ts';
import type { InstalledServer, ServerId, ServerStatus, SpaceId } from '../../model/index.ts';
import type { UpstreamPool } from '../../upstream/index.ts';
import { gatewayError } from '../errors.ts';
import type { InstalledServers, Views } from '../serve/views.ts';
import type { WhyControl, WhyQuestion } from './why.ts';

export type Readiness =
  | 'ready'
  | 'sign-in-required'
  | 'server-down'
  | 'disabled'
  /** It is there, and this caller does not see it. */
  | 'not-in-view'
  | 'held-for-review'
  | 'missing';

export interface ToolReadiness {
  readonly tool: string;
  readonly readiness: Readiness;
  readonly says: string;
  readonly server: string | undefined;
  readonly nearest: readonly string[];
  /** A command that changes it. */
  readonly next: string | undefined;
}

export interface PreflightOptions {
  readonly access: AccessRegister;
  readonly views: Views;
  readonly why: WhyControl;
  readonly pool: UpstreamPool;
  readonly installed: InstalledServers;
  /** Original names of tools whose definitions wait for a person. */
  readonly heldTools: (serverId: ServerId) => readonly string[];
  readonly clock: Clock;
}

const lookAgainMs = 100;

export class Preflight {
  readonly #options: PreflightOptions;

  constructor(options: PreflightOptions) {
    this.#options = options;
  }

  /**
   * @param question who would call; with nothing in it, whoever is sent to the default Space
   * @param waitMs   look again for so long, until all are ready
   */
  async check(
    tools: readonly string[],
    question: WhyQuestion,
    waitMs: number,
  ): Promise<readonly ToolReadiness[]> {
    const { clock } = this.#options;
    const until = clock.monotonic() + waitMs;
    for (;;) {
      const found = tools.map((tool) => this.#judge(tool, question));
      // What is not there comes by itself too, when its server has only begun.
      if (found.every(({ readiness }) => readiness === 'ready') || clock.monotonic() >= until) return found;
      this.#wake(found);
      await sleep(clock, Math.min(lookAgainMs, Math.max(1, until - clock.monotonic())));
    }
  }

  #judge(tool: string, question: WhyQuestion): ToolReadiness {
    const { access, views, why, pool } = this.#options;
    const grant = resolveGrant(why.factsOf(question).facts, access.snapshot);
    const granted = grant && views.of(grant);
    if (grant === undefined || granted === undefined)
      throw gatewayError('nothing_there', { who: 'this caller' });
    const shown = granted.view.tools.get(tool);
    if (shown !== undefined) {
      const status = pool.get(shown.serverId)?.state.status;
      return {
        ...stateOf(shown.alias, status, shown.isAvailable),
        tool,
        server: shown.serverName,
        nearest: [],
      };
    }
    const whole = views.of(grantOfAll(grant.spaceId))?.view;
    const all = whole?.tools.get(tool);
    const named = views.namesOf(grant.spaceId).find('tool', tool);
    if (all === undefined && named !== undefined) {
      const { alias } = named.server;
      return {
        tool,
        readiness: 'disabled',
        says: 'its server is switched off',
        server: alias,
        nearest: [],
        next: `mcpmux enable ${alias}`,
      };
    }
    if (all !== undefined)
      return {
        tool,
        readiness: 'not-in-view',
        says: `not in this view: ${grant.rule}`,
        server: all.serverName,
        nearest: [],
        next: `mcpmux why ${tool}`,
      };
    const waiting = this.#held(tool, grant.spaceId);
    if (waiting !== undefined)
      return {
        tool,
        readiness: 'held-for-review',
        says: 'held for review',
        server: waiting.name,
        nearest: [],
        next: `mcpmux review ${waiting.alias}`,
      };
    const nearest = nearestIn(granted.view, tool);
    return {
      tool,
      readiness: 'missing',
      says: nearest.length === 0 ? 'not there' : `not there; did you mean ${nearest[0]}?`,
      server: undefined,
      nearest,
      next: undefined,
    };
  }

  /** Whose tool it is, when its definition waits for a person. */
  #held(tool: string, spaceId: SpaceId): InstalledServer | undefined {
    return this.#options.installed
      .all()
      .find(
        (server) =>
          server.spaceId === spaceId &&
          this.#options.heldTools(server.id).some((name) => plainQualifiedName(server.alias, name) === tool),
      );
  }

  /** A server that sleeps until it is called is waited for, so it is woken. */
  #wake(found: readonly ToolReadiness[]): void {
    const { pool } = this.#options;
    const down = new Set(
      found.flatMap(({ readiness, server }) => (readiness === 'server-down' ? [server] : [])),
    );
    if (down.size === 0) return;
    for (const instance of pool.all()) if (down.has(instance.server.name)) instance.want();
  }
}

function nearestIn(view: View, tool: string): readonly string[] {
  return similarNames(tool, view.tools.keys());
}

function stateOf(
  alias: string,
  status: ServerStatus | undefined,
  isAvailable: boolean,
): Pick<ToolReadiness, 'readiness' | 'says' | 'next'> {
  if (status === 'sign-in-required' || status === 'authenticating')
    return { readiness: 'sign-in-required', says: 'sign-in required', next: `mcpmux login ${alias}` };
  if (status === 'disabled')
    return { readiness: 'disabled', says: 'its server is switched off', next: `mcpmux enable ${alias}` };
  // Of our own there is no server that could be down; one that sleeps starts with the call.
  if (isAvailable && status !== 'failed') return { readiness: 'ready', says: 'ready', next: undefined };
  return {
    readiness: 'server-down',
    says: `its server is ${status === undefined || status === 'connected' ? 'away' : status}`,
    next: `mcpmux show ${alias}`,
  };
}
