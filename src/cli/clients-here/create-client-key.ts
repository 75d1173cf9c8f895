/**
 * cli/clients-here/create-client-key — a key for one client, under a name by which a person finds it again.
 */
import type { CreatedKeyDto } from '../../contract/index.ts';
import type { Context } from '../context.ts';

/** @param project the key is for the client in this folder */
export async function createClientKey(
  context: Context,
  client: string,
  project: string | null,
): Promise<CreatedKeyDto> {
  const folder = project?.split(/[\\/]/).findLast((part) => part !== '');
  const name = (folder === undefined ? client : `${client} in ${folder}`).slice(0, 120);
  const { keys } = await context.client.listKeys();
  const taken = new Set(keys.filter(({ revokedAt }) => revokedAt === null).map((key) => key.name));
  let free = name;
  for (let number = 2; taken.has(free); number += 1) free = `${name} ${number}`;
  return context.client.createKey(free);
}
