/**
 * daemon/compose/upstream-wing — servers: their processes, sign-ins, connections, and the care for their resources.
 */
import { join } from 'node:path';
import type { JsonObject } from '../../base/index.ts';
import { openBrowser, publicOAuthUrls } from '../../sign-in/index.ts';
import { createTransport, DaemonChildKeeper } from '../../transports/index.ts';
import type { InstanceContext } from '../../upstream/index.ts';
import { ConnectionService, ResourceMonitor, resolveSecrets, UpstreamPool } from '../../upstream/index.ts';
import { redactCredentials } from '../credential-redaction.ts';
import type { Foundation } from './foundation.ts';
import type { ObserveWing } from './observe-wing.ts';
import type { StoreWing } from './store-wing.ts';

export interface UpstreamWing {
  readonly connections: ConnectionService;
  readonly pool: UpstreamPool;
  readonly monitor: ResourceMonitor;
  readonly children: DaemonChildKeeper;
}

/** What providers show to a person who signs in. */
export const clientName = 'McpMux';

/** What a shared leg declares: all we can bridge. For a client that cannot, we say so when it is asked. */
const bridgedCapabilities: JsonObject = {
  roots: {},
  sampling: { tools: {}, context: {} },
  elicitation: { form: {}, url: {} },
  // MCP Apps pass through untouched, so servers may offer them; whether a client shows them is its own affair.
  extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } },
};

export function openUpstreamWing(
  foundation: Foundation,
  storeWing: StoreWing,
  { serverLog }: ObserveWing,
  ours: {
    /** What we say of ourselves to servers. */
    readonly serverInfo: JsonObject;
    /** Brings what a server asks to the client that it concerns. */
    readonly sessions: InstanceContext['sessions'];
  },
): UpstreamWing {
  const { settings, closer, clock, events, network, secrets } = foundation;
  const { store, catalogue, handshakeCache } = storeWing;
  const { repositories } = store;
  const logger = foundation.logger.child({ room: 'upstream' });
  const publicUrls = settings.publicUrl === undefined ? undefined : publicOAuthUrls(settings.publicUrl);

  const children = closer.own(
    'children',
    new DaemonChildKeeper({ folder: join(settings.dataDir, 'run', 'children'), clock, logger }),
  );
  void children.reapLeftovers();

  // The wires of the pool come from the connection service, which looks after the pool's instances.
  const connections: ConnectionService = closer.own(
    'sign-ins',
    new ConnectionService({
      credentials: redactCredentials(repositories.credentials, secrets),
      clock,
      events,
      serverLog,
      pool: () => pool,
      featuresOf: (serverId) => catalogue.featuresOf(serverId),
      registration: {
        clientName,
        clientMetadataUrl: settings.clientMetadataUrl ?? publicUrls?.documentUrl,
        fetchOptions: { allowPrivate: settings.oauthAllowPrivate, network },
      },
      callbackPort: settings.callbackPort,
      publicRedirectUri: publicUrls?.redirectUri,
      // One daemon a data folder: what an earlier life held, this one may take.
      leaseHolder: store.describe().driver === 'sqlite' ? 'the daemon of this data folder' : undefined,
      logger,
      openBrowser,
      async fillIn(server) {
        if (server.damage !== undefined) throw server.damage;
        return resolveSecrets(server, {
          env: process.env,
          onRead: (secret) => secrets.addOwned(server.id, { name: '', secret, isCalledSecret: true }),
        });
      },
    }),
  );

  const pool: UpstreamPool = new UpstreamPool(
    {
      clock,
      logger,
      events,
      serverLog,
      verdicts: repositories.eraVerdicts,
      catalogue,
      faces: catalogue,
      limits: settings,
      clientInfo: ours.serverInfo,
      bridgedCapabilities,
      handshakeCache,
      createTransport: async (installedServer, wire) => {
        const { server, authorization } = await connections.prepare(installedServer);
        return createTransport({
          server: server.name,
          launch: server.launch,
          wire: wire === 'in-process' ? 'stdio' : wire,
          clock,
          children,
          ownFolder: join(settings.dataDir, 'servers', server.id),
          stateFolder: join(settings.dataDir, 'servers', server.id, 'state'),
          authorization,
          limits: { maxMessageBytes: settings.maxMessageBytes },
          network,
          maxConnections: server.limits.maxConnections,
        });
      },
      signInNeed: (serverId) => connections.signInNeed(serverId),
      sessions: ours.sessions,
      random: Math.random,
      redact: (text, serverId) => secrets.redact(text, serverId),
    },
    settings.startConcurrency,
  );
  closer.defer('servers', () => pool.close());

  const monitor = closer.own(
    'resource monitor',
    new ResourceMonitor({
      servers: () => pool.all(),
      limits: {
        memoryTotalBytes: settings.memoryTotalBytes,
        bufferedTotalBytes: settings.bufferedTotalBytes,
        // Room for a large message and the rest, and never so much that one alone fills the total.
        bufferedWireBytes: Math.max(settings.bufferedTotalBytes / 2, settings.maxMessageBytes * 2),
      },
      clock,
      logger,
    }),
  );
  return { connections, pool, monitor, children };
}
