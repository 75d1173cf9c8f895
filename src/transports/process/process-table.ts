/**
 * transports/process/process-table — per child: its tree of processes with memory, processor time and age.
 *
 * Knows nothing of: servers; a tree is found by the pid of its root.
 */
import { type ProcessFacts, platform } from '../../platform/index.ts';

export interface ProcessTree {
  readonly rootPid: number;
  /** The root first, then by pid. Empty when it is gone. */
  readonly processes: readonly ProcessFacts[];
  readonly residentBytes: number;
  readonly cpuMs: number;
  /** Of the root; 0 when it is gone. */
  readonly uptimeMs: number;
}

/** Looks once into the system's process table and takes the trees of `rootPids` from it. */
export async function readProcessTrees(rootPids: readonly number[]): Promise<readonly ProcessTree[]> {
  if (rootPids.length === 0) return [];
  const all = await platform.processes.list();
  return rootPids.map((rootPid) => treeOf(rootPid, all));
}

/** In the tree: who is in the root's group, and who descends from it. */
export function treeOf(rootPid: number, all: readonly ProcessFacts[]): ProcessTree {
  const inTree = new Set<number>([rootPid]);
  for (const entry of all) if (entry.groupId === rootPid) inTree.add(entry.pid);
  for (let grew = true; grew; ) {
    grew = false;
    for (const entry of all) {
      if (inTree.has(entry.parentId) && !inTree.has(entry.pid)) {
        inTree.add(entry.pid);
        grew = true;
      }
    }
  }
  const processes = all
    .filter((entry) => inTree.has(entry.pid) && entry.state !== 'Z')
    .sort((a, b) => Number(b.pid === rootPid) - Number(a.pid === rootPid) || a.pid - b.pid);
  let residentBytes = 0;
  let cpuMs = 0;
  for (const entry of processes) {
    residentBytes += entry.residentBytes;
    cpuMs += entry.cpuMs;
  }
  const root = processes.find((entry) => entry.pid === rootPid);
  return { rootPid, processes, residentBytes, cpuMs, uptimeMs: root?.uptimeMs ?? 0 };
}
