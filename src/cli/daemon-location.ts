/**
 * cli/daemon-location — where the daemon of this command line is: its data folder, its socket, its files.
 *
 * The daemon's own note in the data folder wins, because it may have been started with other variables than this
 * command; without one, the settings say where it would be.
 */
import { loadSettings, type Settings } from '../config/index.ts';
import { readDaemonRecord } from '../daemon/index.ts';
import type { Io } from './io.ts';
import { sanitizeToLine } from './style.ts';

export interface DaemonLocation {
  readonly dataDir: string;
  readonly socketPath: string;
  /** As a daemon that was started now with the same options would have them. */
  readonly settings: Settings;
}

/**
 * Reads the settings. A settings file with a mistake in it must not keep a person from stopping the daemon: it is told
 * and left out.
 *
 * @throws config.* for flags and variables
 */
export async function locateDaemon(dataDirFlag: string | undefined, io: Io): Promise<DaemonLocation> {
  const input = { flags: { dataDir: dataDirFlag }, env: io.env, workingDir: io.cwd() };
  const { settings } = await loadSettings(input).catch(async (error: unknown) => {
    const loaded = await loadSettings({ ...input, readFile: async () => undefined });
    io.stderr.write(`mcpmux: the settings file was left out: ${sanitizeToLine((error as Error).message)}\n`);
    return loaded;
  });
  const record = await readDaemonRecord(settings.dataDir);
  return { dataDir: settings.dataDir, socketPath: record?.socketPath ?? settings.socketPath, settings };
}
