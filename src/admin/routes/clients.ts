/**
 * admin/routes/clients — the clients that may come in: seen, renamed, narrowed, paused, revoked.
 */
import type { Client } from '../../model/index.ts';
import type { AdminParts } from '../ports.ts';
import { presentClient, presentKey } from '../present-client.ts';
import type { RegisterRoute } from '../register-route.ts';

export function registerClientRoutes(serve: RegisterRoute, { clients, apiKeys }: AdminParts): void {
  const liveKeys = async (): Promise<ReadonlyMap<string, number>> => {
    const counts = new Map<string, number>();
    for (const { clientId, revokedAt } of await apiKeys.list())
      if (revokedAt === undefined) counts.set(clientId, (counts.get(clientId) ?? 0) + 1);
    return counts;
  };
  const present = async (client: Client) =>
    presentClient(client, (await liveKeys()).get(client.id) ?? 0, clients.isStored(client.id), Date.now());
  serve('listClients', async () => {
    const counts = await liveKeys();
    const now = Date.now();
    return {
      clients: clients
        .list()
        .map((client) => presentClient(client, counts.get(client.id) ?? 0, clients.isStored(client.id), now)),
    };
  });
  serve('addClient', async ({ body }) => present(await clients.register(body.name, body.redirectUris)));
  serve('getClient', async ({ params }) => {
    const client = clients.find(params.client);
    const keys = (await apiKeys.list()).filter(({ clientId }) => clientId === client.id);
    return {
      client: await present(client),
      keys: keys.map((key) => presentKey(key, apiKeys.isStored(key.id))),
    };
  });
  serve('changeClient', async ({ params, body }) => present(await clients.change(params.client, body)));
  serve('revokeClient', async ({ params }) => present(await clients.revoke(params.client)));
}
