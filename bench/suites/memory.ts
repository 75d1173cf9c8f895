/**
 * bench/suites/memory — resident memory of the daemon with one server: idle, under load, and for each idle session.
 *
 * The daemon is started again after the server was added, so that "idle" is what a person has who changes nothing.
 * No garbage collection is forced. Sessions are opened over a few connections that are kept, so what grows is the session
 * and not its socket; some are opened and ended before, so that the code is compiled when counting begins. Idle sessions are
 * counted when the daemon has been idle too: it gives back what opening them took (src/daemon/heap-care). As many again are
 * opened after them.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Gateway } from '../../test/support/gateway.ts';
import { pause } from '../load/drive.ts';
import { HttpLane } from '../load/lanes.ts';
import { runLoad } from '../load/load.ts';
import { readProcess } from '../load/processes.ts';
import { openSession } from '../load/sessions.ts';
import { addEcho, startDaemon } from '../targets/gateway.ts';
import { Running } from '../targets/target.ts';

export interface MemoryFigures {
  readonly idleBytes: number;
  readonly loadedBytes: number;
  readonly sessions: number;
  readonly bytesPerSession: number;
  /** Of as many more. */
  readonly bytesPerFurtherSession: number;
}

/** How long a daemon is left alone before its memory is read. */
const settleMs = 2_000;
/** After this long without work it has given back what it does not need. */
const restMs = 45_000;

export async function measureMemory(options: {
  readonly sessions: number;
  readonly loadMs: number;
}): Promise<MemoryFigures> {
  return {
    ...(await measureOneServer(options.loadMs)),
    sessions: options.sessions,
    ...(await measureSessions(options.sessions)),
  };
}

async function measureOneServer(loadMs: number): Promise<{ idleBytes: number; loadedBytes: number }> {
  const running = new Running();
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-memory-'));
  running.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 3 }));
  try {
    const first = new Running();
    await addEcho(first, await startDaemon(first, false, {}, dataDir), 'echo', 'stdio', 'dual');
    await first.close();
    const gateway = await startDaemon(running, false, {}, dataDir);
    await callOnce(gateway);
    await pause(settleMs);
    const idleBytes = rssOf(gateway);
    const loaded = await runLoad({
      place: { era: 'legacy', url: gateway.mcpUrl() },
      work: { kind: 'echo', textBytes: 200 },
      connections: 64,
      warmMs: 500,
      measuredMs: loadMs,
      watched: [{ name: 'own', pid: gateway.pid }],
    });
    if (loaded.errors > 0) throw new Error(`memory under load: ${loaded.errorSample}`);
    return { idleBytes, loadedBytes: loaded.processes['own']?.rssBytes ?? Number.NaN };
  } finally {
    await running.close();
  }
}

/** The server is there when a call is answered; asking the admin API would load what an idle daemon does not have. */
async function callOnce(gateway: Gateway): Promise<void> {
  await runLoad({
    place: { era: 'legacy', url: gateway.mcpUrl() },
    work: { kind: 'echo', textBytes: 200 },
    connections: 1,
    warmMs: 0,
    measuredMs: 10,
  });
}

async function measureSessions(
  count: number,
): Promise<Pick<MemoryFigures, 'bytesPerSession' | 'bytesPerFurtherSession'>> {
  const running = new Running();
  try {
    const gateway = await startDaemon(running, false, { MCPMUX_MAX_SESSIONS: String(count * 3 + 10) });
    await addEcho(running, gateway, 'echo', 'stdio', 'dual');
    const lanes = Array.from({ length: 8 }, () => new HttpLane(new URL(gateway.mcpUrl()), {}));
    running.defer(() => {
      for (const lane of lanes) lane.close();
    });
    const open = async (wanted: number): Promise<(() => Promise<void>)[]> => {
      const ends: (() => Promise<void>)[] = [];
      for (let opened = 0; opened < wanted; opened += lanes.length) {
        const sessions = await Promise.all(
          lanes.map((lane) => openSession({ era: 'legacy', url: gateway.mcpUrl() }, lane)),
        );
        ends.push(...sessions.map((session) => () => session.end()));
      }
      return ends;
    };
    for (const end of await open(count / 10)) await end();
    await pause(restMs);
    const grow = async (): Promise<number> => {
      const before = rssOf(gateway);
      const opened = await open(count);
      await pause(restMs);
      return Math.max(0, rssOf(gateway) - before) / opened.length;
    };
    return { bytesPerSession: await grow(), bytesPerFurtherSession: await grow() };
  } finally {
    await running.close();
  }
}

function rssOf(gateway: Gateway): number {
  const reading = readProcess(gateway.pid);
  if (reading === undefined) throw new Error('memory can be read on Linux only');
  return reading.rssBytes;
}
