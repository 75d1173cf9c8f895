/**
 * upstream/care/resource-monitor — looks after running servers: stops idle ones, keeps memory and buffers within budget.
 *
 * In: the instances, as they are at each look. Out: what it does to them, with a reason in their log and state.
 * Owns: three timers that do nothing while there is nothing to look at, and keep no process alive.
 * Knows nothing of: calls, clients, how an instance stops.
 */
import { type Clock, describeError, type Logger, type McpMuxError, type Timer } from '../../base/index.ts';
import type { InstalledServer } from '../../model/index.ts';
import { type ProcessTree, readProcessTrees, receivedBytes } from '../../transports/index.ts';
import { upstreamError } from '../errors.ts';
import type { EffectiveLimits } from '../limits.ts';
import { BufferBudget } from './buffer-budget.ts';
import { IdleWatch } from './idle-watch.ts';
import { findOverBudget, isNearBudget, type MemoryUse } from './memory-watch.ts';

/** One connection to a server, as far as it keeps bytes and a process. */
interface CaredForLeg {
  readonly pid: number | undefined;
  readonly bufferedBytes: number;
  /** The one client it belongs to; undefined = shared. */
  readonly owner: string | undefined;
  hold(isHeld: boolean): void;
  fail(error: McpMuxError): unknown;
}

/** A server instance, as far as it is looked after. */
export interface MonitoredServer {
  readonly server: InstalledServer;
  readonly limits: Pick<EffectiveLimits, 'idleStopMs' | 'memoryBudgetBytes'>;
  readonly legs: readonly CaredForLeg[];
  readonly isReady: boolean;
  readonly isInUse: boolean;
  readonly requestsServed: number;
  stopUnused(forMs: number): void;
  stopFor(error: McpMuxError): void;
}

export interface ResourceLimits {
  /** Resident memory of all servers together; 0 = no limit. */
  readonly memoryTotalBytes: number;
  /** Unfinished messages of one connection. */
  readonly bufferedWireBytes: number;
  /** Unfinished messages of all connections. */
  readonly bufferedTotalBytes: number;
}

export interface ResourceMonitorOptions {
  readonly servers: () => Iterable<MonitoredServer>;
  readonly limits: ResourceLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For tests. Default: the system's process table. */
  readonly readTrees?: (rootPids: readonly number[]) => Promise<readonly ProcessTree[]>;
}

const idleLookEveryMs = 1_000;
/** A child writes some tens of MB in this time. */
const bufferLookEveryMs = 250;
/** Many servers together can send more than the machine has in that time. */
const bufferLookEveryBytes = 32 * 1024 * 1024;
const memoryLookEveryMs = 5_000;
/** When a budget is more than half used. */
const memoryLookSoonMs = 2_000;
/** How long all together may stay over their budget before the largest is failed. */
const bufferGraceMs = 10_000;
const mebibyte = 1024 * 1024;

export class ResourceMonitor {
  readonly #options: ResourceMonitorOptions;
  readonly #idle = new IdleWatch<MonitoredServer>();
  readonly #buffers: BufferBudget<CaredForLeg>;
  readonly #timers = new Map<string, Timer>();
  #stopWatchingBytes: (() => void) | undefined;
  #isClosed = false;

  constructor(options: ResourceMonitorOptions) {
    this.#options = options;
    const { bufferedWireBytes, bufferedTotalBytes } = options.limits;
    this.#buffers = new BufferBudget({
      wireBytes: bufferedWireBytes,
      totalBytes: bufferedTotalBytes,
      graceMs: bufferGraceMs,
    });
  }

  start(): void {
    this.#again('idle', idleLookEveryMs, () => this.#lookForIdle());
    this.#again('buffers', bufferLookEveryMs, () => this.#lookAtBuffers());
    this.#stopWatchingBytes ??= receivedBytes.every(bufferLookEveryBytes, () => this.#lookAtBuffers());
    this.#again('memory', memoryLookSoonMs, () => void this.lookAtMemory());
  }

  close(): void {
    this.#isClosed = true;
    this.#stopWatchingBytes?.();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  /** Measures now and acts. The timer does this by itself. */
  async lookAtMemory(): Promise<void> {
    let isNear = false;
    try {
      isNear = await this.#weigh();
    } catch (error) {
      this.#options.logger.warn({ error: describeError(error) }, 'memory of servers could not be measured');
    }
    const afterMs = isNear ? memoryLookSoonMs : memoryLookEveryMs;
    this.#again('memory', afterMs, () => void this.lookAtMemory());
  }

  #again(name: string, afterMs: number, look: () => void): void {
    if (this.#isClosed) return;
    this.#timers.get(name)?.cancel();
    this.#timers.set(name, this.#options.clock.after(afterMs, look));
  }

  #lookForIdle(): void {
    const all = [...this.#options.servers()].map((instance) => ({
      key: instance,
      idleStopMs: instance.limits.idleStopMs,
      isReady: instance.isReady,
      isInUse: instance.isInUse,
      requests: instance.requestsServed,
    }));
    for (const { key, forMs } of this.#idle.look(all, this.#options.clock.monotonic())) key.stopUnused(forMs);
    this.#again('idle', idleLookEveryMs, () => this.#lookForIdle());
  }

  #lookAtBuffers(): void {
    const owners = new Map<CaredForLeg, MonitoredServer>();
    for (const instance of this.#options.servers()) {
      for (const leg of instance.legs) owners.set(leg, instance);
    }
    const uses = [...owners.keys()].map((wire) => ({ wire, bufferedBytes: wire.bufferedBytes }));
    const { hold, release, fail } = this.#buffers.judge(uses, this.#options.clock.monotonic());
    for (const leg of hold) {
      leg.hold(true);
      const { name } = owners.get(leg)!.server;
      this.#options.logger.warn(
        { server: name },
        'not read until other servers have finished their messages',
      );
    }
    for (const leg of release) leg.hold(false);
    for (const { wire, bufferedBytes, limitBytes } of fail) {
      const instance = owners.get(wire)!;
      const error = upstreamError('over_buffered', {
        server: instance.server.name,
        bufferedMiB: Math.ceil(bufferedBytes / mebibyte),
        limitMiB: Math.floor(limitBytes / mebibyte),
        of: limitBytes === this.#options.limits.bufferedTotalBytes ? 'total' : 'server',
      });
      // What one client has alone ends for that client alone.
      if (wire.owner === undefined) instance.stopFor(error);
      else void wire.fail(error);
    }
    this.#again('buffers', bufferLookEveryMs, () => this.#lookAtBuffers());
  }

  /** @returns whether a budget is close enough to look again soon */
  async #weigh(): Promise<boolean> {
    const { limits, servers, readTrees = readProcessTrees } = this.#options;
    const running = [...servers()].flatMap((instance) => {
      const pids = instance.legs.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
      return pids.length === 0 ? [] : [{ instance, pids }];
    });
    const hasBudget =
      limits.memoryTotalBytes > 0 || running.some(({ instance }) => instance.limits.memoryBudgetBytes > 0);
    if (running.length === 0 || !hasBudget) return false;
    const trees = new Map(
      (await readTrees(running.flatMap(({ pids }) => pids))).map((tree) => [tree.rootPid, tree]),
    );
    const uses: MemoryUse<MonitoredServer>[] = running.map(({ instance, pids }) => ({
      key: instance,
      residentBytes: pids.reduce((sum, pid) => sum + (trees.get(pid)?.residentBytes ?? 0), 0),
      budgetBytes: instance.limits.memoryBudgetBytes,
    }));
    const over = findOverBudget(uses, limits.memoryTotalBytes);
    for (const { key, residentBytes, limitBytes, of } of over) {
      key.stopFor(
        upstreamError('over_memory', {
          server: key.server.name,
          usedMiB: Math.ceil(residentBytes / mebibyte),
          limitMiB: Math.floor(limitBytes / mebibyte),
          of,
        }),
      );
    }
    return isNearBudget(uses, limits.memoryTotalBytes);
  }
}
