/**
 * daemon/run — the life of the process: settings, log, daemon, signals, end.
 *
 * stdout gets what a person needs at the first start; everything else is in the log.
 */

import { join } from 'node:path';
import packageFacts from '../../package.json' with { type: 'json' };
import { type LoadInput, loadSettings } from '../config/index.ts';
import { createLogger, SecretFilter } from '../observe/index.ts';
import { composeDaemon, type Daemon } from './compose.ts';
import { handleSignals } from './signals.ts';

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
  const loaded = await loadSettings({ flags: options.flags ?? {} });
  const { settings } = loaded;
  const secrets = new SecretFilter();
  const logger = createLogger({
    level: settings.logLevel,
    file: { path: join(settings.logsDir, 'mcpmux.log') },
    stderr: process.stderr,
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
  const signals = handleSignals({ drain: stop, logger, lastResortMs: settings.shutdownGraceMs + 15_000 });
  try {
    daemon = await composeDaemon({
      loaded,
      version: packageFacts.version,
      logger,
      secrets,
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
  process.stdout.write(welcome(daemon));
  await logger.start();
  const exitCode = await finished;
  signals.close();
  return exitCode;
}

/** What a person reads after the start. */
function welcome(daemon: Daemon): string {
  const lines = [`McpMux is ready at ${daemon.url}`];
  if (daemon.firstKeyText !== undefined) {
    lines.push(
      `A key for the clients on this machine (shown once; also in ${daemon.keyFile}):`,
      `  ${daemon.firstKeyText}`,
      `  Clients send it as the header  Authorization: Bearer ${daemon.firstKeyText.slice(0, 13)}…`,
    );
  }
  for (const note of daemon.notes) lines.push(`Note: ${note}`);
  if (!daemon.hasServers) {
    lines.push(
      'There are no servers yet. In another terminal:',
      '  npx mcpmux add everything -- npx -y @modelcontextprotocol/server-everything   adds one',
      `  npx mcpmux tools   shows what it offers; then point your AI client at ${daemon.url}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
