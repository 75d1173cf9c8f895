/**
 * daemon/compose/gateway-wing — the core: answers clients' calls, and brings what runs in line with what is stored.
 */
import type { JsonObject } from '../../base/index.ts';
import { CallHandler, GatewayControl, ParkedCalls, Relay, Views } from '../../gateway/index.ts';
import type { Foundation } from './foundation.ts';
import type { ObserveWing } from './observe-wing.ts';
import type { StoreWing } from './store-wing.ts';
import type { UpstreamWing } from './upstream-wing.ts';

export interface GatewayWing {
  readonly callHandler: CallHandler;
  readonly control: GatewayControl;
}

export function openGatewayWing(
  foundation: Foundation,
  { store, access, installed, catalogue, handshakeCache, clients }: StoreWing,
  { metrics, serverLog }: ObserveWing,
  { connections, pool }: UpstreamWing,
  serverInfo: JsonObject,
): GatewayWing {
  const { settings, closer, clock, events } = foundation;
  const logger = foundation.logger.child({ room: 'gateway' });
  const parked = new ParkedCalls(clock, settings.parkedCallMs);
  closer.defer('parked calls', () => parked.close());
  const unsubscribe = events.subscribe(({ event }) => {
    if (event.type === 'auth.access_ended')
      parked.abandonAllOf(event.principalId, event.credentialId, event.reason);
  });
  closer.defer('clients that are shut out', unsubscribe);
  const relay = new Relay({
    pool,
    parked,
    clock,
    serverInfo,
    callEnded: (server, outcome, seconds) => metrics.callEnded(server.alias, outcome, seconds),
  });
  const views = new Views(access, installed, catalogue);
  const callHandler = new CallHandler({
    views,
    installed,
    pool,
    relay,
    clock,
    logger,
    serverInfo,
    introduced: (caller) => clients.introduce(caller),
  });
  const control = new GatewayControl({
    servers: store.repositories.servers,
    access,
    installed,
    catalogue,
    pool,
    serve: callHandler,
    events,
    clock,
    logger,
    connectAnew: (server) => connections.retry(server, 'background'),
    moved: (old, server) => connections.moved(old, server),
    forget: async (serverId) => {
      await handshakeCache.forget(serverId);
      await serverLog.remove(serverId);
    },
  });
  return { callHandler, control };
}
