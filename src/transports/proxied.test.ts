/**
 * transports/proxied.test — servers behind the proxy of a company, and by the authorities of a company.
 */
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { startHttpServer } from '../../test/fixtures/servers/http-server.mjs';
import { type ForwardProxy, startForwardProxy } from '../../test/support/forward-proxy.ts';
import { eventually, WireHarness } from '../../test/support/wire-harness.ts';
import { systemClock } from '../base/index.ts';
import { createSafeFetch, NetworkSettings } from '../network/index.ts';
import { HttpSseTransport } from './http-sse.ts';
import { StreamableHttpTransport } from './streamable-http.ts';

const tlsFolder = new URL('../../test/fixtures/oauth/tls/', import.meta.url);
/** For `as.example`, by nobody that Node.js trusts. */
const authorityFile = fileURLToPath(new URL('certificate.pem', tlsFolder));
const [cert, key] = [readFileSync(authorityFile), readFileSync(new URL('key.pem', tlsFolder))];

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function proxy(authorization?: string): Promise<ForwardProxy> {
  const started = await startForwardProxy(authorization);
  closers.push(() => started.close());
  return started;
}

async function server(): Promise<Awaited<ReturnType<typeof startHttpServer>>> {
  const started = await startHttpServer();
  closers.push(() => started.close());
  return started;
}

/** As `server`, protected by TLS: passes on what it gets. */
async function tlsServer(): Promise<{ port: number }> {
  const started = createTlsServer({ key, cert }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const { id, method } = body === '' ? {} : (JSON.parse(body) as { id?: number; method?: string });
      if (id === undefined) return response.writeHead(request.method === 'POST' ? 202 : 200).end('{}');
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { method } }));
    });
  });
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    started.closeAllConnections();
    started.close();
  });
  return { port: (started.address() as AddressInfo).port };
}

async function wire(
  url: string,
  environment: Record<string, string>,
  Transport: typeof StreamableHttpTransport | typeof HttpSseTransport = StreamableHttpTransport,
): Promise<WireHarness> {
  const harness = new WireHarness(
    new Transport({
      server: 'remote',
      launch: { kind: 'http', url, headers: {}, flavour: 'auto' },
      clock: systemClock,
      network: new NetworkSettings(environment),
    }),
  );
  closers.push(() => harness.transport.close());
  await harness.open();
  return harness;
}

describe('a server behind a proxy', () => {
  it('R33 gets http: requests in absolute form, and its own Host', async () => {
    const [through, behind] = [await proxy(), await server()];
    const remote = await wire(`http://mcp.test:${behind.port}/mcp`, {
      HTTP_PROXY: `http://127.0.0.1:${through.port}`,
    });
    await remote.answer(remote.ask('initialize'));
    expect(through.seen).toEqual([`POST http://mcp.test:${behind.port}/mcp`]);
    expect(behind.seen[0]).toMatchObject({ path: '/mcp', headers: { host: `mcp.test:${behind.port}` } });
  });

  it('R33 gets https: requests by a tunnel, which many requests share', async () => {
    const [through, behind] = [await proxy(), await tlsServer()];
    const remote = await wire(`https://as.example:${behind.port}/mcp`, {
      HTTPS_PROXY: `http://127.0.0.1:${through.port}`,
      SSL_CERT_FILE: authorityFile,
    });
    for (let at = 0; at < 3; at += 1) await remote.answer(remote.ask('ping'));
    expect(through.seen).toEqual([`CONNECT as.example:${behind.port}`]);
  });

  it('R33 has its old event stream and its POSTs go through it', async () => {
    const [through, behind] = [await proxy(), await server()];
    const remote = await wire(
      `http://mcp.test:${behind.port}/sse`,
      { HTTP_PROXY: `http://127.0.0.1:${through.port}` },
      HttpSseTransport,
    );
    await remote.answer(remote.ask('initialize'));
    expect(through.seen.map((line) => line.split(' ')[0])).toEqual(['GET', 'POST']);
  });

  it.each([
    ['http', 'HTTP_PROXY'],
    ['https', 'HTTPS_PROXY'],
  ])('R33 gives the credentials of the proxy to the proxy alone: %s', async (scheme, variable) => {
    const through = await proxy(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    const behind = scheme === 'http' ? await server() : await tlsServer();
    const remote = await wire(`${scheme}://as.example:${behind.port}/mcp`, {
      [variable]: `http://me:p%40ss@127.0.0.1:${through.port}`,
      SSL_CERT_FILE: authorityFile,
    });
    await remote.answer(remote.ask('initialize'));
    expect(through.credentials).toHaveLength(1);
  });

  it.each<[string, string, (through: ForwardProxy) => void, RegExp, RegExp]>([
    [
      'https',
      'wants credentials',
      () => {},
      /the proxy http:\/\/127\.0\.0\.1:\d+ asks for credentials \(HTTP 407\)/,
      /HTTPS_PROXY=http:\/\/USER/,
    ],
    [
      'http',
      'wants credentials',
      () => {},
      /the proxy asks for credentials \(HTTP 407\)/,
      /HTTP_PROXY=http:\/\/USER/,
    ],
    [
      'https',
      'forbids it',
      (through) => {
        through.refuseWith = 403;
      },
      /does not connect us to as\.example:\d+ \(HTTP 403\)/,
      /NO_PROXY/,
    ],
    [
      'https',
      'is not there',
      (through) => through.close(),
      /the proxy http:\/\/127\.0\.0\.1:\d+ cannot be reached/,
      /check HTTPS_PROXY/,
    ],
    [
      'http',
      'is not there',
      (through) => through.close(),
      /the proxy http:\/\/127\.0\.0\.1:\d+ cannot be reached/,
      /check HTTP_PROXY/,
    ],
  ])('R33 says when the proxy of %s %s', async (scheme, _, prepare, message, hint) => {
    const through = await proxy('Basic c2VjcmV0');
    const behind = scheme === 'http' ? await server() : await tlsServer();
    prepare(through);
    const remote = await wire(`${scheme}://as.example:${behind.port}/mcp`, {
      [scheme === 'http' ? 'HTTP_PROXY' : 'HTTPS_PROXY']: `http://127.0.0.1:${through.port}`,
    });
    const error = await remote.failure(remote.ask('initialize'));
    expect(error).toMatchObject({ code: 'transports.unreachable', retry: 'safe' });
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  it('R33 is reached directly when it is on this machine or NO_PROXY names it', async () => {
    const behind = await server();
    const remote = await wire(behind.url, {
      HTTP_PROXY: 'http://127.0.0.1:9',
      ALL_PROXY: 'http://127.0.0.1:9',
    });
    await remote.answer(remote.ask('initialize'));
    const excepted = await wire('http://no-such-name.invalid/mcp', {
      HTTP_PROXY: 'http://127.0.0.1:9',
      NO_PROXY: '.invalid',
    });
    expect((await excepted.failure(excepted.ask('initialize'))).message).toMatch(
      /name no-such-name\.invalid/,
    );
  });

  it('R33 leaves nothing open when nobody waits for the proxy any more', async () => {
    const through = await proxy();
    const remote = await wire('https://as.example:9/mcp', {
      HTTPS_PROXY: `http://127.0.0.1:${through.port}`,
    });
    remote.ask('ping');
    await eventually('the proxy to be asked', () => through.seen.length > 0);
    await remote.transport.close();
    expect(remote.closes).toEqual([{ kind: 'asked' }]);
  });
});

describe('a server with a certificate of a company', () => {
  it('R33 is trusted by SSL_CERT_FILE, and not without', async () => {
    const { port } = await tlsServer();
    const remote = await wire(`https://localhost:${port}/mcp`, { SSL_CERT_FILE: authorityFile });
    await remote.answer(remote.ask('ping'));
    const strange = await wire(`https://localhost:${port}/mcp`, {});
    const error = await strange.failure(strange.ask('ping'));
    expect(error.message).toMatch(/is not trusted/);
    expect(error.hint).toMatch(/SSL_CERT_FILE/);
  });
});

describe('the way out of sign-in', () => {
  const fetchThrough = (environment: Record<string, string>) =>
    createSafeFetch('the metadata', {
      serverUrl: 'https://mcp.example/mcp',
      network: new NetworkSettings(environment),
      resolve: async () => {
        throw new Error('no names here');
      },
    });

  it('R33 goes through the proxy, also when names cannot be looked up here', async () => {
    const [through, behind] = [await proxy(), await tlsServer()];
    const environment = { HTTPS_PROXY: `http://127.0.0.1:${through.port}`, SSL_CERT_FILE: authorityFile };
    const answer = await fetchThrough(environment)(`https://as.example:${behind.port}/.well-known/x`);
    expect([answer.status, await answer.text()]).toEqual([200, '{}']);
    expect(through.seen).toEqual([`CONNECT as.example:${behind.port}`]);
  });

  it('R33 asks the proxy for nothing inside', async () => {
    const through = await proxy();
    const get = fetchThrough({ HTTPS_PROXY: `http://127.0.0.1:${through.port}` });
    for (const url of [
      'https://10.0.0.1/',
      'https://intranet/',
      'https://169.254.169.254/',
      'https://x.internal/',
    ])
      await expect(get(url)).rejects.toMatchObject({ code: 'network.fetch_refused' });
    expect(through.seen).toEqual([]);
  });

  it('R33 says what the proxy said', async () => {
    const through = await proxy();
    through.refuseWith = 403;
    const get = fetchThrough({ HTTPS_PROXY: `http://127.0.0.1:${through.port}` });
    await expect(get('https://as.example/')).rejects.toMatchObject({ code: 'network.proxy_refused' });
  });
});
