/**
 * transports/create-transport — the wire that fits how a server is run or reached.
 *
 * Knows nothing of: which wire a server speaks; the caller has found that out.
 */

import type { Clock } from '../base/index.ts';
import type { Launch } from '../model/index.ts';
import type { NetworkSettings } from '../network/index.ts';
import { transportError } from './errors.ts';
import { HttpSseTransport } from './http-sse.ts';
import type { WireLimits } from './limits.ts';
import type { ChildKeeper } from './process/index.ts';
import { StdioTransport } from './stdio.ts';
import { StreamableHttpTransport } from './streamable-http.ts';
import type { Authorization, Transport } from './transport.ts';

export interface CreateTransportOptions {
  /** The name a person gave the server. */
  readonly server: string;
  readonly launch: Launch;
  readonly wire: 'stdio' | 'http' | 'sse';
  readonly clock: Clock;
  /** stdio: what all children of this daemon share. */
  readonly children: ChildKeeper;
  /** stdio: working folder when the launch names none. */
  readonly ownFolder?: string | undefined;
  /** stdio: becomes MCP_STATE_DIR. */
  readonly stateFolder?: string | undefined;
  /** HTTP: where the Authorization header comes from; a fixed header in the launch wins. */
  readonly authorization?: Authorization | undefined;
  readonly limits?: Partial<WireLimits> | undefined;
  /** HTTP: through which proxies, trusting whom. */
  readonly network?: NetworkSettings | undefined;
  /** HTTP: connections at once, event streams among them; undefined: enough for everything. */
  readonly maxConnections?: number | undefined;
}

/** @throws transports.bad_url, transports.bad_header, transports.not_mcp (a wire that does not fit the launch) */
export function createTransport(options: CreateTransportOptions): Transport {
  const { server, launch, wire, clock, limits } = options;
  if (launch.kind === 'stdio') {
    if (wire !== 'stdio') throw misfit(server, wire, 'a command');
    const { children, ownFolder, stateFolder } = options;
    return new StdioTransport({ server, launch, children, clock, ownFolder, stateFolder, limits });
  }
  const { authorization, network, maxConnections } = options;
  switch (wire) {
    case 'http':
      return new StreamableHttpTransport({
        server,
        launch,
        authorization,
        clock,
        limits,
        network,
        maxConnections,
      });
    case 'sse':
      return new HttpSseTransport({ server, launch, authorization, clock, limits, network, maxConnections });
    case 'stdio':
      throw misfit(server, wire, 'a URL');
  }
}

function misfit(server: string, wire: string, launch: string): Error {
  return transportError('not_mcp', {
    server,
    reason: `it is ${launch}, which cannot be reached over ${wire}`,
  });
}
