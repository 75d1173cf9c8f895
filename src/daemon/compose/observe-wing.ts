/**
 * daemon/compose/observe-wing — metrics, the logs of servers, and secrets kept out of all logs.
 */
import { join } from 'node:path';
import { isMcpMuxError, type Secret } from '../../base/index.ts';
import type { InstalledServer } from '../../model/index.ts';
import { Metrics } from '../../observe/index.ts';
import { namesSecret, ServerLogManager } from '../../upstream/index.ts';
import type { Foundation } from './foundation.ts';
import type { StoreWing } from './store-wing.ts';

export interface ObserveWing {
  readonly metrics: Metrics;
  readonly serverLog: ServerLogManager;
  /** Takes the secrets of a server out of logs from now on. */
  readonly redactSecretsOf: (server: InstalledServer) => void;
}

export function openObserveWing(foundation: Foundation, storeWing: StoreWing): ObserveWing {
  const { settings, closer, clock, events, logger, secrets } = foundation;
  const { installed } = storeWing;
  const metrics = closer.own('metrics', new Metrics({ events, aliasOf: (id) => installed.get(id)?.alias }));
  const serverLog = closer.own(
    'server logs',
    new ServerLogManager({
      folder: join(settings.logsDir, 'servers'),
      redact: (text) => secrets.redact(text),
      clock,
      logger,
    }),
  );
  return { metrics, serverLog, redactSecretsOf: redactServerSecrets(foundation, storeWing) };
}

/** Every secret that is in use is taken out of logs, from the moment it is known. */
function redactServerSecrets(
  { events, secrets }: Foundation,
  { installed }: StoreWing,
): (server: InstalledServer) => void {
  const addOne = (secret: Secret): void => {
    try {
      if (!namesSecret(secret)) secrets.add(secret);
    } catch (error) {
      // One that cannot be opened is in no log; when it is needed its server says so.
      if (!isMcpMuxError(error)) throw error;
    }
  };
  const add = (server: InstalledServer): void => {
    const { launch } = server;
    // A value that names a secret is none itself, and may be told; what it names is added when it is read.
    for (const secret of Object.values(launch.kind === 'stdio' ? launch.env : launch.headers)) addOne(secret);
    for (const { id, type } of launch.inputs ?? []) {
      const secret = launch.inputValues?.[id];
      if (type === 'password' && secret !== undefined) addOne(secret);
    }
  };
  for (const server of installed.all()) add(server);
  events.subscribe(({ event }) => {
    if (event.type !== 'gateway.server_installed' && event.type !== 'gateway.server_updated') return;
    const server = installed.get(event.serverId);
    if (server !== undefined) add(server);
  });
  return add;
}
