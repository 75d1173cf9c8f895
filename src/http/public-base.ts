/**
 * http/public-base — the URL under which whoever sends a request reaches us.
 *
 * In: an exchange that the door has let in, so its Host is one of the few exact values of ours. Nothing else of the request
 * counts: no forwarded header decides what we advertise.
 * Knows nothing of: what is advertised.
 */
import type { Exchange } from './exchange.ts';

/** Where requests from outside come in. */
export interface PublicAddress {
  /** `https://HOST[:PORT][/PATH]`, no slash at the end. */
  readonly url: string;
  /** As a Host header says it. */
  readonly host: string;
  /** The path under which a proxy publishes us: `/mcpmux`, or empty. It is cut off before a request comes here. */
  readonly path: string;
}

/** @param publicUrl `https://HOST[:PORT][/PATH]`; undefined = only this machine */
export function publicAddressOf(publicUrl: string | undefined): PublicAddress | undefined {
  if (publicUrl === undefined) return undefined;
  const { origin, host, pathname } = new URL(publicUrl);
  const path = pathname.replace(/\/+$/, '');
  return { url: `${origin}${path}`, host, path };
}

/** Did the request come by the public address? */
export function isFromOutside(exchange: Exchange, address: PublicAddress | undefined): boolean {
  return address !== undefined && exchange.host === address.host;
}

/** What everything that is advertised to this caller begins with: no slash at the end. */
export function publicBase(exchange: Exchange, address: PublicAddress | undefined): string {
  return address !== undefined && isFromOutside(exchange, address) ? address.url : `http://${exchange.host}`;
}
