/**
 * network/safe-fetch — the one way to request a URL that a server, not the operator, gave us.
 *
 * https only (http only to loopback, for a server that itself stands on loopback); every resolved address is checked
 * and the connection goes to the checked address, so there is no second look-up; no redirects and no cookies; size and time
 * are capped. Behind a proxy it is the proxy that looks names up: what is looked up here is checked as far as it can be, and
 * the proxy's own rules are the rest. Takes and gives the shapes of `fetch`, so that the OAuth libraries run on it.
 *
 * Knows nothing of: what is requested. Which address is too far inside: network-zone.
 */

import type { LookupAddress } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import { cleanText, isMcpMuxError, showUrl } from '../base/index.ts';
import { networkError } from './errors.ts';
import { directNetwork, type NetworkSettings } from './network-settings.ts';
import { hostOf, isLoopbackHost, NetworkZones } from './network-zone.ts';
import type { HttpProxy } from './proxies.ts';
import { openTunnel } from './tunnel.ts';

export const safeFetchLimits = {
  /** Metadata documents are a few KiB; 64 KiB leaves room and bounds memory. */
  maxBodyBytes: 64 * 1024,
  maxUrlLength: 2048,
  connectTimeoutMs: 3_000,
  totalTimeoutMs: 10_000,
} as const;

export interface SafeFetchOptions {
  /** The URL the person typed: it says how far inside we may be sent. */
  readonly serverUrl: string;
  /** Host names and CIDR ranges that the operator allows although they are internal. */
  readonly allowPrivate?: readonly string[];
  /** Certificate authorities in place of the usual ones, PEM. For tests. */
  readonly ca?: string;
  /** Proxies and authorities; default: neither proxies nor authorities of our own. */
  readonly network?: NetworkSettings;
  /** For tests. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
  readonly connectTimeoutMs?: number;
  readonly totalTimeoutMs?: number;
  /** Default: `safeFetchLimits.maxBodyBytes`. */
  readonly maxBodyBytes?: number;
}

/** What we need of `fetch`. `purpose` names the request in errors: "the authorization server metadata". */
export type SafeFetch = (
  url: string | URL,
  init?: {
    readonly method?: string | undefined;
    readonly headers?: ConstructorParameters<typeof Headers>[0];
    readonly body?: string | URLSearchParams | null | undefined;
    readonly signal?: AbortSignal | null | undefined;
  },
) => Promise<Response>;

/**
 * Makes a `fetch` for the URLs that one server names.
 *
 * @returns a function whose Response is complete in memory; 3xx answers come back as they are, never followed
 * @throws  network.fetch_refused (nothing was sent), network.fetch_failed
 */
export function createSafeFetch(purpose: string, options: SafeFetchOptions): SafeFetch {
  const serverUrl = new URL(options.serverUrl);
  return async (input, init = {}) => {
    const shown = showUrl(input);
    const refuse = (reason: string) => networkError('fetch_refused', { purpose, url: shown, reason });
    const fail = (reason: string, cause?: unknown) =>
      networkError('fetch_failed', { purpose, url: shown, reason }, cause);

    const { default: ip } = await import('ipaddr.js');
    const zones = new NetworkZones(ip, options.allowPrivate ?? []);
    const url = checkUrl(input, zones, serverUrl, refuse);
    const total = AbortSignal.timeout(options.totalTimeoutMs ?? safeFetchLimits.totalTimeoutMs);
    const signal = init.signal ? AbortSignal.any([total, init.signal]) : total;
    try {
      const proxy = (options.network ?? directNetwork).proxies.for(url);
      const looked = untilAborted(resolveHost(url, options.resolve), signal);
      // A machine that reaches the outside by a proxy alone often cannot look its names up.
      const addresses = await (proxy === undefined ? looked : looked.catch(() => []));
      for (const { address } of addresses) {
        const reason = zones.refuseAddress(address, hostOf(url), serverUrl);
        if (reason !== undefined) throw refuse(reason);
      }
      return await request(url, init, addresses, options, signal, proxy);
    } catch (error) {
      if (isMcpMuxError(error)) throw error;
      if (init.signal?.aborted) throw fail('the request was given up', error);
      if (total.aborted) throw fail('it took too long', error);
      throw fail(describeNetworkError(error), error);
    }
  };
}

function checkUrl(
  input: string | URL,
  zones: NetworkZones,
  serverUrl: URL,
  refuse: (reason: string) => Error,
): URL {
  const text = String(input);
  if (text.length > safeFetchLimits.maxUrlLength) throw refuse('the URL is too long');
  if (/[\u0000-\u001f\u007f]/.test(text)) throw refuse('the URL has control characters');
  if (!URL.canParse(text)) throw refuse('it is no URL');
  const url = new URL(text);
  const host = hostOf(url);
  if (url.username !== '' || url.password !== '') throw refuse('the URL carries user information');
  const isLocal = isLoopbackHost(host) && zones.zoneOfServer(serverUrl) === 'loopback';
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal)) {
    throw refuse(url.protocol === 'http:' ? 'it is not protected by TLS' : `${url.protocol} is not allowed`);
  }
  const port = url.port === '' ? 443 : Number(url.port);
  if (!isLocal && port < 1024 && port !== 443) throw refuse(`port ${port} is not allowed`);
  const reason = zones.refuseName(host, serverUrl);
  if (reason !== undefined) throw refuse(reason);
  return url;
}

async function resolveHost(
  url: URL,
  resolve: SafeFetchOptions['resolve'],
): Promise<readonly LookupAddress[]> {
  const host = hostOf(url);
  const { isIP } = await import('node:net');
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  if (resolve !== undefined) return resolve(host);
  const { lookup } = await import('node:dns/promises');
  return lookup(host, { all: true });
}

async function request(
  url: URL,
  init: NonNullable<Parameters<SafeFetch>[1]>,
  addresses: readonly LookupAddress[],
  options: SafeFetchOptions,
  signal: AbortSignal,
  proxy: HttpProxy | undefined,
): Promise<Response> {
  if (addresses.length === 0 && proxy === undefined) throw new Error('the host name has no address');
  const isTls = url.protocol === 'https:';
  const { request: send } = isTls ? await import('node:https') : await import('node:http');
  const body = init.body === undefined || init.body === null ? undefined : String(init.body);
  const headers = new Headers(init.headers);
  headers.set('accept-encoding', 'identity');
  if (!headers.has('accept')) headers.set('accept', 'application/json');
  if (!headers.has('user-agent')) headers.set('user-agent', 'mcpmux');
  if (body !== undefined) headers.set('content-length', String(Buffer.byteLength(body)));

  const { context: secureContext } = (options.network ?? directNetwork).authorities;
  const trust = isTls ? (options.ca !== undefined ? { ca: options.ca } : { secureContext }) : {};
  const connectTimeoutMs = options.connectTimeoutMs ?? safeFetchLimits.connectTimeoutMs;
  const tunnel =
    proxy === undefined
      ? undefined
      : await openTunnel({
          proxy,
          hostname: hostOf(url),
          port: url.port === '' ? 443 : Number(url.port),
          timeoutMs: connectTimeoutMs,
          signal,
          secureContext,
        });
  const { connect: connectTls } = await import('node:tls');

  return new Promise<Response>((resolve, reject) => {
    const outgoing = send(
      url,
      {
        method: init.method ?? 'GET',
        headers: Object.fromEntries(headers),
        // A connection of its own: no pooled socket can lead elsewhere than to the checked addresses.
        ...(tunnel === undefined
          ? { agent: false }
          : { createConnection: () => connectTls({ socket: tunnel, servername: hostOf(url), ...trust }) }),
        lookup: (_host, lookupOptions, answer) => {
          const first = addresses[0] as LookupAddress;
          if (lookupOptions.all === true) answer(null, [...addresses]);
          else answer(null, first.address, first.family);
        },
        signal,
        ...trust,
      },
      (incoming) => {
        clearTimeout(connectTimer);
        collect(incoming, options.maxBodyBytes ?? safeFetchLimits.maxBodyBytes).then(
          resolve,
          (error: Error) => {
            outgoing.destroy();
            reject(error);
          },
        );
      },
    );
    const connectTimer = setTimeout(
      () => outgoing.destroy(new Error('no connection was made in time')),
      connectTimeoutMs,
    );
    outgoing.on('socket', (socket) => {
      socket.once(isTls ? 'secureConnect' : 'connect', () => clearTimeout(connectTimer));
    });
    outgoing.once('error', (error) => {
      clearTimeout(connectTimer);
      reject(error);
    });
    outgoing.end(body);
  });
}

/** Reads the whole body, but not past the cap, which counts what comes out of a compressed one. */
async function collect(incoming: IncomingMessage, maxBodyBytes: number): Promise<Response> {
  const body = await decoded(incoming);
  const tooLarge = new Error(`the answer is larger than ${maxBodyBytes} bytes`);
  if (Number(incoming.headers['content-length'] ?? 0) > maxBodyBytes) {
    incoming.destroy();
    throw tooLarge;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) {
      incoming.destroy();
      throw tooLarge;
    }
    chunks.push(chunk);
  }
  if (!incoming.complete) throw new Error('the answer was cut off');
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined && name !== 'content-encoding')
      headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const status = incoming.statusCode ?? 0;
  if (status < 200 || status > 599) throw new Error(`the answer has the unusable status ${status}`);
  const hasBody = status !== 204 && status !== 205 && status !== 304;
  return new Response(hasBody ? Buffer.concat(chunks) : null, { status, headers });
}

/** Some CDNs compress although we asked for plain bytes. */
async function decoded(incoming: IncomingMessage): Promise<AsyncIterable<unknown>> {
  const coding = (incoming.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (coding === 'identity' || coding === '') return incoming;
  const zlib = await import('node:zlib');
  const { pipeline } = await import('node:stream');
  const make = new Map([
    ['gzip', zlib.createGunzip],
    ['x-gzip', zlib.createGunzip],
    ['deflate', zlib.createInflate],
    ['br', zlib.createBrotliDecompress],
  ]).get(coding);
  if (make === undefined) {
    incoming.destroy();
    throw new Error(`the answer is compressed in a way that is not known (${coding.slice(0, 40)})`);
  }
  // What fails is told by the end of the pipe, which is read.
  return pipeline(incoming, make(), () => {});
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** The operator's own words for what the socket said; never text of the other side beyond a certificate's fault. */
function describeNetworkError(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host name cannot be resolved';
    case 'ECONNREFUSED':
      return 'the connection was refused';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'the connection was cut';
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return 'the host cannot be reached';
    default:
      if (error instanceof AggregateError && error.errors.length > 0)
        return describeNetworkError(error.errors[0]);
      return error instanceof Error ? cleanText(error.message) : 'the request failed';
  }
}
