/**
 * contract/client — the admin API as methods, over whatever carries a request.
 *
 * In: a `send` function (unix socket in the command line, fetch in the browser). Out: DTOs, or an AdminProblem.
 * Knows nothing of: sockets, zod, Node. It must stay cheap to load: the command line starts with it.
 */
import { pathOf, type RouteId, routes } from './routes.ts';
import type {
  AddClientBody,
  AddServerBody,
  AnswerApprovalBody,
  ApplyFileBody,
  ApprovalAnsweredDto,
  ApprovalRuleDto,
  ApprovalRulesDto,
  AuditListDto,
  AuditVerdictDto,
  BackedUpDto,
  BrowserCodeDto,
  BrowserLinkDto,
  BrowserListDto,
  BrowsersEndedDto,
  BuiltInToolListDto,
  CallDto,
  CallOutcomeDto,
  CallPageDto,
  CatalogueDetailDto,
  CatalogueListDto,
  ChangeClientBody,
  ChangeFeatureSetBody,
  ChangeMappingBody,
  ChangeServerBody,
  ChangeSpaceBody,
  ClientCredentialsBody,
  ClientDetailDto,
  ClientDto,
  ClientListDto,
  ConnectionDto,
  CreatedKeyDto,
  CreateFeatureSetBody,
  CreateKeyBody,
  CreateMappingBody,
  CreateSpaceBody,
  DataKeysRotatedDto,
  DecideBody,
  DefinitionPolicyDto,
  DoorRouteListDto,
  ErrorKindDto,
  EventDto,
  ExaminationDto,
  ExplanationDto,
  ExposureDetailDto,
  ExposureDto,
  FeatureListDto,
  FeatureSetDto,
  FeatureSetListDto,
  FilePlanDto,
  InstallBody,
  InstalledDto,
  InstallPlansDto,
  KeyDto,
  KeyListDto,
  ListedProblemsDto,
  ListModesDto,
  LockListDto,
  LogDto,
  LogEntryDto,
  LogLevelDto,
  MachineClientListDto,
  MachineConnectedDto,
  MachineDisconnectedDto,
  MachinePlanDto,
  MappingDto,
  MappingListDto,
  PlanInstallBody,
  PreflightBody,
  PreflightDto,
  PresentedToolDto,
  PresentedToolListDto,
  PresentToolBody,
  ProblemDto,
  ProcessListDto,
  RequireApprovalBody,
  ReviewListDto,
  RotateRootKeyBody,
  ServerDetailDto,
  ServerDto,
  ServerExportDto,
  ServerListDto,
  ServerReviewDto,
  SetListModeBody,
  SetResultLimitBody,
  SettingListDto,
  SignedOutDto,
  SignInListDto,
  SignInReportDto,
  SignInStartedDto,
  SignInStateDto,
  SourceListDto,
  SpaceDto,
  SpaceListDto,
  StartExposureBody,
  StartSignInBody,
  StatusDto,
  TokenCostsDto,
  ToolListDto,
  UnmappedPolicyDto,
  UpdateBody,
  UpdatedDto,
  UpdateListDto,
  VaultDto,
  WaitingListDto,
  WhyBody,
  WhyDto,
  WorkSessionListDto,
} from './types.ts';

export interface AdminRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface AdminResponse {
  readonly status: number;
  /** The answer's text as it arrives. Must be read to its end, or left by `return`. */
  readonly chunks: AsyncIterable<string>;
}

export type AdminSend = (request: AdminRequest) => Promise<AdminResponse>;

/** The daemon refused. Carries what it said. */
export class AdminProblem extends Error {
  override readonly name = 'AdminProblem';
  readonly status: number;
  readonly code: string;
  readonly kind: ErrorKindDto;
  readonly nextStep: string | undefined;
  readonly errors: readonly { readonly path: string; readonly message: string }[];

  constructor(problem: ProblemDto) {
    super(problem.detail);
    this.status = problem.status;
    this.code = problem.code;
    this.kind = problem.kind;
    this.nextStep = problem.nextStep ?? undefined;
    this.errors = problem.errors ?? [];
  }
}

export interface LogQuery {
  readonly limit?: number;
  readonly level?: LogLevelDto;
}

export interface CallListQuery {
  /** As contract/call-filter reads it. */
  readonly filter?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

export interface AuditListQuery {
  readonly limit?: number;
  /** For the next page: the last seq. */
  readonly beforeSeq?: number;
  /** Kinds that begin so. */
  readonly what?: string;
  readonly who?: string;
}

interface CallParts {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

export class AdminClient {
  readonly #send: AdminSend;

  readonly #space: string | undefined;

  /** @param space slug, name or id: servers, tools, sets and mappings are those of this Space; undefined = as each method says */
  constructor(send: AdminSend, space?: string) {
    this.#send = send;
    this.#space = space;
  }

  getStatus(signal?: AbortSignal): Promise<StatusDto> {
    return this.#json('getStatus', { signal });
  }

  /** This machine as the daemon sees it. */
  examine(): Promise<ExaminationDto> {
    return this.#json('examine');
  }

  /** @param about a call's number, a server, a client, an error code; undefined = what does most harm now */
  explain(about?: string): Promise<ExplanationDto> {
    return this.#json('explain', { query: { about } });
  }

  /** What needs a person, the most harm first. */
  /** AI clients on the daemon's machine. */
  listMachineClients(): Promise<MachineClientListDto> {
    return this.#json('listMachineClients');
  }

  planMachineClient(client: string): Promise<MachinePlanDto> {
    return this.#json('planMachineClient', { params: { client } });
  }

  connectMachineClient(client: string, replaces = false): Promise<MachineConnectedDto> {
    return this.#json('connectMachineClient', { params: { client }, body: { replaces } });
  }

  disconnectMachineClient(client: string): Promise<MachineDisconnectedDto> {
    return this.#json('disconnectMachineClient', { params: { client } });
  }

  listProblems(signal?: AbortSignal): Promise<ListedProblemsDto> {
    return this.#json('listProblems', { signal });
  }

  /** Every path of the daemon's port with its policy. */
  listDoorRoutes(): Promise<DoorRouteListDto> {
    return this.#json('listDoorRoutes');
  }

  async stopDaemon(): Promise<void> {
    await this.#json('stopDaemon');
  }

  listServers(): Promise<ServerListDto> {
    return this.#json('listServers', { query: { space: this.#space } });
  }

  /** @param server id, name or alias */
  getServer(server: string): Promise<ServerDetailDto> {
    return this.#json('getServer', { params: { server } });
  }

  addServer(body: AddServerBody): Promise<ServerDto> {
    return this.#json('addServer', { body: this.#inSpace(body) });
  }

  changeServer(server: string, body: ChangeServerBody): Promise<ServerDto> {
    return this.#json('changeServer', { params: { server }, body });
  }

  async removeServer(server: string): Promise<void> {
    await this.#text('removeServer', { params: { server } });
  }

  refreshServer(server: string, signal?: AbortSignal): Promise<ServerDetailDto> {
    return this.#json('refreshServer', { params: { server }, signal });
  }

  /** Answers when the server's state no longer changes by itself, or after `timeoutMs`. */
  awaitServer(server: string, timeoutMs: number, signal?: AbortSignal): Promise<ServerDetailDto> {
    return this.#json('awaitServer', { params: { server }, query: { timeoutMs }, signal });
  }

  /** Connects now; where a sign-in is needed, it is started and its address given. */
  connectServer(server: string): Promise<ConnectionDto> {
    return this.#json('connectServer', { params: { server } });
  }

  /** Starts a sign-in, or gives the one that is open. */
  startSignIn(server: string, body: StartSignInBody = {}): Promise<SignInStartedDto> {
    return this.#json('startSignIn', { params: { server }, body });
  }

  /** @param waitMs wait at most so long for the end of an open sign-in */
  getSignIn(server: string, waitMs = 0, signal?: AbortSignal): Promise<SignInStateDto> {
    return this.#json('getSignIn', { params: { server }, query: { waitMs }, signal });
  }

  completeSignIn(server: string, url: string): Promise<SignInStateDto> {
    return this.#json('completeSignIn', { params: { server }, body: { url } });
  }

  async cancelSignIn(server: string): Promise<void> {
    await this.#text('cancelSignIn', { params: { server } });
  }

  useClientCredentials(server: string, body: ClientCredentialsBody = {}): Promise<SignInStateDto> {
    return this.#json('useClientCredentials', { params: { server }, body });
  }

  signOut(server: string): Promise<SignedOutDto> {
    return this.#json('signOut', { params: { server } });
  }

  diagnoseSignIn(server: string): Promise<SignInReportDto> {
    return this.#json('diagnoseSignIn', { params: { server } });
  }

  listSignIns(): Promise<SignInListDto> {
    return this.#json('listSignIns');
  }

  listFeatures(server: string): Promise<FeatureListDto> {
    return this.#json('listFeatures', { params: { server } });
  }

  listProcesses(): Promise<ProcessListDto> {
    return this.#json('listProcesses');
  }

  searchCatalogue(query: {
    readonly query?: string | undefined;
    readonly category?: string | undefined;
    readonly auth?: string | undefined;
    readonly runsOn?: string | undefined;
    readonly source?: string | undefined;
    readonly limit?: number | undefined;
  }): Promise<CatalogueListDto> {
    return this.#json('searchCatalogue', { query });
  }

  /** @param id short or whole name */
  getDefinition(id: string): Promise<CatalogueDetailDto> {
    return this.#json('getDefinition', { query: { id } });
  }

  listSources(): Promise<SourceListDto> {
    return this.#json('listSources');
  }

  addSource(name: string, url: string): Promise<SourceListDto> {
    return this.#json('addSource', { body: { name, url } });
  }

  removeSource(source: string): Promise<SourceListDto> {
    return this.#json('removeSource', { params: { source } });
  }

  /** @param source undefined = all */
  refreshSources(source?: string): Promise<SourceListDto> {
    return this.#json('refreshSources', { query: { source } });
  }

  /** What installing would run, reach and ask for. Nothing is kept. */
  planInstall(body: PlanInstallBody): Promise<InstallPlansDto> {
    return this.#json('planInstall', { body });
  }

  /** Servers with a newer version of their package. */
  listUpdates(): Promise<UpdateListDto> {
    return this.#json('listUpdates');
  }

  updateServer(server: string, body: UpdateBody): Promise<UpdatedDto> {
    return this.#json('updateServer', { params: { server }, body });
  }

  verifyLocks(): Promise<LockListDto> {
    return this.#json('verifyLocks');
  }

  exportServers(space?: string): Promise<ServerExportDto> {
    return this.#json('exportServers', { query: { space } });
  }

  /** @param path absolute, as the daemon sees it */
  planFile(path: string, space?: string): Promise<FilePlanDto> {
    return this.#json('planFile', { body: { path, ...(space === undefined ? {} : { space }) } });
  }

  applyFile(body: ApplyFileBody): Promise<FilePlanDto> {
    return this.#json('applyFile', { body });
  }

  install(body: InstallBody): Promise<InstalledDto> {
    return this.#json('install', { body });
  }

  listPresentedTools(): Promise<PresentedToolListDto> {
    return this.#json('listPresentedTools');
  }

  /** @param tool what clients call it, or its qualified name */
  getPresentedTool(tool: string, space?: string): Promise<PresentedToolDto> {
    return this.#json('getPresentedTool', { params: { tool }, query: { space } });
  }

  presentTool(tool: string, body: PresentToolBody): Promise<PresentedToolDto> {
    return this.#json('presentTool', { params: { tool }, body });
  }

  resetTool(
    tool: string,
    scope: { readonly space?: string | undefined; readonly set?: string | undefined } = {},
  ): Promise<PresentedToolDto> {
    return this.#json('resetTool', { params: { tool }, query: { space: scope.space, set: scope.set } });
  }

  /** @param all those that have ended lately too */
  listApprovals(all = false): Promise<WaitingListDto> {
    return this.#json('listApprovals', { query: { all: all ? 1 : undefined } });
  }

  answerApproval(number: number, body: AnswerApprovalBody): Promise<ApprovalAnsweredDto> {
    return this.#json('answerApproval', { params: { number: String(number) }, body });
  }

  listApprovalRules(): Promise<ApprovalRulesDto> {
    return this.#json('listApprovalRules');
  }

  requireApproval(body: RequireApprovalBody): Promise<ApprovalRuleDto> {
    return this.#json('requireApproval', { body });
  }

  /** @param rule its id, or the beginning of it */
  async removeApprovalRule(rule: string): Promise<void> {
    await this.#text('removeApprovalRule', { params: { rule } });
  }

  /** @param server undefined = all servers of which something is held */
  review(server?: string): Promise<ReviewListDto> {
    return server === undefined
      ? this.#json('reviewAll')
      : this.#json('reviewServer', { params: { server } });
  }

  decideDefinitions(server: string, body: DecideBody): Promise<ReviewListDto> {
    return this.#json('decideDefinitions', { params: { server }, body });
  }

  setDefinitionPolicy(server: string, policy: DefinitionPolicyDto): Promise<ServerReviewDto> {
    return this.#json('setDefinitionPolicy', { params: { server }, body: { policy } });
  }

  /** McpMux's own tools, and which of them clients see. */
  listBuiltInTools(): Promise<BuiltInToolListDto> {
    return this.#json('listBuiltInTools');
  }

  /** @param tool a name, or `all` */
  switchBuiltInTool(tool: string, isOn: boolean): Promise<BuiltInToolListDto> {
    return this.#json('switchBuiltInTool', { params: { tool }, body: { isOn } });
  }

  getListModes(): Promise<ListModesDto> {
    return this.#json('getListModes');
  }

  setListMode(body: SetListModeBody): Promise<ListModesDto> {
    return this.#json('setListMode', { body });
  }

  /** @param tool by the name that clients know */
  pinTool(tool: string, isPinned: boolean): Promise<ListModesDto> {
    return this.#json('pinTool', { params: { tool }, body: { isPinned } });
  }

  setResultLimit(body: SetResultLimitBody): Promise<ListModesDto> {
    return this.#json('setResultLimit', { body });
  }

  getTokenCosts(): Promise<TokenCostsDto> {
    return this.#json('getTokenCosts');
  }

  listSpaces(): Promise<SpaceListDto> {
    return this.#json('listSpaces');
  }

  createSpace(body: CreateSpaceBody): Promise<SpaceDto> {
    return this.#json('createSpace', { body });
  }

  /** @param space slug, name or id */
  getSpace(space: string): Promise<SpaceDto> {
    return this.#json('getSpace', { params: { space } });
  }

  changeSpace(space: string, body: ChangeSpaceBody): Promise<SpaceDto> {
    return this.#json('changeSpace', { params: { space }, body });
  }

  /** @returns what was in it */
  removeSpace(space: string): Promise<SpaceDto> {
    return this.#json('removeSpace', { params: { space } });
  }

  listSets(): Promise<FeatureSetListDto> {
    return this.#json('listSets', { query: { space: this.#space } });
  }

  createSet(body: CreateFeatureSetBody): Promise<FeatureSetDto> {
    return this.#json('createSet', { body: this.#inSpace(body) });
  }

  /** @param set name, slug or id */
  getSet(set: string): Promise<FeatureSetDto> {
    return this.#json('getSet', { params: { set }, query: { space: this.#space } });
  }

  changeSet(set: string, body: ChangeFeatureSetBody): Promise<FeatureSetDto> {
    return this.#json('changeSet', { params: { set }, query: { space: this.#space }, body });
  }

  /** @returns what it was, and who used it */
  removeSet(set: string): Promise<FeatureSetDto> {
    return this.#json('removeSet', { params: { set }, query: { space: this.#space } });
  }

  listMappings(): Promise<MappingListDto> {
    return this.#json('listMappings', { query: { space: this.#space } });
  }

  createMapping(body: CreateMappingBody): Promise<MappingDto> {
    return this.#json('createMapping', { body: this.#inSpace(body) });
  }

  /** @param mapping its folder, its id as a client writes it, or the mapping's own id */
  changeMapping(mapping: string, body: ChangeMappingBody): Promise<MappingDto> {
    return this.#json('changeMapping', { params: { mapping }, body: this.#inSpace(body) });
  }

  removeMapping(mapping: string): Promise<MappingDto> {
    return this.#json('removeMapping', { params: { mapping } });
  }

  setUnmappedPolicy(policy: UnmappedPolicyDto['policy']): Promise<UnmappedPolicyDto> {
    return this.#json('setUnmappedPolicy', { body: { policy } });
  }

  explainAccess(body: WhyBody): Promise<WhyDto> {
    return this.#json('explainAccess', { body });
  }

  preflight(body: PreflightBody, signal?: AbortSignal): Promise<PreflightDto> {
    return this.#json('preflight', { body, signal });
  }

  listTools(query?: string, limit?: number): Promise<ToolListDto> {
    return this.#json('listTools', { query: { query, limit, space: this.#space } });
  }

  callTool(
    tool: string,
    args: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<CallOutcomeDto> {
    return this.#json('callTool', {
      params: { tool },
      query: { space: this.#space },
      body: { arguments: args },
      signal,
    });
  }

  /** The newest calls that fit; older ones with the cursor of the page before. */
  listCalls(query: CallListQuery = {}, signal?: AbortSignal): Promise<CallPageDto> {
    return this.#json('listCalls', { query: { ...query }, signal });
  }

  /** The newest calls that fit, the oldest first, then each new one, until `signal` aborts or the daemon stops. */
  async *followCalls(
    query: CallListQuery = {},
    signal?: AbortSignal,
  ): AsyncGenerator<CallDto, void, undefined> {
    const response = await this.#request('listCalls', { query: { ...query, follow: 1 }, signal });
    for await (const line of linesOf(response.chunks)) {
      if (line !== '') yield JSON.parse(line) as CallDto;
    }
  }

  /** @param call its number */
  getCall(call: string): Promise<CallDto> {
    return this.#json('getCall', { params: { call } });
  }

  listWorkSessions(limit?: number): Promise<WorkSessionListDto> {
    return this.#json('listWorkSessions', { query: { limit } });
  }

  listKeys(): Promise<KeyListDto> {
    return this.#json('listKeys');
  }

  createKey(name: string, wish: Omit<CreateKeyBody, 'name'> = {}): Promise<CreatedKeyDto> {
    return this.#json('createKey', { body: { name, ...wish } });
  }

  /** @param key id or name of a live key */
  renewKey(key: string, expiresAt?: number): Promise<CreatedKeyDto> {
    return this.#json('renewKey', { params: { key }, body: expiresAt === undefined ? {} : { expiresAt } });
  }

  /** @param key id or name */
  revokeKey(key: string): Promise<KeyDto> {
    return this.#json('revokeKey', { params: { key } });
  }

  listClients(): Promise<ClientListDto> {
    return this.#json('listClients');
  }

  /** @returns its `oauthClientId` is what the app is given */
  addClient(body: AddClientBody): Promise<ClientDto> {
    return this.#json('addClient', { body });
  }

  /** @param client id or name */
  getClient(client: string): Promise<ClientDetailDto> {
    return this.#json('getClient', { params: { client } });
  }

  changeClient(client: string, body: ChangeClientBody): Promise<ClientDto> {
    return this.#json('changeClient', { params: { client }, body });
  }

  revokeClient(client: string): Promise<ClientDto> {
    return this.#json('revokeClient', { params: { client } });
  }

  getVault(): Promise<VaultDto> {
    return this.#json('getVault');
  }

  unlockVault(passphrase?: string): Promise<VaultDto> {
    return this.#json('unlockVault', { body: passphrase === undefined ? {} : { passphrase } });
  }

  rotateDataKeys(): Promise<DataKeysRotatedDto> {
    return this.#json('rotateDataKeys');
  }

  rotateRootKey(body: RotateRootKeyBody = {}): Promise<VaultDto> {
    return this.#json('rotateRootKey', { body });
  }

  /** @param file absolute, as the daemon sees it */
  backUp(file: string, passphrase: string): Promise<BackedUpDto> {
    return this.#json('backUp', { body: { file, passphrase } });
  }

  /** A link that opens the dashboard in one browser, once. Over the socket only. */
  makeLink(isPublic = false): Promise<BrowserLinkDto> {
    return this.#json('makeLink', { body: { isPublic } });
  }

  /** A code that lets one browser in. Over the socket only. */
  makeCode(): Promise<BrowserCodeDto> {
    return this.#json('makeCode');
  }

  listBrowsers(): Promise<BrowserListDto> {
    return this.#json('listBrowsers');
  }

  async endBrowser(browser: string): Promise<void> {
    await this.#text('endBrowser', { params: { browser } });
  }

  endBrowsers(): Promise<BrowsersEndedDto> {
    return this.#json('endBrowsers');
  }

  getExposure(): Promise<ExposureDetailDto> {
    return this.#json('getExposure');
  }

  /** Opens a tunnel for these servers and nothing else. */
  startExposure(body: StartExposureBody): Promise<ExposureDto> {
    return this.#json('startExposure', { body });
  }

  endExposure(): Promise<ExposureDto> {
    return this.#json('endExposure');
  }

  listAudit(query: AuditListQuery = {}): Promise<AuditListDto> {
    return this.#json('listAudit', { query: { ...query } });
  }

  verifyAudit(): Promise<AuditVerdictDto> {
    return this.#json('verifyAudit');
  }

  listSettings(): Promise<SettingListDto> {
    return this.#json('listSettings');
  }

  /** @param server undefined = all servers */
  readLog(server: string | undefined, query: LogQuery = {}): Promise<LogDto> {
    const { id, params } = logRoute(server);
    return this.#json(id, { params, query: { ...query } });
  }

  /** The newest lines, then each new one as it comes, until `signal` aborts or the daemon stops. */
  async *followLog(
    server: string | undefined,
    query: LogQuery = {},
    signal?: AbortSignal,
  ): AsyncGenerator<LogEntryDto, void, undefined> {
    const { id, params } = logRoute(server);
    const response = await this.#request(id, { params, query: { ...query, follow: 1 }, signal });
    for await (const line of linesOf(response.chunks)) {
      if (line !== '') yield JSON.parse(line) as LogEntryDto;
    }
  }

  /** Domain events as they happen. The first one yielded has type `stream.opened`: read what you show after it. */
  async *streamEvents(signal?: AbortSignal): AsyncGenerator<EventDto, void, undefined> {
    const response = await this.#request('streamEvents', { signal });
    for await (const line of linesOf(response.chunks)) {
      if (line.startsWith('data: ')) yield JSON.parse(line.slice(6)) as EventDto;
    }
  }

  #inSpace<Body extends object>(body: Body): Body & { readonly space?: string } {
    return this.#space === undefined ? body : { space: this.#space, ...body };
  }

  /** A server of the Space, unless its reference says another. */
  #paramsOf(params: CallParts['params']): CallParts['params'] {
    const server = params?.['server'];
    if (server === undefined || this.#space === undefined || server.includes('/')) return params;
    return { ...params, server: `${this.#space}/${server}` };
  }

  async #json<T>(id: RouteId, parts: CallParts = {}): Promise<T> {
    return JSON.parse(await this.#text(id, parts)) as T;
  }

  async #text(id: RouteId, parts: CallParts): Promise<string> {
    return readAll((await this.#request(id, parts)).chunks);
  }

  async #request(id: RouteId, parts: CallParts): Promise<AdminResponse> {
    const hasBody = parts.body !== undefined;
    const response = await this.#send({
      method: routes[id].method,
      path: pathOf(id, this.#paramsOf(parts.params), parts.query),
      headers: hasBody ? { 'content-type': 'application/json' } : {},
      body: hasBody ? JSON.stringify(parts.body) : undefined,
      signal: parts.signal,
    });
    if (response.status >= 200 && response.status < 300) return response;
    throw new AdminProblem(problemFrom(response.status, await readAll(response.chunks)));
  }
}

function logRoute(server: string | undefined): { id: RouteId; params: Readonly<Record<string, string>> } {
  return server === undefined ? { id: 'getLog', params: {} } : { id: 'getServerLog', params: { server } };
}

/** Reads a problem document; anything else that was answered becomes one. */
function problemFrom(status: number, text: string): ProblemDto {
  try {
    const parsed = JSON.parse(text) as Partial<ProblemDto> | null;
    if (typeof parsed?.code === 'string' && typeof parsed.detail === 'string') return parsed as ProblemDto;
  } catch {
    // Not JSON: somebody else answered; said below.
  }
  return {
    type: 'urn:mcpmux:problem:admin.strange_answer',
    title: 'Strange answer',
    status,
    detail: `the daemon answered HTTP ${status} without saying why`,
    code: 'admin.strange_answer',
    kind: 'internal',
    nextStep: null,
  };
}

async function readAll(chunks: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}

async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let rest = '';
  for await (const chunk of chunks) {
    rest += chunk;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
