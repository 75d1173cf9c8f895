/**
 * e2e/network — the daemon on addresses of the network: what it takes to start, and who may speak to it there.
 */

import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runChild } from '../support/child.ts';
import { freePort, type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { rawHead, sendRaw } from '../support/raw-http.ts';

const certFile = repositoryPath('test/fixtures/tls/cert.pem');
const keyFile = repositoryPath('test/fixtures/tls/key.pem');
const address = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
let gateway: Gateway | undefined;

afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

describe('a bind on the network', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-net-')));
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  it.each<[string, readonly string[], string]>([
    ['nothing else', [], 'a public https URL, TLS files or trusted proxies missing'],
    ['a URL', ['--public-url', 'https://mux.example'], 'TLS files or trusted proxies missing'],
    ['TLS', ['--tls-cert', certFile, '--tls-key', keyFile], 'a public https URL missing'],
    ['half of TLS', ['--tls-cert', certFile, '--public-url', 'https://mux.example'], 'the key is missing'],
    [
      'a wrong proxy',
      ['--trusted-proxies', 'proxy.example', '--public-url', 'https://mux.example'],
      'neither an address nor a range',
    ],
  ])('with %s does not start, opens no port, and says what is missing', async (_, flags, says) => {
    const port = await freePort();
    const { code, stderr } = await runChild({
      command: process.execPath,
      args: [
        repositoryPath('bin/mcpmux.mjs'),
        'start',
        '--port',
        String(port),
        '--listen',
        '0.0.0.0',
        ...flags,
      ],
      env: {
        PATH: process.env['PATH'] ?? '',
        MCPMUX_DATA_DIR: dataDir,
        MCPMUX_KEY_SOURCE: 'file',
        NO_COLOR: '1',
      },
    });
    expect(code).not.toBe(0);
    expect(stderr).toContain(says);
    expect(stderr).toContain('  next: ');
    await expect(
      sendRaw(port, rawHead('GET /livez HTTP/1.1', `Host: localhost:${port}`)),
    ).resolves.toBeUndefined();
  });
});

describe.runIf(address !== undefined)('on an address of the network', () => {
  const lan = address ?? '';

  /** @returns status and body of an https request to that address */
  function ask(port: number, host: string, path = '/livez'): Promise<readonly [number | undefined, string]> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        { host: lan, port, path, headers: { host }, rejectUnauthorized: false },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => {
            text += chunk;
          });
          answer.on('end', () => resolve([answer.statusCode, text]));
        },
      );
      outgoing.on('error', reject);
      outgoing.end();
    });
  }

  it('speaks https there under the public name only, and plain http on this machine', async () => {
    const port = await freePort();
    gateway = await startGateway({
      port,
      flags: [
        '--public-url',
        `https://mux.example:${port}`,
        '--listen',
        lan,
        '--tls-cert',
        certFile,
        '--tls-key',
        keyFile,
      ],
    });
    expect(await ask(port, `mux.example:${port}`)).toEqual([200, 'live\n']);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `${lan}:${port}`])
      expect((await ask(port, host))[0], host).toBe(403);
    const plain = await sendRaw(port, rawHead('GET /livez HTTP/1.1', `Host: localhost:${port}`));
    expect(plain?.status).toBe(200);
    const overTls = await sendRaw(port, rawHead('GET /livez HTTP/1.1', `Host: mux.example:${port}`), {
      host: lan,
    });
    expect(overTls?.status).not.toBe(200);
    const status = await gateway.admin.getStatus();
    expect(status.publicUrl).toBe(`https://mux.example:${port}/mcp`);
    expect(status.listensOn).toContain(`${lan}:${port}`);
    expect(await readFile(certFile, 'utf8')).toContain('BEGIN CERTIFICATE');
  });

  it('without TLS lets the trusted proxy in and nobody else', async () => {
    const port = await freePort();
    const base = ['--public-url', 'https://mux.example', '--listen', lan];
    const get = () => sendRaw(port, rawHead('GET /livez HTTP/1.1', 'Host: mux.example'), { host: lan });
    gateway = await startGateway({ port, flags: [...base, '--trusted-proxies', '192.0.2.200'] });
    const refused = await get();
    expect([refused?.status, refused?.body]).toEqual([403, expect.stringContaining('http.not_by_proxy')]);
    await gateway.stop();
    gateway = await startGateway({ port, flags: [...base, '--trusted-proxies', `192.0.2.200,${lan}/32`] });
    expect((await get())?.status).toBe(200);
    const local = await sendRaw(port, rawHead('GET /livez HTTP/1.1', `Host: localhost:${port}`), {
      host: lan,
    });
    expect(local?.status).toBe(403);
  });
});
