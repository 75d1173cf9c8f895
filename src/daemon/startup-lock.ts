/**
 * daemon/startup-lock — takes the data folder and opens the port, before anything heavy is loaded.
 *
 * What can stand in the way of a start (another daemon, a port in use) is known at once; requests that come before the
 * daemon is there wait at the gate.
 * Knows nothing of: what the daemon is made of.
 */
import type { Logger } from '../base/index.ts';
import { type LoadedSettings, prepareFolders } from '../config/index.ts';
import { type Listeners, listen, StartupQueue } from '../http/index.ts';
import { acquireDaemonLock, type DaemonLock } from './lock.ts';
import { networkBinding } from './network-binding.ts';

export interface StartupResources {
  readonly lock: DaemonLock;
  readonly listeners: Listeners;
  readonly startupQueue: StartupQueue;
}

/** @throws config.folder_*, daemon.already_running, daemon.lock_failed, http.port_in_use, http.port_denied, http.listen_failed, http.address_refused, http.tls_unusable, http.bad_proxy */
export async function lockAndListen({ settings }: LoadedSettings, logger: Logger): Promise<StartupResources> {
  await prepareFolders(settings);
  const lock = await acquireDaemonLock(settings.dataDir);
  const gate = new StartupQueue();
  try {
    const listeners = await listen({
      port: settings.port,
      ...networkBinding(settings),
      handler: gate.handle,
      logger,
    });
    return { lock, listeners, startupQueue: gate };
  } catch (error) {
    await lock.close();
    throw error;
  }
}
