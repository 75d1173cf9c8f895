/**
 * bench/targets/floors — what every figure is compared with: the servers without a gateway, the bare relays, and the
 * proxy that one would build of the SDK's parts.
 */
import { StdioFloor } from '../load/lanes.ts';
import { processFile, type Running, startListening, type Target } from './target.ts';

const echoStdio = processFile('echo-stdio.mjs');

/** The raw server over HTTP. */
export async function directHttp(running: Running): Promise<Target> {
  const { pid, url } = await startListening(running, 'echo-http.mjs');
  return {
    name: 'direct, HTTP',
    role: 'floor',
    upstream: 'http',
    era: 'legacy',
    url,
    watched: [{ name: 'own', pid }],
  };
}

/** The raw server over stdio. */
export function directStdio(running: Running): Target {
  const floor = new StdioFloor(process.execPath, [echoStdio]);
  running.defer(() => floor.close());
  return {
    name: 'direct, stdio',
    role: 'floor',
    upstream: 'stdio',
    era: 'legacy',
    url: 'stdio:',
    watched: [{ name: 'own', pid: floor.pid }],
    openLane: () => floor.lane(),
  };
}

/** Bare relay (b): HTTP to HTTP. */
export async function bareHttp(running: Running): Promise<readonly Target[]> {
  const upstream = await startListening(running, 'echo-http.mjs');
  const { pid, url } = await startListening(running, 'relay-http.mjs', '--url', upstream.url);
  return inBothEras({
    name: 'bare relay, HTTP',
    role: 'bare',
    upstream: 'http',
    era: 'legacy',
    url,
    watched: [{ name: 'own', pid }],
  });
}

/** Bare relay (c): HTTP to stdio. `splice` is its cheapest form for large messages. */
export async function bareStdio(running: Running, mode: 'parse' | 'splice'): Promise<readonly Target[]> {
  const { pid, url } = await startListening(
    running,
    'relay-stdio.mjs',
    ...['--mode', mode, '--command', process.execPath, '--arg', echoStdio],
  );
  return inBothEras({
    name: `bare relay, stdio, ${mode}`,
    role: 'bare',
    upstream: 'stdio',
    era: 'legacy',
    url,
    watched: [{ name: 'own', pid }],
  });
}

/** A modern request is longer than a legacy one of the same call, so each era has a floor of its own. */
function inBothEras(legacy: Target): readonly Target[] {
  return [legacy, { ...legacy, name: `${legacy.name}, modern`, era: 'modern' }];
}

/** The proxy of SDK v2's parts. */
export async function sdkProxy(running: Running, upstream: 'stdio' | 'http'): Promise<Target> {
  const args =
    upstream === 'http'
      ? ['--url', (await startListening(running, 'echo-http.mjs')).url]
      : ['--command', process.execPath, '--arg', echoStdio];
  const { pid, url } = await startListening(running, 'sdk-proxy.mjs', ...args);
  return {
    name: `SDK v2 proxy, ${upstream === 'http' ? 'HTTP' : 'stdio'}`,
    role: 'sdk',
    upstream,
    era: 'modern',
    url,
    watched: [{ name: 'own', pid }],
  };
}
