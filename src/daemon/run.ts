/**
 * daemon/run — the life of the process: settings, log, daemon, signals, end.
 *
 * stdout gets what a person needs at the first start; everything else is in the log.
 */

import { join } from 'node:path';
import packageFacts from '../../package.json' with { type: 'json' };
import { type Logger, programName, systemClock } from '../base/index.ts';
import { configError, type LoadInput, loadSettings } from '../config/index.ts';
import { BestEffortOutput, createLogger, SecretRedactor } from '../observe/index.ts';
import { platform } from '../platform/index.ts';
import type { Daemon } from './compose.ts';
import { ignoresHangup } from './hangup.ts';
import { setHeapGrowth } from './heap-growth.ts';
import { IdleGc } from './idle-gc.ts';
import { handleSignals } from './signals.ts';
import { startupBanner } from './startup-banner.ts';
import { lockAndListen } from './startup-lock.ts';
import { openV8Heap } from './v8-heap.ts';

export interface RunOptions {
  /** As given on the command line, by the name of the setting. */
  readonly flags: LoadInput['flags'];
}

/**
 * Runs until it is told to stop.
 *
 * @returns the exit code
 * @throws config.*, daemon.*, store.*, http.*, admin.*: it could not start
 */
export async function runDaemon(options: RunOptions): Promise<number> {
  setHeapGrowth();
  const loaded = await loadSettings({ flags: options.flags ?? {} });
  const { settings } = loaded;
  const secrets = new SecretRedactor();
  // The daemon outlives its terminal, a pipe that is closed and a disk that is full.
  const stdout = new BestEffortOutput(process.stdout);
  const stderr = new BestEffortOutput(process.stderr);
  const logger = createLogger({
    level: settings.logLevel,
    file: { path: join(settings.logsDir, 'mcpmux.log') },
    stderr,
    filter: secrets,
  });
  let finish: (exitCode: number) => void = () => {};
  const finished = new Promise<number>((resolve) => {
    finish = resolve;
  });
  let daemon: Daemon | undefined;
  const stop = async (): Promise<void> => {
    await daemon?.stop();
    await logger.close();
  };
  const signals = handleSignals({
    drain: stop,
    logger,
    lastResortMs: settings.shutdownGraceMs + 15_000,
    ignoresHangup: ignoresHangup({
      platform: platform.name,
      env: process.env,
      hasTerminal: [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY === true),
    }),
  });
  try {
    const { publicUrl, noAuth } = settings;
    if (publicUrl !== undefined && noAuth)
      throw configError('needs_keys', { publicUrl, where: loaded.origins.noAuth.where });
    const startup = await lockAndListen(loaded, logger);
    // Everything else takes as long again to load as what is here already, so the port opens first.
    const { composeDaemon } = await import('./compose.ts');
    daemon = await composeDaemon({
      startup,
      loaded,
      version: packageFacts.version,
      logger,
      secrets,
      showOnTerminal(text) {
        if (!stdout.isTTY) return false;
        stdout.write(`${text}\n`);
        return true;
      },
      stopRequested: (reason) => {
        logger.info({ reason }, 'stopping');
        stop().then(
          () => finish(0),
          () => finish(1),
        );
      },
    });
  } catch (error) {
    signals.close();
    await logger.close();
    throw error;
  }
  const heapCare = careForHeap(logger);
  stdout.write(startupBanner(daemon, stdout.isTTY, programName(process.env)));
  await logger.start();
  const exitCode = await finished;
  heapCare.close();
  signals.close();
  return exitCode;
}

function careForHeap(logger: Logger): IdleGc {
  let last = performance.eventLoopUtilization();
  const care = new IdleGc({
    clock: systemClock,
    heap: openV8Heap(),
    busyShare: () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, last);
      last = now;
      return utilization;
    },
    collected: (facts) => logger.debug(facts, 'heap collected'),
  });
  care.start();
  return care;
}
