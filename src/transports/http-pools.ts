/**
 * transports/http-pools — connections to HTTP servers: shared by all wires to one origin, gone with the last.
 *
 * Calls and standing streams have pools of their own, so that streams which stay open for hours never take the
 * connections that calls need.
 * Knows nothing of: requests, MCP.
 */
import { directNetwork, type NetworkSettings } from '../network/index.ts';
import { Pool } from './http1/index.ts';

export interface HttpPools {
  readonly calls: Pool;
  readonly streams: Pool;
  /** Gives the connections back. Safe to call twice. Resolves when they are closed, where nobody else has them. */
  release(): Promise<void>;
}

interface Shared {
  readonly calls: Pool;
  readonly streams: Pool;
  users: number;
}

const shared = new WeakMap<NetworkSettings, Map<string, Shared>>();

/** More do not make a server faster; with one connection a slow call would block the others. */
const connections = 64;

/**
 * Takes part in the connections to `origin`.
 *
 * They know no deadlines: calls have their own, and streams live as long as they like.
 */
export function acquirePools(
  origin: string,
  network: NetworkSettings = directNetwork,
  maxConnections?: number,
): HttpPools {
  const origins = shared.get(network) ?? new Map<string, Shared>();
  shared.set(network, origins);
  const key = `${origin} ${maxConnections ?? ''}`;
  let entry = origins.get(key);
  if (entry === undefined) {
    const { context } = network.authorities;
    const way = {
      proxy: network.proxies.for(new URL(origin)),
      secureContext: context,
      proxyContext: context,
    };
    const calls = new Pool(origin, { ...way, connections: maxConnections ?? connections });
    const streams =
      maxConnections === undefined
        ? new Pool(origin, { ...way, connections: Number.POSITIVE_INFINITY })
        : calls;
    entry = { calls, streams, users: 0 };
    origins.set(key, entry);
  }
  entry.users += 1;
  const held = entry;
  let isReleased = false;
  return {
    calls: held.calls,
    streams: held.streams,
    async release() {
      if (isReleased) return;
      isReleased = true;
      held.users -= 1;
      if (held.users > 0) return;
      origins.delete(key);
      // Requests of this wire were ended before; this only takes idle connections away.
      await Promise.all([held.calls.destroy(), held.streams.destroy()]);
    },
  };
}
