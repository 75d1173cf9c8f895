/**
 * daemon/compose/admin-wing — the way in for the person: the admin API on its socket.
 */
import { createAdminServer, describeSettings } from '../../admin/index.ts';
import { settingsTable } from '../../config/index.ts';
import { GatewaySignInControl } from '../../gateway/index.ts';
import { defaultSpaceId } from '../../model/index.ts';
import { createVault } from '../vault.ts';
import type { Foundation } from './foundation.ts';
import type { GatewayWing } from './gateway-wing.ts';
import { describeNotes } from './notes.ts';
import type { ObserveWing } from './observe-wing.ts';
import type { StoreWing } from './store-wing.ts';
import type { UpstreamWing } from './upstream-wing.ts';

/** @throws admin.* */
export async function openAdminWing(
  foundation: Foundation,
  { store, installed, apiKeys }: StoreWing,
  { metrics, serverLog, redactSecretsOf }: ObserveWing,
  { connections }: UpstreamWing,
  { control }: GatewayWing,
  url: string,
): Promise<void> {
  const { options, settings, events, logger, readiness, closer, startedAt } = foundation;
  const { publicUrl } = settings;
  const { listeners } = options.startup;
  const unlocked = async (): Promise<void> => {
    for (const server of await store.repositories.servers.list(defaultSpaceId)) {
      installed.put(server);
      redactSecretsOf(server);
    }
    control.reconcile();
  };
  const admin = await createAdminServer({
    control,
    signInControl: new GatewaySignInControl({ installed, connections }),
    vault: createVault(store, unlocked),
    apiKeys,
    serverLog,
    events,
    settings: { describe: () => describeSettings(options.loaded.origins, settingsTable) },
    metrics,
    daemon: {
      describe: () => ({
        version: options.version,
        pid: process.pid,
        startedAt,
        isReady: readiness.isReady,
        url,
        publicUrl: publicUrl === undefined ? undefined : `${publicUrl}/mcp`,
        listensOn: listeners.addresses.map(
          (address) => `${address.includes(':') ? `[${address}]` : address}:${listeners.port}`,
        ),
        dataDir: settings.dataDir,
        logDir: settings.logsDir,
        authMode: settings.noAuth ? 'none' : 'api-key',
        keySource: store.describe().keySource ?? 'none',
        notes: describeNotes(store, settings.noAuth),
      }),
      stop: (reason) => options.stopRequested(reason),
    },
    logger,
    socketPath: settings.socketPath,
  });
  closer.own('admin', admin);
  readiness.mark('admin');
}
