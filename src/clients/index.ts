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
export { type Candidate, type ImportPlan, planImport } from './import-plan.ts';
export { type ImportRecord, readImports, writeImports } from './import-record.ts';
export {
  type ImportSource,
  readAllSources,
  readClientSource,
  readFileSource,
  readTextSource,
} from './import-sources.ts';
export type { Ledger, Written } from './ledger.ts';
export {
  type MachineClient,
  MachineClients,
  type MachineOutcome,
  type MachinePlan,
} from './machine-clients.ts';
export { type Place, showPath } from './place.ts';
export { type ReadBackVerdict, readBack } from './read-back.ts';
export { type ReadServersOptions, readServers } from './read-servers.ts';
export type { Standing, StandingState } from './standing.ts';
export { type ClientRow, clientTable } from './table/index.ts';
export { putBack, type TakenOut, takeOut } from './take-out.ts';
