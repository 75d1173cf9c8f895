/**
 * daemon/compose/builtin-wing — our own tools: what they look at, and where it is kept which of them are off.
 */
import type { JsonObject } from '../../base/index.ts';
import {
  type BuiltInControl,
  BuiltInServer,
  BuiltInSwitches,
  BuiltInToolControl,
  builtInServerId,
  callReadToolTool,
  callToolTool,
  listAllToolsTool,
  searchToolsTool,
  statusTool,
} from '../../builtin/index.ts';
import type { GrantedView } from '../../gateway/index.ts';
import type { SpaceId } from '../../model/index.ts';
import type { Foundation } from './foundation.ts';
import type { StoreWing } from './store-wing.ts';
import type { UpstreamWing } from './upstream-wing.ts';

export interface BuiltInParts {
  readonly server: BuiltInServer;
  readonly control: BuiltInControl;
}

/** @param wholeOf everything of a Space; asked during calls only */
export async function openBuiltIn(
  { events }: Foundation,
  { store, access }: StoreWing,
  { connections, pool }: UpstreamWing,
  serverInfo: JsonObject,
  wholeOf: (spaceId: SpaceId) => GrantedView | undefined,
): Promise<BuiltInParts> {
  const switches = new BuiltInSwitches(store.repositories.settings, () =>
    events.publish({ type: 'catalogue.changed', serverId: builtInServerId, kinds: ['tool'] }),
  );
  await switches.load(access.snapshot.parts.spaces.map(({ id }) => id));
  const server = new BuiltInServer({
    tools: [
      searchToolsTool(),
      callToolTool(),
      callReadToolTool(),
      listAllToolsTool({ viewOf: (spaceId) => wholeOf(spaceId)?.view }),
      statusTool({
        stateOf: (serverId) => pool.get(serverId)?.state,
        signInUrlOf: async (serverId) => {
          const { open } = await connections.signInState(serverId, 0);
          return open?.authorizationUrl;
        },
      }),
    ],
    switches,
    serverInfo,
  });
  return { server, control: new BuiltInToolControl(server, switches, () => access.snapshot.defaultSpace.id) };
}
