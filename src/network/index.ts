/**
 * network — how other machines are reached: proxies, certificate authorities, and requests to addresses that others name.
 */
export { networkError } from './errors.ts';
export { directNetwork, NetworkSettings } from './network-settings.ts';
export { hostOf, isLoopbackHost } from './network-zone.ts';
export type { HttpProxy } from './proxies.ts';
export { createSafeFetch, type SafeFetch, type SafeFetchOptions } from './safe-fetch.ts';
export { openTunnel, proxyUnreachable } from './tunnel.ts';
