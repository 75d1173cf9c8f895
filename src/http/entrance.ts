/**
 * http/entrance — by which way a request came in: from this machine, by the public address, or through a tunnel.
 *
 * The listener and the exact Host decide, never a header that a proxy adds. What a proxy says of the address behind it counts
 * for rates and the audit, and only where the proxy is one of ours.
 * Knows nothing of: routes.
 */
import { BlockList, isIP } from 'node:net';

export type EntranceKind = 'local' | 'public' | 'tunnel';

export interface Entrance {
  readonly kind: EntranceKind;
  /** What every URL that we advertise there begins with: no slash at the end. Undefined: `http://` and the Host. */
  readonly base: string | undefined;
  /** The path under which a proxy publishes us: `/mcpmux`, or empty. It is cut off before a request comes here. */
  readonly path: string;
  /** May the other end say for whom it speaks (X-Forwarded-For)? */
  trusts(peer: string): boolean;
}

export const localEntrance: Entrance = { kind: 'local', base: undefined, path: '', trusts: () => false };

/**
 * @param publicUrl `https://HOST[:PORT][/PATH]`
 * @param proxies   addresses and CIDR ranges; programs on this machine count as ours anyway
 */
export function outsideEntrance(
  kind: 'public' | 'tunnel',
  publicUrl: string,
  proxies: readonly string[] = [],
): Entrance {
  const { origin, pathname } = new URL(publicUrl);
  const path = pathname.replace(/\/+$/, '');
  const trusted = proxyList(proxies);
  return {
    kind,
    base: `${origin}${path}`,
    path,
    trusts: (peer) => trusted.check(plainAddress(peer), isIP(plainAddress(peer)) === 6 ? 'ipv6' : 'ipv4'),
  };
}

/** The Host values of a public URL: clients leave the port of the scheme out, some proxies put it in. */
export function hostsOf(publicUrl: string): readonly string[] {
  const { host, port, protocol } = new URL(publicUrl);
  return port === '' ? [host, `${host}:${protocol === 'https:' ? 443 : 80}`] : [host];
}

/**
 * The address that rates and the audit count for.
 *
 * @param peer         the other end of the connection
 * @param forwardedFor X-Forwarded-For, as it was sent
 */
export function clientAddress(entrance: Entrance, peer: string, forwardedFor: string | undefined): string {
  if (forwardedFor === undefined || entrance.kind === 'local') return plainAddress(peer);
  // Each proxy appends whom it heard: from the right, the first that is no proxy of ours.
  let address = plainAddress(peer);
  for (const heard of forwardedFor.split(',').reverse().slice(0, 16)) {
    if (!entrance.trusts(address)) break;
    const next = plainAddress(heard.trim());
    if (isIP(next) === 0) break;
    address = next;
  }
  return address;
}

/** What a bucket is for: one IPv4 address, or the /64 that one customer has. */
export function addressGroup(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const rest = tail === '' ? [] : tail.split(':');
    while (groups.length + rest.length < 8) groups.push('0');
    groups.push(...rest);
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}

function plainAddress(address: string): string {
  const bare = address.startsWith('[') ? address.slice(1).replace(/\].*$/, '') : address;
  const unzoned = bare.replace(/%.*$/, '');
  return unzoned.toLowerCase().startsWith('::ffff:') && unzoned.includes('.') ? unzoned.slice(7) : unzoned;
}

/** @throws TypeError for what is neither an address nor a range */
export function proxyList(proxies: readonly string[]): BlockList {
  const list = new BlockList();
  list.addSubnet('127.0.0.0', 8, 'ipv4');
  list.addAddress('::1', 'ipv6');
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/');
    const family = isIP(address);
    if (family === 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits)))
      throw new TypeError(`"${proxy}" is neither an address nor a range`);
    const type = family === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, type);
    else list.addSubnet(address, Number(bits), type);
  }
  return list;
}
