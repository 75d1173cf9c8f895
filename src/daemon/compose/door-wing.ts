/**
 * daemon/compose/door-wing — the way in for clients: the MCP endpoint, health, the callback of sign-ins.
 */
import { createAuthenticator } from '../../auth/index.ts';
import { describeError, type Logger } from '../../base/index.ts';
import { createDownstream, type Downstream } from '../../downstream/index.ts';
import type { TunnelPort } from '../../expose/index.ts';
import {
  type Authenticate,
  clientAddress,
  Door,
  DoorLimits,
  type DoorOptions,
  type Entrance,
  hostsOf,
  isLoopback,
  listen,
  localEntrance,
  loopbackHosts,
  loopbackOrigins,
  outsideEntrance,
  RouteTable,
  StartupQueue,
} from '../../http/index.ts';
import { outsidePrincipal, type Principal } from '../../model/index.ts';
import { healthRoutes, type Readiness } from '../../observe/index.ts';
import { publicOAuthRoutes } from '../../sign-in/index.ts';
import type { Store } from '../../store/index.ts';
import { realFolders } from '../look-at-folder.ts';
import { watchCertificate } from '../network-binding.ts';
import type { AuthWing } from './auth-wing.ts';
import type { BrowserWing } from './browser-wing.ts';
import type { Foundation } from './foundation.ts';
import type { GatewayWing } from './gateway-wing.ts';
import type { ObserveWing } from './observe-wing.ts';
import type { StoreWing } from './store-wing.ts';
import { clientName, type UpstreamWing } from './upstream-wing.ts';

export function createEndpoint(
  { settings, events, clock, logger, clientMemory }: Foundation,
  { store, access }: StoreWing,
  { pool }: UpstreamWing,
  { callHandler }: GatewayWing,
): Downstream {
  return createDownstream({
    serve: callHandler,
    sessions: store.repositories.sessions,
    events,
    clock,
    logger,
    bodyCapBytes: settings.bodyCapBytes,
    sessionIdleMs: settings.sessionIdleMs,
    maxSessions: settings.maxSessions,
    memory: clientMemory,
    asksForFolders: () => access.snapshot.asksForFolders,
    realFolders,
    released: (sessionKey) => {
      pool.releaseOwner(sessionKey).catch((error: unknown) => {
        logger.warn(
          { error: describeError(error) },
          'a connection of an ended session did not close cleanly',
        );
      });
    },
    tellOwnServers: (sessionKey, method) => pool.notifyOwn(sessionKey, method, undefined),
  });
}

export interface DoorWing {
  /** What the port serves. */
  readonly routes: RouteTable;
  /** Opens a port on this machine for a tunnel, and nobody else. */
  readonly openTunnelPort: () => Promise<TunnelPort>;
}

/** From here on requests are answered. */
export function openDoorWing(
  foundation: Foundation,
  { apiKeys, clients, store }: StoreWing,
  { metrics, refusals }: ObserveWing,
  { connections }: UpstreamWing,
  downstream: Downstream,
  { browserDoor }: BrowserWing,
  { authorizationServer }: AuthWing,
): DoorWing {
  const { settings, clock, logger, readiness, closer } = foundation;
  const { publicUrl } = settings;
  const { startupQueue, listeners } = foundation.options.startup;
  const routes = new RouteTable([
    ...downstream.routes,
    ...browserDoor.routes(),
    ...authorizationServer.routes(),
    ...healthRoutes({ state: () => readinessOf(readiness, store) }),
    ...(publicUrl === undefined
      ? []
      : publicOAuthRoutes({
          publicUrl,
          clientName,
          takeCallback: (parameters) => connections.takeCallback(parameters),
        })),
  ]);
  // A proxy in front passes on the Host that clients have asked for.
  const outside = outsideOf(foundation);
  const loopback = { hosts: loopbackHosts(listeners.port), origins: loopbackOrigins(listeners.port) };
  const limits = new DoorLimits({ clock, localRequestsPerSecond: settings.requestsPerSecond });
  const authenticate = createAuthenticator({
    apiKeys,
    clients,
    authorizationServer,
    isAuthenticationOff: settings.noAuth,
  });
  const openDoor = (
    names: DoorNames,
    differs: Partial<Pick<DoorOptions, 'admitsPeer' | 'entranceOf' | 'authenticate'>> = {},
  ): Door => {
    const hosts = new Set(names.hosts);
    const origins = new Set(names.origins);
    const entranceOf = (host: string): Entrance =>
      differs.entranceOf?.(host) ??
      (outside?.hosts.includes(host) === true ? outside.entrance : localEntrance);
    return new Door({
      routes,
      hosts: () => hosts,
      origins: () => origins,
      limits,
      authenticate,
      ...differs,
      entranceOf,
      challengeOf: authorizationServer.challengeOf,
      admitPerson: browserDoor.admit,
      memory: foundation.clientMemory,
      logger,
      onRefused(refusal, route, request) {
        metrics.requestRefused(refusal.code);
        const heard = request.headers['x-forwarded-for'];
        const entrance = entranceOf(request.headers.host ?? '');
        const peer = request.socket.remoteAddress ?? '';
        refusals.refused(refusal.code, route, clientAddress(entrance, peer, [heard].flat()[0]));
      },
    });
  };
  const door = openDoor({
    hosts: [...loopback.hosts, ...(outside?.hosts ?? [])],
    origins: [...loopback.origins, ...(outside?.origins ?? [])],
  });
  if (outside === undefined || settings.listen.length === 0) startupQueue.open(door.handle);
  else {
    // Who comes from another machine cannot use the names of this one.
    const network = openDoor(outside, {
      admitsPeer: ({ socket }) =>
        'encrypted' in socket ? true : outside.entrance.trusts(socket.remoteAddress ?? ''),
    });
    startupQueue.open((request, response) =>
      (isLoopback(request.socket.localAddress ?? '') ? door : network).handle(request, response),
    );
    closer.own('certificate', watchCertificate(settings, listeners, clock, logger));
  }
  readiness.mark('port');
  // Last opened, first closed: no new requests, running ones finish, then the rest goes.
  closer.defer('listeners', () => listeners.close(settings.shutdownGraceMs));
  closer.defer('sessions', () => downstream.close());
  return {
    routes,
    openTunnelPort: () =>
      openTunnelPort(logger, (url) => {
        const entrance = outsideEntrance('tunnel', url);
        return openDoor(
          { hosts: hostsOf(url), origins: [new URL(url).origin] },
          { entranceOf: () => entrance, authenticate: onlySignedIn(authenticate) },
        );
      }),
  };
}

/** Until its address is known nothing comes through; then what the door of that address lets in. */
async function openTunnelPort(logger: Logger, doorAt: (url: string) => Door): Promise<TunnelPort> {
  const queue = new StartupQueue();
  const listeners = await listen({ port: 0, addresses: ['127.0.0.1'], handler: queue.handle, logger });
  return {
    port: listeners.port,
    admit: (url) => queue.open(doorAt(url).handle),
    close: () => listeners.close(0),
  };
}

/** Who signed in, each as a principal of its own; no key and nobody else. */
function onlySignedIn(authenticate: Authenticate): Authenticate {
  const judge = (answer: Awaited<ReturnType<Authenticate>>): Awaited<ReturnType<Authenticate>> => {
    if (answer === undefined || !('kind' in answer) || !('clientId' in answer)) return answer;
    return signsIn.has(answer.kind) ? outsidePrincipal(answer) : undefined;
  };
  return (token, exchange) => {
    const answer = authenticate(token, exchange);
    return answer instanceof Promise ? answer.then(judge) : judge(answer);
  };
}

const signsIn: ReadonlySet<Principal['kind']> = new Set(['dcr', 'cimd', 'preregistered']);

interface DoorNames {
  readonly hosts: Iterable<string>;
  readonly origins: Iterable<string>;
}

/** The names of the public address; undefined when there is none. */
function outsideOf({
  settings,
}: Foundation):
  | { readonly hosts: readonly string[]; readonly origins: readonly string[]; readonly entrance: Entrance }
  | undefined {
  const { publicUrl, publicHosts, trustedProxies } = settings;
  if (publicUrl === undefined) return undefined;
  return {
    hosts: [...hostsOf(publicUrl), ...publicHosts],
    origins: [new URL(publicUrl).origin, ...publicHosts.map((host) => `https://${host}`)],
    entrance: outsideEntrance('public', publicUrl, trustedProxies),
  };
}

/**
 * A locked store wants a person before traffic. One that cannot be written does not stop calls: taking the daemon out of
 * service for it would, so it stays in and says so.
 */
async function readinessOf(parts: Foundation['readiness'], store: Store): Promise<Readiness> {
  if (parts.state !== 'ready') return { state: parts.state };
  if (store.describe().isLocked) return { state: 'locked', reason: 'the store is locked' };
  const hindrance = await store.checkWritable();
  if (hindrance === undefined) return { state: 'ready' };
  const isFull = hindrance.code === 'store.disk_full';
  return { state: 'degraded', reason: isFull ? 'the disk is full' : 'the store cannot be written' };
}
