/**
 * daemon/compose — builds the daemon, wing by wing. Each wing has a file of its own in compose/.
 *
 * In: settings, a logger. Out: a running daemon and how to stop it.
 * Requests are answered before any server is connected; a call that comes then finds its server and starts it.
 * Owns: the order in which wings open. They close in the opposite one.
 */
import type { JsonObject } from '../base/index.ts';
import type { Downstream } from '../downstream/index.ts';
import { openAdminWing } from './compose/admin-wing.ts';
import { openAlertsWing } from './compose/alerts-wing.ts';
import { openAuthWing } from './compose/auth-wing.ts';
import { openBrowserWing } from './compose/browser-wing.ts';
import { createEndpoint, openDoorWing } from './compose/door-wing.ts';
import { openExposeWing } from './compose/expose-wing.ts';
import { type ComposeOptions, layFoundation } from './compose/foundation.ts';
import { openGatewayWing } from './compose/gateway-wing.ts';
import { openHistoryWing } from './compose/history-wing.ts';
import { openObserveWing } from './compose/observe-wing.ts';
import { openStoreWing } from './compose/store-wing.ts';
import { openUpstreamWing } from './compose/upstream-wing.ts';

export type { ComposeOptions } from './compose/foundation.ts';

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

/** @throws store.*, admin.*; what was opened is closed then */
export async function composeDaemon(options: ComposeOptions): Promise<Daemon> {
  const foundation = layFoundation(options);
  const { settings, closer, readiness, logger } = foundation;
  const serverInfo: JsonObject = { name: 'mcpmux', title: 'McpMux', version: options.version };
  try {
    const store = await openStoreWing(foundation);
    const observe = openObserveWing(foundation, store);
    // Servers may ask their client something; the way there is built last.
    const late: { downstream: Downstream | undefined } = { downstream: undefined };
    const upstream = openUpstreamWing(foundation, store, observe, {
      serverInfo,
      sessions: {
        ask: (...asked) => late.downstream?.askSession(...asked),
        has: (sessionKey) => late.downstream?.hasSession(sessionKey) === true,
        isPresent: (sessionKey) => late.downstream?.isPresent(sessionKey) === true,
      },
    });
    const history = await openHistoryWing(foundation, store, observe);
    const gateway = await openGatewayWing(foundation, store, observe, upstream, history, serverInfo);
    const downstream = createEndpoint(foundation, store, upstream, gateway);
    late.downstream = downstream;

    for (const server of store.installed.all()) upstream.pool.put(server);
    const browser = openBrowserWing(foundation, observe);
    const auth = await openAuthWing(foundation, store, browser);
    const door = openDoorWing(foundation, store, observe, upstream, downstream, browser, auth);
    const exposure = openExposeWing(foundation, store, observe, upstream, door);
    browser.shareTunnel(exposure);
    const url = `http://127.0.0.1:${options.startup.listeners.port}/mcp`;
    await options.startup.lock.announce({ url, socketPath: settings.socketPath });

    gateway.control.reconcile();
    upstream.monitor.start();
    observe.watchServers(() => gateway.control.listServers());
    const notes = (await observe.problems.list())
      .filter(({ about }) => about.kind === 'daemon')
      .map(({ title, cause, fix, harm }) =>
        harm === 'note' ? title : [title, cause, fix?.says].filter((part) => part !== undefined).join('; '),
      );
    await openAdminWing(
      foundation,
      store,
      observe,
      history,
      upstream,
      gateway,
      { ...browser, ...auth, routes: door.routes, exposure },
      url,
    );
    observe.metrics.start();
    openAlertsWing(foundation, observe);
    observe.problems.start();
    logger.info({ url, servers: store.servers.length }, 'ready');
    return {
      url,
      // With --no-auth nobody has to send it.
      firstKeyText: settings.noAuth ? undefined : store.firstKeyText,
      keyFile: store.keyFile,
      hasServers: store.servers.length > 0,
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
