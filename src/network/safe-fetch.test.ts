import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { brotliCompressSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createSafeFetch, type SafeFetchOptions, safeFetchLimits } from './safe-fetch.ts';

const tls = new URL('../../test/fixtures/oauth/tls/', import.meta.url);
const certificate = readFileSync(new URL('certificate.pem', tls), 'utf8');
const key = readFileSync(new URL('key.pem', tls), 'utf8');

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.close();
    (server as { closeAllConnections?: () => void }).closeAllConnections?.();
  }
});

async function listen(server: Server): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const serve = async (handler: RequestListener) => `http://127.0.0.1:${await listen(createServer(handler))}/m`;

const local = (options: Partial<SafeFetchOptions> = {}) =>
  createSafeFetch('the test document', { serverUrl: 'http://127.0.0.1:1/mcp', ...options });
const remote = (options: Partial<SafeFetchOptions> = {}) =>
  createSafeFetch('the test document', { serverUrl: 'https://mcp.example/mcp', ...options });

const refused = (reason: RegExp) => ({
  code: 'network.fetch_refused',
  message: expect.stringMatching(reason),
});
const failed = (reason: RegExp) => ({
  code: 'network.fetch_failed',
  message: expect.stringMatching(reason),
});

describe('what is not requested at all', () => {
  it.each([
    ['http://as.example/m', /TLS/],
    ['file:///etc/passwd', /file: is not allowed/],
    ['javascript:alert(1)', /javascript: is not allowed/],
    ['ftp://as.example/', /ftp: is not allowed/],
    ['https://user:secret@as.example/', /user information/],
    ['https://as.example:22/', /port 22/],
    ['https://127.0.0.1/', /this machine/],
    ['https://127.1/', /this machine/],
    ['https://0x7f000001/', /this machine/],
    ['https://2130706433/', /this machine/],
    ['https://0177.0.0.1/', /this machine/],
    ['https://[::1]/', /this machine/],
    ['https://[::ffff:127.0.0.1]/', /this machine/],
    ['https://localhost/', /this machine/],
    ['https://localhost./', /this machine/],
    ['https://10.0.0.1/', /internal network/],
    ['https://[fd00::1]/', /internal network/],
    ['https://169.254.169.254/latest/meta-data', /reserved address/],
    ['https://[fe80::1]/', /reserved address/],
    ['https://0.0.0.0/', /reserved address/],
    ['https://metadata.google.internal/', /internal network/],
    ['https://as.example/\r\nX: y', /control characters/],
    [`https://as.example/${'a'.repeat(3000)}`, /too long/],
    ['not a url', /no URL/],
  ])('%.50s', async (url, reason) => {
    let lookups = 0;
    const fetch = remote({
      resolve: () => {
        lookups += 1;
        return Promise.resolve([]);
      },
    });
    await expect(fetch(url)).rejects.toMatchObject(refused(reason));
    expect(lookups).toBe(0);
  });

  it('quotes no secret of a refused URL', async () => {
    await expect(remote()('https://user:hunter2@as.example/?token=hunter2')).rejects.not.toMatchObject({
      message: expect.stringContaining('hunter2'),
    });
  });

  it('refuses a public name when any of its addresses is inside, and connects nowhere', async () => {
    let connections = 0;
    const port = await listen(createTcpServer(() => (connections += 1)));
    const fetch = remote({
      resolve: () =>
        Promise.resolve([
          { address: '8.8.8.8', family: 4 },
          { address: '127.0.0.1', family: 4 },
        ]),
    });
    await expect(fetch(`https://rebind.example:${port}/m`)).rejects.toMatchObject(refused(/this machine/));
    expect(connections).toBe(0);
  });

  it('refuses plain http to loopback for a server that is not on loopback', async () => {
    const url = await serve((_request, response) => response.end('{}'));
    await expect(remote()(url)).rejects.toMatchObject(refused(/TLS/));
  });
});

describe('what is requested', () => {
  it('is answered for a local server, over plain http on loopback', async () => {
    const seen: Record<string, unknown>[] = [];
    const url = await serve((request, response) => {
      seen.push(request.headers);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":1}');
    });
    const response = await local()(url);
    expect(await response.json()).toEqual({ a: 1 });
    expect(seen[0]).toMatchObject({ 'accept-encoding': 'identity', accept: 'application/json' });
    expect(seen[0]).not.toHaveProperty('cookie');
  });

  it('goes to the checked address with the name in TLS and Host, without a second look-up', async () => {
    const seen: (string | undefined)[] = [];
    const server = createTlsServer({ key, cert: certificate }, (request, response) => {
      seen.push(request.headers.host, (request.socket as { servername?: string }).servername);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
    const port = await listen(server);
    let lookups = 0;
    const fetch = local({
      ca: certificate,
      resolve: () => {
        lookups += 1;
        return Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
      },
    });
    expect((await fetch(`https://as.example:${port}/m`)).status).toBe(200);
    expect(seen).toEqual([`as.example:${port}`, 'as.example']);
    expect(lookups).toBe(1);
  });

  it('is not accepted with a certificate of nobody we trust', async () => {
    const port = await listen(
      createTlsServer({ key, cert: certificate }, (_request, response) => response.end()),
    );
    await expect(local()(`https://127.0.0.1:${port}/`)).rejects.toMatchObject(failed(/certificate/));
  });

  it('posts a form', async () => {
    const url = await serve((request, response) => {
      request.setEncoding('utf8');
      request.on('data', (text: string) => response.end(JSON.stringify({ text, method: request.method })));
    });
    const response = await local()(url, { method: 'POST', body: new URLSearchParams({ a: 'b c' }) });
    expect(await response.json()).toEqual({ text: 'a=b+c', method: 'POST' });
  });

  it('does not follow redirects', async () => {
    let followed = false;
    const url = await serve((request, response) => {
      if (request.url === '/m') response.writeHead(302, { location: '/elsewhere' }).end();
      else followed = true;
    });
    expect((await local()(url)).status).toBe(302);
    expect(followed).toBe(false);
  });
});

describe('answers that are cut off', () => {
  it('announces too much', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 50 * 1024 * 1024 });
      response.write('{');
    });
    await expect(local()(url)).rejects.toMatchObject(failed(/larger than 65536/));
  });

  it('never ends', async () => {
    let sent = 0;
    let isClosed = false;
    const url = await serve((_request, response) => {
      response.once('close', () => {
        isClosed = true;
      });
      // A piece a turn of the loop: the reader is in this process, and the kernel alone takes megabytes at once.
      const more = () => {
        if (response.destroyed) return;
        sent += 16_384;
        response.write('x'.repeat(16_384), () => setImmediate(more));
      };
      more();
    });
    await expect(local()(url)).rejects.toMatchObject(failed(/larger than/));
    await expect.poll(() => isClosed).toBe(true);
    expect(sent).toBeLessThan(64 * safeFetchLimits.maxBodyBytes);
  });

  it('is a bomb', async () => {
    const bomb = brotliCompressSync(Buffer.alloc(20 * 1024 * 1024));
    const url = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'br' }).end(bomb),
    );
    await expect(local()(url)).rejects.toMatchObject(failed(/larger than/));
  });

  it('drips too slowly', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200);
      response.write(' ');
    });
    await expect(local({ totalTimeoutMs: 100 })(url)).rejects.toMatchObject(failed(/too long/));
  });

  it('does not begin: a socket that says nothing in TLS', async () => {
    const port = await listen(createTcpServer(() => {}));
    await expect(local({ connectTimeoutMs: 100 })(`https://127.0.0.1:${port}/`)).rejects.toMatchObject(
      failed(/no connection was made in time/),
    );
  });

  it('is cut in the middle', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{', () => response.destroy());
    });
    await expect(local()(url)).rejects.toMatchObject(failed(/cut|aborted/));
  });

  it('refuses the connection', async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    await expect(local()(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      ...failed(/refused/),
      retry: 'safe',
    });
  });

  it('stops when nobody waits any more', async () => {
    const url = await serve(() => {});
    await expect(local()(url, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject(failed(/given up/));
  });
});
