/**
 * daemon/compose — builds the daemon out of its rooms. The only file that knows them all.
 *
 * In: settings, a logger. Out: a running daemon and how to stop it.
 * The startup queue opens before any server is connected; the heavy admin side is loaded when somebody asks for it.
 * Owns: the order in which things open, and that they close in the opposite one.
 */
import { join } from 'node:path';
import { createAdminServer, describeSettings } from '../admin/index.ts';
import { ApiKeys, createAuthenticator, ensureFirstKey } from '../auth/index.ts';
import {
  type Clock,
  Closer,
  describeError,
  EventBus,
  isMcpMuxError,
  type JsonObject,
  type Logger,
  type Secret,
  systemClock,
} from '../base/index.ts';
import { Catalogue } from '../catalogue/index.ts';
import { type LoadedSettings, settingsTable } from '../config/index.ts';
import { createDownstream, type Downstream } from '../downstream/index.ts';
import {
  CallHandler,
  GatewayControl,
  GatewaySignInControl,
  InstalledServerList,
  ParkedCalls,
  Relay,
  Views,
} from '../gateway/index.ts';
import { Door, type HttpRoute, loopbackHosts, loopbackOrigins, RouteTable } from '../http/index.ts';
import { type DomainEvent, defaultSpaceId, type InstalledServer } from '../model/index.ts';
import { healthRoutes, Metrics, type SecretRedactor } from '../observe/index.ts';
import { openBrowser, publicOAuthRoutes, publicOAuthUrls } from '../sign-in/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { createTransport, DaemonChildKeeper } from '../transports/index.ts';
import {
  ConnectionService,
  namesSecret,
  ResourceMonitor,
  resolveSecrets,
  ServerLogManager,
  UpstreamPool,
} from '../upstream/index.ts';
import { redactCredentials } from './credential-redaction.ts';
import { openHandshakeCache } from './handshake-cache.ts';
import { Readiness } from './readiness.ts';
import type { StartupResources } from './startup-lock.ts';
import { createVault } from './vault.ts';

export interface ComposeOptions {
  readonly loaded: LoadedSettings;
  readonly version: string;
  readonly logger: Logger;
  readonly secrets: SecretRedactor;
  readonly clock?: Clock;
  /** Somebody asked by way of the admin API that the daemon stops. */
  stopRequested(reason: string): void;
  /** The data folder and the port; the daemon closes them. */
  readonly startup: StartupResources;
}

export interface Daemon {
  /** The URL for clients. */
  readonly url: string;
  /** The key made at this very start, to be shown once. */
  readonly firstKeyText: string | undefined;
  readonly keyFile: string;
  readonly hasServers: boolean;
  /** What a person should know. */
  readonly notes: readonly string[];
  /** Drains and closes everything. Safe to call twice. */
  stop(): Promise<void>;
}

/** What providers show to a person who signs in. */
const clientName = 'McpMux';

/** What a shared leg declares: all we can bridge. For a client that cannot, we say so when it is asked. */
const bridgedCapabilities: JsonObject = {
  roots: {},
  sampling: { tools: {}, context: {} },
  elicitation: { form: {}, url: {} },
  // MCP Apps pass through untouched, so servers may offer them; whether a client shows them is its own affair.
  extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } },
};

/** @throws store.*, admin.*; the startup is closed then */
export async function composeDaemon(options: ComposeOptions): Promise<Daemon> {
  const { logger, secrets, loaded, startup } = options;
  const { lock, listeners } = startup;
  const { settings } = loaded;
  const { publicUrl } = settings;
  const publicUrls = publicUrl === undefined ? undefined : publicOAuthUrls(publicUrl);
  const clock = options.clock ?? systemClock;
  const startedAt = clock.now();
  const closer = new Closer((name, error) =>
    logger.warn({ part: name, error: describeError(error) }, 'a part did not close cleanly'),
  );
  try {
    closer.own('lock', lock);
    // Where the start fails. Otherwise they are closed long before.
    closer.defer('port', () => listeners.close(0));
    const events = new EventBus<DomainEvent>(clock, (error, event) =>
      logger.error({ event: event.type, error: describeError(error) }, 'a listener failed'),
    );
    const store = closer.own('store', await openTheStore(options, clock));
    const { repositories } = store;
    const readiness = new Readiness(['port', 'admin']);

    const installed = new InstalledServerList();
    const catalogue = new Catalogue(repositories.catalogue);
    const isLocked = store.describe().isLocked;
    const servers = isLocked ? [] : await repositories.servers.list(defaultSpaceId);
    for (const server of servers) installed.put(server);
    await catalogue.load();
    const memory = await openHandshakeCache(repositories.settings, servers, logger);
    const apiKeys = closer.own(
      'api keys',
      await ApiKeys.open({ repository: repositories.apiKeys, clock, events, logger }),
    );
    const keyFile = join(settings.dataDir, 'client-key');
    const machineKey = await ensureFirstKey(apiKeys, keyFile);

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
    const children = closer.own(
      'children',
      new DaemonChildKeeper({
        folder: join(settings.dataDir, 'run', 'children'),
        clock,
        logger: logger.child({ room: 'upstream' }),
      }),
    );
    void children.reapLeftovers();
    const watch = watchSecrets(installed, events, secrets);

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
          fetchOptions: { allowPrivate: settings.oauthAllowPrivate },
        },
        callbackPort: settings.callbackPort,
        publicRedirectUri: publicUrls?.redirectUri,
        // One daemon a data folder: what an earlier life held, this one may take.
        leaseHolder: store.describe().driver === 'sqlite' ? 'the daemon of this data folder' : undefined,
        openBrowser,
        fillIn: (server) =>
          resolveSecrets(server, { env: process.env, onRead: (secret) => secrets.add(secret) }),
      }),
    );

    const late: { downstream: Downstream | undefined } = { downstream: undefined };
    const serverInfo: JsonObject = { name: 'mcpmux', title: 'McpMux', version: options.version };
    const pool: UpstreamPool = new UpstreamPool(
      {
        clock,
        logger: logger.child({ room: 'upstream' }),
        events,
        serverLog,
        verdicts: repositories.eraVerdicts,
        catalogue,
        limits: settings,
        clientInfo: serverInfo,
        bridgedCapabilities,
        handshakeCache: memory,
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
          });
        },
        signInNeed: (serverId) => connections.signInNeed(serverId),
        askOwner: (owner, ask, cancellation) => late.downstream?.askSession(owner, ask, cancellation),
        random: Math.random,
      },
      settings.startConcurrency,
    );
    closer.defer('servers', () => pool.close());
    const care = closer.own(
      'care',
      new ResourceMonitor({
        servers: () => pool.all(),
        limits: {
          memoryTotalBytes: settings.memoryTotalBytes,
          bufferedTotalBytes: settings.bufferedTotalBytes,
          // Room for a large message and the rest, and never so much that one alone fills the total.
          bufferedWireBytes: Math.max(settings.bufferedTotalBytes / 2, settings.maxMessageBytes * 2),
        },
        clock,
        logger: logger.child({ room: 'upstream' }),
      }),
    );

    const views = new Views(installed, catalogue);
    const parked = new ParkedCalls(clock, settings.parkedCallMs);
    closer.defer('parked calls', () => parked.close());
    const relay = new Relay({
      pool,
      parked,
      clock,
      serverInfo,
      callEnded: (server, outcome, seconds) => metrics.callEnded(server.alias, outcome, seconds),
    });
    const serve = new CallHandler({
      views,
      installed,
      pool,
      relay,
      clock,
      logger: logger.child({ room: 'gateway' }),
      serverInfo,
    });
    const control = new GatewayControl({
      servers: repositories.servers,
      installed,
      catalogue,
      pool,
      serve,
      events,
      clock,
      logger: logger.child({ room: 'gateway' }),
      connectAnew: (server) => connections.retry(server, 'background'),
      forget: async (serverId) => {
        await memory.forget(serverId);
        await serverLog.remove(serverId);
      },
    });

    const downstream = createDownstream({
      serve,
      relay,
      sessions: repositories.sessions,
      events,
      clock,
      logger,
      bodyCapBytes: settings.bodyCapBytes,
      sessionIdleMs: settings.sessionIdleMs,
      maxSessions: settings.maxSessions,
      released: (sessionKey) => {
        pool.releaseOwner(sessionKey).catch((error: unknown) => {
          logger.warn(
            { error: describeError(error) },
            'a connection of an ended session did not close cleanly',
          );
        });
      },
    });
    late.downstream = downstream;

    // A call may come in the moment the port is open: it finds its server, which then is started for it.
    for (const server of installed.all()) pool.put(server);
    openGate({
      startup,
      publicUrl,
      signInRoutes:
        publicUrl === undefined
          ? []
          : publicOAuthRoutes({
              publicUrl,
              clientName,
              takeCallback: (parameters) => connections.takeCallback(parameters),
            }),
      isAuthenticationOff: settings.noAuth,
      apiKeys,
      downstream,
      readiness,
      metrics,
      logger,
    });
    readiness.mark('port');
    // Last opened, first closed: no new requests, running ones finish, then the rest goes.
    closer.defer('listeners', () => listeners.close(settings.shutdownGraceMs));
    closer.defer('sessions', () => downstream.close());

    const url = `http://127.0.0.1:${listeners.port}/mcp`;
    await lock.announce({ url, socketPath: settings.socketPath });
    const notes = describeNotes(store, settings.noAuth);
    control.reconcile();
    care.start();
    const admin = await createAdminServer({
      control,
      signInControl: new GatewaySignInControl({ installed, connections }),
      vault: createVault(store, async () => {
        for (const server of await repositories.servers.list(defaultSpaceId)) {
          installed.put(server);
          watch(server);
        }
        control.reconcile();
      }),
      apiKeys,
      serverLog,
      events,
      settings: { describe: () => describeSettings(loaded.origins, settingsTable) },
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
    metrics.start();
    logger.info({ url, servers: servers.length }, 'ready');
    return {
      url,
      firstKeyText: machineKey.created === undefined ? undefined : machineKey.text,
      keyFile,
      hasServers: servers.length > 0,
      notes,
      stop: () => {
        readiness.drain();
        return closer.close();
      },
    };
  } catch (error) {
    await closer.close();
    throw error;
  }
}

function openTheStore(options: ComposeOptions, clock: Clock): Promise<Store> {
  const { settings } = options.loaded;
  return openStore({
    location:
      settings.databaseUrl === undefined
        ? { kind: 'sqlite', file: join(settings.dataDir, 'mcpmux.db') }
        : { kind: 'postgres', url: settings.databaseUrl },
    keys: { source: settings.keySource, dataFolder: settings.dataDir },
    clock,
    logger: options.logger,
  });
}

/** From here on requests are answered. */
function openGate(options: {
  readonly startup: StartupResources;
  readonly publicUrl: string | undefined;
  readonly signInRoutes: readonly HttpRoute[];
  readonly isAuthenticationOff: boolean;
  readonly apiKeys: ApiKeys;
  readonly downstream: Downstream;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly logger: Logger;
}): void {
  const { startupQueue, listeners } = options.startup;
  const routes = new RouteTable([
    ...options.downstream.routes,
    ...healthRoutes({ state: () => options.readiness.state }),
    ...options.signInRoutes,
  ]);
  // A proxy in front passes on the Host that clients have asked for.
  const outside = options.publicUrl === undefined ? [] : [new URL(options.publicUrl)];
  const hosts = new Set([...loopbackHosts(listeners.port), ...outside.map(({ host }) => host)]);
  const origins = new Set([...loopbackOrigins(listeners.port), ...outside.map(({ origin }) => origin)]);
  const door = new Door({
    routes,
    hosts: () => hosts,
    origins: () => origins,
    authenticate: createAuthenticator({
      apiKeys: options.apiKeys,
      isAuthenticationOff: options.isAuthenticationOff,
    }),
    logger: options.logger,
    onRefused: (refusal) => options.metrics.requestRefused(refusal.code),
  });
  startupQueue.open(door.handle);
}

/** Every secret that is in use is taken out of logs, from the moment it is known. */
function watchSecrets(
  installed: InstalledServerList,
  events: EventBus<DomainEvent>,
  filter: SecretRedactor,
): (server: InstalledServer) => void {
  const addOne = (secret: Secret): void => {
    try {
      if (!namesSecret(secret)) filter.add(secret);
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

function describeNotes(store: Store, isAuthenticationOff: boolean): string[] {
  const notes: string[] = [];
  const { isLocked, lockReason, lockHint, notice } = store.describe();
  if (isAuthenticationOff)
    notes.push('authentication is off: every program on this machine can use all servers');
  if (isLocked)
    notes.push(
      `the store is locked: ${lockReason ?? 'its key is missing'}${lockHint === undefined ? '' : `; ${lockHint}`}`,
    );
  if (notice !== undefined) notes.push(notice);
  return notes;
}
