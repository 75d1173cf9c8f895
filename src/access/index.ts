/**
 * access — who sees what, and in which form.
 */

export {
  ApprovalDesk,
  type ApprovalWish,
  type OpenApproval,
  type Verdict,
  type WaitingCall,
} from './approval-desk.ts';
export { concerns, ruleFor } from './approval-rules.ts';
export { type ClientProfile, profileOf, warningsFor } from './client-profiles.ts';
export { callHash, definitionHash } from './definition-form.ts';
export type { Hint } from './definition-hints.ts';
export { type Decision, DefinitionPins, type HeldDefinition, isAbout } from './definition-pins.ts';
export { findSet, findSpace } from './find.ts';
export {
  type FolderVerdict,
  isWithin,
  looksLikeFolder,
  normalizeFolder,
  parentFolder,
} from './folder-path.ts';
export {
  type CallerFacts,
  type Considered,
  type Grant,
  grantOfAll,
  resolveGrant,
  type Signal,
} from './grant.ts';
export { type MergedPatch, patchesFor } from './presentations.ts';
export { accessOf, type PrincipalAccess } from './principal-access.ts';
export { AccessRegister } from './register.ts';
export type { ChangeLevel, DefinitionChange } from './schema-change.ts';
export { globMatcher, hintOf, type SelectableServer, Selection, type Vote } from './selection.ts';
export { type AccessParts, AccessSnapshot } from './snapshot.ts';
export {
  baseOf,
  faultOfPatch,
  isEmptyPatch,
  mapArguments,
  mergePatches,
  patchTool,
} from './tool-patch.ts';
export { type DiffPart, diffWords, visibleText } from './word-diff.ts';
