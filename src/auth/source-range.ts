/**
 * auth/source-range — the addresses that a key may come from.
 *
 * In: addresses and ranges as people write them. Out: a question that is asked with each request of such a key.
 * Knows nothing of: proxies. Which address a request comes from is the door's to say.
 */
import { BlockList, isIP } from 'node:net';

/** @returns what is wrong with it; undefined = nothing */
export function sourceRangeFault(range: string): string | undefined {
  const [address = '', bits, ...rest] = range.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return 'it is no IP address and no range such as 10.0.0.0/8';
  if (bits === undefined) return undefined;
  const most = family === 4 ? 32 : 128;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= most
    ? undefined
    : `what follows the "/" is a number from 0 to ${most}`;
}

/** @param ranges without fault. @returns undefined when there are none */
export function createSourceCheck(
  ranges: readonly string[],
): ((address: string | undefined) => boolean) | undefined {
  if (ranges.length === 0) return undefined;
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    if (address === undefined) return false;
    // A socket for both families shows IPv4 addresses in this form.
    const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
    const family = isIP(plain);
    return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
  };
}
