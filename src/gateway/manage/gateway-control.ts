/**
 * gateway/manage/gateway-control — carries out what a person wants: store first, then reconcile what runs.
 *
 * In: intent by way of admin/. Out: overviews. A crash between store and reconcile heals at the next start.
 * Owns: the order store → memory → running → event.
 * Knows nothing of: HTTP, the command line.
 */

import { type AccessRegister, grantOfAll } from '../../access/index.ts';
import {
  Cancellation,
  type Clock,
  describeError,
  type JsonObject,
  type Logger,
  newId,
  nextCallId,
  shortText,
} from '../../base/index.ts';
import { type Catalogue, searchTools, similarNames } from '../../catalogue/index.ts';
import {
  type Caller,
  type CallScope,
  type ClientId,
  type DomainEvents,
  type Feature,
  type InstalledServer,
  noLimits,
  principalIdOf,
  reservedAliases,
  type ServerId,
  type ServerRepository,
  type SpaceId,
} from '../../model/index.ts';
import { errorData, modernRevision, RawJson } from '../../protocol/index.ts';
import {
  reportProcesses,
  type ServerInstance,
  type ServerProcesses,
  type UpstreamPool,
} from '../../upstream/index.ts';
import { gatewayError } from '../errors.ts';
import type { CallHandler } from '../serve/call-handler.ts';
import { reportCapabilities } from '../serve/capability-report.ts';
import type {
  AddServerInput,
  CallOutcome,
  ChangeServerInput,
  Control,
  FeatureCounts,
  ServerOverview,
  ToolOverview,
} from './control.ts';
import { requireSpace } from './find-access.ts';
import { findServer, serverReference, serversIn } from './find-server.ts';
import type { InstalledServerList } from './installed-server-list.ts';
import { planEdit } from './plan-edit.ts';
import { planServer } from './plan-server.ts';

/** Statuses that do not change by themselves within moments. */
const restless: ReadonlySet<string> = new Set(['connecting', 'disconnected', 'refreshing']);

/** The person who tries a tool: no client, held to nothing; all of the Space is open to them. */
export function administratorOf(spaceId: SpaceId): Caller {
  return {
    principal: {
      id: principalIdOf('admin' as ClientId),
      kind: 'admin',
      name: 'administrator',
      clientId: 'admin' as ClientId,
      credentialId: undefined,
      limits: { ...noLimits, spaceId },
      credentialLimits: noLimits,
      isLive: true,
    },
    route: { kind: 'all' },
    client: {
      era: 'modern',
      revision: modernRevision,
      info: { name: 'mcpmux-admin', version: '1' },
      capabilities: {},
    },
    sessionKey: undefined,
  };
}

export class GatewayControl implements Control {
  readonly #servers: ServerRepository;
  readonly #access: AccessRegister;
  readonly #installed: InstalledServerList;
  readonly #catalogue: Catalogue;
  readonly #pool: UpstreamPool;
  readonly #serve: CallHandler;
  readonly #events: DomainEvents;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #connectAnew: (server: InstalledServer) => Promise<unknown>;
  readonly #forget: (serverId: ServerId) => Promise<void>;
  readonly #renamed: (old: InstalledServer, server: InstalledServer) => Promise<void>;
  readonly #moved: (old: InstalledServer, server: InstalledServer) => Promise<void>;

  constructor(options: {
    readonly servers: ServerRepository;
    readonly access: AccessRegister;
    readonly installed: InstalledServerList;
    readonly catalogue: Catalogue;
    readonly pool: UpstreamPool;
    readonly serve: CallHandler;
    readonly events: DomainEvents;
    readonly clock: Clock;
    readonly logger: Logger;
    /** A fresh attempt, whatever there is; who asks while one runs shares it. */
    readonly connectAnew: (server: InstalledServer) => Promise<unknown>;
    /** A server was removed: what is kept of it outside of its own tables goes too. */
    readonly forget?: (serverId: ServerId) => Promise<void>;
    /** A server was changed: what names it follows. */
    readonly renamed?: (old: InstalledServer, server: InstalledServer) => Promise<void>;
    /** A server was changed: what was made for the address that it had goes with it, or goes. */
    readonly moved?: (old: InstalledServer, server: InstalledServer) => Promise<void>;
  }) {
    this.#servers = options.servers;
    this.#access = options.access;
    this.#installed = options.installed;
    this.#catalogue = options.catalogue;
    this.#pool = options.pool;
    this.#serve = options.serve;
    this.#events = options.events;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#connectAnew = options.connectAnew;
    this.#forget = options.forget ?? (() => Promise.resolve());
    this.#renamed = options.renamed ?? (() => Promise.resolve());
    this.#moved = options.moved ?? (() => Promise.resolve());
  }

  /** Brings what runs in line with what is installed. Safe at any time; waits for nothing. */
  reconcile(): void {
    for (const server of this.#installed.all()) {
      const instance = this.#pool.put(server);
      if (server.isEnabled) instance.want();
      else if (instance.state.status !== 'disabled') this.#inBackground(server, instance.unwant());
    }
    for (const instance of [...this.#pool.all()]) {
      const { server } = instance;
      if (this.#installed.get(server.id) === undefined)
        this.#inBackground(server, this.#pool.remove(server.id));
    }
  }

  listServers(space?: string): readonly ServerOverview[] {
    return serversIn(this.#installed.all(), space, this.#access.snapshot).map((server) =>
      this.#overview(server),
    );
  }

  getServer(reference: string): ServerOverview {
    return this.#overview(this.#find(reference));
  }

  async addServer(input: AddServerInput): Promise<ServerOverview> {
    const space = requireSpace(this.#access.snapshot, input.space);
    const server = planServer(input, serversIn(this.#installed.all(), space.id, this.#access.snapshot), {
      id: newId<ServerId>(),
      spaceId: space.id,
      now: this.#clock.now(),
    });
    await this.#servers.insert(server);
    this.#installed.put(server);
    this.#events.publish({ type: 'gateway.server_installed', serverId: server.id, name: server.name });
    this.reconcile();
    return this.#overview(server);
  }

  async changeServer(reference: string, change: ChangeServerInput): Promise<ServerOverview> {
    const old = this.#find(reference);
    const others = this.#installed
      .all()
      .filter(({ id, spaceId }) => id !== old.id && spaceId === old.spaceId);
    const server = planEdit(old, change, others, this.#clock.now());
    await this.#servers.update(server, old.revision);
    this.#installed.put(server);
    await this.#renamed(old, server).catch((error: unknown) => {
      // Members that name it stay, and stand for nothing until somebody puts them right.
      this.#logger.warn(
        { server: server.name, error: describeError(error) },
        'sets did not follow a new name',
      );
    });
    await this.#moved(old, server).catch((error: unknown) => {
      // It is changed all the same; signing in again puts right what is left.
      this.#logger.warn(
        { server: server.name, error: describeError(error) },
        'the sign-in of a server that was changed could not be brought in line',
      );
    });
    const named = { serverId: server.id, name: server.name };
    if (server.isEnabled !== old.isEnabled) {
      this.#events.publish(
        server.isEnabled
          ? { type: 'gateway.server_enabled', ...named }
          : { type: 'gateway.server_disabled', ...named },
      );
    } else this.#events.publish({ type: 'gateway.server_updated', ...named });
    this.reconcile();
    this.#tellListsChanged(server.id);
    return this.#overview(server);
  }

  async removeServer(reference: string): Promise<void> {
    const server = this.#find(reference);
    await this.#servers.delete(server.id);
    await this.#catalogue.unlist(server.id);
    this.#installed.remove(server.id);
    await this.#pool.remove(server.id);
    await this.#forget(server.id).catch((error: unknown) => {
      // It is removed all the same; what is left harms nobody.
      this.#logger.warn({ server: server.name, error: describeError(error) }, 'traces of a server were left');
    });
    this.#events.publish({ type: 'gateway.server_removed', serverId: server.id, name: server.name });
    this.#tellListsChanged(server.id);
  }

  async refreshServer(reference: string): Promise<ServerOverview> {
    const server = this.#find(reference);
    if (!server.isEnabled) return this.#overview(server);
    const instance = this.#instanceOf(server);
    await this.#connectAnew(server);
    // It may still wait for its turn to start.
    await this.#settle(instance, 600_000);
    // It may have been changed or removed while it was waited for.
    return this.#overview(this.#find(server.id));
  }

  async settled(reference: string, timeoutMs: number): Promise<ServerOverview> {
    const server = this.#find(reference);
    const instance = this.#pool.get(server.id);
    if (instance !== undefined) await this.#settle(instance, timeoutMs);
    return this.#overview(this.#find(server.id));
  }

  listFeatures(reference: string): readonly Feature[] {
    return this.#catalogue.featuresOf(this.#find(reference).id);
  }

  listProcesses(): Promise<readonly ServerProcesses[]> {
    return reportProcesses(this.#installed.all().map((server) => this.#instanceOf(server)));
  }

  async findTools(
    query: string | undefined,
    limit: number,
    space?: string,
  ): Promise<readonly ToolOverview[]> {
    const { id } = requireSpace(this.#access.snapshot, space);
    const tools = this.#serve.viewOf(grantOfAll(id))?.view.tools ?? new Map();
    const targets =
      query === undefined || query.trim() === ''
        ? [...tools.values()]
            .filter(({ isAvailable, alias }) => isAvailable && !reservedAliases.has(alias))
            .slice(0, limit)
        : (await searchTools(tools, query, limit)).targets;
    return targets.map((target) => ({
      qualifiedName: target.shownName,
      originalName: target.originalName,
      serverId: target.serverId,
      serverName: target.serverName,
      title: target.item.text('title'),
      description: target.item.text('description'),
      isAvailable: target.isAvailable,
      item: target.item.parse() as JsonObject,
    }));
  }

  async callTool(
    qualifiedName: string,
    args: JsonObject,
    signal: AbortSignal,
    space?: string,
  ): Promise<CallOutcome> {
    const administrator = administratorOf(requireSpace(this.#access.snapshot, space).id);
    const granted = this.#serve.viewFor(administrator);
    const tools = granted?.view.tools;
    if (tools?.get(qualifiedName) === undefined) {
      const held = granted && this.#serve.heldText('tool', qualifiedName, granted);
      if (held !== undefined) throw gatewayError('tool_held', { says: held });
      throw gatewayError('unknown_tool', {
        tool: shortText(qualifiedName),
        nearest: similarNames(qualifiedName, tools?.keys() ?? []).join(', '),
      });
    }
    const cancellation = new Cancellation();
    signal.addEventListener('abort', () => cancellation.cancel('the administrator gave up'), { once: true });
    const scope: CallScope = {
      callId: nextCallId(),
      caller: administrator,
      cancellation,
      wantsProgress: false,
      logLevel: undefined,
      tell: () => {},
      ask: (ask) =>
        Promise.resolve({
          kind: 'error',
          error: { code: -32601, message: `nobody is here to answer ${ask.method}` },
        }),
    };
    const answer = await this.#serve.answer({
      method: 'tools/call',
      params: RawJson.ofValue({ name: qualifiedName, arguments: args }),
      scope,
    });
    return answer.kind === 'result'
      ? { kind: 'result', result: answer.result.value }
      : {
          kind: 'error',
          code: answer.error.code,
          message: answer.error.message,
          data: errorData(answer.error),
        };
  }

  async #settle(instance: ServerInstance, timeoutMs: number): Promise<void> {
    await instance.whenSettled(
      (phase) => phase === 'asleep' || !restless.has(instance.state.status),
      timeoutMs,
    );
  }

  /** What can be seen changed without any server having said so. */
  #tellListsChanged(serverId: ServerId): void {
    this.#events.publish({
      type: 'catalogue.changed',
      serverId,
      kinds: ['tool', 'prompt', 'resource', 'template'],
    });
  }

  #find(reference: string): InstalledServer {
    return findServer(this.#installed.all(), reference, this.#access.snapshot);
  }

  /** Looking at a server must not change what runs: only `reconcile` brings that in line. */
  #instanceOf(server: InstalledServer): ServerInstance {
    return this.#pool.get(server.id) ?? this.#pool.put(server);
  }

  #inBackground(server: InstalledServer, stopping: Promise<void>): void {
    stopping.catch((error: unknown) => {
      this.#logger.warn(
        { server: server.name, error: describeError(error) },
        'a server did not stop cleanly',
      );
    });
  }

  #overview(server: InstalledServer): ServerOverview {
    const instance = this.#instanceOf(server);
    const { snapshot } = this.#access;
    return {
      server,
      space: snapshot.space(server.spaceId)?.slug ?? server.spaceId,
      reference: serverReference(server, snapshot),
      state: instance.state,
      counts: countFeatures(this.#catalogue.featuresOf(server.id)),
      verdict: instance.verdict,
      told: instance.handshake,
      legs: instance.legs.map((leg) => ({
        era: leg.era,
        revision: leg.revision,
        inFlight: leg.inFlight,
        owner: leg.owner,
      })),
      withheld: instance.withheld,
      capabilityReports: this.#capabilityReports(server, instance),
    };
  }

  #capabilityReports(server: InstalledServer, instance: ServerInstance): ServerOverview['capabilityReports'] {
    return this.#serve.clients
      .all()
      .filter(({ route }) => route.kind !== 'server' || route.alias === server.alias)
      .map(({ name, version, client, lastSeenAt }) => ({
        client: name,
        clientVersion: version,
        revision: client.revision,
        lastSeenAt,
        ...reportCapabilities(client, {
          eras: instance.verdict?.eras ?? [],
          capabilities: instance.handshake?.capabilities ?? {},
        }),
      }));
  }
}

function countFeatures(features: readonly Feature[]): FeatureCounts {
  const counts = { tools: 0, prompts: 0, resources: 0, templates: 0 };
  for (const feature of features) {
    if (!feature.isAvailable) continue;
    counts[`${feature.kind}s`] += 1;
  }
  return counts;
}
