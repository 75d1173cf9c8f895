/**
 * daemon/compose/door-wing — the way in for clients: the MCP endpoint, health, the callback of sign-ins.
 */
import { createAuthenticator } from '../../auth/index.ts';
import { describeError } from '../../base/index.ts';
import { createDownstream, type Downstream } from '../../downstream/index.ts';
import {
  clientAddress,
  Door,
  DoorLimits,
  hostsOf,
  localEntrance,
  loopbackHosts,
  loopbackOrigins,
  outsideEntrance,
  RouteTable,
} from '../../http/index.ts';
import { healthRoutes, type Readiness } from '../../observe/index.ts';
import { publicOAuthRoutes } from '../../sign-in/index.ts';
import type { Store } from '../../store/index.ts';
import type { AuthWing } from './auth-wing.ts';
import type { BrowserWing } from './browser-wing.ts';
import type { Foundation } from './foundation.ts';
import type { GatewayWing } from './gateway-wing.ts';
import type { ObserveWing } from './observe-wing.ts';
import type { StoreWing } from './store-wing.ts';
import { clientName, type UpstreamWing } from './upstream-wing.ts';

export function createEndpoint(
  { settings, events, clock, logger, clientMemory }: Foundation,
  { store }: StoreWing,
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

/**
 * From here on requests are answered.
 *
 * @returns what the port serves
 */
export function openDoorWing(
  foundation: Foundation,
  { apiKeys, clients, store }: StoreWing,
  { metrics, refusals }: ObserveWing,
  { connections }: UpstreamWing,
  downstream: Downstream,
  { browserDoor }: BrowserWing,
  { authorizationServer }: AuthWing,
): RouteTable {
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
  const outsideHosts = publicUrl === undefined ? [] : hostsOf(publicUrl);
  const outside = publicUrl === undefined ? undefined : outsideEntrance('public', publicUrl);
  const outsideOrigins = publicUrl === undefined ? [] : [new URL(publicUrl).origin];
  const hosts = new Set([...loopbackHosts(listeners.port), ...outsideHosts]);
  const origins = new Set([...loopbackOrigins(listeners.port), ...outsideOrigins]);
  const door = new Door({
    routes,
    hosts: () => hosts,
    entranceOf: (host) => (outside !== undefined && outsideHosts.includes(host) ? outside : localEntrance),
    limits: new DoorLimits({ clock, localRequestsPerSecond: settings.requestsPerSecond }),
    origins: () => origins,
    authenticate: createAuthenticator({
      apiKeys,
      clients,
      authorizationServer,
      isAuthenticationOff: settings.noAuth,
    }),
    challengeOf: authorizationServer.challengeOf,
    admitPerson: browserDoor.admit,
    memory: foundation.clientMemory,
    logger,
    onRefused(refusal, route, request) {
      metrics.requestRefused(refusal.code);
      const { host = '', 'x-forwarded-for': forwardedFor } = request.headers;
      const entrance = (outsideHosts.includes(host) ? outside : undefined) ?? localEntrance;
      const heard = Array.isArray(forwardedFor) ? forwardedFor.join() : forwardedFor;
      refusals.refused(
        refusal.code,
        route,
        clientAddress(entrance, request.socket.remoteAddress ?? '', heard),
      );
    },
  });
  startupQueue.open(door.handle);
  readiness.mark('port');
  // Last opened, first closed: no new requests, running ones finish, then the rest goes.
  closer.defer('listeners', () => listeners.close(settings.shutdownGraceMs));
  closer.defer('sessions', () => downstream.close());
  return routes;
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
