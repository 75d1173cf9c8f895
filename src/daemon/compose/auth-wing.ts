/**
 * daemon/compose/auth-wing — the authorization server: clients that sign in instead of holding a key.
 */
import { createHash } from 'node:crypto';
import { AuthorizationServer, ClientDocuments, type ConsentSpace } from '../../auth/index.ts';
import type { BrowserWing } from './browser-wing.ts';
import type { Foundation } from './foundation.ts';
import type { StoreWing } from './store-wing.ts';

export interface AuthWing {
  readonly authorizationServer: AuthorizationServer;
}

/** @throws store.* */
export async function openAuthWing(
  { settings, network, events, clock, logger, closer }: Foundation,
  { store, clients, access, installed }: StoreWing,
  { browserDoor }: BrowserWing,
): Promise<AuthWing> {
  const { repositories } = store;
  const authorizationServer = await AuthorizationServer.open({
    clients,
    clientRepository: repositories.clients,
    repository: repositories.oauthArtifacts,
    documents: new ClientDocuments({
      network,
      allowPrivate: settings.oauthAllowPrivate,
      hosts: settings.clientDocumentHosts,
      clock,
      logger,
    }),
    person: () => browserDoor,
    spaces: () => {
      const { snapshot } = access;
      return snapshot.parts.spaces.map((space): ConsentSpace => {
        const servers = installed.all().filter(({ spaceId }) => spaceId === space.id).length;
        return {
          id: space.id,
          name: space.name,
          says: `${servers} ${servers === 1 ? 'server' : 'servers'}${space.isDefault ? ', default' : ''}`,
          isDefault: space.isDefault,
          sets: snapshot.parts.sets
            .filter((set) => set.spaceId === space.id && !set.isStarter)
            .map((set) => ({ id: set.id, name: set.name, says: set.description ?? '' })),
        };
      });
    },
    registration: settings.clientRegistration,
    isAuthenticationOff: settings.noAuth,
    installation: createHash('sha256').update(settings.dataDir).digest('hex').slice(0, 10),
    events,
    clock,
    logger,
  });
  closer.own('authorization server', authorizationServer);
  return { authorizationServer };
}
