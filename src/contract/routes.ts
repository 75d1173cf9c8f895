/**
 * contract/routes — every route of the admin API v1 as data: method, path, kind of answer.
 *
 * Browser-safe and free of packages. The shapes are in contract/schemas (zod) and contract/types (TypeScript).
 */

export type RouteMethod = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export interface RouteFacts {
  readonly method: RouteMethod;
  /** `:name` stands for one encoded segment. */
  readonly path: string;
  readonly says: string;
  readonly tag:
    | 'audit'
    | 'exposure'
    | 'access'
    | 'browsers'
    | 'daemon'
    | 'servers'
    | 'tools'
    | 'clients'
    | 'catalogue'
    | 'calls'
    | 'keys'
    | 'settings'
    | 'logs'
    | 'sign-in'
    | 'vault'
    | 'review'
    | 'approvals';
  readonly successStatus: 200 | 201 | 202 | 204;
  /** `log`: JSON, or lines of JSON with `follow=1`. `events`: a server-sent event stream. */
  readonly answer: 'json' | 'empty' | 'log' | 'events';
  /**
   * What a browser needs beside its session. `socket`: not for browsers at all. `fresh-link`: a link that is not older than
   * ten minutes. `fresh-link-for-commands`: the same where the body says what program is to run.
   */
  readonly browser?: 'socket' | 'fresh-link' | 'fresh-link-for-commands';
}

function route(
  method: RouteMethod,
  path: string,
  tag: RouteFacts['tag'],
  says: string,
  rest: Partial<Pick<RouteFacts, 'successStatus' | 'answer' | 'browser'>> = {},
): RouteFacts {
  return { method, path: `/api/v1${path}`, tag, says, successStatus: 200, answer: 'json', ...rest };
}

export const routes = {
  getStatus: route('GET', '/status', 'daemon', 'The daemon and the state of every server.'),
  examine: route(
    'GET',
    '/examination',
    'daemon',
    'This machine as the daemon sees it: folders, files, where commands are looked for.',
  ),
  stopDaemon: route('POST', '/stop', 'daemon', 'Drains and stops the daemon.', { successStatus: 202 }),
  streamEvents: route('GET', '/events', 'daemon', 'What happens, as server-sent events with a sequence.', {
    answer: 'events',
  }),
  explain: route(
    'GET',
    '/explanation',
    'daemon',
    'Why: the cause behind a call, a server, a client, an error code, or what does most harm now; one sentence and the next step.',
  ),
  listProblems: route(
    'GET',
    '/problems',
    'daemon',
    'What needs a person: why, since when, and the one thing that mends it; the most harm first.',
  ),
  listDoorRoutes: route(
    'GET',
    '/door/routes',
    'daemon',
    "Every path of the daemon's port: who may use it, and how much of it.",
  ),
  listServers: route('GET', '/servers', 'servers', 'All installed servers.'),
  addServer: route('POST', '/servers', 'servers', 'Installs a server; it starts to connect by itself.', {
    successStatus: 201,
    browser: 'fresh-link-for-commands',
  }),
  getServer: route('GET', '/servers/:server', 'servers', 'One server (id, name or alias) in detail.'),
  changeServer: route(
    'PATCH',
    '/servers/:server',
    'servers',
    'Changes a server: name, alias, launch, inputs, limits, on or off.',
    { browser: 'fresh-link-for-commands' },
  ),
  removeServer: route('DELETE', '/servers/:server', 'servers', 'Removes a server and its credentials.', {
    successStatus: 204,
    answer: 'empty',
  }),
  refreshServer: route(
    'POST',
    '/servers/:server/refresh',
    'servers',
    'Connects and discovers again; answers when it is ready or has failed.',
  ),
  awaitServer: route(
    'GET',
    '/servers/:server/settled',
    'servers',
    'Answers when the state no longer changes by itself, or after timeoutMs.',
  ),
  connectServer: route(
    'POST',
    '/servers/:server/connect',
    'sign-in',
    'Connects by the wish of a person: where a sign-in is needed, it is started.',
  ),
  startSignIn: route(
    'POST',
    '/servers/:server/sign-in',
    'sign-in',
    'Starts a sign-in and gives the address to open, or that of the one that is open.',
  ),
  getSignIn: route(
    'GET',
    '/servers/:server/sign-in',
    'sign-in',
    'Where signing in to one server stands; with waitMs, after the open sign-in has ended.',
  ),
  completeSignIn: route(
    'POST',
    '/servers/:server/sign-in/answer',
    'sign-in',
    'Completes a sign-in with the address a browser elsewhere ended on.',
  ),
  cancelSignIn: route('DELETE', '/servers/:server/sign-in', 'sign-in', 'Gives the open sign-in up.', {
    successStatus: 204,
    answer: 'empty',
  }),
  useClientCredentials: route(
    'POST',
    '/servers/:server/client-credentials',
    'sign-in',
    "Signs in without a person, with a client's own credentials.",
  ),
  signOut: route(
    'POST',
    '/servers/:server/sign-out',
    'sign-in',
    'Forgets the tokens, here and at the provider; the registration stays.',
  ),
  diagnoseSignIn: route(
    'GET',
    '/servers/:server/sign-in/report',
    'sign-in',
    'Replays a sign-in step by step, changes nothing, and says what each step finds.',
  ),
  listSignIns: route('GET', '/sign-ins', 'sign-in', 'Where signing in stands for every server with a URL.'),
  listFeatures: route(
    'GET',
    '/servers/:server/features',
    'servers',
    'Tools, prompts, resources and templates of one server.',
  ),
  listProcesses: route(
    'GET',
    '/processes',
    'servers',
    'The processes of every server: memory, processor time, age, restarts.',
  ),
  getServerLog: route('GET', '/servers/:server/log', 'logs', "One server's newest log lines.", {
    answer: 'log',
  }),
  getLog: route('GET', '/log', 'logs', 'The newest log lines of all servers.', { answer: 'log' }),
  searchCatalogue: route(
    'GET',
    '/catalogue',
    'catalogue',
    'Servers that can be installed: the best matches of a query, of all sources, each once.',
  ),
  getDefinition: route('GET', '/catalogue/entry', 'catalogue', 'One server that can be installed, whole.'),
  listSources: route(
    'GET',
    '/catalogue/sources',
    'catalogue',
    'Where definitions come from, and how fresh they are.',
  ),
  addSource: route(
    'POST',
    '/catalogue/sources',
    'catalogue',
    'Adds a registry that speaks the official API.',
    {
      browser: 'fresh-link',
    },
  ),
  removeSource: route('DELETE', '/catalogue/sources/:source', 'catalogue', 'Takes an added registry away.'),
  refreshSources: route('POST', '/catalogue/refresh', 'catalogue', 'Asks the sources what is new.'),
  planInstall: route(
    'POST',
    '/installs/plan',
    'catalogue',
    'What installing would run, reach and ask for. Nothing is kept.',
  ),
  listUpdates: route('GET', '/updates', 'catalogue', 'Servers with a newer version of their package.'),
  updateServer: route(
    'POST',
    '/servers/:server/update',
    'catalogue',
    'Installs another version of its package; another publisher is held.',
    { browser: 'fresh-link' },
  ),
  verifyLocks: route('GET', '/locks', 'catalogue', 'Compares installed packages with what was installed.'),
  exportServers: route('GET', '/export', 'catalogue', 'The servers of a Space as a file without secrets.'),
  planFile: route('POST', '/files/plan', 'catalogue', 'What applying a file of servers would change.'),
  applyFile: route('POST', '/files/apply', 'catalogue', 'Brings a Space in line with a file of servers.', {
    browser: 'fresh-link',
  }),
  install: route('POST', '/installs', 'catalogue', 'Installs what a plan showed.', {
    successStatus: 201,
    browser: 'fresh-link',
  }),
  listApprovals: route('GET', '/approvals', 'approvals', 'Calls that wait for the person, the oldest first.'),
  answerApproval: route(
    'POST',
    '/approvals/:number/answer',
    'approvals',
    'Lets a call go on, for once or for good, or refuses it.',
  ),
  listApprovalRules: route(
    'GET',
    '/approval-rules',
    'approvals',
    'Which calls wait, and what is allowed without asking.',
  ),
  requireApproval: route('POST', '/approval-rules', 'approvals', 'Has calls wait for the person.', {
    successStatus: 201,
  }),
  removeApprovalRule: route(
    'DELETE',
    '/approval-rules/:rule',
    'approvals',
    'Takes back a rule, or what was allowed for good.',
    { successStatus: 204, answer: 'empty', browser: 'fresh-link' },
  ),
  listPresentedTools: route(
    'GET',
    '/presentations',
    'tools',
    'Tools that look to clients other than their servers show them.',
  ),
  getPresentedTool: route(
    'GET',
    '/presentations/:tool',
    'tools',
    'One tool: as its server shows it, what was changed, and as clients see it.',
  ),
  presentTool: route(
    'PATCH',
    '/presentations/:tool',
    'tools',
    'Changes how a tool looks: name, words, arguments hidden, pinned or filled in.',
  ),
  resetTool: route('DELETE', '/presentations/:tool', 'tools', 'Lets a tool look as its server shows it.', {
    browser: 'fresh-link',
  }),
  reviewAll: route(
    'GET',
    '/review',
    'review',
    'Servers that say something which waits for a person, and what it is.',
  ),
  reviewServer: route('GET', '/servers/:server/review', 'review', 'What of one server waits for a person.'),
  decideDefinitions: route(
    'POST',
    '/servers/:server/review',
    'review',
    'Accepts or refuses held definitions in the form that was looked at; answers what still waits.',
  ),
  setDefinitionPolicy: route(
    'PATCH',
    '/servers/:server/review',
    'review',
    'Chooses which changes of a server pass without a person.',
  ),
  listSpaces: route('GET', '/spaces', 'access', 'All Spaces, with what is in each.'),
  createSpace: route('POST', '/spaces', 'access', 'Makes a Space with its Starter.', { successStatus: 201 }),
  getSpace: route('GET', '/spaces/:space', 'access', 'One Space (slug, name or id).'),
  changeSpace: route(
    'PATCH',
    '/spaces/:space',
    'access',
    'Changes a Space: name, icon, colour, order, base folders; makes it the default.',
  ),
  removeSpace: route(
    'DELETE',
    '/spaces/:space',
    'access',
    'Deletes a Space with its servers, credentials, sets and mappings; answers with what went.',
  ),
  listSets: route('GET', '/sets', 'access', 'All FeatureSets, with what each chooses.'),
  createSet: route('POST', '/sets', 'access', 'Makes a FeatureSet.', { successStatus: 201 }),
  getSet: route('GET', '/sets/:set', 'access', 'One FeatureSet (name, slug or id).'),
  changeSet: route('PATCH', '/sets/:set', 'access', 'Changes a FeatureSet: its name, its members.'),
  removeSet: route('DELETE', '/sets/:set', 'access', 'Deletes a FeatureSet; answers with who used it.'),
  listMappings: route(
    'GET',
    '/mappings',
    'access',
    'Which folders and ids lead where, and the folders that nobody mapped.',
  ),
  createMapping: route('POST', '/mappings', 'access', 'Maps a folder or an id to a Space and FeatureSets.', {
    successStatus: 201,
  }),
  changeMapping: route(
    'PATCH',
    '/mappings/:mapping',
    'access',
    'Changes where a mapping leads (id, or its key).',
  ),
  removeMapping: route('DELETE', '/mappings/:mapping', 'access', 'Takes a mapping away.'),
  setUnmappedPolicy: route(
    'POST',
    '/mappings/unmapped',
    'access',
    'What a folder gets that nobody mapped: starter, ask or nothing.',
  ),
  explainAccess: route(
    'POST',
    '/why',
    'access',
    'What a caller sees and which rule decided, also of one that does not exist.',
  ),
  preflight: route('POST', '/preflight', 'access', 'Whether tools can be called now; calls none.'),
  listTools: route(
    'GET',
    '/tools',
    'tools',
    'All tools as clients see them, or the best matches of a query.',
  ),
  callTool: route('POST', '/tools/:tool/call', 'tools', 'Calls a tool by the name clients know it by.'),
  listCalls: route(
    'GET',
    '/calls',
    'calls',
    'The newest calls that fit the filter; with follow=1 each new one as well, a line of JSON each.',
    { answer: 'log' },
  ),
  getCall: route('GET', '/calls/:call', 'calls', 'One call, by its number.'),
  listWorkSessions: route(
    'GET',
    '/sessions',
    'calls',
    'Work sessions: the calls of one app in one folder without a long pause, whatever its connections did.',
  ),
  listBuiltInTools: route(
    'GET',
    '/built-in-tools',
    'tools',
    "McpMux's own tools, and which of them clients see.",
  ),
  switchBuiltInTool: route(
    'PATCH',
    '/built-in-tools/:tool',
    'tools',
    "Switches one of McpMux's own tools on or off; `all` stands for all of them.",
  ),
  getListModes: route(
    'GET',
    '/list-modes',
    'tools',
    'Who gets all tools listed, who finds them by search, and which tools are pinned.',
  ),
  setListMode: route(
    'PATCH',
    '/list-modes',
    'tools',
    'Sets how a client, a FeatureSet or a Space gets its tools.',
  ),
  pinTool: route(
    'PATCH',
    '/list-modes/pinned/:tool',
    'tools',
    'Lists a tool in lazy mode too, or no longer.',
  ),
  setResultLimit: route(
    'PATCH',
    '/result-limits',
    'tools',
    'Sets from how many characters on a result is kept whole and shown in part.',
  ),
  getTokenCosts: route(
    'GET',
    '/tokens',
    'tools',
    'What lists, searches and results cost each client in tokens.',
  ),
  listKeys: route('GET', '/keys', 'keys', 'The API keys, without their text.'),
  listMachineClients: route(
    'GET',
    '/machine/clients',
    'clients',
    "AI clients on the daemon's machine: found or not, connected or not, by whom.",
  ),
  planMachineClient: route(
    'POST',
    '/machine/clients/:client/plan',
    'clients',
    'What connecting it would write, as a diff. Writes nothing, makes no key.',
  ),
  connectMachineClient: route(
    'POST',
    '/machine/clients/:client/connect',
    'clients',
    "Writes McpMux into the client's own file, with a key of its own; the bytes from before are kept.",
  ),
  disconnectMachineClient: route(
    'POST',
    '/machine/clients/:client/disconnect',
    'clients',
    'Takes it out again, byte for byte where nothing else was changed, and revokes the key.',
  ),
  createKey: route('POST', '/keys', 'keys', 'Makes an API key; its text is in this answer only.', {
    successStatus: 201,
  }),
  revokeKey: route('DELETE', '/keys/:key', 'keys', 'Revokes a key (id or name) at once.'),
  renewKey: route(
    'POST',
    '/keys/:key/renew',
    'keys',
    "Makes the key that takes another's place; both work until the old one is revoked.",
    { successStatus: 201 },
  ),
  listClients: route(
    'GET',
    '/clients',
    'clients',
    'The clients that may come in, and those that once could.',
  ),
  addClient: route(
    'POST',
    '/clients',
    'clients',
    'Registers an OAuth client by hand, for apps that ask for a client id.',
    { successStatus: 201 },
  ),
  getClient: route('GET', '/clients/:client', 'clients', 'One client (id or name) with its keys.'),
  changeClient: route(
    'PATCH',
    '/clients/:client',
    'clients',
    'Renames, narrows, pauses or resumes a client; counts at once.',
  ),
  revokeClient: route(
    'DELETE',
    '/clients/:client',
    'clients',
    'Ends a client for good, with its keys, sessions and streams.',
  ),
  getVault: route('GET', '/vault', 'vault', 'The store and the key that seals what is secret in it.'),
  unlockVault: route('POST', '/vault/unlock', 'vault', 'Tries again to open the root key of a locked store.'),
  rotateDataKeys: route(
    'POST',
    '/vault/rotate-data-keys',
    'vault',
    'Makes new data keys and seals everything anew.',
  ),
  rotateRootKey: route(
    'POST',
    '/vault/rotate-root-key',
    'vault',
    'Makes a new root key, in the same kind of place or another.',
    { browser: 'fresh-link' },
  ),
  backUp: route(
    'POST',
    '/vault/backup',
    'vault',
    'Writes everything into one file that is sealed with a passphrase.',
    { browser: 'fresh-link' },
  ),
  makeLink: route(
    'POST',
    '/browsers/links',
    'browsers',
    'Makes a link that opens the dashboard in one browser, once.',
    {
      successStatus: 201,
      browser: 'socket',
    },
  ),
  makeCode: route(
    'POST',
    '/browsers/codes',
    'browsers',
    'Makes a code with six digits that lets one browser in.',
    {
      successStatus: 201,
      browser: 'socket',
    },
  ),
  listBrowsers: route('GET', '/browsers', 'browsers', 'The browsers that are let in.'),
  endBrowser: route('DELETE', '/browsers/:browser', 'browsers', 'Shuts a browser out.', {
    successStatus: 204,
    answer: 'empty',
  }),
  endBrowsers: route('DELETE', '/browsers', 'browsers', 'Shuts all browsers out.'),
  getExposure: route(
    'GET',
    '/exposure',
    'exposure',
    'What is reachable from the internet, and by which tunnel.',
  ),
  startExposure: route(
    'POST',
    '/exposure',
    'exposure',
    'Opens a tunnel for these servers and nothing else; while it is open, changes which.',
    { browser: 'fresh-link' },
  ),
  endExposure: route('DELETE', '/exposure', 'exposure', 'Closes the tunnel and all that came by it.'),
  listAudit: route('GET', '/audit', 'audit', 'What was done and decided, newest first.'),
  verifyAudit: route('GET', '/audit/verdict', 'audit', 'Reads the whole audit and follows its chain.'),
  listSettings: route('GET', '/settings', 'settings', 'Every setting with its value and where it came from.'),
} as const satisfies Record<string, RouteFacts>;

export type RouteId = keyof typeof routes;

/** Paths beside the versioned API. */
export const openApiPath = '/api/v1/openapi.json';
export const metricsPath = '/metrics';
export const livePath = '/livez';
export const readyPath = '/readyz';

/** The path of a route with its parameters filled in and the query attached. */
export function pathOf(
  id: RouteId,
  params: Readonly<Record<string, string>> = {},
  query: Readonly<Record<string, string | number | boolean | undefined>> = {},
): string {
  const path = routes[id].path.replace(/:([a-z]+)/g, (_, name: string) =>
    encodeURIComponent(params[name] ?? ''),
  );
  const parts: string[] = [];
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
  }
  return parts.length === 0 ? path : `${path}?${parts.join('&')}`;
}
