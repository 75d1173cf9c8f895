/**
 * admin/routes/machine — AI clients on this machine: looked at, connected, taken back.
 */
import type { MachineClient } from '../../clients/index.ts';
import type { AdminParts } from '../ports.ts';
import type { RegisterRoute } from '../register-route.ts';

export function registerMachineRoutes(serve: RegisterRoute, { machine }: AdminParts): void {
  serve('listMachineClients', async () => ({ clients: (await machine.list()).map(present) }));
  serve('planMachineClient', async ({ params }) => {
    const { client, change, paste, notes } = await machine.plan(params.client);
    return {
      client: present(client),
      lines: (change?.lines ?? []).map((line) => ({ ...line })),
      isNothing: change?.isNothing ?? false,
      paste: paste === undefined ? null : { ...paste },
      notes: [...notes],
    };
  });
  serve('connectMachineClient', async ({ params, body }) => {
    const { client, copy, readBack } = await machine.connect(params.client, body.replaces);
    return { client: present(client), copy: copy ?? null, readBack };
  });
  serve('disconnectMachineClient', async ({ params }) => {
    const { client, how } = await machine.disconnect(params.client);
    return { client: present(client), how };
  });
}

/** Without the entry: it holds the key. */
function present({ id, name, standing, shownFile }: MachineClient) {
  const { project, file, fileExists, state, line, reason, warnings, written } = standing;
  return {
    id,
    name,
    project,
    file: file ?? null,
    shownFile: shownFile ?? null,
    fileExists,
    state,
    line: line ?? null,
    reason: reason ?? null,
    warnings: [...warnings],
    writtenAt: written?.at ?? null,
    keyId: written?.keyId ?? null,
  };
}
