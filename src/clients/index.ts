/**
 * clients — the configuration of AI apps on this machine: one row an app, connected, imported and taken back.
 */
export { type BridgeBundleFacts, bridgeBundle } from './bridge-bundle.ts';
export {
  type Change,
  ClientConnections,
  type ConnectRequest,
  type Done,
  type Undone,
} from './connections.ts';
export { entryFor, entryText } from './dialects.ts';
export type { DiffLine } from './diff.ts';
export { type Endpoint, hiddenKey, hideKeys } from './endpoint.ts';
export { findProgram, findRow, hasFile, isFound, unknownClient } from './find-client.ts';
export type { FoundLaunch, FoundServer, ReadServers, UnreadServer } from './found-server.ts';
export type { Written } from './ledger.ts';
export { type Place, showPath } from './place.ts';
export { type ReadServersOptions, readServers } from './read-servers.ts';
export type { Standing, StandingState } from './standing.ts';
export { type ClientRow, clientTable } from './table/index.ts';
