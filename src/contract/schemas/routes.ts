/**
 * contract/schemas/routes — which shapes each route of the admin API takes and gives.
 *
 * In: the ids of contract/routes. Loads zod: for the server side only.
 */
import { z } from 'zod';
import type { RouteId } from '../routes.ts';
import {
  changeMappingBody,
  changeSetBody,
  changeSpaceBody,
  createMappingBody,
  createSetBody,
  createSpaceBody,
  mappingDto,
  mappingListDto,
  preflightBody,
  preflightDto,
  setDto,
  setListDto,
  spaceDto,
  spaceListDto,
  spaceQuery,
  unmappedPolicyBody,
  unmappedPolicyDto,
  whyBody,
  whyDto,
} from './access.ts';
import {
  answerApprovalBody,
  answeredDto,
  approvalRuleDto,
  approvalRulesDto,
  requireApprovalBody,
  waitingListDto,
} from './approval.ts';
import { auditListDto, auditQuery, auditVerdictDto } from './audit.ts';
import { browserListDto, browsersEndedDto, codeDto, linkDto, makeLinkBody } from './browser.ts';
import { builtInToolListDto, switchBuiltInToolBody } from './built-in.ts';
import { callDto, callPageDto, workSessionListDto } from './call.ts';
import {
  addSourceBody,
  applyFileBody,
  authKind,
  catalogueDetailDto,
  catalogueListDto,
  category,
  exportDto,
  fileBody,
  filePlanDto,
  installBody,
  installedDto,
  installPlansDto,
  lockListDto,
  planInstallBody,
  sourceListDto,
  updateBody,
  updatedDto,
  updateListDto,
} from './catalogue.ts';
import {
  addClientBody,
  changeClientBody,
  clientDetailDto,
  clientDto,
  clientListDto,
  createdKeyDto,
  createKeyBody,
  keyDto,
  keyListDto,
  renewKeyBody,
} from './client.ts';
import {
  acceptedDto,
  doorRouteListDto,
  examinationDto,
  logDto,
  logLevel,
  settingListDto,
  statusDto,
} from './daemon.ts';
import { decideBody, reviewListDto, serverReviewDto, setDefinitionPolicyBody } from './definition.ts';
import { explanationDto } from './explanation.ts';
import { exposureDetailDto, exposureDto, startExposureBody } from './exposure.ts';
import { callOutcomeDto, callToolBody, featureListDto, toolListDto } from './feature.ts';
import { queryNumber, querySwitch } from './fields.ts';
import {
  listModesDto,
  pinToolBody,
  setListModeBody,
  setResultLimitBody,
  tokenCostsDto,
} from './list-mode.ts';
import {
  connectMachineClientBody,
  machineClientListDto,
  machineConnectedDto,
  machineDisconnectedDto,
  machinePlanDto,
} from './machine.ts';
import {
  presentationQuery,
  presentedToolDto,
  presentedToolListDto,
  presentToolBody,
} from './presentation.ts';
import { listedProblemsDto } from './problem-list.ts';
import { processListDto } from './process.ts';
import { addServerBody, changeServerBody, serverDetailDto, serverDto, serverListDto } from './server.ts';
import {
  clientCredentialsBody,
  completeSignInBody,
  connectionDto,
  doctorReportDto,
  signedOutDto,
  signInListDto,
  signInStartedDto,
  signInStateDto,
  startSignInBody,
} from './sign-in.ts';
import {
  backedUpDto,
  backUpBody,
  dataKeysRotatedDto,
  rotateRootKeyBody,
  unlockBody,
  vaultDto,
} from './vault.ts';

export interface RouteSchemas {
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Of the success answer; absent for streams, texts and empty answers. */
  readonly response?: z.ZodType;
}

const toolParams = z.object({ tool: z.string().min(1).max(256) });
const serverParams = z.object({ server: z.string().min(1).max(256) });
const keyParams = z.object({ key: z.string().min(1).max(256) });
const clientParams = z.object({ client: z.string().min(1).max(256) });
const spaceParams = z.object({ space: z.string().min(1).max(256) });
const setParams = z.object({ set: z.string().min(1).max(256) });
const mappingParams = z.object({ mapping: z.string().min(1).max(4_096) });
const logQuery = z.object({
  limit: queryNumber(1, 10_000, 200),
  level: logLevel.default('debug'),
  follow: querySwitch,
});

export const routeSchemas = {
  getStatus: { response: statusDto },
  examine: { response: examinationDto },
  stopDaemon: { response: acceptedDto },
  explain: { query: z.object({ about: z.string().max(256).optional() }), response: explanationDto },
  listProblems: { response: listedProblemsDto },
  listMachineClients: { response: machineClientListDto },
  planMachineClient: { params: clientParams, response: machinePlanDto },
  connectMachineClient: {
    params: clientParams,
    body: connectMachineClientBody,
    response: machineConnectedDto,
  },
  disconnectMachineClient: { params: clientParams, response: machineDisconnectedDto },
  listDoorRoutes: { response: doorRouteListDto },
  listServers: { query: spaceQuery, response: serverListDto },
  addServer: { body: addServerBody, response: serverDto },
  getServer: { params: serverParams, response: serverDetailDto },
  changeServer: { params: serverParams, body: changeServerBody, response: serverDto },
  removeServer: { params: serverParams },
  refreshServer: { params: serverParams, response: serverDetailDto },
  awaitServer: {
    params: serverParams,
    query: z.object({ timeoutMs: queryNumber(0, 120_000, 10_000) }),
    response: serverDetailDto,
  },
  connectServer: { params: serverParams, response: connectionDto },
  startSignIn: { params: serverParams, body: startSignInBody, response: signInStartedDto },
  getSignIn: {
    params: serverParams,
    query: z.object({ waitMs: queryNumber(0, 120_000, 0) }),
    response: signInStateDto,
  },
  completeSignIn: { params: serverParams, body: completeSignInBody, response: signInStateDto },
  cancelSignIn: { params: serverParams },
  useClientCredentials: { params: serverParams, body: clientCredentialsBody, response: signInStateDto },
  signOut: { params: serverParams, response: signedOutDto },
  diagnoseSignIn: { params: serverParams, response: doctorReportDto },
  listSignIns: { response: signInListDto },
  listFeatures: { params: serverParams, response: featureListDto },
  listProcesses: { response: processListDto },
  getServerLog: { params: serverParams, query: logQuery, response: logDto },
  getLog: { query: logQuery, response: logDto },
  searchCatalogue: {
    query: z.object({
      query: z.string().max(500).optional(),
      category: category.optional(),
      auth: authKind.optional(),
      runsOn: z.string().max(64).optional(),
      source: z.string().max(64).optional(),
      limit: queryNumber(1, 1_000, 30),
    }),
    response: catalogueListDto,
  },
  getDefinition: { query: z.object({ id: z.string().min(1).max(256) }), response: catalogueDetailDto },
  listSources: { response: sourceListDto },
  addSource: { body: addSourceBody, response: sourceListDto },
  removeSource: { params: z.object({ source: z.string().min(1).max(64) }), response: sourceListDto },
  refreshSources: { query: z.object({ source: z.string().max(64).optional() }), response: sourceListDto },
  planInstall: { body: planInstallBody, response: installPlansDto },
  listUpdates: { response: updateListDto },
  updateServer: { params: serverParams, body: updateBody, response: updatedDto },
  verifyLocks: { response: lockListDto },
  exportServers: { query: z.object({ space: z.string().max(256).optional() }), response: exportDto },
  planFile: { body: fileBody, response: filePlanDto },
  applyFile: { body: applyFileBody, response: filePlanDto },
  install: { body: installBody, response: installedDto },
  listApprovals: { query: z.object({ all: querySwitch }), response: waitingListDto },
  answerApproval: {
    params: z.object({ number: z.coerce.number().int().min(1) }),
    body: answerApprovalBody,
    response: answeredDto,
  },
  listApprovalRules: { response: approvalRulesDto },
  requireApproval: { body: requireApprovalBody, response: approvalRuleDto },
  removeApprovalRule: { params: z.object({ rule: z.string().min(1).max(64) }) },
  listPresentedTools: { response: presentedToolListDto },
  getPresentedTool: { params: toolParams, query: presentationQuery, response: presentedToolDto },
  presentTool: { params: toolParams, body: presentToolBody, response: presentedToolDto },
  resetTool: { params: toolParams, query: presentationQuery, response: presentedToolDto },
  reviewAll: { response: reviewListDto },
  reviewServer: { params: serverParams, response: reviewListDto },
  decideDefinitions: { params: serverParams, body: decideBody, response: reviewListDto },
  setDefinitionPolicy: { params: serverParams, body: setDefinitionPolicyBody, response: serverReviewDto },
  listSpaces: { response: spaceListDto },
  createSpace: { body: createSpaceBody, response: spaceDto },
  getSpace: { params: spaceParams, response: spaceDto },
  changeSpace: { params: spaceParams, body: changeSpaceBody, response: spaceDto },
  removeSpace: { params: spaceParams, response: spaceDto },
  listSets: { query: spaceQuery, response: setListDto },
  createSet: { body: createSetBody, response: setDto },
  getSet: { params: setParams, query: spaceQuery, response: setDto },
  changeSet: { params: setParams, query: spaceQuery, body: changeSetBody, response: setDto },
  removeSet: { params: setParams, query: spaceQuery, response: setDto },
  listMappings: { query: spaceQuery, response: mappingListDto },
  createMapping: { body: createMappingBody, response: mappingDto },
  changeMapping: { params: mappingParams, body: changeMappingBody, response: mappingDto },
  removeMapping: { params: mappingParams, response: mappingDto },
  setUnmappedPolicy: { body: unmappedPolicyBody, response: unmappedPolicyDto },
  explainAccess: { body: whyBody, response: whyDto },
  preflight: { body: preflightBody, response: preflightDto },
  listTools: {
    query: z.object({
      query: z.string().max(500).optional(),
      limit: queryNumber(1, 100_000, 10_000),
      space: z.string().min(1).max(256).optional(),
    }),
    response: toolListDto,
  },
  callTool: {
    params: z.object({ tool: z.string().min(1).max(256) }),
    query: spaceQuery,
    body: callToolBody,
    response: callOutcomeDto,
  },
  listCalls: {
    query: z.object({
      filter: z
        .string()
        .max(2_000)
        .default('')
        .meta({ description: 'such as `status:error server:github duration:>500ms since:10m`' }),
      limit: queryNumber(1, 1_000, 50),
      cursor: z.string().max(64).optional(),
      follow: querySwitch,
    }),
    response: callPageDto,
  },
  getCall: {
    params: z.object({ call: z.string().regex(/^#?\d{1,16}$/, 'must be the number of a call') }),
    response: callDto,
  },
  listWorkSessions: { query: z.object({ limit: queryNumber(1, 1_000, 50) }), response: workSessionListDto },
  listBuiltInTools: { response: builtInToolListDto },
  switchBuiltInTool: {
    params: z.object({ tool: z.string().min(1).max(256) }),
    body: switchBuiltInToolBody,
    response: builtInToolListDto,
  },
  getListModes: { response: listModesDto },
  setListMode: { body: setListModeBody, response: listModesDto },
  pinTool: {
    params: z.object({ tool: z.string().min(1).max(256) }),
    body: pinToolBody,
    response: listModesDto,
  },
  setResultLimit: { body: setResultLimitBody, response: listModesDto },
  getTokenCosts: { response: tokenCostsDto },
  listKeys: { response: keyListDto },
  createKey: { body: createKeyBody, response: createdKeyDto },
  revokeKey: { params: keyParams, response: keyDto },
  renewKey: { params: keyParams, body: renewKeyBody, response: createdKeyDto },
  listClients: { response: clientListDto },
  addClient: { body: addClientBody, response: clientDto },
  getClient: { params: clientParams, response: clientDetailDto },
  changeClient: { params: clientParams, body: changeClientBody, response: clientDto },
  revokeClient: { params: clientParams, response: clientDto },
  getVault: { response: vaultDto },
  unlockVault: { body: unlockBody, response: vaultDto },
  rotateDataKeys: { response: dataKeysRotatedDto },
  rotateRootKey: { body: rotateRootKeyBody, response: vaultDto },
  backUp: { body: backUpBody, response: backedUpDto },
  makeLink: { body: makeLinkBody, response: linkDto },
  makeCode: { response: codeDto },
  listBrowsers: { response: browserListDto },
  endBrowser: { params: z.object({ browser: z.string().min(1).max(64) }) },
  endBrowsers: { response: browsersEndedDto },
  getExposure: { response: exposureDetailDto },
  startExposure: { body: startExposureBody, response: exposureDto },
  endExposure: { response: exposureDto },
  listAudit: { query: auditQuery, response: auditListDto },
  verifyAudit: { response: auditVerdictDto },
  listSettings: { response: settingListDto },
  streamEvents: {},
} as const satisfies Record<RouteId, RouteSchemas>;
