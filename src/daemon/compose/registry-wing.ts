/**
 * daemon/compose/registry-wing — definitions of servers and how they are installed. Nothing is read before somebody asks.
 */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { platform } from '../../platform/index.ts';
import {
  BuiltInSource,
  describeFileFaults,
  Installer,
  type InstallerPorts,
  readServerFile,
  registryError,
  ServerCatalogue,
} from '../../registry/index.ts';
import type { Foundation } from './foundation.ts';
import type { UpstreamWing } from './upstream-wing.ts';

export interface RegistryWing {
  readonly catalogue: ServerCatalogue;
  readonly installer: Installer;
}

export function openRegistryWing(
  { settings }: Pick<Foundation, 'settings'>,
  { children }: Pick<UpstreamWing, 'children'>,
): RegistryWing {
  const catalogue = new ServerCatalogue([new BuiltInSource()]);
  const installer = new Installer({
    catalogue,
    readDocument,
    bundlesFolder: join(settings.dataDir, 'bundles'),
    hasProgram: async (name) => isOnPath(name, await children.searchPath(false)),
    system: platform.isWindows ? 'windows' : platform.name === 'darwin' ? 'macos' : 'linux',
  });
  return { catalogue, installer };
}

/** @throws registry.bad_document with every line and reason */
const readDocument: InstallerPorts['readDocument'] = async (text) => {
  const { servers, faults } = await readServerFile(text);
  if (faults.length > 0) throw registryError('bad_document', { reason: describeFileFaults(faults) });
  return { servers, refused: [] };
};

/** Where servers are started from, which may know more than the daemon's own environment. */
async function isOnPath(name: string, searchPath: string): Promise<boolean> {
  const endings = platform.isWindows ? ['.exe', '.cmd', '.bat'] : [''];
  for (const folder of searchPath.split(delimiter))
    for (const ending of folder === '' ? [] : endings) {
      const isThere = await access(join(folder, name + ending), constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isThere) return true;
    }
  return false;
}
