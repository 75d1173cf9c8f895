/**
 * cli/clients-here/open-connections — this person's clients, with the daemon beside them when it runs.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isMcpMuxError } from '../../base/index.ts';
import type { ClientConnections, Endpoint, Place } from '../../clients/index.ts';
import type { StatusDto } from '../../contract/index.ts';
import { platform } from '../../platform/index.ts';
import type { Context } from '../context.ts';
import { launcherPath } from '../launcher-path.ts';
import { withProgress } from '../progress.ts';

export interface Machine {
  readonly place: Place;
  readonly connections: ClientConnections;
  /** Undefined while the daemon does not run. */
  url(): Promise<string | undefined>;
  /** Starts the daemon when it does not run. @throws cli.daemon_stopped, cli.daemon_did_not_start */
  status(): Promise<StatusDto>;
  /** When keys were used last, by id; empty while the daemon does not run. */
  lastUses(): Promise<ReadonlyMap<string, number | null>>;
  /** Servers in clients' files that are installed here too, by client. Empty while the daemon does not run. */
  copies(): Promise<ReadonlyMap<string, readonly string[]>>;
  /** What starts the bridge. @param isShared the file goes to other machines too */
  bridge(isShared: boolean): Promise<Endpoint>;
}

/** HOME decides, as it does for the clients themselves. */
export function placeOf(context: Context): Place {
  const { env } = context.io;
  const given = platform.isWindows ? env['USERPROFILE'] : env['HOME'];
  const home = given === undefined || given === '' ? homedir() : given;
  return { system: platform.name, home, env };
}

export async function openConnections(context: Context): Promise<Machine> {
  const { ClientConnections } = await import('../../clients/index.ts');
  const { dataDir } = await context.place();
  const place = placeOf(context);
  const connections = new ClientConnections({
    place,
    ledgerFolder: join(dataDir, 'clients'),
    now: () => context.io.now(),
  });
  let status: Promise<StatusDto> | undefined;
  const ask = (): Promise<StatusDto> => {
    status ??= context.client.getStatus();
    return status;
  };
  const askOrStart = async (): Promise<StatusDto> => {
    try {
      return await ask();
    } catch (error) {
      if (!isMcpMuxError(error, 'cli.daemon_not_running')) throw error;
      const { ensureDaemon } = await import('../start-daemon.ts');
      await withProgress(
        context.io,
        () => 'starting the daemon',
        () => ensureDaemon(context),
      );
      context.tell('The daemon did not run; it was started in the background. Undo: mcpmux stop');
      status = undefined;
      return ask();
    }
  };
  return {
    place,
    connections,
    status: askOrStart,
    // Files can be looked at without a daemon.
    url: () =>
      ask().then(
        ({ url }) => url,
        () => undefined,
      ),
    async lastUses() {
      const { keys } = await context.client.listKeys().catch(() => ({ keys: [] }));
      return new Map(keys.map(({ id, lastUsedAt }) => [id, lastUsedAt]));
    },
    copies: () => findCopies(context, place),
    bridge: (isShared) => bridgeOf(context, dataDir, isShared),
  };
}

async function bridgeOf(context: Context, dataDir: string, isShared: boolean): Promise<Endpoint> {
  // A file that others get too names the command, not a place on this machine.
  if (isShared) return { kind: 'bridge', command: 'mcpmux', args: ['stdio'] };
  const { loadSettings } = await import('../../config/index.ts');
  const { settings } = await loadSettings({ flags: {}, env: {}, workingDir: context.io.cwd() }).catch(() => ({
    settings: { dataDir: undefined },
  }));
  const folder = settings.dataDir === dataDir ? [] : ['--data-dir', dataDir];
  // Apps that are started from a dock have a short PATH: neither node nor mcpmux is found there.
  return { kind: 'bridge', command: process.execPath, args: [launcherPath(), 'stdio', ...folder] };
}

async function findCopies(context: Context, place: Place): Promise<ReadonlyMap<string, readonly string[]>> {
  const copies = new Map<string, string[]>();
  const { servers } = await context.client.listServers().catch(() => ({ servers: [] }));
  if (servers.length === 0) return copies;
  const { planImport, readAllSources } = await import('../../clients/index.ts');
  const { sources } = await readAllSources(place);
  for (const { installedAs, from } of planImport(sources, servers).candidates) {
    if (installedAs === undefined) continue;
    for (const { source, server } of from) {
      const id = source.row?.id;
      if (id !== undefined) copies.set(id, [...(copies.get(id) ?? []), server.name]);
    }
  }
  return copies;
}
