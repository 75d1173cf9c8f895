/**
 * cli/commands/stop — asks the daemon to drain and stop, and waits until it has.
 */
import { isMcpMuxError } from '../../base/index.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { withProgress } from '../progress.ts';
import { noteStopped } from '../start-daemon.ts';

const pollMs = 50;
/** Longer than the daemon's own limits for draining and for the children's stop ladder. */
const patienceMs = 40_000;

export async function run(context: Context): Promise<number> {
  await stopAndWait(context);
  context.tell('mcpmux has stopped.');
  return exitCodes.ok;
}

/** @throws cli.nothing_to_stop, cli.failed */
export async function stopAndWait(context: Context): Promise<void> {
  const { pid } = await context.client.getStatus().catch((error: unknown) => {
    if (!isMcpMuxError(error, 'cli.daemon_not_running')) throw error;
    // There is nothing to do, least of all to start it.
    throw cliError('nothing_to_stop', { dataDir: error.facts['dataDir'] }, error);
  });
  // Before it goes: a bridge that notices at once must not start it again.
  await noteStopped((await context.place()).dataDir);
  await context.client.stopDaemon();
  await withProgress(
    context.io,
    () => 'stopping',
    () => waitUntilGone(context, pid),
  );
}

async function waitUntilGone(context: Context, pid: number): Promise<void> {
  const giveUpAt = context.io.now() + patienceMs;
  while (context.io.now() < giveUpAt) {
    try {
      if ((await context.client.getStatus()).pid !== pid) return;
    } catch (error) {
      if (isMcpMuxError(error, 'cli.daemon_not_running') && !isAlive(pid)) return;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw cliError('failed', {
    message: `the daemon (pid ${pid}) was asked to stop and still runs`,
    hint: `see its log, or end it: kill ${pid}`,
  });
}

/** A process of this machine with that id. Our own id means that daemon and command are one process. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
