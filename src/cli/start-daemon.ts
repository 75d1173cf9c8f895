/**
 * cli/start-daemon — starts the daemon in the background when it does not run, once, however many ask at the same time.
 *
 * Who installed it as a service gets that service started: two managers of one daemon would fight. Who stopped it with
 * `mcpmux stop` wants it stopped, until `mcpmux start` or the next boot.
 */
import { spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { isMcpMuxError } from '../base/index.ts';
import { makeFolders, platform, takeFileLock } from '../platform/index.ts';
import type { Context } from './context.ts';
import { cliError } from './errors.ts';
import { launcherPath } from './launcher-path.ts';

/** A cold start on a busy machine takes seconds; a database that is upgraded takes longer. */
const patienceMs = 45_000;
const pollMs = 100;

/** @throws cli.daemon_stopped, cli.daemon_did_not_start */
export async function ensureDaemon(context: Context): Promise<void> {
  const { dataDir } = await context.place();
  if (await isRunning(context)) return;
  if (await wasStopped(dataDir)) throw cliError('daemon_stopped', { dataDir });
  const lockFile = join(dataDir, 'run', 'starting');
  await makeFolders(dirname(lockFile));
  const release = await takeFileLock(lockFile, patienceMs);
  try {
    if (await isRunning(context)) return;
    if (!(await startService(context))) startInBackground(context, dataDir);
    const deadline = performance.now() + patienceMs;
    while (!(await isRunning(context))) {
      if (performance.now() > deadline) throw cliError('daemon_did_not_start', { dataDir });
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  } finally {
    await release?.();
  }
}

async function isRunning(context: Context): Promise<boolean> {
  try {
    await context.client.getStatus();
    return true;
  } catch (error) {
    if (isMcpMuxError(error, 'cli.daemon_not_running')) return false;
    throw error;
  }
}

/** @returns false where there is none for this data folder */
async function startService(context: Context): Promise<boolean> {
  const { openService } = await import('./service/open-service.ts');
  const service = await openService(context);
  if (!(await service.examine()).isInstalled) return false;
  return service.start().then(
    () => true,
    () => false,
  );
}

/** Variables of the program that started us, and not of the person. */
const foreign =
  /^(?:MCPMUX_KEY|NODE_OPTIONS|ELECTRON_RUN_AS_NODE|npm_.*|CLAUDE.*|VSCODE_.*|CURSOR_.*|CODEX_.*)$/i;

function startInBackground(context: Context, dataDir: string): void {
  const env = Object.fromEntries(Object.entries(context.io.env).filter(([name]) => !foreign.test(name)));
  const child = spawn(process.execPath, [launcherPath(), 'start', '--data-dir', dataDir], {
    cwd: homedir(),
    detached: true,
    env,
    stdio: 'ignore',
    windowsHide: true,
  });
  // What hinders it is in its log; that it did not come up is told by whoever waits.
  child.on('error', () => {});
  child.unref();
}

function stoppedFile(dataDir: string): string {
  return join(dataDir, 'run', 'stopped');
}

/** A person stopped it: nobody but a person starts it again before the next boot. */
export async function noteStopped(dataDir: string): Promise<void> {
  await writeFile(stoppedFile(dataDir), platform.processes.bootId(), { mode: 0o600 }).catch(() => {});
}

export async function forgetStopped(dataDir: string): Promise<void> {
  await rm(stoppedFile(dataDir), { force: true }).catch(() => {});
}

async function wasStopped(dataDir: string): Promise<boolean> {
  const boot = await readFile(stoppedFile(dataDir), 'utf8').catch(() => undefined);
  return boot !== undefined && boot === platform.processes.bootId();
}
