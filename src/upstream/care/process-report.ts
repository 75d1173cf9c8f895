/**
 * upstream/care/process-report — what each server costs this machine: its processes, memory, processor time.
 *
 * Knows nothing of: who asks.
 */
import type { InstalledServer, ServerState } from '../../model/index.ts';
import { type ProcessFacts, platform } from '../../platform/index.ts';
import { treeOf } from '../../transports/index.ts';

/** A server instance, as far as it has processes. */
export interface ServerWithProcesses {
  readonly server: InstalledServer;
  readonly state: ServerState;
  readonly limits: { readonly memoryBudgetBytes: number };
  readonly legs: readonly { readonly pid: number | undefined; readonly owner: string | undefined }[];
}

export interface ServerProcesses {
  readonly server: InstalledServer;
  readonly state: ServerState;
  /** 0 = none of its own. */
  readonly memoryBudgetBytes: number;
  /** Each connection's tree in turn; the root of a tree first. Empty for a server that is reached by URL or does not run. */
  readonly processes: readonly ProcessFacts[];
  readonly residentBytes: number;
  readonly cpuMs: number;
  /** Of the oldest process that we started; 0 when there is none. */
  readonly uptimeMs: number;
}

/** Looks once into the system's process table. */
export async function reportProcesses(
  instances: Iterable<ServerWithProcesses>,
): Promise<readonly ServerProcesses[]> {
  const all = await platform.processes.list();
  return [...instances].map(({ server, state, limits, legs }) => {
    const trees = legs.flatMap(({ pid }) => (pid === undefined ? [] : [treeOf(pid, all)]));
    return {
      server,
      state,
      memoryBudgetBytes: limits.memoryBudgetBytes,
      processes: trees.flatMap((tree) => tree.processes),
      residentBytes: trees.reduce((sum, tree) => sum + tree.residentBytes, 0),
      cpuMs: trees.reduce((sum, tree) => sum + tree.cpuMs, 0),
      uptimeMs: Math.max(0, ...trees.map((tree) => tree.uptimeMs)),
    };
  });
}
