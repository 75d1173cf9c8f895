/**
 * admin/routes/keys — the API keys that let clients in.
 */
import type { ApiKey } from '../../model/index.ts';
import type { AdminParts } from '../ports.ts';
import { presentKey } from '../present-client.ts';
import type { RegisterRoute } from '../register-route.ts';

export function registerKeyRoutes(serve: RegisterRoute, { apiKeys }: AdminParts): void {
  const present = (key: ApiKey) => presentKey(key, apiKeys.isStored(key.id));
  serve('listKeys', async () => ({ keys: (await apiKeys.list()).map(present) }));
  serve('createKey', async ({ body: { name, ...wish } }) => {
    const created = await apiKeys.create(name, wish);
    // The one time that the text leaves: the person who asked for it reads it now or never.
    return { key: present(created.key), text: created.text };
  });
  serve('renewKey', async ({ params, body }) => {
    const created = await apiKeys.renew(params.key, body.expiresAt);
    return { key: present(created.key), text: created.text };
  });
  serve('revokeKey', async ({ params }) => present(await apiKeys.revoke(params.key)));
}
