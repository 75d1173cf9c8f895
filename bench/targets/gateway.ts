/**
 * bench/targets/gateway — this gateway, as a person runs it: the built command, its own data folder, default settings.
 */
import { type Gateway, startGateway } from '../../test/support/gateway.ts';
import type { Era } from '../load/message.ts';
import { processFile, type Running, startListening, type Target, type Upstream, waitFor } from './target.ts';

type ServerEra = 'dual' | 'legacy' | 'modern';

/** How client and server meet; the era of each is said in the name. */
interface Pairing {
  readonly label: string;
  readonly era: Era;
  readonly serverEra: ServerEra;
}

const sameEra: readonly Pairing[] = [
  { label: 'legacy → legacy', era: 'legacy', serverEra: 'dual' },
  { label: 'modern → modern', era: 'modern', serverEra: 'dual' },
];
const acrossEras: readonly Pairing[] = [
  { label: 'legacy → modern', era: 'legacy', serverEra: 'modern' },
  { label: 'modern → legacy', era: 'modern', serverEra: 'legacy' },
];

/** Another build of ours (its `mcpmux.mjs`), so that two commits can be measured with one suite. */
const program = process.env['MCPMUX_BENCH_PROGRAM'];

export interface GatewayVariant {
  readonly upstreams: readonly Upstream[];
  readonly isAuthenticated: boolean;
  /** Also clients of one era before servers of the other. */
  readonly isAcrossEras: boolean;
}

/** One daemon with the servers that the variant's pairings need; one target a pairing. */
export async function gatewayTargets(running: Running, variant: GatewayVariant): Promise<readonly Target[]> {
  const gateway = await startDaemon(running, variant.isAuthenticated);
  const pairings = variant.isAcrossEras ? [...sameEra, ...acrossEras] : sameEra;
  const targets: Target[] = [];
  const added = new Set<string>();
  for (const upstream of variant.upstreams) {
    for (const { label, era, serverEra } of pairings) {
      const alias = `${upstream}-${serverEra}`;
      if (!added.has(alias)) {
        added.add(alias);
        await addEcho(running, gateway, alias, upstream, serverEra);
      }
      targets.push({
        name: `McpMux, ${upstream === 'http' ? 'HTTP' : 'stdio'}, ${label}${variant.isAuthenticated ? ', with a key' : ''}`,
        role: 'gateway',
        upstream,
        era,
        url: gateway.mcpUrl(),
        ...(variant.isAuthenticated && { headers: gateway.headers }),
        watched: [{ name: 'own', pid: gateway.pid }],
        toolPrefix: `${alias}_`,
      });
    }
  }
  return targets;
}

/** A daemon with nothing or one thing in it, for memory, lists and start. */
export async function startDaemon(
  running: Running,
  isAuthenticated: boolean,
  env: Readonly<Record<string, string>> = {},
  dataDir?: string,
): Promise<Gateway> {
  const gateway = await startGateway({
    flags: isAuthenticated ? [] : ['--no-auth'],
    // The keychain belongs to the person at the machine.
    env: { MCPMUX_KEY_SOURCE: 'file', ...env },
    startTimeoutMs: 60_000,
    ...(dataDir !== undefined && { dataDir }),
    ...(program !== undefined && { program }),
  });
  running.defer(() => gateway.stop());
  return gateway;
}

/** Installs an echo server and waits until it can be called. */
export async function addEcho(
  running: Running,
  gateway: Gateway,
  alias: string,
  upstream: Upstream,
  serverEra: ServerEra,
  tools = 3,
): Promise<void> {
  const flags = ['--era', serverEra, '--tools', String(tools)];
  const added = await gateway.addServer({
    name: alias,
    alias,
    launch:
      upstream === 'stdio'
        ? {
            kind: 'stdio',
            command: process.execPath,
            args: [processFile('echo-stdio.mjs'), ...flags],
          }
        : { kind: 'http', url: (await startListening(running, 'echo-http.mjs', ...flags)).url },
  });
  if (added.state.status !== 'connected')
    throw new Error(`the server "${alias}" is ${added.state.status}: ${added.state.reason ?? ''}`);
  // A server of both eras is served in its client's own once that is known; over HTTP the first call asks.
  if (serverEra === 'dual' && upstream === 'stdio') {
    await waitFor(`the eras of "${alias}"`, async () => {
      const { verdict } = await gateway.admin.getServer(added.id);
      return verdict?.eras.length === 2;
    });
  }
}
