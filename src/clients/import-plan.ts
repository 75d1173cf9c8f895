/**
 * clients/import-plan — many files, one list: what runs the same is one server, what is here already is none. Decides only.
 */
import { type Replacement, replacementOf } from './archived-packages.ts';
import type { FoundServer, UnreadServer } from './found-server.ts';
import type { ImportSource } from './import-sources.ts';
import { isInstalledAs, launchKey, runKey, type ShownLaunch } from './same-launch.ts';

export interface Installed {
  readonly name: string;
  readonly launch: ShownLaunch;
}

export interface Candidate {
  /** As it will be called here. */
  readonly name: string;
  readonly server: FoundServer;
  /** Every place where it stands. */
  readonly from: readonly { readonly source: ImportSource; readonly server: FoundServer }[];
  /** The installed server that runs the same; it is not imported then. */
  readonly installedAs: string | undefined;
  readonly replacement: Replacement | undefined;
  /** Switched off wherever it stands. */
  readonly isDisabled: boolean;
  readonly notes: readonly string[];
}

export interface ImportPlan {
  readonly candidates: readonly Candidate[];
  readonly refused: readonly (UnreadServer & { readonly source: ImportSource })[];
  /** How many entries there were in all. */
  readonly entryCount: number;
}

export function planImport(sources: readonly ImportSource[], installed: readonly Installed[]): ImportPlan {
  const groups = new Map<string, Candidate['from'][number][]>();
  for (const source of sources) {
    for (const server of source.servers) {
      const key = launchKey(server.launch);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [{ source, server }]);
      else group.push({ source, server });
    }
  }
  const taken = new Set(installed.map(({ name }) => name.toLowerCase()));
  const candidates: Candidate[] = [];
  const runs = new Map<string, string>();
  for (const from of groups.values()) {
    const server = from[0]?.server;
    if (server === undefined) continue;
    const installedAs = installed.find(({ launch }) => isInstalledAs(server.launch, launch))?.name;
    const name = installedAs ?? freeName(server.name, taken);
    if (installedAs === undefined) taken.add(name.toLowerCase());
    const like = runs.get(runKey(server.launch));
    runs.set(runKey(server.launch), like ?? name);
    candidates.push({
      name,
      server,
      from,
      installedAs,
      replacement: replacementOf(server.launch),
      isDisabled: from.every((one) => one.server.isDisabled),
      notes: [
        ...server.notes,
        ...(like === undefined ? [] : [`runs the same as ${like}, with other values`]),
        ...(server.ignored.length === 0 ? [] : [`not taken over: ${server.ignored.join(', ')}`]),
      ],
    });
  }
  return {
    candidates,
    refused: sources.flatMap((source) => source.refused.map((one) => ({ ...one, source }))),
    entryCount: sources.reduce((sum, { servers }) => sum + servers.length, 0),
  };
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name.toLowerCase()); number += 1) name = `${wanted}-${number}`;
  return name;
}
