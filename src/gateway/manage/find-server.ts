/**
 * gateway/manage/find-server — the installed server that a person means: by alias, name in any case, or id.
 */
import { shortText } from '../../base/index.ts';
import { similarNames } from '../../catalogue/index.ts';
import type { InstalledServer } from '../../model/index.ts';
import { gatewayError } from '../errors.ts';

/** @throws gateway.no_such_server with the nearest names */
export function findServer(all: readonly InstalledServer[], reference: string): InstalledServer {
  const wanted = reference.trim().toLowerCase();
  const found =
    all.find((server) => server.alias === wanted) ??
    all.find((server) => server.name.toLowerCase() === wanted) ??
    all.find((server) => server.id === reference);
  if (found !== undefined) return found;
  throw gatewayError('no_such_server', {
    reference: shortText(reference),
    nearest: similarNames(
      reference,
      all.flatMap((server) => (server.name === server.alias ? [server.name] : [server.name, server.alias])),
    ).join(', '),
  });
}
