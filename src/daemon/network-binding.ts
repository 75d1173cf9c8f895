/**
 * daemon/network-binding — what the port is opened with for other machines: addresses, certificate, proxies.
 *
 * In: the settings. Out: options for `listen`, and a certificate that is read anew when its file changes.
 */
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { type Clock, type Closeable, describeError, type Logger } from '../base/index.ts';
import type { Settings } from '../config/index.ts';
import {
  addressesFor,
  httpError,
  type Listeners,
  type ListenOptions,
  proxyList,
  type TlsFiles,
} from '../http/index.ts';

const lookEveryMs = 60_000;

/** @throws http.tls_unusable, http.bad_proxy */
export function networkBinding(
  settings: Settings,
): Pick<ListenOptions, 'addresses' | 'allowNonLoopback' | 'tls' | 'trusts'> {
  const { listen, publicUrl, trustedProxies, noAuth } = settings;
  const tls = readCertificate(settings);
  const isTrusted = trustedBy(trustedProxies);
  const unusable = listen.find((address) => isIP(address) === 0);
  if (unusable !== undefined)
    throw httpError('listen_failed', {
      address: unusable,
      port: settings.port,
      reason: 'it is not an address',
    });
  return {
    addresses: addressesFor(listen),
    allowNonLoopback: { publicUrl, hasTls: tls !== undefined, trustedProxies, hasIdentity: !noAuth },
    trusts: isTrusted,
    ...(tls === undefined ? {} : { tls }),
  };
}

/** Is a peer one of ours? @throws http.bad_proxy */
export function trustedBy(proxies: readonly string[]): (peer: string) => boolean {
  try {
    const list = proxyList(proxies);
    return (peer) =>
      list.check(peer.replace(/^::ffff:/, ''), peer.replace(/^::ffff:/, '').includes(':') ? 'ipv6' : 'ipv4');
  } catch (error) {
    throw httpError('bad_proxy', { reason: describeError(error) }, error);
  }
}

function readCertificate({ tlsCertFile, tlsKeyFile }: Settings): TlsFiles | undefined {
  if (tlsCertFile === undefined && tlsKeyFile === undefined) return undefined;
  if (tlsCertFile === undefined || tlsKeyFile === undefined)
    throw httpError('tls_unusable', {
      reason: `the ${tlsCertFile === undefined ? 'certificate' : 'key'} is missing`,
    });
  try {
    return { cert: readFileSync(tlsCertFile, 'utf8'), key: readFileSync(tlsKeyFile, 'utf8') };
  } catch (error) {
    throw httpError('tls_unusable', { reason: describeError(error) }, error);
  }
}

/** Takes up a certificate that was renewed. One that cannot be used is left alone, and the log says so. */
export function watchCertificate(
  settings: Settings,
  listeners: Pick<Listeners, 'useCertificate'>,
  clock: Clock,
  logger: Logger,
): Closeable {
  const { tlsCertFile, tlsKeyFile } = settings;
  if (tlsCertFile === undefined || tlsKeyFile === undefined) return { close() {} };
  const stamp = (): string =>
    [tlsCertFile, tlsKeyFile].map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0).join();
  let known = stamp();
  const look = (): void => {
    const now = stamp();
    if (now !== known) {
      known = now;
      try {
        const tls = readCertificate(settings);
        if (tls !== undefined) listeners.useCertificate(tls);
        logger.info({ file: tlsCertFile }, 'the TLS certificate was read anew');
      } catch (error) {
        logger.error(
          { file: tlsCertFile, error: describeError(error) },
          'the new TLS certificate cannot be used',
        );
      }
    }
    timer = clock.after(lookEveryMs, look);
  };
  let timer = clock.after(lookEveryMs, look);
  return { close: () => timer.cancel() };
}
