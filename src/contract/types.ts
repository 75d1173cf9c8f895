/**
 * contract/types — the shapes of the admin API as TypeScript types, derived from the schemas. Nothing of this is there at run time.
 */
import type { z } from 'zod';
import type * as access from './schemas/access.ts';
import type * as approval from './schemas/approval.ts';
import type * as audit from './schemas/audit.ts';
import type * as browser from './schemas/browser.ts';
import type * as builtIn from './schemas/built-in.ts';
import type * as call from './schemas/call.ts';
import type * as catalogue from './schemas/catalogue.ts';
import type * as client from './schemas/client.ts';
import type * as daemon from './schemas/daemon.ts';
import type * as definition from './schemas/definition.ts';
import type * as explanation from './schemas/explanation.ts';
import type * as exposure from './schemas/exposure.ts';
import type * as feature from './schemas/feature.ts';
import type * as listMode from './schemas/list-mode.ts';
import type * as machine from './schemas/machine.ts';
import type * as presentation from './schemas/presentation.ts';
import type * as problem from './schemas/problem.ts';
import type * as problemList from './schemas/problem-list.ts';
import type * as process from './schemas/process.ts';
import type * as server from './schemas/server.ts';
import type * as signIn from './schemas/sign-in.ts';
import type * as vault from './schemas/vault.ts';

export type SpaceDto = z.output<typeof access.spaceDto>;
export type SpaceListDto = z.output<typeof access.spaceListDto>;
export type CreateSpaceBody = z.input<typeof access.createSpaceBody>;
export type ChangeSpaceBody = z.input<typeof access.changeSpaceBody>;
export type FeatureSetDto = z.output<typeof access.setDto>;
export type FeatureSetListDto = z.output<typeof access.setListDto>;
export type CreateFeatureSetBody = z.input<typeof access.createSetBody>;
export type ChangeFeatureSetBody = z.input<typeof access.changeSetBody>;
export type MappingDto = z.output<typeof access.mappingDto>;
export type MappingListDto = z.output<typeof access.mappingListDto>;
export type CreateMappingBody = z.input<typeof access.createMappingBody>;
export type ChangeMappingBody = z.input<typeof access.changeMappingBody>;
export type UnmappedPolicyDto = z.output<typeof access.unmappedPolicyDto>;
export type WhyBody = z.input<typeof access.whyBody>;
export type WhyDto = z.output<typeof access.whyDto>;
export type PreflightBody = z.input<typeof access.preflightBody>;
export type PreflightDto = z.output<typeof access.preflightDto>;

export type ServerDto = z.output<typeof server.serverDto>;
export type ServerDetailDto = z.output<typeof server.serverDetailDto>;
export type ServerStateDto = z.output<typeof server.serverStateDto>;
export type ServerStatusDto = ServerStateDto['status'];
export type ServerListDto = z.output<typeof server.serverListDto>;
export type ServerLimitsDto = z.output<typeof server.serverLimitsDto>;
export type AddServerBody = z.input<typeof server.addServerBody>;
export type ChangeServerBody = z.input<typeof server.changeServerBody>;

export type StartSignInBody = z.input<typeof signIn.startSignInBody>;
export type ConnectionDto = z.output<typeof signIn.connectionDto>;
export type SignInStartedDto = z.output<typeof signIn.signInStartedDto>;
export type SignInStateDto = z.output<typeof signIn.signInStateDto>;
export type SignInListDto = z.output<typeof signIn.signInListDto>;
export type ClientCredentialsBody = z.input<typeof signIn.clientCredentialsBody>;
export type SignedOutDto = z.output<typeof signIn.signedOutDto>;
export type SignInReportDto = z.output<typeof signIn.doctorReportDto>;

export type ExposureDto = z.output<typeof exposure.exposureDto>;
export type ExposureDetailDto = z.output<typeof exposure.exposureDetailDto>;
export type StartExposureBody = z.input<typeof exposure.startExposureBody>;
export type AuditEntryDto = z.output<typeof audit.auditEntryDto>;
export type AuditListDto = z.output<typeof audit.auditListDto>;
export type AuditVerdictDto = z.output<typeof audit.auditVerdictDto>;

export type BrowserLinkDto = z.output<typeof browser.linkDto>;
export type BrowserCodeDto = z.output<typeof browser.codeDto>;
export type BrowserListDto = z.output<typeof browser.browserListDto>;
export type BrowsersEndedDto = z.output<typeof browser.browsersEndedDto>;

export type VaultDto = z.output<typeof vault.vaultDto>;
export type RotateRootKeyBody = z.input<typeof vault.rotateRootKeyBody>;
export type DataKeysRotatedDto = z.output<typeof vault.dataKeysRotatedDto>;
export type BackedUpDto = z.output<typeof vault.backedUpDto>;

export type CatalogueEntryDto = z.output<typeof catalogue.catalogueEntryDto>;
export type CatalogueDetailDto = z.output<typeof catalogue.catalogueDetailDto>;
export type CatalogueListDto = z.output<typeof catalogue.catalogueListDto>;
export type SourceListDto = z.output<typeof catalogue.sourceListDto>;
export type PlanInstallBody = z.input<typeof catalogue.planInstallBody>;
export type InstallBody = z.input<typeof catalogue.installBody>;
export type InstallPlanDto = z.output<typeof catalogue.installPlanDto>;
export type InstallPlansDto = z.output<typeof catalogue.installPlansDto>;
export type FilePlanDto = z.output<typeof catalogue.filePlanDto>;
export type ServerExportDto = z.output<typeof catalogue.exportDto>;
export type ApplyFileBody = z.input<typeof catalogue.applyFileBody>;
export type UpdateDto = z.output<typeof catalogue.updateDto>;
export type UpdateListDto = z.output<typeof catalogue.updateListDto>;
export type UpdatedDto = z.output<typeof catalogue.updatedDto>;
export type UpdateBody = z.input<typeof catalogue.updateBody>;
export type LockListDto = z.output<typeof catalogue.lockListDto>;
export type InstalledDto = z.output<typeof catalogue.installedDto>;
export type PresentedToolDto = z.output<typeof presentation.presentedToolDto>;
export type PresentedToolListDto = z.output<typeof presentation.presentedToolListDto>;
export type PresentToolBody = z.input<typeof presentation.presentToolBody>;

export type WaitingCallDto = z.output<typeof approval.waitingCallDto>;
export type WaitingListDto = z.output<typeof approval.waitingListDto>;
export type AnswerApprovalBody = z.input<typeof approval.answerApprovalBody>;
export type ApprovalAnsweredDto = z.output<typeof approval.answeredDto>;
export type ApprovalRuleDto = z.output<typeof approval.approvalRuleDto>;
export type ApprovalRulesDto = z.output<typeof approval.approvalRulesDto>;
export type StandingApprovalDto = z.output<typeof approval.standingApprovalDto>;
export type RequireApprovalBody = z.input<typeof approval.requireApprovalBody>;

export type DefinitionChangeDto = z.output<typeof definition.definitionChangeDto>;
export type HeldDefinitionDto = z.output<typeof definition.heldDefinitionDto>;
export type ServerReviewDto = z.output<typeof definition.serverReviewDto>;
export type ReviewListDto = z.output<typeof definition.reviewListDto>;
export type DecideBody = z.input<typeof definition.decideBody>;
export type DefinitionPolicyDto = ServerReviewDto['policy'];

export type ToolDto = z.output<typeof feature.toolDto>;
export type ToolListDto = z.output<typeof feature.toolListDto>;
export type FeatureDto = z.output<typeof feature.featureDto>;
export type FeatureListDto = z.output<typeof feature.featureListDto>;
export type CallOutcomeDto = z.output<typeof feature.callOutcomeDto>;

export type ExplanationDto = z.output<typeof explanation.explanationDto>;
export type CallDto = z.output<typeof call.callDto>;
export type CallPageDto = z.output<typeof call.callPageDto>;
export type WorkSessionDto = z.output<typeof call.workSessionDto>;
export type WorkSessionListDto = z.output<typeof call.workSessionListDto>;
export type BuiltInToolListDto = z.output<typeof builtIn.builtInToolListDto>;

export type ListModesDto = z.output<typeof listMode.listModesDto>;
export type SetListModeBody = z.input<typeof listMode.setListModeBody>;
export type SetResultLimitBody = z.input<typeof listMode.setResultLimitBody>;
export type TokenCostsDto = z.output<typeof listMode.tokenCostsDto>;

export type ProcessListDto = z.output<typeof process.processListDto>;

export type KeyDto = z.output<typeof client.keyDto>;
export type KeyListDto = z.output<typeof client.keyListDto>;
export type CreateKeyBody = z.input<typeof client.createKeyBody>;
export type CreatedKeyDto = z.output<typeof client.createdKeyDto>;
export type ClientDto = z.output<typeof client.clientDto>;
export type ClientListDto = z.output<typeof client.clientListDto>;
export type ClientDetailDto = z.output<typeof client.clientDetailDto>;
export type AddClientBody = z.input<typeof client.addClientBody>;
export type ChangeClientBody = z.input<typeof client.changeClientBody>;

export type StatusDto = z.output<typeof daemon.statusDto>;
export type ExaminationDto = z.output<typeof daemon.examinationDto>;
export type DoorRouteListDto = z.output<typeof daemon.doorRouteListDto>;
export type SettingDto = z.output<typeof daemon.settingDto>;
export type SettingListDto = z.output<typeof daemon.settingListDto>;
export type LogEntryDto = z.output<typeof daemon.logEntryDto>;
export type LogDto = z.output<typeof daemon.logDto>;
export type LogLevelDto = z.output<typeof daemon.logLevel>;
export type EventDto = z.output<typeof daemon.eventDto>;

export type ListedProblemDto = z.output<typeof problemList.listedProblemDto>;
export type ListedProblemsDto = z.output<typeof problemList.listedProblemsDto>;
export type MachineClientListDto = z.output<typeof machine.machineClientListDto>;
export type MachinePlanDto = z.output<typeof machine.machinePlanDto>;
export type MachineConnectedDto = z.output<typeof machine.machineConnectedDto>;
export type MachineDisconnectedDto = z.output<typeof machine.machineDisconnectedDto>;

export type ProblemDto = z.output<typeof problem.problemDto>;
export type ErrorKindDto = z.output<typeof problem.errorKind>;
