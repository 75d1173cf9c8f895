import { readFileSync } from 'node:fs';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { WireHarness } from '../../test/support/wire-harness.ts';
import { systemClock } from '../base/index.ts';
import { NetworkSettings } from '../network/index.ts';
import { connectionProblem } from './http-problems.ts';
import { HttpClientError } from './http1/index.ts';
import { StreamableHttpTransport } from './streamable-http.ts';

const authorityFile = fileURLToPath(new URL('../../test/fixtures/tls/cert.pem', import.meta.url));
const cert = readFileSync(authorityFile);
const key = readFileSync(new URL('../../test/fixtures/tls/key.pem', import.meta.url));

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function port(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function failureOf(url: string, method = 'initialize') {
  const harness = new WireHarness(
    new StreamableHttpTransport({
      server: 'remote',
      launch: { kind: 'http', url, headers: {}, flavour: 'auto' },
      clock: systemClock,
      network: new NetworkSettings({ SSL_CERT_FILE: authorityFile }),
    }),
  );
  closers.push(() => harness.transport.close());
  await harness.open();
  return harness.failure(harness.ask(method));
}

describe('a failed connection in words', () => {
  it.each<[string, ServerOptions]>([
    ['TLS 1.2', { maxVersion: 'TLSv1.2' }],
    ['TLS 1.3', { minVersion: 'TLSv1.3' }],
  ])(
    'R81 says that a client certificate is asked for, and never that a call may have run: %s',
    async (_, versions) => {
      const server = createTlsServer({ key, cert, requestCert: true, rejectUnauthorized: true, ...versions });
      server.on('tlsClientError', () => {});
      const url = `https://localhost:${await port(server)}/mcp`;
      for (const method of ['initialize', 'tools/call']) {
        const error = await failureOf(url, method);
        expect(error.message).toMatch(
          /client certificate|closed the connection|ended the connection before it had answered/,
        );
        if (method === 'initialize') expect(error.message).not.toMatch(/the call may have been executed/);
      }
    },
  );

  it('R81 names https:// when an http:// URL leads to TLS', async () => {
    const server = createTlsServer({ key, cert });
    server.on('tlsClientError', () => {});
    const error = await failureOf(`http://localhost:${await port(server)}/mcp`);
    expect(error.message).not.toMatch(/firewall|the call may have been executed/);
    expect(error.hint).toMatch(/https:\/\//);
  });

  it('R81 does not speak of a call when the handshake was cut', async () => {
    const server = createTcpServer((socket) =>
      socket.on('error', () => {}).once('data', () => socket.destroy()),
    );
    const url = `http://localhost:${await port(server)}/mcp`;
    const error = await failureOf(url);
    expect(error).toMatchObject({
      code: 'transports.cut',
      message: expect.stringMatching(/before it had answered initialize$/),
    });
    expect((await failureOf(url, 'tools/call')).message).toMatch(/the call may have been executed$/);
  });

  it.each<[string, RegExp, RegExp | undefined]>([
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', /asks for a client certificate/, undefined],
    [
      'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
      /may ask for a client certificate \(TLS: handshake failure\)/,
      undefined,
    ],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', /does not accept our certificate \(TLS: unknown ca\)/, undefined],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', /does not accept our certificate/, undefined],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', /TLS: protocol version/, undefined],
    ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', /TLS: unrecognized name/, undefined],
    ['tls_timed_out', /did not finish the TLS handshake/, /http:\/\//],
    ['tls_cut', /during the TLS handshake/, /client certificate/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /does not speak TLS/, /http:\/\//],
  ])('R81 %s', (code, message, hint) => {
    const error = code.startsWith('tls_')
      ? new HttpClientError(code as 'tls_cut', code)
      : Object.assign(new Error(code), { code });
    const problem = connectionProblem(
      'remote',
      new URL('https://mcp.example/mcp'),
      error,
      code.includes('ALERT'),
    );
    expect(problem).toMatchObject({ code: 'transports.unreachable', retry: 'safe' });
    expect(problem.message).toMatch(message);
    if (hint === undefined) expect(problem.hint).toBeUndefined();
    else expect(problem.hint).toMatch(hint);
  });
});
