/**
 * gateway/manage/find-server — the installed server that a person means: by alias, name in any case, or id.
 *
 * `work/github` is the one of that Space. Without a Space it is the default Space's, or the only one of that name elsewhere.
 */
import type { AccessSnapshot } from '../../access/index.ts';
import { shortText } from '../../base/index.ts';
import { similarNames } from '../../catalogue/index.ts';
import type { InstalledServer } from '../../model/index.ts';
import { gatewayError } from '../errors.ts';
import { requireSpace } from './find-access.ts';

/** @throws gateway.no_such_server with the nearest names, gateway.no_such_space, gateway.ambiguous_server */
export function findServer(
  all: readonly InstalledServer[],
  reference: string,
  snapshot: AccessSnapshot,
): InstalledServer {
  const at = reference.indexOf('/');
  if (at !== -1) {
    const { id } = requireSpace(snapshot, reference.slice(0, at));
    const name = reference.slice(at + 1);
    const within = all.filter(({ spaceId }) => spaceId === id);
    const [found] = matching(within, name);
    if (found !== undefined) return found;
    throw missing(within, name);
  }
  const own = all.filter(({ spaceId }) => spaceId === snapshot.defaultSpace.id);
  const [found] = matching(own, reference);
  if (found !== undefined) return found;
  const elsewhere = matching(all, reference);
  const [only, another] = elsewhere;
  if (only === undefined) throw missing(all, reference);
  if (another === undefined || only.spaceId === another.spaceId) return only;
  const spaces = [...new Set(elsewhere.map(({ spaceId }) => snapshot.space(spaceId)?.slug ?? spaceId))];
  throw gatewayError('ambiguous_server', {
    reference: shortText(reference),
    spaces: spaces.join(', '),
    first: spaces[0],
  });
}

/** What a person calls a server: its alias, with its Space before it where that is not the default. */
export function serverReference(server: InstalledServer, snapshot: AccessSnapshot): string {
  const space = snapshot.space(server.spaceId);
  return space === undefined || space.isDefault ? server.alias : `${space.slug}/${server.alias}`;
}

/** The best kind of match alone: alias before name before id. */
function matching(servers: readonly InstalledServer[], reference: string): readonly InstalledServer[] {
  const wanted = reference.trim().toLowerCase();
  for (const isIt of [
    ({ alias }: InstalledServer) => alias === wanted,
    ({ name }: InstalledServer) => name.toLowerCase() === wanted,
    ({ id }: InstalledServer) => id === reference,
  ]) {
    const found = servers.filter(isIt);
    if (found.length > 0) return found;
  }
  return [];
}

function missing(servers: readonly InstalledServer[], reference: string): Error {
  return gatewayError('no_such_server', {
    reference: shortText(reference),
    nearest: similarNames(
      reference,
      servers.flatMap((server) =>
        server.name === server.alias ? [server.name] : [server.name, server.alias],
      ),
    ).join(', '),
  });
}

/** Only servers of this Space; undefined = all. @throws gateway.no_such_space */
export function serversIn(
  all: readonly InstalledServer[],
  space: string | undefined,
  snapshot: AccessSnapshot,
): readonly InstalledServer[] {
  if (space === undefined) return all;
  const { id } = requireSpace(snapshot, space);
  return all.filter(({ spaceId }) => spaceId === id);
}
