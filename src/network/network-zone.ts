/**
 * network/network-zone — how private the network of an address is, and which networks a server may send us to.
 *
 * Pure decisions over ipaddr.js. The rule: **a server may not send us to a more private network than its own**,
 * judged by the URL the person typed, never by what DNS says of it (an attacker owns his DNS).
 *
 *   server typed as             may send us to
 *   public name or address      public addresses; its own host name, wherever that resolves to
 *   private address, `*.internal`, `*.local`, one-label name    the above, and private addresses
 *   loopback address, localhost the above, and loopback, there also without TLS
 *
 * Link-local (cloud metadata), multicast, reserved and documentation ranges are never reached, whatever is allowed.
 */
import type * as IpAddr from 'ipaddr.js';

export type NetworkZone = 'public' | 'private' | 'loopback';
type AddressZone = NetworkZone | 'forbidden';

const depth: Readonly<Record<NetworkZone, number>> = { public: 0, private: 1, loopback: 2 };

/** Every range that is not named here is forbidden. */
const zoneOfRange: Readonly<Record<string, NetworkZone>> = {
  unicast: 'public',
  loopback: 'loopback',
  private: 'private',
  uniqueLocal: 'private',
  carrierGradeNat: 'private',
};

const internalSuffixes = ['.internal', '.local', '.lan', '.intranet', '.corp', '.home', '.home.arpa'];

/** Names that are never looked up for a server outside, whatever DNS would say. */
function isInternalName(host: string): boolean {
  return !host.includes('.') || internalSuffixes.some((suffix) => host.endsWith(suffix));
}

/** The host of a URL without the brackets of IPv6 and a final dot, in lower case. */
export function hostOf(url: URL): string {
  return url.hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

export function isLoopbackHost(host: string): boolean {
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
  );
}

export class NetworkZones {
  readonly #ip: typeof IpAddr;
  readonly #allowed: readonly {
    readonly host: string | undefined;
    readonly range: [IpAddr.IPv4 | IpAddr.IPv6, number] | undefined;
  }[];

  /** @param allowPrivate host names and CIDR ranges of the operator's list; they count as public */
  constructor(ip: typeof IpAddr, allowPrivate: readonly string[]) {
    this.#ip = ip;
    this.#allowed = allowPrivate.map((entry) =>
      ip.isValidCIDR(entry)
        ? { host: undefined, range: ip.parseCIDR(entry) }
        : ip.isValid(entry)
          ? { host: undefined, range: ip.parseCIDR(`${entry}/${entry.includes(':') ? 128 : 32}`) }
          : { host: entry.toLowerCase(), range: undefined },
    );
  }

  /** Where an address lies, after unwrapping every form that carries an IPv4 address. */
  zoneOfAddress(address: string): AddressZone {
    if (!this.#ip.isValid(address)) return 'forbidden';
    const parsed = this.#unwrap(this.#ip.parse(address));
    const zone = zoneOfRange[parsed.range()];
    if (zone === undefined) return 'forbidden';
    return this.#isAllowed(parsed) ? 'public' : zone;
  }

  /** The zone of a server by the URL the person typed. */
  zoneOfServer(serverUrl: URL): NetworkZone {
    const host = hostOf(serverUrl);
    if (isLoopbackHost(host)) return 'loopback';
    if (this.#ip.isValid(host)) {
      const zone = this.zoneOfAddress(host);
      return zone === 'forbidden' ? 'public' : zone;
    }
    return isInternalName(host) ? 'private' : 'public';
  }

  /** Why `host` may not be asked about at all, before any look-up; undefined when it may. */
  refuseName(host: string, serverUrl: URL): string | undefined {
    if (this.#ip.isValid(host) || host === hostOf(serverUrl)) return undefined;
    if (this.#allowed.some((entry) => entry.host === host)) return undefined;
    const zone = this.zoneOfServer(serverUrl);
    if (isLoopbackHost(host) && zone !== 'loopback') return 'it names this machine';
    if (isInternalName(host) && !isLoopbackHost(host) && depth[zone] < depth.private)
      return 'it names a host of an internal network';
    return undefined;
  }

  /** Why a connection to `address` (of `host`) is not made; undefined when it is. */
  refuseAddress(address: string, host: string, serverUrl: URL): string | undefined {
    const zone = this.zoneOfAddress(address);
    if (zone === 'forbidden') return 'it leads to a reserved address';
    if (this.#allowed.some((entry) => entry.host === host)) return undefined;
    if (depth[zone] <= depth[this.zoneOfServer(serverUrl)]) return undefined;
    // The person typed this very name, so our requests to the server itself go there too.
    if (host === hostOf(serverUrl) && !this.#ip.isValid(host)) return undefined;
    return zone === 'loopback' ? 'it leads to this machine' : 'it leads into an internal network';
  }

  #isAllowed(address: IpAddr.IPv4 | IpAddr.IPv6): boolean {
    return this.#allowed.some(
      ({ range }) =>
        range !== undefined && range[0].kind() === address.kind() && address.match(range as never),
    );
  }

  #unwrap(address: IpAddr.IPv4 | IpAddr.IPv6): IpAddr.IPv4 | IpAddr.IPv6 {
    if (address.kind() === 'ipv4') return address;
    const v6 = address as IpAddr.IPv6;
    if (v6.isIPv4MappedAddress()) return v6.toIPv4Address();
    const bytes = v6.toByteArray();
    const v4At = (offset: number) => new this.#ip.IPv4(bytes.slice(offset, offset + 4));
    // 64:ff9b::/96 (NAT64), 2002::/16 (6to4), ::/96 (IPv4-compatible): the IPv4 address inside is what is reached.
    const range = v6.range();
    if (range === 'rfc6052') return v4At(12);
    if (range === '6to4') return v4At(2);
    if (bytes.slice(0, 12).every((byte) => byte === 0) && range !== 'loopback' && range !== 'unspecified')
      return v4At(12);
    return v6;
  }
}
