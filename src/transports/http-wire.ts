/**
 * transports/http-wire — what all requests to one HTTP server share: address, headers, credentials, connections.
 *
 * Knows nothing of: JSON-RPC, eras, sessions.
 */

import {
  type Clock,
  isMcpMuxError,
  LowAllocationSet,
  type McpMuxError,
  type Secret,
  type Timer,
} from '../base/index.ts';
import type { HttpLaunch } from '../model/index.ts';
import { directNetwork, type NetworkSettings } from '../network/index.ts';
import type { JsonPiece } from '../protocol/index.ts';
import { CookieJar } from './cookies.ts';
import { transportError } from './errors.ts';
import type { HttpFetch } from './http-fetch.ts';
import { checkHeaders } from './http-headers.ts';
import { acquirePools, type HttpPools } from './http-pools.ts';
import { defaultWireLimits, type WireLimits } from './limits.ts';
import type { Authorization } from './transport.ts';

export interface HttpTransportOptions {
  /** The name a person gave the server. */
  readonly server: string;
  readonly launch: HttpLaunch;
  /** Where the Authorization header comes from; a fixed one among the launch's headers wins. */
  readonly authorization?: Authorization | undefined;
  readonly clock: Clock;
  readonly limits?: Partial<WireLimits> | undefined;
  /** Proxies and authorities; default: neither proxies nor authorities of our own. */
  readonly network?: NetworkSettings | undefined;
  /** Connections at once, event streams among them; undefined: enough for everything. */
  readonly maxConnections?: number | undefined;
}

interface Outgoing {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Flat: name, value, name, value. Taken over, not copied. */
  readonly headers: string[];
  readonly body?: readonly JsonPiece[];
  readonly credentials: Secret | undefined;
  /** Another path than the server's own. */
  readonly path?: string;
}

const sweepEveryMs = 1_000;

export class HttpWire {
  readonly server: string;
  readonly url: URL;
  readonly clock: Clock;
  readonly limits: WireLimits;
  readonly maxConnections: number | undefined;
  readonly hasFixedAuthorization: boolean;
  readonly #configured: readonly string[];
  readonly #authorization: Authorization | undefined;
  readonly #network: NetworkSettings;
  readonly #watched = new LowAllocationSet<HttpFetch>();
  readonly #cookies: CookieJar;
  /** Of the configured headers. */
  readonly #ownCookies: string | undefined;
  #path: string;
  #pools: HttpPools | undefined;
  #sweep: Timer | undefined;
  #isClosed = false;

  /** @throws transports.bad_url, transports.bad_header */
  constructor(options: HttpTransportOptions) {
    this.server = options.server;
    this.url = checkUrl(options.launch.url);
    this.clock = options.clock;
    this.#network = options.network ?? directNetwork;
    this.maxConnections = options.maxConnections;
    this.limits = { ...defaultWireLimits, ...options.limits };
    this.#path = this.url.pathname + this.url.search;
    const { flat, cookies, hasAuthorization } = checkHeaders(options.launch.headers);
    this.#configured = flat;
    this.#ownCookies = cookies;
    this.#cookies = new CookieJar(this.url.protocol === 'https:');
    this.hasFixedAuthorization = hasAuthorization;
    this.#authorization = hasAuthorization ? undefined : options.authorization;
  }

  open(): void {
    if (!this.#isClosed) this.#pools ??= acquirePools(this.url.origin, this.#network, this.maxConnections);
  }

  /** Sends `outgoing`; `fetch` is told what becomes of it. Streams do not take the connections of calls. */
  dispatch(pool: 'calls' | 'streams', outgoing: Outgoing, fetch: HttpFetch): void {
    const pools = this.#pools;
    if (pools === undefined) throw transportError('closed', { server: this.server });
    const { headers, credentials } = outgoing;
    for (const text of this.#configured) headers.push(text);
    headers.push('accept-encoding', 'identity');
    if (credentials !== undefined) headers.push('authorization', credentials.reveal());
    const { method, body, path = this.#path } = outgoing;
    const cookies = this.#cookies.headerFor(path, this.clock.now())?.reveal();
    const all = [this.#ownCookies, cookies].filter((text) => text !== undefined);
    if (all.length > 0) headers.push('cookie', all.join('; '));
    fetch.onCookies = (lines) => this.#cookies.take(lines, path, this.clock.now());
    fetch.begin(pools[pool].dispatch({ method, path, headers, body }, fetch));
  }

  /** The server wants to be asked there, from now on. The origin is the same. */
  moveTo(location: URL): void {
    this.#path = location.pathname + location.search;
  }

  // ── credentials ────────────────────────────────────────────────────────────────────────────────

  credentials(): Secret | undefined | Promise<Secret | undefined> {
    return this.#authorization?.current();
  }

  /**
   * The server refused `used`. Asks for others, once.
   *
   * @throws transports.needs_sign_in, transports.credentials_refused
   */
  async renewCredentials(
    used: Secret | undefined,
    status: 401 | 403,
    challenge: string | undefined,
  ): Promise<Secret> {
    if (this.#authorization === undefined) throw this.credentialsProblem(status, challenge);
    let renewed: Secret | undefined;
    try {
      renewed = await this.#authorization.renew(used, status, challenge);
    } catch (error) {
      throw isMcpMuxError(error) ? error : this.credentialsProblem(status, challenge, error);
    }
    if (renewed === undefined) throw this.credentialsProblem(status, challenge);
    return renewed;
  }

  credentialsProblem(status: number, challenge: string | undefined, cause?: unknown): McpMuxError {
    const facts = { server: this.server, status, wwwAuthenticate: challenge };
    return transportError(this.hasFixedAuthorization ? 'credentials_refused' : 'needs_sign_in', facts, cause);
  }

  // ── silence ────────────────────────────────────────────────────────────────────────────────────

  /** Calls `onIdle` when no byte comes for `idleMs`. One coarse timer serves all. */
  watch(fetch: HttpFetch, idleMs: number, onIdle: () => void): void {
    fetch.idleMs = idleMs;
    fetch.onIdle = onIdle;
    this.#watched.add(fetch);
    this.#sweep ??= this.clock.after(sweepEveryMs, () => this.#lookForIdle());
  }

  unwatch(fetch: HttpFetch): void {
    this.#watched.delete(fetch);
  }

  #lookForIdle(): void {
    this.#sweep = undefined;
    const now = performance.now();
    for (const fetch of this.#watched.values()) {
      if (fetch.isDone) this.#watched.delete(fetch);
      else if (now - fetch.lastByteAt > fetch.idleMs) {
        this.#watched.delete(fetch);
        fetch.onIdle?.();
      }
    }
    if (this.#watched.size > 0 && !this.#isClosed) {
      this.#sweep = this.clock.after(sweepEveryMs, () => this.#lookForIdle());
    }
  }

  /** Resolves when no connection is left that only this wire had: some servers take one at a time. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#sweep?.cancel();
    this.#watched.clear();
    const pools = this.#pools;
    this.#pools = undefined;
    await pools?.release();
  }
}

function checkUrl(text: string): URL {
  if (!URL.canParse(text))
    throw transportError('bad_url', { url: text, reason: 'it is not an absolute URL' });
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw transportError('bad_url', { url: text, reason: 'it must begin with http:// or https://' });
  }
  if (url.username !== '' || url.password !== '') {
    const shown = `${url.protocol}//…@${url.host}`;
    throw transportError('bad_url', { url: shown, reason: 'credentials belong in a header, not in the URL' });
  }
  url.hash = '';
  return url;
}
