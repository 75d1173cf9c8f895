/**
 * support/server-life — the servers' side of the gateway without the rest: a pool with real wires, and everything it
 * says kept for a test to look at.
 *
 * Knows nothing of: clients, the database; what is stored is kept in memory.
 */
import {
  Cancellation,
  type Clock,
  EventBus,
  nextCallId,
  Secret,
  silentLogger,
  systemClock,
} from '../../src/base/index.ts';
import type {
  CallScope,
  CatalogueRepository,
  DiscoveredFeatures,
  DomainEvent,
  EraVerdict,
  Feature,
  InstalledServer,
  ServerId,
  ServerLogEntry,
  SpaceId,
} from '../../src/model/index.ts';
import { type ChildKeeper, createTransport, type WireLimits } from '../../src/transports/index.ts';
import { plainChildKeeper } from '../../src/transports/process/index.ts';
import type { InstanceContext } from '../../src/upstream/instance-context.ts';
import { UpstreamPool } from '../../src/upstream/pool.ts';
import type { ServerInstance } from '../../src/upstream/server-instance.ts';
import { principalOf } from './principals.ts';

export interface ServerLifeOptions {
  readonly clock?: Clock;
  readonly startConcurrency?: number;
  readonly limits?: InstanceContext['limits'];
  readonly wireLimits?: Partial<WireLimits>;
  readonly children?: ChildKeeper;
  /** Instead of the catalogue in memory. */
  readonly replace?: CatalogueRepository['replace'];
  readonly change?: Partial<Omit<InstanceContext, 'takeTurn' | 'callWaits'>>;
}

export type PlainLaunch =
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly flavour?: 'auto' | 'http' | 'sse';
      readonly headers?: Readonly<Record<string, string>>;
    };

export interface ServerLife {
  readonly pool: UpstreamPool;
  readonly events: DomainEvent[];
  /** Lines of all servers' logs. */
  readonly lines: ServerLogEntry[];
  readonly verdicts: Map<ServerId, EraVerdict>;
  /** What was last stored of a server's tools. */
  tools(name: string): readonly string[];
  /** An installed server; not running yet. */
  install(name: string, launch: PlainLaunch, more?: Partial<InstalledServer>): ServerInstance;
  /** Installs it, wants it, and waits until it is connected or has failed. */
  start(name: string, launch: PlainLaunch, more?: Partial<InstalledServer>): Promise<ServerInstance>;
  close(): Promise<void>;
}

export function openServerLife(options: ServerLifeOptions = {}): ServerLife {
  const clock = options.clock ?? systemClock;
  const bus = new EventBus<DomainEvent>(systemClock, () => {});
  const events: DomainEvent[] = [];
  bus.subscribe(({ event }) => void events.push(event));
  const lines: ServerLogEntry[] = [];
  const verdicts = new Map<ServerId, EraVerdict>();
  const stored = new Map<ServerId, DiscoveredFeatures>();
  const replace: CatalogueRepository['replace'] = async (serverId, discovered) => {
    const old = stored.get(serverId);
    stored.set(serverId, {
      tools: discovered.tools ?? old?.tools,
      prompts: discovered.prompts ?? old?.prompts,
      resources: discovered.resources ?? old?.resources,
      templates: discovered.templates ?? old?.templates,
    });
    return { features: [] as readonly Feature[], diff: { added: [], removed: [], changed: [] } };
  };
  const children = options.children ?? plainChildKeeper();
  const pool = new UpstreamPool(
    {
      clock,
      logger: silentLogger,
      events: bus,
      serverLog: {
        append: (_: ServerId, entry: ServerLogEntry) => void lines.push(entry),
        read: async () => [],
        follow: () => () => {},
        remove: async () => {},
        close: async () => {},
      },
      verdicts: {
        get: async (id) => verdicts.get(id),
        save: async (id, verdict) => void verdicts.set(id, verdict),
        delete: async (id) => void verdicts.delete(id),
      },
      catalogue: {
        load: async () => [],
        replace: options.replace ?? replace,
        setAvailability: async () => {},
        unlist: async () => {},
      },
      limits: options.limits ?? {},
      clientInfo: { name: 'test', version: '1' },
      bridgedCapabilities: {},
      handshakeCache: { recall: () => undefined, remember: () => {} },
      faces: { setFace: () => false },
      createTransport: (server, wire) =>
        createTransport({
          server: server.name,
          launch: server.launch,
          wire: wire === 'in-process' ? 'stdio' : wire,
          clock,
          children,
          limits: options.wireLimits,
        }),
      sessions: { ask: () => undefined, has: () => false, isPresent: () => false },
      random: () => 0.5,
      ...options.change,
    },
    options.startConcurrency,
  );
  const install: ServerLife['install'] = (name, launch, more = {}) =>
    pool.put(installedServer(name, launch, more));
  return {
    pool,
    events,
    lines,
    verdicts,
    tools: (name) => (stored.get(name as ServerId)?.tools ?? []).map((tool) => tool.text('name') ?? ''),
    install,
    async start(name, launch, more) {
      const instance = install(name, launch, more);
      instance.want();
      await instance.whenSettled(
        (phase) => phase === 'ready' || phase === 'failed' || phase === 'waiting',
        15_000,
      );
      return instance;
    },
    close: () => pool.close(),
  };
}

/** Its name is its id and its alias. */
export function installedServer(
  name: string,
  launch: PlainLaunch,
  more: Partial<InstalledServer> = {},
): InstalledServer {
  return {
    id: name as ServerId,
    spaceId: 'default' as SpaceId,
    name,
    alias: name,
    isEnabled: true,
    launch:
      launch.kind === 'stdio'
        ? {
            kind: 'stdio',
            command: launch.command,
            args: launch.args,
            cwd: undefined,
            env: sealed(launch.env),
          }
        : {
            kind: 'http',
            url: launch.url,
            headers: sealed(launch.headers),
            flavour: launch.flavour ?? 'http',
          },
    sessionPolicy: 'auto',
    limits: {},
    revision: 1,
    createdAt: 0,
    updatedAt: 0,
    ...more,
  };
}

/** A call of a client with nothing particular about it. */
export function plainScope(more: Partial<CallScope> = {}): CallScope {
  return {
    callId: nextCallId(),
    caller: {
      principal: principalOf('p1', { name: 'tester' }),
      route: { kind: 'all' },
      client: { era: 'legacy', revision: '2025-11-25', info: { name: 'c', version: '1' }, capabilities: {} },
      sessionKey: 'session-1',
    },
    cancellation: new Cancellation(),
    wantsProgress: false,
    logLevel: undefined,
    tell: () => {},
    ask: () => Promise.resolve({ kind: 'error', error: { code: -32601, message: 'nobody is asked' } }),
    ...more,
  };
}

function sealed(values: Readonly<Record<string, string>> = {}): Record<string, Secret> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, new Secret(value)]));
}
