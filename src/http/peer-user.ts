/**
 * http/peer-user — which user of this machine is at the other end of a loopback connection, where the system tells it.
 *
 * A link that a browser is started with is in the list of processes, which other users of the machine can read. So who
 * redeems one must be the user that it was made for.
 * Knows nothing of: links.
 *
 * @see proc(5), /proc/net/tcp: local address, remote address, …, uid
 */
import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { platform } from '../platform/index.ts';

export interface ConnectionEnds {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localPort?: number | undefined;
}

/** @returns undefined where the system does not say: not Linux, another machine, another network namespace */
export async function peerUserId(ends: ConnectionEnds): Promise<number | undefined> {
  const { remoteAddress, remotePort, localPort } = ends;
  if (!platform.hasProc || remoteAddress === undefined || remotePort === undefined) return undefined;
  const isV6 = remoteAddress.includes(':');
  // Only loopback is looked up: an address elsewhere has no socket here.
  if (!isV6 && !remoteAddress.startsWith('127.')) return undefined;
  if (isV6 && remoteAddress !== '::1') return undefined;
  const local = `${isV6 ? loopbackV6() : hexOfV4(remoteAddress)}:${hexPort(remotePort)}`;
  const remotePortText = `:${hexPort(localPort ?? 0)}`;
  const table = await readFile(isV6 ? '/proc/net/tcp6' : '/proc/net/tcp', 'latin1').catch(() => '');
  for (const line of table.split('\n')) {
    const columns = line.trim().split(/\s+/);
    if (columns[1] !== local || columns[2]?.endsWith(remotePortText) !== true) continue;
    const userId = Number(columns[7]);
    return Number.isInteger(userId) ? userId : undefined;
  }
  return undefined;
}

/** The kernel prints each 32-bit word of an address as a number of this machine. */
function hexOfV4(address: string): string {
  const bytes = address.split('.').map(Number);
  if (endianness() === 'LE') bytes.reverse();
  return bytes.map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
}

function loopbackV6(): string {
  return `${'0'.repeat(24)}${endianness() === 'LE' ? '01000000' : '00000001'}`;
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
