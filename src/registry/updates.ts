/**
 * registry/updates — newer versions of installed packages: what there is, what would change, and whether it may be taken.
 *
 * A version by another publisher, or from another repository, is held: that is how taken-over packages look.
 * Knows nothing of: the store, what runs. Who asks changes the server with what comes out of here.
 */
import type { InstalledServer, PinnedPackage, ServerOrigin } from '../model/index.ts';
import { registryError } from './errors.ts';
import type { PackageStore, PublishedVersion } from './package-store.ts';

export interface UpdatePlan {
  readonly server: InstalledServer;
  readonly from: string;
  readonly to: string;
  readonly publisher: { readonly before: string | undefined; readonly after: string | undefined };
  readonly repository: { readonly before: string | undefined; readonly after: string | undefined };
  /** Why a person has to look first. */
  readonly held: string | undefined;
}

export interface UpdatedLaunch {
  readonly command: string;
  readonly args: readonly string[];
  readonly origin: ServerOrigin;
}

export interface LockFinding {
  readonly server: InstalledServer;
  readonly package: PinnedPackage;
  /** Undefined = what lies there is what was installed. */
  readonly fault: string | undefined;
}

export class Updates {
  readonly #packages: PackageStore;

  constructor(packages: PackageStore) {
    this.#packages = packages;
  }

  /** Servers with a newer version; those whose registry does not answer are left out. */
  async outdated(servers: readonly InstalledServer[]): Promise<readonly UpdatePlan[]> {
    const plans = await Promise.all(
      servers.map(async (server) => {
        const item = server.origin?.package;
        const newest = item === undefined ? undefined : await this.#packages.published(item.kind, item.name);
        return item === undefined || newest === undefined || newest.version === item.version
          ? []
          : [planUpdate(server, item, newest)];
      }),
    );
    return plans.flat();
  }

  /**
   * @param version undefined = the newest
   * @throws registry.not_pinned, registry.package_failed
   */
  async plan(server: InstalledServer, version: string | undefined): Promise<UpdatePlan> {
    const item = pinnedOf(server);
    const found = await this.#packages.published(item.kind, item.name, version);
    if (found !== undefined) return planUpdate(server, item, found);
    throw registryError('package_failed', {
      name: item.name,
      version: version ?? '(newest)',
      reason: 'its registry does not know it, or cannot be asked',
    });
  }

  /** Installs the version beside the old one. @throws registry.update_held, registry.not_pinned, registry.package_failed */
  async install(plan: UpdatePlan, accepts: boolean): Promise<UpdatedLaunch> {
    const { server, to, held } = plan;
    const item = pinnedOf(server);
    const { launch, origin } = server;
    if (held !== undefined && !accepts)
      throw registryError('update_held', { name: server.name, version: to, reason: held });
    if (launch.kind !== 'stdio' || origin === undefined)
      throw registryError('not_pinned', { name: server.name });
    const installed = await this.#packages.install({ ...item, version: to, program: item.program });
    // An npm package is a script, that stands before the server's own words; a Python one is the command itself.
    const own = item.kind === 'npm' ? launch.args.slice(1) : launch.args;
    return {
      command: installed.command,
      args: [...installed.args, ...own],
      origin: { ...origin, package: installed.pinned },
    };
  }

  /** Compares what lies in the folders with what was installed. */
  async verify(servers: readonly InstalledServer[]): Promise<readonly LockFinding[]> {
    const findings: LockFinding[] = [];
    for (const server of servers) {
      const item = server.origin?.package;
      if (item === undefined) continue;
      findings.push({ server, package: item, fault: await this.#packages.verify(item) });
    }
    return findings;
  }
}

function pinnedOf(server: InstalledServer): PinnedPackage {
  const item = server.origin?.package;
  if (item === undefined) throw registryError('not_pinned', { name: server.name });
  return item;
}

function planUpdate(server: InstalledServer, item: PinnedPackage, found: PublishedVersion): UpdatePlan {
  const changes = [
    changeOf('publisher', item.publisher, found.publisher),
    changeOf('repository', item.repository, found.repository),
  ].filter((change) => change !== undefined);
  return {
    server,
    from: item.version,
    to: found.version,
    publisher: { before: item.publisher, after: found.publisher },
    repository: { before: item.repository, after: found.repository },
    held: changes.length === 0 ? undefined : changes.join('; '),
  };
}

/** Robots of a repository publish under one name, so that another name means something. */
function changeOf(what: string, before: string | undefined, after: string | undefined): string | undefined {
  if (before === undefined || before === after) return undefined;
  return after === undefined
    ? `its ${what} was ${before} and is no longer named`
    : `its ${what} was ${before} and is ${after}`;
}
