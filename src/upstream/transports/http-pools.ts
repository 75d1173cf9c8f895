/**
 * upstream/transports/http-pools — connections to HTTP servers: shared by all wires to one origin, gone with the last.
 *
 * Calls and standing streams have pools of their own, so that streams which stay open for hours never take the
 * connections that calls need. undici is loaded with the first HTTP server, not before.
 * Knows nothing of: requests, MCP.
 */
import type { Dispatcher, Pool } from 'undici';

export interface HttpPools {
  readonly calls: Dispatcher;
  readonly streams: Dispatcher;
  /** Gives the connections back. Safe to call twice. */
  release(): void;
}

interface Shared {
  readonly calls: Pool;
  readonly streams: Pool;
  users: number;
}

const shared = new Map<string, Shared>();

/** More do not make a server faster; with one connection a slow call would block the others. */
const connections = 64;
const connectTimeoutMs = 10_000;

/**
 * Takes part in the connections to `origin`.
 *
 * Timeouts of undici are off: calls have deadlines of their own, and streams live as long as they like.
 */
export async function acquirePools(origin: string): Promise<HttpPools> {
  const { Pool } = await import('undici');
  let entry = shared.get(origin);
  if (entry === undefined) {
    const options = {
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      allowH2: false,
      connect: { timeout: connectTimeoutMs },
    };
    entry = {
      calls: new Pool(origin, { ...options, connections }),
      streams: new Pool(origin, { ...options, connections: null }),
      users: 0,
    };
    shared.set(origin, entry);
  }
  entry.users += 1;
  const held = entry;
  let isReleased = false;
  return {
    calls: held.calls,
    streams: held.streams,
    release() {
      if (isReleased) return;
      isReleased = true;
      held.users -= 1;
      if (held.users > 0) return;
      shared.delete(origin);
      // Requests of this wire were ended before; destroy only takes idle connections away.
      for (const pool of [held.calls, held.streams]) pool.destroy().catch(ignore);
    },
  };
}

/** A pool that was destroyed already is what we want. */
function ignore(): void {}
