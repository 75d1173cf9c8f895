/**
 * edge-cases/rig — one built daemon in front of servers that the test plays by hand, and clients made by hand.
 *
 * In: scripts, by alias. Out: the daemon, the played servers, clients of either era on either URL.
 * Knows nothing of: what is tested.
 */
import type { AddServerBody, LogEntryDto } from '../../src/contract/index.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../support/gateway.ts';
import { type Era, type Json, RawHttpClient, type RawHttpOptions } from '../support/raw-client.ts';
import {
  type RawHttpServer,
  type RawHttpServerOptions,
  type RawScript,
  type RawStdioServer,
  startRawHttpServer,
  startRawStdioServer,
} from '../support/raw-server.ts';

export interface PlayedServer {
  readonly wire: 'http' | 'stdio';
  readonly script: RawScript & Partial<RawHttpServerOptions>;
  /** What else to say when it is installed: limits, session policy. */
  readonly install?: Partial<Pick<AddServerBody, 'limits' | 'sessionPolicy' | 'declares' | 'isEnabled'>>;
}

export interface Rig {
  readonly gateway: Gateway;
  http(alias: string): RawHttpServer;
  stdio(alias: string): RawStdioServer;
  /** A client that is ready to call. Without an alias: of the URL of all servers. */
  client(era: Era, alias?: string, options?: Partial<RawHttpOptions>): Promise<RawHttpClient>;
  /** A client of the legacy era before its handshake. */
  stranger(era: Era, alias?: string, options?: Partial<RawHttpOptions>): RawHttpClient;
  /** The newest lines of a server's log. */
  log(alias: string): Promise<readonly LogEntryDto[]>;
  close(): Promise<void>;
}

export async function startRig(
  servers: Readonly<Record<string, PlayedServer>>,
  options: Omit<GatewayOptions, 'servers'> = {},
): Promise<Rig> {
  const https = new Map<string, RawHttpServer>();
  const pipes = new Map<string, RawStdioServer>();
  const clients = new Set<RawHttpClient>();
  const bodies: AddServerBody[] = [];
  for (const [alias, played] of Object.entries(servers)) {
    if (played.wire === 'http') {
      const server = await startRawHttpServer(played.script);
      https.set(alias, server);
      bodies.push({ name: alias, alias, launch: { kind: 'http', url: server.url }, ...played.install });
    } else {
      const server = await startRawStdioServer(played.script);
      pipes.set(alias, server);
      bodies.push({ name: alias, alias, launch: server.launch, ...played.install });
    }
  }
  const closeServers = async () => {
    await Promise.all([...https.values(), ...pipes.values()].map((server) => server.close()));
  };
  let gateway: Gateway;
  try {
    // What servers change is what these tests are about; that it can be held back is tested beside the rules.
    gateway = await startGateway({
      ...options,
      env: { MCPMUX_DEFINITION_POLICY: 'follow', ...options.env },
    });
    await Promise.all(bodies.map((body) => addAndCheck(gateway, body)));
  } catch (error) {
    await closeServers();
    throw error;
  }
  const stranger: Rig['stranger'] = (era, alias, more = {}) => {
    const { headers, ...rest } = more;
    const client = new RawHttpClient({
      url: gateway.mcpUrl(alias),
      era,
      headers: { ...gateway.headers, ...headers },
      ...rest,
    });
    clients.add(client);
    return client;
  };
  return {
    gateway,
    http: (alias) => found(https.get(alias), alias),
    stdio: (alias) => found(pipes.get(alias), alias),
    stranger,
    async client(era, alias, more) {
      const client = stranger(era, alias, more);
      if (era === 'legacy') await client.initialize();
      return client;
    },
    async log(alias) {
      return (await gateway.admin.readLog(alias, { limit: 500 })).entries;
    },
    async close() {
      for (const client of clients) client.close();
      try {
        await gateway.stop();
      } finally {
        await closeServers();
      }
    },
  };
}

/** A test about servers that are there must not pass because they are not. */
async function addAndCheck(gateway: Gateway, body: AddServerBody): Promise<void> {
  const { state } = await gateway.addServer(body);
  const expected = body.isEnabled === false ? 'disabled' : 'connected';
  if (state.status !== expected) {
    throw new Error(`server "${body.name}" is ${state.status}: ${state.lastError ?? state.reason}`);
  }
}

function found<T>(server: T | undefined, alias: string): T {
  if (server === undefined) throw new Error(`the rig has no server "${alias}"`);
  return server;
}

/** The text of a tool's result: its first text block. */
export function textOf(result: Json | undefined): string {
  const blocks = result?.['content'] as { readonly text?: string }[] | undefined;
  return blocks?.find((block) => block.text !== undefined)?.text ?? JSON.stringify(result);
}

/** A tool's result with this text; in the modern era it says that it is complete. */
export function textResult(era: Era, text: string): Json {
  return { ...(era === 'modern' ? { resultType: 'complete' } : {}), content: [{ type: 'text', text }] };
}
