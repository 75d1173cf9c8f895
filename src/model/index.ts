/**
 * model — the nouns, their rules, and the ports through which rooms reach the outside.
 */
export type { ApiKey } from './api-key.ts';
export type {
  ApprovalFacts,
  ApprovalOutcome,
  ApprovalRepository,
  ApprovalRule,
  ApprovalRuleId,
  ApprovalSubject,
  StandingApproval,
  StandingApprovalId,
  ToolNature,
} from './approval.ts';
export type {
  AuditActor,
  AuditAnchor,
  AuditDecision,
  AuditEntry,
  AuditFacts,
  AuditQuery,
  AuditRecord,
  AuditRow,
} from './audit.ts';

export {
  type Answer,
  type Ask,
  type AskMethod,
  type AskReply,
  askMethods,
  type CallScope,
  cannotAsk,
  reachesLevel,
} from './call.ts';
export { type CallFilter, callQuery, fitsFilter } from './call-filter.ts';
export {
  type CallEntry,
  type CallHistoryRepository,
  type CallObserver,
  type CallOutcomeName,
  type CallPage,
  type CallParty,
  type CallQuery,
  CallRecord,
  type CallTarget,
  callOutcomes,
  failedOutcomes,
  type WorkSession,
} from './call-record.ts';
export {
  type Caller,
  type ClientFacts,
  clientOwner,
  type FaceKey,
  faceKeysOf,
  isSameClient,
  nameOfClient,
  outsideIdOf,
  outsidePrincipal,
  type Principal,
  type PrincipalId,
  principalIdOf,
  type ReportedRoots,
  type Route,
  routeKey,
  workspaceOwner,
} from './caller.ts';
export {
  type AccessLimits,
  anonymousClientId,
  type Client,
  type ClientIntroduction,
  type ClientKind,
  type ClientStatus,
  nameOf,
  noLimits,
} from './client.ts';
export type { OAuthRegistration, RefreshLease, TokenSet } from './credential.ts';
export {
  type ApprovedBy,
  type DefinitionFace,
  type DefinitionGuard,
  type DefinitionKey,
  type DefinitionKind,
  type DefinitionPin,
  type DefinitionPinRepository,
  type DefinitionPolicy,
  definitionKinds,
  definitionPolicies,
} from './definition.ts';
export type { Era, EraVerdict, LegacyRevision, ModernRevision, Revision } from './era.ts';
export type { DomainEvent, DomainEvents } from './events.ts';
export type { Explanation } from './explanation.ts';
export {
  type DiscoveredFeatures,
  type Feature,
  type FeatureKind,
  featureKinds,
  nameKeys,
  nameOfItem,
} from './feature.ts';
export {
  type AnnotationHint,
  annotationHints,
  everything,
  type FeatureSet,
  type MemberMode,
  type SetMember,
  serverKeyOf,
} from './feature-set.ts';
export type {
  ApiKeyId,
  ClientId,
  FeatureId,
  FeatureSetId,
  MappingId,
  ServerId,
  SessionId,
  SpaceId,
} from './ids.ts';
export {
  type InputDefinition,
  type InputOption,
  type InputType,
  inputIdPattern,
  inputTypes,
  inputValueFault,
  type ObtainHint,
} from './input.ts';
export {
  type ServerLogEntry,
  type ServerLogLevel,
  type ServerLogSource,
  serverLogLevels,
} from './log-entry.ts';
export { type Mapping, type UnmappedPolicy, unmappedPolicies } from './mapping.ts';
export type { OAuthArtifact, OAuthArtifactKind } from './oauth-artifact.ts';
export type {
  ApiKeyRepository,
  AuditRepository,
  CatalogueRepository,
  ClientRepository,
  ClientSeen,
  CredentialRepository,
  EraVerdictRepository,
  FaceRegister,
  FeatureDiff,
  FeatureSetRepository,
  MappingRepository,
  OAuthArtifactRepository,
  Repositories,
  ServerLog,
  ServerRepository,
  SessionRepository,
  SettingRepository,
  SpaceRepository,
} from './ports.ts';
export {
  type ArgumentPatch,
  type PatchBase,
  type Presentation,
  type PresentationRepository,
  readPatch,
  type ToolPatch,
} from './presentation.ts';
export {
  commandIn,
  type FoundProblem,
  orderProblems,
  type Problem,
  type ProblemFix,
  type ProblemHarm,
  type ProblemSource,
  type Problems,
  problemHarms,
} from './problem.ts';
export {
  hasSecretForm,
  isDistinctive,
  isSecretValue,
  looksRandom,
  secretForms,
  strengthOfName,
} from './secret-forms.ts';
export {
  replaceSpans,
  type SecretArgument,
  type SecretSpan,
  secretsInArguments,
  secretsInUrl,
} from './secrets-in-text.ts';
export {
  aliasFromName,
  aliasPattern,
  type DeclarePolicy,
  type HttpFlavour,
  type HttpLaunch,
  type InstalledServer,
  type Launch,
  type PinnedPackage,
  reservedAliases,
  type ServerLimits,
  type ServerOrigin,
  type SessionPolicy,
  type StdioLaunch,
  serverNamePattern,
  sessionPolicies,
} from './server.ts';
export type { SessionRecord } from './session.ts';
export { type Space, slugFromName, spaceSlugPattern } from './space.ts';
export type { ServerState, ServerStatus } from './status.ts';
