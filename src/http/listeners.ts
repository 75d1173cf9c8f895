/**
 * http/listeners — opens the port on every loopback family at once, with limits, and closes it gracefully.
 *
 * Both families or none: with only 127.0.0.1 taken, another process could take [::1] on the same port and collect the
 * tokens of clients that resolve `localhost` to it. For the same reason there is never another port than the one asked for.
 * Owns: the sockets. Knows nothing of: routes.
 */
import type { Server, ServerOptions } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Server as TlsServer } from 'node:tls';
import { describeError, type Logger, McpMuxError, silentLogger } from '../base/index.ts';
import { ConnectionLimiter } from './connection-limit.ts';
import { createHttpServer, type RequestHandler, type TlsFiles } from './create-server.ts';
import { httpError } from './errors.ts';
import { describeHolder, findHolder } from './port-holder.ts';

export interface ListenerLimits {
  /** The whole head must have come within this time. */
  readonly headersTimeoutMs: number;
  /** The whole request must have come within this time. Says nothing about how long an answer may take. */
  readonly requestTimeoutMs: number;
  /** How long an idle connection is kept. */
  readonly keepAliveTimeoutMs: number;
  /** How often the first two are looked at. */
  readonly checkingIntervalMs: number;
  readonly maxHeaderBytes: number;
  /** Per address. Loopback clients all share one address, so there is no cap per peer. */
  readonly maxConnections: number;
  /** Descriptors of the process that connections leave to servers, their starts and the store. */
  readonly spareDescriptors: number;
}

export const defaultListenerLimits: ListenerLimits = {
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 30_000,
  // Longer than the 5 s after which common client pools drop an idle connection: when both sides choose the same
  // moment, a request meets a closing socket and fails.
  keepAliveTimeoutMs: 65_000,
  checkingIntervalMs: 1_000,
  maxHeaderBytes: 16 * 1024,
  maxConnections: 4_096,
  spareDescriptors: 48,
};

/** Of one peer on another machine that is no proxy of ours. */
export const maxConnectionsPerPeer = 256;

/** What must be configured before anybody outside this machine may connect. */
export interface NonLoopbackConditions {
  /** The https URL that clients use. */
  readonly publicUrl: string | undefined;
  readonly hasTls: boolean;
  readonly trustedProxies: readonly string[];
  readonly hasIdentity: boolean;
}

export interface ListenOptions {
  /** 0 = any free port, the same on every address. */
  readonly port: number;
  readonly addresses: readonly string[];
  readonly handler: RequestHandler;
  readonly limits?: Partial<ListenerLimits>;
  /** Told what a listener of a request threw; default: nobody. */
  readonly logger?: Logger;
  readonly allowNonLoopback?: NonLoopbackConditions;
  /** What addresses beside loopback speak; undefined = plain HTTP, for proxies. On loopback it is always plain. */
  readonly tls?: TlsFiles;
  /** Peers from other machines that may have any number of connections. */
  readonly trusts?: (peer: string) => boolean;
}

export interface Listeners {
  readonly port: number;
  /** Those that are open; an address family that the machine lacks is left out. */
  readonly addresses: readonly string[];
  /** Stops accepting, lets running requests finish for up to `graceMs`, then cuts them. Safe to call twice. */
  close(graceMs: number): Promise<void>;
  /** From the next handshake on. @throws http.tls_unusable */
  useCertificate(tls: TlsFiles): void;
}

/**
 * Opens `port` on all `addresses`.
 *
 * @throws http.port_in_use, http.port_denied, http.port_out_of_range, http.address_refused, http.no_address, http.listen_failed
 */
export async function listen(options: ListenOptions): Promise<Listeners> {
  const { port, addresses } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw httpError('port_out_of_range', { port });
  for (const address of addresses) refuseExposure(address, options.allowNonLoopback);
  // A free port on one family may be taken on the other; only then, and only when any port will do, try another.
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await openAll(options);
    } catch (error) {
      if (port !== 0 || attempt === 5 || !(error instanceof McpMuxError)) throw error;
      if (error.code !== 'http.port_in_use') throw error;
    }
  }
}

async function openAll(options: ListenOptions): Promise<Listeners> {
  const limits = { ...defaultListenerLimits, ...options.limits };
  const open: OpenServer[] = [];
  let { port } = options;
  try {
    for (const address of options.addresses) {
      const limiter = new ConnectionLimiter(
        isLoopback(address) ? limits : { ...limits, maxConnectionsPerPeer },
      );
      const server = createLimitedServer(
        limiter,
        limits,
        options,
        isLoopback(address) ? undefined : options.tls,
      );
      if (!(await bind(server, port, address))) continue;
      open.push({ server, address, sockets: limiter.admitted });
      port = (server.address() as AddressInfo).port;
    }
    if (open.length === 0) throw httpError('no_address', { addresses: options.addresses.join(', ') });
  } catch (error) {
    await Promise.all(open.map((one) => closeServer(one, 0)));
    throw error;
  }
  let closing: Promise<unknown> | undefined;
  return {
    port,
    addresses: open.map(({ address }) => address),
    useCertificate(tls) {
      for (const { server, address } of open)
        if (!isLoopback(address) && 'setSecureContext' in server)
          try {
            (server as unknown as TlsServer).setSecureContext({ ...tls, minVersion: 'TLSv1.2' });
          } catch (error) {
            throw httpError('tls_unusable', { reason: describeError(error) }, error);
          }
    },
    async close(graceMs) {
      closing ??= Promise.all(open.map((one) => closeServer(one, graceMs)));
      await closing;
    },
  };
}

function createLimitedServer(
  limiter: ConnectionLimiter,
  limits: ListenerLimits,
  options: ListenOptions,
  tls: TlsFiles | undefined,
): Server {
  const settings: ServerOptions = {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.checkingIntervalMs,
    maxHeaderSize: limits.maxHeaderBytes,
    noDelay: true,
    insecureHTTPParser: false,
    // The door says it with a body that helps.
    requireHostHeader: false,
  };
  let server: Server;
  try {
    server = createHttpServer(limiter.guard(options.handler), options.logger ?? silentLogger, settings, tls);
  } catch (error) {
    throw tls === undefined ? error : httpError('tls_unusable', { reason: describeError(error) }, error);
  }
  // Node would leave out what is over the number, silently; the door counts and refuses instead.
  server.maxHeadersCount = 0;
  // With TLS, requests come on another socket than the one that was accepted; that one is there after the handshake.
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    if (options.trusts?.(socket.remoteAddress ?? '') === true) limiter.onConnection(socket, true);
    else limiter.onConnection(socket);
  });
  if (tls !== undefined) server.maxConnections = limits.maxConnections;
  return server;
}

/** @returns false when the machine has no such address */
async function bind(server: Server, port: number, address: string): Promise<boolean> {
  const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    server.once('error', resolve);
    server.listen({ port, host: address, ipv6Only: address.includes(':'), exclusive: true }, () => {
      server.off('error', resolve);
      resolve(undefined);
    });
  });
  if (failure === undefined) return true;
  const { code } = failure;
  if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return false;
  if (code === 'EACCES') throw httpError('port_denied', { port, address }, failure);
  if (code !== 'EADDRINUSE')
    throw httpError('listen_failed', { port, address, reason: failure.message }, failure);
  throw httpError(
    'port_in_use',
    { port, address, ...describeHolder(await findHolder(address, port)) },
    failure,
  );
}

interface OpenServer {
  readonly server: Server;
  readonly address: string;
  readonly sockets: ReadonlySet<Socket>;
}

function closeServer({ server, sockets }: OpenServer, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) {
      resolve();
      return;
    }
    const startedAt = performance.now();
    // A connection whose request ends now is idle only then; look again until none is left.
    const sweep = setInterval(() => {
      if (performance.now() - startedAt >= graceMs) server.closeAllConnections();
      else server.closeIdleConnections();
      // Node takes a connection for busy that has not sent a byte, such as those that clients open ahead of need. By now
      // whatever was on its way is here.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    }, 25);
    server.close(() => {
      clearInterval(sweep);
      resolve();
    });
    if (graceMs <= 0) server.closeAllConnections();
    else server.closeIdleConnections();
  });
}

function refuseExposure(address: string, conditions: NonLoopbackConditions | undefined): void {
  if (isLoopback(address)) return;
  const missing: string[] = [];
  const next: string[] = [];
  if (conditions?.publicUrl?.startsWith('https://') !== true) {
    missing.push('a public https URL');
    next.push('--public-url https://…');
  }
  if (!(conditions?.hasTls === true || (conditions?.trustedProxies.length ?? 0) > 0)) {
    missing.push('TLS files or trusted proxies');
    next.push('--tls-cert and --tls-key, or --trusted-proxies');
  }
  if (conditions?.hasIdentity !== true) {
    missing.push('authentication');
    next.push('authentication (leave --no-auth out)');
  }
  if (missing.length === 0) return;
  const hint = `add ${next.join('; ')}; or listen on this machine only, and let a reverse proxy publish it`;
  throw httpError('address_refused', { address, missing: missing.join(', '), hint });
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^127(\.\d{1,3}){3}$/.test(address);
}

/**
 * Loopback on both families, and the addresses of this machine that are asked for beside it.
 *
 * All addresses (`0.0.0.0`, `::`) are taken one by one: a socket on all of them would leave the loopback ones to others.
 */
export function addressesFor(wanted: readonly string[], interfaces = networkInterfaces()): readonly string[] {
  const all = Object.values(interfaces).flatMap((found) => found ?? []);
  // Link-local ones mean something only together with an interface.
  const outside = all.filter(
    ({ internal, address }) => !internal && !address.toLowerCase().startsWith('fe80:'),
  );
  const addresses = wanted.flatMap((address) => {
    if (address === '0.0.0.0')
      return outside.filter(({ family }) => family === 'IPv4').map((one) => one.address);
    if (address === '::') return outside.map((one) => one.address);
    return [address];
  });
  return [...new Set(['127.0.0.1', '::1', ...addresses])];
}
