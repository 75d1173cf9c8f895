/**
 * daemon/compose/admin-wing — the way in for the person: the admin API on its socket.
 */
import { createAdminServer, describeSettings } from '../../admin/index.ts';
import { describeError } from '../../base/index.ts';
import { examineFolders, settingsTable } from '../../config/index.ts';
import type { Exposure } from '../../expose/index.ts';
import { GatewaySignInControl } from '../../gateway/index.ts';
import type { RouteTable } from '../../http/index.ts';
import { Explainer, noHistory } from '../../observe/index.ts';
import { createVault } from '../vault.ts';
import type { AuthWing } from './auth-wing.ts';
import type { BrowserWing } from './browser-wing.ts';
import type { Foundation } from './foundation.ts';
import type { GatewayWing } from './gateway-wing.ts';
import type { HistoryWing } from './history-wing.ts';
import { openMachineWing } from './machine-wing.ts';
import type { ObserveWing } from './observe-wing.ts';
import { openRegistryWing } from './registry-wing.ts';
import type { StoreWing } from './store-wing.ts';
import type { UpstreamWing } from './upstream-wing.ts';

/** Of so many names the nearest is looked for. */
const mostTools = 10_000;

/** @throws admin.* */
export async function openAdminWing(
  foundation: Foundation,
  { store, access, installed, clients, apiKeys }: StoreWing,
  { audit, metrics, problems, serverLog, redactSecretsOf }: ObserveWing,
  { history }: HistoryWing,
  { connections, pool, children }: UpstreamWing,
  { control, accessControl, definitions, approvals, presentations, builtIn }: GatewayWing,
  {
    browserDoor,
    connect,
    routes,
    exposure,
    authorizationServer,
  }: BrowserWing &
    AuthWing & {
      readonly routes: RouteTable;
      readonly exposure: Exposure;
    },
  url: string,
): Promise<void> {
  const { options, settings, events, logger, network, readiness, closer, startedAt } = foundation;
  const { publicUrl } = settings;
  const { listeners } = options.startup;
  const unlocked = async (): Promise<void> => {
    const servers = await store.repositories.servers.list();
    for (const server of servers) {
      installed.put(server);
      redactSecretsOf(server);
    }
    control.reconcile();
    // What failed for want of its secrets has them now, though nothing of its definition has changed.
    for (const server of servers)
      if (server.isEnabled && pool.get(server.id)?.state.status !== 'connected')
        connections.retry(server, 'background').catch((error: unknown) => {
          logger.warn({ server: server.name, error: describeError(error) }, 'not connected after unlocking');
        });
  };
  const admin = await createAdminServer({
    browsers: browserDoor,
    door: routes,
    audit,
    exposure,
    control,
    approvals,
    presentations,
    review: definitions,
    builtIn: builtIn.control,
    listModes: builtIn.listModes,
    tokens: builtIn.ledger,
    access: accessControl,
    signInControl: new GatewaySignInControl({ access, installed, connections }),
    definitions: openRegistryWing(foundation, { store }, { problems }, { children }, { control }),
    vault: createVault(store, unlocked),
    apiKeys,
    clients: {
      list: () => clients.list(),
      find: (reference) => clients.find(reference),
      change: (reference, change) => clients.change(reference, change),
      revoke: (reference) => clients.revoke(reference),
      isStored: (id) => clients.isStored(id),
      register: (name, redirectUris) => authorizationServer.preregister(name, redirectUris),
    },
    serverLog,
    events,
    settings: { describe: () => describeSettings(options.loaded.origins, settingsTable) },
    problems,
    machine: openMachineWing(foundation, apiKeys, url),
    history: history ?? noHistory,
    explainer: new Explainer({
      servers: () => control.listServers(),
      clients: () => clients.list(),
      serverLog,
      history,
      problems,
      toolNames: async () =>
        (await control.findTools(undefined, mostTools)).map(({ qualifiedName }) => qualifiedName),
      now: () => foundation.clock.now(),
    }),
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
        network: network.describe(),
      }),
      examine: async () => ({
        searchPath: await children.searchPath(true),
        findings: await examineFolders(settings),
      }),
      stop: (reason) => options.stopRequested(reason),
    },
    logger,
    socketPath: settings.socketPath,
  });
  closer.own('admin', admin);
  connect(admin);
  readiness.mark('admin');
}
