/**
 * daemon/compose/registry-wing — definitions of servers and how they are installed. Nothing is read before somebody asks.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describeError, type JsonValue, Secret } from '../../base/index.ts';
import { type FoundServer, readServers } from '../../clients/index.ts';
import { createSafeFetch } from '../../network/index.ts';
import { platform } from '../../platform/index.ts';
import {
  createRunTool,
  FileWatches,
  type ForeignServer,
  findProgram,
  Installer,
  type InstallerPorts,
  PackageStore,
  readJsonText,
  registryError,
  ServerCatalogue,
  ServerFiles,
  SourceList,
  Updates,
} from '../../registry/index.ts';
import type { Foundation } from './foundation.ts';
import type { GatewayWing } from './gateway-wing.ts';
import type { ObserveWing } from './observe-wing.ts';
import type { StoreWing } from './store-wing.ts';
import type { UpstreamWing } from './upstream-wing.ts';

export interface RegistryWing {
  readonly catalogue: ServerCatalogue;
  readonly installer: Installer;
  readonly updates: Updates;
  readonly sources: SourceList;
  readonly files: ServerFiles;
  readonly watches: FileWatches;
}

export function openRegistryWing(
  foundation: Foundation,
  { store }: Pick<StoreWing, 'store'>,
  { problems }: Pick<ObserveWing, 'problems'>,
  { children }: Pick<UpstreamWing, 'children'>,
  { control }: Pick<GatewayWing, 'control'>,
): RegistryWing {
  const { settings, clock, network, closer } = foundation;
  const searchPath = () => children.searchPath(false);
  const packages = new PackageStore(
    join(settings.dataDir, 'packages'),
    createRunTool({ env: process.env, searchPath }),
  );
  const sources = new SourceList({
    folder: join(settings.dataDir, 'catalogue'),
    clock,
    settings: store.repositories.settings,
    fetch: (url, headers) =>
      createSafeFetch('the catalogue of servers', {
        serverUrl: url,
        network,
        maxBodyBytes: 16 * 1024 * 1024,
        totalTimeoutMs: 30_000,
      })(url, { headers: { 'user-agent': 'mcpmux', accept: 'application/json, */*', ...headers } }),
  });
  const catalogue = new ServerCatalogue(
    () => sources.all(),
    () => clock.now(),
  );
  const installer = new Installer({
    catalogue,
    readDocument,
    bundlesFolder: join(settings.dataDir, 'bundles'),
    hasProgram: async (name) => (await findProgram(name, await searchPath())) !== undefined,
    packages,
    system: platform.isWindows ? 'windows' : platform.name === 'darwin' ? 'macos' : 'linux',
  });
  const files = new ServerFiles({
    installed: (space) => control.listServers(space).map(({ server }) => server),
    add: (wish) => control.addServer(wish),
    change: (server, change) => control.changeServer(server.id, { ...change, keepsSecrets: true }),
    remove: (server) => control.removeServer(server.id),
  });
  const watches = new FileWatches({
    files,
    settings: store.repositories.settings,
    logger: foundation.logger.child({ room: 'registry' }),
    changed: () => problems.changed(),
  });
  problems.register({ name: 'files', find: () => watches.find() });
  closer.own('watched files', watches);
  void watches.start();
  return { catalogue, installer, files, watches, sources, updates: new Updates(packages) };
}

/** Any client's dialect, JSON with comments. @throws registry.bad_document with the place and the reason */
const readDocument: InstallerPorts['readDocument'] = async (text) => {
  const { value, fault } = await readJsonText(text);
  if (fault !== undefined) throw registryError('bad_document', { reason: fault });
  try {
    const { servers, refused } = readServers(value as JsonValue, { home: homedir() });
    return { servers: servers.filter(({ isOurs }) => !isOurs).map(asForeign), refused };
  } catch (error) {
    throw registryError('bad_document', { reason: describeError(error) }, error);
  }
};

function asForeign({ name, launch, inputs }: FoundServer): ForeignServer {
  const secrets = (values: Readonly<Record<string, string>>): Record<string, Secret> =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, new Secret(value)]));
  return {
    name,
    launch:
      launch.kind === 'stdio'
        ? {
            kind: 'stdio',
            command: launch.command,
            args: launch.args,
            env: secrets(launch.env),
            ...(launch.cwd !== undefined && { cwd: launch.cwd }),
          }
        : { kind: 'http', url: launch.url, headers: secrets(launch.headers), flavour: launch.flavour },
    inputs: inputs.map(({ id, label }) => ({
      id,
      label: label ?? id,
      type: 'password' as const,
      isRequired: true,
    })),
  };
}
