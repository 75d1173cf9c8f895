/**
 * network — requests to addresses that others name: which networks may be reached, and a fetch that keeps to it.
 */
export { hostOf, isLoopbackHost } from './network-zone.ts';
export { createSafeFetch, type SafeFetch, type SafeFetchOptions } from './safe-fetch.ts';
