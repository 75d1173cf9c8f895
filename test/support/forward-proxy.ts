/**
 * test/support/forward-proxy — an HTTP proxy as companies have them: CONNECT and absolute form, with a password if wanted.
 *
 * Whatever name it is asked for, it connects to this machine; so names that do not exist can be reached through it alone.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ForwardProxy {
  readonly port: number;
  /** `CONNECT host:port` and `POST http://host:port/path`, in their order. */
  readonly seen: string[];
  /** The credentials that came with each. */
  readonly credentials: (string | undefined)[];
  /** Headers of the requests in absolute form. */
  readonly headers: IncomingMessage['headers'][];
  /** Answers everything with this status from now on. */
  refuseWith: number | undefined;
  close(): void;
}

export async function startForwardProxy(authorization?: string): Promise<ForwardProxy> {
  const sockets = new Set<Socket>();
  const server = createServer();
  const proxy = {
    port: 0,
    seen: [] as string[],
    credentials: [] as (string | undefined)[],
    headers: [] as IncomingMessage['headers'][],
    refuseWith: undefined as number | undefined,
    close(): void {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  /** @returns the status to refuse it with */
  const admit = (incoming: IncomingMessage): number | undefined => {
    proxy.seen.push(`${incoming.method} ${incoming.url}`);
    proxy.credentials.push(incoming.headers['proxy-authorization']);
    if (proxy.refuseWith !== undefined) return proxy.refuseWith;
    return authorization !== undefined && incoming.headers['proxy-authorization'] !== authorization
      ? 407
      : undefined;
  };
  const keep = <S extends Socket>(socket: S): S => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    return socket;
  };
  server.on('connection', keep);
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    const refusal = admit(incoming);
    if (refusal !== undefined) return socket.end(`HTTP/1.1 ${refusal} No\r\ncontent-length: 0\r\n\r\n`);
    const onward = keep(connect(Number(incoming.url!.split(':').at(-1)), '127.0.0.1'));
    onward.once('connect', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    return onward.on('close', () => socket.destroy());
  });
  server.on('request', (incoming, response) => {
    proxy.headers.push(incoming.headers);
    const refusal = admit(incoming);
    if (refusal !== undefined) return response.writeHead(refusal).end();
    const { port, pathname, search } = new URL(incoming.url!);
    const onward = request(
      {
        host: '127.0.0.1',
        port,
        path: pathname + search,
        method: incoming.method,
        headers: incoming.headers,
      },
      (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.writeHead(502).end());
    return incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy.port = (server.address() as AddressInfo).port;
  return proxy;
}
