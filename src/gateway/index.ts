/**
 * gateway — the core: answers clients' calls (serve/) and carries out what people want (manage/).
 */
export { gatewayError } from './errors.ts';
export { AccessNotes } from './manage/access-notes.ts';
export { unmappedSetting } from './manage/access-settings.ts';
export {
  type ApprovalControl,
  type ApprovalOverview,
  type ApprovalTarget,
  type DescribedRule,
  GatewayApprovalControl,
  keepStanding,
  noApprovals,
  waitingProblems,
} from './manage/approval-control.ts';
export type {
  AddServerInput,
  CallOutcome,
  ChangeServerInput,
  Control,
  DeclaredInput,
  FeatureCounts,
  LaunchInput,
  ServerOverview,
  ToolOverview,
} from './manage/control.ts';
export {
  type DefinitionControl,
  GatewayDefinitionControl,
  type ServerDefinitions,
} from './manage/definition-control.ts';
export { type ExportedServer, exportServers } from './manage/export-servers.ts';
export { serverReference } from './manage/find-server.ts';
export type { FolderLook, LookAtFolder } from './manage/folders.ts';
export { GatewayControl } from './manage/gateway-control.ts';
export { heldProblems } from './manage/held-problems.ts';
export { InstalledServerList } from './manage/installed-server-list.ts';
export { MappingControl, type MappingOverview, type UnmappedFolder } from './manage/mapping-control.ts';
export { Preflight, type Readiness, type ToolReadiness } from './manage/preflight.ts';
export {
  PresentationControl,
  type PresentedOverview,
  presentationProblems,
  type ToolPatchChange,
} from './manage/presentation-control.ts';
export { type MemberOverview, SetControl, type SetOverview } from './manage/set-control.ts';
export {
  GatewaySignInControl,
  type SignInControl,
  type SignInOverview,
} from './manage/sign-in-control.ts';
export { SpaceControl, type SpaceOverview } from './manage/space-control.ts';
export { type Why, WhyControl, type WhyQuestion } from './manage/why.ts';
export { ApprovalGate, hashesOf } from './serve/approval-gate.ts';
export {
  type Call,
  errorAnswer,
  invalidParamsAnswer,
  resultAnswer,
  unknownMethodAnswer,
} from './serve/call.ts';
export { CallHandler, type Subscribed } from './serve/call-handler.ts';
export { ParkedCalls } from './serve/parked-calls.ts';
export { Relay } from './serve/relay.ts';
export type { ServerInfo as Introduction } from './serve/server-info.ts';
export type { HostedCall, ToolHost } from './serve/tool-host.ts';
export { type GrantedView, type InstalledServers, Views } from './serve/views.ts';
