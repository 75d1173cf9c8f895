/**
 * network/namespace — another machine, as the kernel sees it: a second network namespace, joined to this one by a cable.
 *
 * Needs root and Debian's package iproute2; `.ci/run` installs it. Where the kernel permits no namespace the test says so and
 * is left out: then nothing here can play another machine.
 */
import { spawnSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runChild } from '../support/child.ts';
import { freePort, type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';

const mark = `mcp${process.pid % 10_000}`;
const namespace = `${mark}n`;
const here = '10.213.77.1';
const there = '10.213.77.2';

function ip(...args: string[]): boolean {
  return spawnSync('ip', args, { stdio: 'ignore' }).status === 0;
}

/** Lays the cable. @returns false where the kernel does not permit it */
function joinNamespace(): boolean {
  return (
    ip('netns', 'add', namespace) &&
    ip('link', 'add', `${mark}a`, 'type', 'veth', 'peer', 'name', `${mark}b`, 'netns', namespace) &&
    ip('addr', 'add', `${here}/24`, 'dev', `${mark}a`) &&
    ip('link', 'set', `${mark}a`, 'up') &&
    ip('-n', namespace, 'addr', 'add', `${there}/24`, 'dev', `${mark}b`) &&
    ip('-n', namespace, 'link', 'set', `${mark}b`, 'up') &&
    ip('-n', namespace, 'link', 'set', 'lo', 'up')
  );
}

function removeNamespace(): void {
  ip('link', 'del', `${mark}a`);
  ip('netns', 'del', namespace);
}

const mayJoin = spawnSync('unshare', ['-n', 'true'], { stdio: 'ignore' }).status === 0;

describe.runIf(mayJoin)('from another machine', () => {
  let gateway: Gateway | undefined;

  beforeAll(() => {
    if (!joinNamespace()) throw new Error('the second namespace could not be made; is iproute2 there?');
  });
  afterEach(async () => {
    await gateway?.stop();
    gateway = undefined;
  });
  afterAll(removeNamespace);

  /** Asks from the other machine. @returns the status and what came, or the reason why nothing did */
  async function ask(url: string, headers: Record<string, string>): Promise<readonly [number, string]> {
    const script = `
      const { request } = await import(${JSON.stringify(url.startsWith('https') ? 'node:https' : 'node:http')});
      const asked = request(${JSON.stringify(url)}, { headers: ${JSON.stringify(headers)}, rejectUnauthorized: false, timeout: 3000 }, (answer) => {
        let text = '';
        answer.on('data', (chunk) => { text += chunk; });
        answer.on('end', () => console.log(JSON.stringify([answer.statusCode, text])));
      });
      asked.on('timeout', () => asked.destroy(new Error('no answer')));
      asked.on('error', (error) => console.log(JSON.stringify([0, error.code ?? error.message])));
      asked.end();`;
    const { stdout } = await runChild({
      command: 'ip',
      args: ['netns', 'exec', namespace, process.execPath, '--input-type=module', '-e', script],
      env: { PATH: process.env['PATH'] ?? '' },
    });
    return JSON.parse(stdout) as [number, string];
  }

  it('nothing is reachable of a daemon as it is by default', async () => {
    gateway = await startGateway();
    const { port } = gateway;
    expect(await ask(`http://${here}:${port}/livez`, { host: `localhost:${port}` })).toEqual([
      0,
      'ECONNREFUSED',
    ]);
  });

  it('a daemon with a certificate answers under its public name, and this machine has no privilege there', async () => {
    const port = await freePort();
    const files = ['cert', 'key'].map((name) => repositoryPath(`test/fixtures/tls/${name}.pem`));
    gateway = await startGateway({
      port,
      flags: [
        '--public-url',
        `https://mux.example:${port}`,
        '--listen',
        here,
        '--tls-cert',
        files[0] ?? '',
        '--tls-key',
        files[1] ?? '',
      ],
    });
    const base = `https://${here}:${port}`;
    const host = `mux.example:${port}`;
    expect(await ask(`${base}/livez`, { host })).toEqual([200, 'live\n']);
    expect((await ask(`${base}/mcp`, { host }))[0]).toBe(401);
    expect((await ask(`${base}/servers/none/mcp`, { host, authorization: `Bearer ${gateway.key}` }))[0]).toBe(
      404,
    );
    for (const name of [`localhost:${port}`, `127.0.0.1:${port}`, `${here}:${port}`])
      expect((await ask(`${base}/livez`, { host: name, 'x-forwarded-for': '127.0.0.1' }))[0], name).toBe(403);
  });

  it('a daemon behind a proxy is not reached around it', async () => {
    const port = await freePort();
    const flags = [
      '--public-url',
      'https://mux.example',
      '--listen',
      here,
      '--trusted-proxies',
      '10.213.77.9',
    ];
    gateway = await startGateway({ port, flags });
    const around = await ask(`http://${here}:${port}/livez`, {
      host: 'mux.example',
      'x-forwarded-for': '10.213.77.9',
    });
    expect(around[0]).toBe(403);
    expect(around[1]).toContain('http.not_by_proxy');
    await gateway.stop();
    gateway = await startGateway({ port, flags: [...flags.slice(0, -1), there] });
    expect(await ask(`http://${here}:${port}/livez`, { host: 'mux.example' })).toEqual([200, 'live\n']);
  });
});
