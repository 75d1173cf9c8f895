/**
 * network/tunnel — a way through an HTTP proxy to another machine, for what is protected by TLS from end to end.
 *
 *   connect ─→ (TLS with the proxy) ─→ CONNECT host:port ─2xx→ the tunnel
 *                                                        ─anything else→ refused
 *
 * Owns: the socket until it is handed over.
 * Knows nothing of: what goes through the tunnel.
 *
 * @see RFC 9110, "CONNECT"
 */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import { describeError, isMcpMuxError } from '../base/index.ts';
import { networkError } from './errors.ts';
import type { HttpProxy } from './proxies.ts';

export interface TunnelOptions {
  readonly proxy: HttpProxy;
  /** Whom the proxy shall connect us to; without brackets. */
  readonly hostname: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Whom we trust to be the proxy, when it is reached by TLS. */
  readonly secureContext?: SecureContext | undefined;
}

/** Of the proxy's answer. */
const maxHeadBytes = 16 * 1024;
const headEnd = Buffer.from('\r\n\r\n');

/**
 * Opens a tunnel. The socket is paused; what came with the proxy's answer is still to be read.
 *
 * @throws network.proxy_unreachable, network.proxy_refused
 */
export function openTunnel(options: TunnelOptions): Promise<Socket> {
  const { proxy, timeoutMs, signal } = options;
  return new Promise((resolve, reject) => {
    const socket = connectToProxy(options);
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      socket.removeAllListeners('data').removeAllListeners('close').removeAllListeners('end');
      socket.removeListener('error', failed);
    };
    const failed = (error: unknown): void => {
      finish();
      // What it says after its end is of no interest, and must not be unheard.
      socket.on('error', () => {});
      socket.destroy();
      reject(isMcpMuxError(error) ? error : proxyUnreachable(proxy, error));
    };
    const aborted = (): void => failed(new Error('it is not wanted any more'));
    const ended = (): void => failed(new Error('it closed the connection'));
    const timer = setTimeout(() => failed(new Error(`it did not answer within ${timeoutMs} ms`)), timeoutMs);
    signal?.addEventListener('abort', aborted, { once: true });
    socket.on('error', failed);
    socket.once('close', ended);
    socket.once('end', ended);
    socket.once(proxy.isTls ? 'secureConnect' : 'connect', () =>
      socket.write(requestText(options), 'latin1'),
    );
    let head = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf(headEnd);
      if (end === -1) {
        if (head.length > maxHeadBytes) failed(new Error('its answer is not HTTP'));
        return;
      }
      const problem = judgeAnswer(options, head.toString('latin1', 0, end));
      if (problem !== undefined) return failed(problem);
      finish();
      socket.pause();
      const rest = head.subarray(end + headEnd.length);
      if (rest.length > 0) socket.unshift(rest);
      resolve(socket);
    });
    if (signal?.aborted === true) aborted();
  });
}

function connectToProxy({ proxy, secureContext }: TunnelOptions): Socket {
  const { hostname: host, port } = proxy;
  const socket = proxy.isTls
    ? connectTls({
        host,
        port,
        ALPNProtocols: ['http/1.1'],
        ...(isIP(host) === 0 && { servername: host }),
        ...(secureContext !== undefined && { secureContext }),
      })
    : connectTcp({ host, port });
  return socket.setNoDelay(true).setKeepAlive(true, 60_000);
}

function requestText({ proxy, hostname, port }: TunnelOptions): string {
  const authority = `${isIP(hostname) === 6 ? `[${hostname}]` : hostname}:${port}`;
  let text = `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n`;
  const headers = proxy.headers();
  for (let at = 0; at < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`;
  return `${text}\r\n`;
}

function judgeAnswer({ proxy, hostname, port }: TunnelOptions, head: string): Error | undefined {
  const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |\r|$)/.exec(head)?.[1]);
  if (status >= 200 && status < 300) return undefined;
  if (Number.isNaN(status)) return new Error('its answer is not HTTP');
  const { variable, url, hasCredentials } = proxy;
  return networkError('proxy_refused', {
    proxy: url,
    variable,
    host: `${hostname}:${port}`,
    status,
    hasCredentials,
  });
}

/** The proxy itself could not be reached, or did not do its part. */
export function proxyUnreachable({ url, variable }: HttpProxy, error: unknown): Error {
  return networkError('proxy_unreachable', { proxy: url, variable, reason: describeError(error) }, error);
}
