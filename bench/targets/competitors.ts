/**
 * bench/targets/rivals — other gateways of the npm registry, each as its documentation says, logging as little as it can.
 *
 * They live in bench/rivals with a lock file of their own and are installed when they are needed first.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../../test/support/gateway.ts';
import { findTool, openSession, type Place } from '../load/sessions.ts';
import { processFile, type Running, startListening, startNode, type Target, waitFor } from './target.ts';

const folder = fileURLToPath(new URL('../rivals', import.meta.url));
const programs = {
  'mcp-hub': 'node_modules/mcp-hub/dist/cli.js',
  'mcp-proxy': 'node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs',
  supergateway: 'node_modules/supergateway/dist/index.js',
};
export type Rival = keyof typeof programs;

/** They start a process for each session; more would measure the machine's memory. */
const maxConnections = 16;

/** Installs them from their lock file, once. @throws Error when the registry cannot be reached */
export async function installRivals(): Promise<void> {
  if (Object.values(programs).every((program) => existsSync(join(folder, program)))) return;
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  await promisify(execFile)(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
}

export function rivalVersions(): Readonly<Record<Rival, string>> {
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    dependencies: Record<Rival, string>;
  };
  return dependencies;
}

/** mcp-hub: one process, shared servers, HTTP+SSE to its clients. */
export async function mcpHub(
  running: Running,
  servers: readonly { readonly name: string; readonly upstream: 'stdio' | 'http'; readonly tools?: number }[],
): Promise<readonly Target[]> {
  const home = await mkdtemp(join(tmpdir(), 'bench-mcp-hub-'));
  running.defer(() => rm(home, { recursive: true, force: true }));
  const mcpServers: Record<string, object> = {};
  for (const { name, upstream, tools } of servers) {
    // It asks with the legacy handshake only.
    const flags = ['--era', 'legacy', '--tools', String(tools ?? 3)];
    mcpServers[name] =
      upstream === 'stdio'
        ? { command: process.execPath, args: [processFile('echo-stdio.mjs'), ...flags] }
        : { url: (await startListening(running, 'echo-http.mjs', ...flags)).url };
  }
  const config = join(home, 'servers.json');
  await writeFile(config, JSON.stringify({ mcpServers }));
  const port = await freePort();
  const { pid, child } = startNode(
    running,
    [
      '--require',
      processFile('loopback-only.cjs'),
      join(folder, programs['mcp-hub']),
      '--port',
      String(port),
      '--config',
      config,
    ],
    { env: { HOME: home, XDG_STATE_HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home }, cwd: home },
  );
  child.stdout?.resume();
  child.stderr?.resume();
  const place: Place = { era: 'sse', url: `http://127.0.0.1:${port}/mcp` };
  const wanted = servers.reduce((sum, { tools }) => sum + (tools ?? 2), 0);
  await waitFor('mcp-hub', async () => (await countTools(place)) === wanted);
  return servers.map(({ name, upstream }) => ({
    name: `mcp-hub, ${upstream === 'http' ? 'HTTP' : 'stdio'}`,
    role: 'rival',
    upstream,
    era: 'sse',
    url: place.url,
    watched: [{ name: 'own', pid }],
    toolPrefix: `${name}__`,
  }));
}

/** mcp-proxy: a server of stdio behind Streamable HTTP. */
export async function mcpProxy(running: Running): Promise<Target> {
  const port = await freePort();
  return startBridge(running, 'mcp-proxy', port, [
    ...['--port', String(port), '--host', '127.0.0.1', '--server', 'stream'],
    ...['--', process.execPath, processFile('echo-stdio.mjs')],
  ]);
}

/** supergateway with sessions; its default without them starts a process for every request. */
export async function supergateway(running: Running): Promise<Target> {
  const port = await freePort();
  return startBridge(running, 'supergateway', port, [
    ...[
      '--stdio',
      `${process.execPath} ${processFile('echo-stdio.mjs')}`,
      '--outputTransport',
      'streamableHttp',
    ],
    ...['--stateful', '--port', String(port), '--logLevel', 'none'],
  ]);
}

async function startBridge(
  running: Running,
  rival: Rival,
  port: number,
  args: readonly string[],
): Promise<Target> {
  const { pid, child } = startNode(running, [
    '--require',
    processFile('loopback-only.cjs'),
    join(folder, programs[rival]),
    ...args,
  ]);
  child.stdout?.resume();
  child.stderr?.resume();
  const place: Place = { era: 'legacy', url: `http://127.0.0.1:${port}/mcp` };
  await waitFor(rival, async () => (await countTools(place)) > 0);
  return {
    name: `${rival}, stdio`,
    role: 'rival',
    upstream: 'stdio',
    era: 'legacy',
    url: place.url,
    watched: [{ name: 'own', pid }],
    maxConnections,
  };
}

async function countTools(place: Place): Promise<number> {
  const session = await openSession(place);
  try {
    return (await findTool(session, place.era, 'echo')).count;
  } finally {
    await session.end();
  }
}
