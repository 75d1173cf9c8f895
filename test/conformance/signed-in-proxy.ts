/**
 * conformance/signed-in-proxy — stands in front of the gateway and adds a token to each request: the suites cannot send one.
 *
 * Everything else passes as it is, also what is wrong with it.
 */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SignedInProxy {
  readonly port: number;
  close(): Promise<void>;
}

/** @param target port of the gateway */
export async function startSignedInProxy(target: number, token: () => string): Promise<SignedInProxy> {
  let port = 0;
  const server = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${token()}` };
    if (headers.host === `localhost:${port}`) headers.host = `localhost:${target}`;
    if (headers.origin === `http://localhost:${port}`) headers.origin = `http://localhost:${target}`;
    const passed = request(
      { host: '127.0.0.1', port: target, method: incoming.method, path: incoming.url, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.on('error', () => outgoing.destroy());
    outgoing.on('close', () => passed.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  ({ port } = server.address() as AddressInfo);
  return {
    port,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
