/**
 * daemon/compose/registry-wing — definitions of servers and how they are installed. Nothing is read before somebody asks.
 */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { platform } from '../../platform/index.ts';
import { BuiltInSource, Installer, ServerCatalogue } from '../../registry/index.ts';
import type { UpstreamWing } from './upstream-wing.ts';

export interface RegistryWing {
  readonly catalogue: ServerCatalogue;
  readonly installer: Installer;
}

export function openRegistryWing({ children }: Pick<UpstreamWing, 'children'>): RegistryWing {
  const catalogue = new ServerCatalogue([new BuiltInSource()]);
  const installer = new Installer({
    catalogue,
    hasProgram: async (name) => isOnPath(name, await children.searchPath(false)),
    system: platform.isWindows ? 'windows' : platform.name === 'darwin' ? 'macos' : 'linux',
  });
  return { catalogue, installer };
}

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
