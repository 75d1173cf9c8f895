/**
 * daemon/compose/builtin-wing — our own tools: what they look at, and where it is kept which of them are off.
 */
import type { JsonObject } from '../../base/index.ts';
import {
  type AccessWorld,
  type BuiltInControl,
  BuiltInListModeControl,
  BuiltInServer,
  BuiltInSwitches,
  BuiltInToolControl,
  bindWorkspaceTool,
  builtInServerId,
  callReadToolTool,
  callToolTool,
  KeptResults,
  type ListModeControl,
  ListModes,
  listAllToolsTool,
  listFeatureSetsTool,
  listSpacesTool,
  manageFeatureSetTool,
  ResultLimits,
  readResultTool,
  searchToolsTool,
  statusTool,
  TokenLedger,
  type WriteApproval,
} from '../../builtin/index.ts';
import type { GrantedView } from '../../gateway/index.ts';
import type { SpaceId } from '../../model/index.ts';
import type { Foundation } from './foundation.ts';
import type { StoreWing } from './store-wing.ts';
import type { UpstreamWing } from './upstream-wing.ts';

export interface BuiltInParts {
  readonly server: BuiltInServer;
  readonly control: BuiltInControl;
  readonly listModes: ListModeControl;
  readonly ledger: TokenLedger;
}

/**
 * @param wholeOf everything of a Space
 * @param world   what our tools may see and change of Spaces, sets and mappings. Both are asked during calls only
 */
export async function openBuiltIn(
  { events, clock }: Foundation,
  { store, access, clients }: StoreWing,
  { connections, pool }: UpstreamWing,
  serverInfo: JsonObject,
  wholeOf: (spaceId: SpaceId) => GrantedView | undefined,
  world: () => AccessWorld,
  approval: WriteApproval,
): Promise<BuiltInParts> {
  const switches = new BuiltInSwitches(store.repositories.settings, () =>
    events.publish({ type: 'catalogue.changed', serverId: builtInServerId, kinds: ['tool'] }),
  );
  await switches.load(access.snapshot.parts.spaces.map(({ id }) => id));
  const toolsChanged = (): void =>
    events.publish({
      type: 'catalogue.changed',
      serverId: builtInServerId,
      kinds: ['tool'],
      isAnnounced: true,
    });
  const modes = new ListModes(store.repositories.settings, toolsChanged);
  await modes.load();
  const ledger = new TokenLedger(clock);
  const results = new KeptResults(clock);
  const limits = new ResultLimits(store.repositories.settings, toolsChanged);
  await limits.load();
  const server = new BuiltInServer({
    tools: [
      searchToolsTool(),
      callToolTool(),
      callReadToolTool(),
      listAllToolsTool({ viewOf: (spaceId) => wholeOf(spaceId)?.view }),
      readResultTool(results),
      statusTool({
        stateOf: (serverId) => pool.get(serverId)?.state,
        signInUrlOf: async (serverId) => {
          const { open } = await connections.signInState(serverId, 0);
          return open?.authorizationUrl;
        },
      }),
      listSpacesTool(world),
      listFeatureSetsTool(world),
      manageFeatureSetTool(world),
      bindWorkspaceTool(world),
    ],
    switches,
    modes,
    ledger,
    limits,
    results,
    approval,
    serverInfo,
  });
  return {
    server,
    control: new BuiltInToolControl(server, switches, () => access.snapshot.defaultSpace.id),
    listModes: new BuiltInListModeControl({
      modes,
      limits,
      access,
      clients,
      viewOf: (spaceId) => wholeOf(spaceId)?.view,
    }),
    ledger,
  };
}
