/**
 * fault/fault-proxy — stands between the daemon and an HTTP server and spoils what the server answers.
 *
 * Works on bytes of TCP, so that no HTTP library repairs anything. A fault holds for connections that carry an answer
 * while it is set; `none` passes everything.
 */
import { connect, createServer, type Socket } from 'node:net';

export type Fault =
  | { readonly kind: 'none' }
  /** The answer comes, later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The connection ends (FIN) after so many bytes of the answer. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** It is reset (RST) after so many bytes of the answer. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** Nothing more comes after so many bytes, and nobody says so. */
  | { readonly kind: 'half-open'; readonly afterBytes: number }
  /** So many bytes at a time. */
  | { readonly kind: 'slow'; readonly bytes: number; readonly everyMs: number }
  /** The head promises more bytes than come, and then the connection ends; or fewer. */
  | { readonly kind: 'wrong-length'; readonly by: number };

export interface FaultProxy {
  readonly url: string;
  fault: Fault;
  /** Connections that are open. */
  readonly open: number;
  /** Ends every connection, as a dead network would be noticed at last. */
  dropAll(): void;
  close(): Promise<void>;
}

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const to = new URL(target);
  const sockets = new Set<Socket>();
  const proxy = {
    fault: { kind: 'none' } as Fault,
    get open() {
      return sockets.size;
    },
    dropAll() {
      for (const socket of sockets) socket.destroy();
    },
  };
  const listener = createServer((client) => {
    const server = connect({ port: Number(to.port), host: to.hostname });
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    let passed = 0;
    // An answer begins anew with each request on the connection.
    client.on('data', (chunk) => {
      passed = 0;
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      spoil(proxy.fault, chunk, passed, client, server);
      passed += chunk.length;
    });
    client.on('close', () => server.destroy());
    server.on('close', () => {
      if (proxy.fault.kind !== 'half-open' && proxy.fault.kind !== 'slow') client.end();
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${port}${to.pathname}`,
    async close() {
      proxy.dropAll();
      await new Promise((resolve) => listener.close(resolve));
    },
  });
}

function spoil(fault: Fault, chunk: Buffer, passed: number, client: Socket, server: Socket): void {
  switch (fault.kind) {
    case 'none':
      client.write(chunk);
      return;
    case 'delay':
      setTimeout(() => client.write(chunk), fault.ms);
      return;
    case 'cut':
    case 'reset':
    case 'half-open': {
      const room = fault.afterBytes - passed;
      if (room > 0) client.write(chunk.subarray(0, room));
      if (chunk.length < room || fault.kind === 'half-open') return;
      server.destroy();
      // The bytes before it are to arrive.
      if (fault.kind === 'cut') client.end();
      else setTimeout(() => client.resetAndDestroy(), 20);
      return;
    }
    case 'slow': {
      let at = 0;
      const timer = setInterval(() => {
        client.write(chunk.subarray(at, at + fault.bytes));
        at += fault.bytes;
        if (at >= chunk.length || client.destroyed) clearInterval(timer);
      }, fault.everyMs);
      return;
    }
    case 'wrong-length': {
      const text = chunk.toString('latin1');
      const changed = text
        .replace(
          /content-length: (\d+)/i,
          (_, length: string) => `content-length: ${Number(length) + fault.by}`,
        )
        // In chunks, each of which says its length.
        .replace(
          /\r\n\r\n([0-9a-f]+)\r\n/i,
          (_, length: string) => `\r\n\r\n${(Number.parseInt(length, 16) + fault.by).toString(16)}\r\n`,
        );
      client.write(Buffer.from(changed, 'latin1'));
      if (changed !== text) client.end();
    }
  }
}
