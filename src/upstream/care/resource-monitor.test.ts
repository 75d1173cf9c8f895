/**
 * upstream/care/resource-monitor.test — what is done to servers that idle, grow or keep too much waiting.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock, type McpMuxError, silentLogger } from '../../base/index.ts';
import type { InstalledServer } from '../../model/index.ts';
import type { ProcessTree } from '../../transports/process/index.ts';
import { receivedBytes } from '../../transports/received-bytes.ts';
import { type MonitoredServer, ResourceMonitor } from './resource-monitor.ts';

const mebibyte = 1024 * 1024;

class Played implements MonitoredServer {
  readonly server: InstalledServer;
  limits = { idleStopMs: 0, memoryBudgetBytes: 0 };
  isReady = true;
  isInUse = false;
  requestsServed = 0;
  readonly leg: {
    pid: number | undefined;
    bufferedBytes: number;
    isHeld: boolean;
    owner: string | undefined;
    failedWith: McpMuxError[];
    hold(is: boolean): void;
    fail(error: McpMuxError): void;
  };
  readonly stoppedFor: McpMuxError[] = [];
  sleptAfterMs: number | undefined;

  constructor(name: string, pid?: number) {
    this.server = { name } as InstalledServer;
    const leg = {
      pid,
      bufferedBytes: 0,
      isHeld: false,
      owner: undefined as string | undefined,
      failedWith: [] as McpMuxError[],
      fail(error: McpMuxError) {
        leg.failedWith.push(error);
      },
      hold(is: boolean) {
        leg.isHeld = is;
      },
    };
    this.leg = leg;
  }

  get legs() {
    return [this.leg];
  }

  stopUnused(forMs: number): void {
    this.sleptAfterMs = forMs;
    this.isReady = false;
  }

  stopFor(error: McpMuxError): void {
    this.stoppedFor.push(error);
  }
}

const clock = new ManualClock();
let care: ResourceMonitor;
const held = new Map<number, number>();
let looks = 0;

function start(servers: readonly Played[], memoryTotalBytes = 0): void {
  care = new ResourceMonitor({
    servers: () => servers,
    limits: { memoryTotalBytes, bufferedWireBytes: 80 * mebibyte, bufferedTotalBytes: 100 * mebibyte },
    clock,
    logger: silentLogger,
    readTrees: (pids) => {
      looks += 1;
      return Promise.resolve(
        pids.map((rootPid) => ({ rootPid, residentBytes: held.get(rootPid) ?? 0 }) as ProcessTree),
      );
    },
  });
  care.start();
}

afterEach(() => {
  care.close();
  expect(clock.pending).toBe(0);
  held.clear();
  looks = 0;
});

describe('idleness', () => {
  it('stops a server that had no call for its time', () => {
    const idle = new Played('idle');
    const kept = new Played('kept');
    idle.limits.idleStopMs = 5_000;
    start([idle, kept]);
    clock.advance(4_000);
    idle.requestsServed += 1;
    clock.advance(5_000);
    expect(idle.sleptAfterMs).toBeUndefined();
    clock.advance(2_000);
    expect(idle.sleptAfterMs).toBe(5_000);
    expect(kept.sleptAfterMs).toBeUndefined();
  });
});

describe('memory', () => {
  it('stops a server over its budget and says how much it held', async () => {
    const big = new Played('big', 7);
    big.limits.memoryBudgetBytes = 64 * mebibyte;
    held.set(7, 70 * mebibyte);
    start([big]);
    await care.lookAtMemory();
    expect(big.stoppedFor.map(({ code, message }) => [code, message])).toEqual([
      [
        'upstream.over_memory',
        'server "big" was stopped: its processes hold 70 MiB of memory, and it may hold 64 MiB',
      ],
    ]);
  });

  it('stops the largest when all together are over the total', async () => {
    const [small, large] = [new Played('small', 1), new Played('large', 2)];
    held.set(1, 40 * mebibyte).set(2, 70 * mebibyte);
    start([small, large], 100 * mebibyte);
    await care.lookAtMemory();
    expect(small.stoppedFor).toEqual([]);
    expect(large.stoppedFor[0]?.message).toContain('all servers together may hold 100 MiB');
  });

  it('does not look at the process table without a budget, or without a process', async () => {
    start([new Played('free', 1), new Played('remote')]);
    await care.lookAtMemory();
    expect(looks).toBe(0);
  });
});

describe('buffers', () => {
  it('holds the smaller ones over the total, then lets go', () => {
    const [small, large] = [new Played('small'), new Played('large')];
    small.leg.bufferedBytes = 50 * mebibyte;
    large.leg.bufferedBytes = 60 * mebibyte;
    start([small, large]);
    clock.advance(250);
    expect([small.leg.isHeld, large.leg.isHeld]).toEqual([true, false]);
    large.leg.bufferedBytes = 0;
    clock.advance(250);
    expect(small.leg.isHeld).toBe(false);
  });

  it('R77 looks as soon as much was received, whatever the time', async () => {
    const [small, large] = [new Played('small'), new Played('large')];
    small.leg.bufferedBytes = 50 * mebibyte;
    large.leg.bufferedBytes = 60 * mebibyte;
    start([small, large]);
    receivedBytes.add(31 * mebibyte);
    await new Promise(setImmediate);
    expect(small.leg.isHeld).toBe(false);
    receivedBytes.add(mebibyte);
    await new Promise(setImmediate);
    expect(small.leg.isHeld).toBe(true);
  });

  it('stops a server whose one connection keeps too much', () => {
    const greedy = new Played('greedy');
    greedy.leg.bufferedBytes = 81 * mebibyte;
    start([greedy]);
    clock.advance(250);
    expect(greedy.stoppedFor.map(({ code }) => code)).toEqual(['upstream.over_buffered']);
  });

  it('R96 ends the connection of one client alone when that is the one that leaves too much', () => {
    const greedy = new Played('greedy');
    greedy.leg.owner = 'one client';
    start([greedy]);
    greedy.leg.bufferedBytes = 81 * mebibyte;
    clock.advance(250);
    expect(greedy.leg.failedWith.map(({ code }) => code)).toEqual(['upstream.over_buffered']);
    expect(greedy.stoppedFor).toEqual([]);
  });
});
