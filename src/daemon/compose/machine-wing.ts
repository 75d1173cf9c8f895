/**
 * daemon/compose/machine-wing — the AI clients of the person who runs the daemon. Loaded when somebody asks for them.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AdminApiKeys, AdminParts } from '../../admin/index.ts';
import type { MachineClients } from '../../clients/index.ts';
import { platform } from '../../platform/index.ts';
import type { Foundation } from './foundation.ts';

export function openMachineWing(
  { settings, clock }: Foundation,
  apiKeys: AdminApiKeys,
  url: string,
): AdminParts['machine'] {
  let opened: Promise<MachineClients> | undefined;
  const open = async (): Promise<MachineClients> => {
    const { ClientConnections, MachineClients } = await import('../../clients/index.ts');
    const place = { system: platform.name, home: homedir(), env: process.env };
    const ledgerFolder = join(settings.dataDir, 'clients');
    return new MachineClients({
      place,
      connections: new ClientConnections({ place, ledgerFolder, now: () => clock.now() }),
      url: () => url,
      bridge: {
        kind: 'bridge',
        command: process.execPath,
        args: [process.argv[1] ?? 'mcpmux', 'stdio', '--data-dir', settings.dataDir],
      },
      createKey: settings.noAuth ? undefined : (client) => createKey(apiKeys, client),
      revokeKey: (id) => apiKeys.revoke(id),
    });
  };
  const machine = (): Promise<MachineClients> => {
    opened ??= open();
    return opened;
  };
  return {
    list: async () => (await machine()).list(),
    plan: async (client) => (await machine()).plan(client),
    connect: async (client, replaces) => (await machine()).connect(client, replaces),
    disconnect: async (client) => (await machine()).disconnect(client),
  };
}

/** Under a name that is free. */
async function createKey(
  apiKeys: AdminApiKeys,
  client: string,
): Promise<{ id: string; name: string; text: string }> {
  const live = (await apiKeys.list()).filter(({ revokedAt }) => revokedAt === undefined);
  const taken = new Set(live.map(({ name }) => name));
  let name = client;
  for (let number = 2; taken.has(name); number += 1) name = `${client} ${number}`;
  const { key, text } = await apiKeys.create(name);
  return { id: key.id, name: key.name, text };
}
