/**
 * daemon/compose/gateway-wing — the core: answers clients' calls, and brings what runs in line with what is stored.
 */
import { type DefinitionPins, grantOfAll } from '../../access/index.ts';
import type { AdminAccess } from '../../admin/index.ts';
import type { JsonObject } from '../../base/index.ts';
import {
  AccessNotes,
  CallHandler,
  GatewayApprovalControl,
  GatewayControl,
  GatewayDefinitionControl,
  heldProblems,
  MappingControl,
  ParkedCalls,
  Preflight,
  PresentationControl,
  presentationProblems,
  Relay,
  SetControl,
  SpaceControl,
  serverReference,
  Views,
  WhyControl,
} from '../../gateway/index.ts';
import type { DomainEvents } from '../../model/index.ts';
import type { UpstreamPool } from '../../upstream/index.ts';
import { lookAtFolder } from '../look-at-folder.ts';
import { approvalOfOwnTools, openApprovals } from './approvals.ts';
import { type BuiltInParts, openBuiltIn } from './builtin-wing.ts';
import type { Foundation } from './foundation.ts';
import type { HistoryWing } from './history-wing.ts';
import type { ObserveWing } from './observe-wing.ts';
import type { StoreWing } from './store-wing.ts';
import type { UpstreamWing } from './upstream-wing.ts';

export interface GatewayWing {
  readonly callHandler: CallHandler;
  readonly control: GatewayControl;
  readonly definitions: GatewayDefinitionControl;
  readonly builtIn: BuiltInParts;
  readonly accessControl: AdminAccess;
  readonly approvals: GatewayApprovalControl;
  readonly presentations: PresentationControl;
}

export async function openGatewayWing(
  foundation: Foundation,
  storeWing: StoreWing,
  observeWing: ObserveWing,
  upstream: UpstreamWing,
  { history }: HistoryWing,
  serverInfo: JsonObject,
): Promise<GatewayWing> {
  const { store, access, installed, catalogue, handshakeCache, clients, apiKeys, pins } = storeWing;
  const { connections, pool } = upstream;
  const { settings, closer, clock, events } = foundation;
  const { metrics, serverLog, problems } = observeWing;
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
    callEnded: (server, outcome, seconds) =>
      metrics.callEnded(serverReference(server, access.snapshot), outcome, seconds),
  });
  const { desk, gate } = openApprovals(foundation, storeWing, observeWing, parked);
  const builtIn = await openBuiltIn(
    foundation,
    storeWing,
    upstream,
    serverInfo,
    (spaceId) => views.of(grantOfAll(spaceId)),
    () => ({ access, sets, mappings, viewOf: (spaceId) => views.of(grantOfAll(spaceId))?.view }),
    approvalOfOwnTools(gate, parked),
  );
  const host = builtIn.server;
  const views: Views = new Views(access, installed, catalogue, host);
  const callHandler = new CallHandler({
    views,
    installed,
    pool,
    relay,
    host,
    clock,
    logger,
    serverInfo,
    introduced: (caller) => clients.introduce(caller),
    granted: (grant, caller) => notes.note(grant, caller),
    pins,
    // Without a history nobody takes note of single calls, and results are not counted.
    observer:
      history === undefined
        ? undefined
        : {
            ended: (record) => {
              history.ended(record);
              builtIn.ledger.ended(record);
            },
          },
    gate,
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
    renamed: (old, server) => sets.serverRenamed(old, server),
  });
  closer.defer('instructions of servers', noteInstructions(events, pool, pins));
  closer.defer('held definitions', problems.register(heldProblems(installed, pins)));
  const definitions = new GatewayDefinitionControl({ access, installed, catalogue, pins, events });
  const { repositories } = store;
  const shared = { access, installed, clients, clock, look: lookAtFolder, views };
  const { spaces: spaceRows, featureSets, mappings: mappingRows, settings: settingRows } = repositories;
  const sets: SetControl = new SetControl({ ...shared, featureSets, mappings: mappingRows, catalogue });
  const mappings: MappingControl = new MappingControl({
    ...shared,
    mappings: mappingRows,
    settings: settingRows,
    events,
  });
  const notes: AccessNotes = new AccessNotes({ mappings, events });
  const why = new WhyControl({ ...shared, keys: apiKeys });
  const approvals = new GatewayApprovalControl({
    access,
    desk,
    repository: store.repositories.approvals,
    installed,
    serve: callHandler,
    events,
    clock,
  });
  const presentations = new PresentationControl({
    access,
    installed,
    catalogue,
    views,
    repository: repositories.presentations,
    events,
    clock,
  });
  closer.defer('tools that are kept back', problems.register(presentationProblems(presentations)));
  return {
    callHandler,
    control,
    definitions,
    approvals,
    presentations,
    builtIn,
    accessControl: {
      spaces: new SpaceControl({
        ...shared,
        spaces: spaceRows,
        featureSets,
        removeServer: (id) => control.removeServer(id),
      }),
      sets,
      mappings,
      why,
      preflight: new Preflight({
        ...shared,
        why,
        pool,
        heldTools: (serverId) =>
          pins.held(serverId).flatMap(({ kind, name }) => (kind === 'tool' ? [name] : [])),
      }),
    },
  };
}

/** What a server says when it is first there is approved, also that it says nothing; a removed one is forgotten. */
function noteInstructions(events: DomainEvents, pool: UpstreamPool, pins: DefinitionPins): () => void {
  return events.subscribe(({ event }) => {
    if (event.type === 'gateway.server_removed') pins.forget(event.serverId);
    if (event.type !== 'upstream.features_discovered') return;
    for (const era of ['legacy', 'modern'] as const) {
      const told = pool.get(event.serverId)?.handshakeFor(era);
      if (told !== undefined) pins.instructionsFor(event.serverId, era, told.instructions ?? '');
    }
  });
}
