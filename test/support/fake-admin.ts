/**
 * test/support/fake-admin — a gateway that exists in memory only, for tests of the admin API and the command line.
 *
 * Two servers: "github" (connected, two tools) and "files" (failed). What tests do to it is kept in `asked`.
 */

import { type AdminParts, BrowserDoor } from '../../src/admin/index.ts';
import {
  defineErrors,
  EventBus,
  type JsonObject,
  ManualClock,
  Secret,
  silentLogger,
} from '../../src/base/index.ts';
import { ClientConnections, MachineClients, type Place } from '../../src/clients/index.ts';
import type { ExposureState } from '../../src/expose/index.ts';
import type { AddServerInput, Control, ServerOverview, ToolOverview } from '../../src/gateway/index.ts';
import { planEdit } from '../../src/gateway/manage/plan-edit.ts';
import type { AuditEntry } from '../../src/model/index.ts';
import {
  type ApiKey,
  type ApiKeyId,
  type CallEntry,
  type Client,
  type ClientId,
  type DomainEvent,
  type FoundProblem,
  type InstalledServer,
  noLimits,
  orderProblems,
  type ServerId,
  type ServerLog,
  type ServerLogEntry,
  type ServerState,
  type ServerStatus,
  type SpaceId,
} from '../../src/model/index.ts';
import { Explainer, serverProblem } from '../../src/observe/index.ts';
import {
  BuiltInSource,
  type FileControl,
  FileWatches,
  Installer,
  PackageStore,
  ServerCatalogue,
  ServerFiles,
  SourceList,
  Updates,
} from '../../src/registry/index.ts';
import { builtInParts } from './built-in-control.ts';
import { fakeAccess } from './fake-access.ts';
import { type FakeApprovals, fakeApprovals } from './fake-approvals.ts';
import { fakeHistory } from './fake-history.ts';
import { type FakePresentations, fakePresentations } from './fake-presentations.ts';
import { type FakeReview, fakeReview } from './fake-review.ts';
import { fakeSignIn, fakeVault } from './fake-sign-in.ts';
import { openAccess } from './first-space.ts';

/** What a key has that these tests do not ask for. */
const ofNobody = {
  clientId: 'c1' as ClientId,
  limits: noLimits,
  sourceRanges: [],
  expiresAt: undefined,
} as const;

export const fakeNow = 1_700_000_000_000;

const gatewayError = defineErrors('gateway', {
  no_such_server: {
    kind: 'not-found',
    says: (f) => `there is no server "${f.reference}"`,
    hint: (f) => f.hint as string | undefined,
  },
  name_taken: { kind: 'conflict', says: (f) => `the name "${f.name}" is taken` },
  unknown_tool: {
    kind: 'not-found',
    says: (f) => `unknown tool "${f.tool}"`,
    hint: () => 'did you mean github_create_issue?',
  },
});
const authError = defineErrors('auth', {
  no_such_client: { kind: 'not-found', says: (f) => `there is no client "${f.reference}"` },
  no_such_key: { kind: 'not-found', says: (f) => `there is no key "${f.reference}"` },
});

export function fakeServer(id: string, name: string, launch: InstalledServer['launch']): InstalledServer {
  return {
    id: id as ServerId,
    spaceId: 'default' as SpaceId,
    name,
    alias: name.toLowerCase(),
    isEnabled: true,
    launch,
    sessionPolicy: 'auto',
    limits: {},
    revision: 1,
    createdAt: fakeNow,
    updatedAt: fakeNow,
  };
}

export function fakeState(
  serverId: string,
  status: ServerStatus,
  change: Partial<ServerState> = {},
): ServerState {
  return {
    serverId: serverId as ServerId,
    status,
    since: fakeNow,
    reason: undefined,
    nextStep: undefined,
    retryAt: undefined,
    callTriesAt: undefined,
    signInExpiresAt: undefined,
    connectedAt: status === 'connected' ? fakeNow : undefined,
    lastAttemptAt: fakeNow,
    lastError: undefined,
    lastStderr: [],
    failuresInARow: 0,
    restarts: 0,
    requestsServed: 0,
    pid: undefined,
    flowId: 1,
    ...change,
  };
}

export function fakeOverview(server: InstalledServer, state: ServerState, tools = 0): ServerOverview {
  return {
    server,
    space: 'default',
    reference: server.alias,
    state,
    counts: { tools, prompts: 0, resources: 0, templates: 0 },
    verdict:
      state.status === 'connected'
        ? {
            eras: ['legacy'],
            legacyRevision: '2025-11-25',
            modernRevision: undefined,
            probedAt: fakeNow,
            wire: 'stdio',
            launchFingerprint: 'print',
          }
        : undefined,
    told: undefined,
    legs: [],
    capabilityReports: [],
    withheld: [],
  };
}

function fakeTool(name: string, description: string): ToolOverview {
  return {
    qualifiedName: `github_${name}`,
    originalName: name,
    serverId: 's1' as ServerId,
    serverName: 'github',
    title: undefined,
    description,
    isAvailable: true,
    item: { name, description, inputSchema: { type: 'object' } },
  };
}

/** Values that must never be seen outside. */
export const plantedSecrets = ['ghp_planted-env-value', 'Bearer planted-header-value', 'planted-arg-value'];

export interface FakeAdmin {
  readonly parts: AdminParts;
  /** The real rules, over a store in memory. */
  readonly review: FakeReview;
  readonly approvals: FakeApprovals;
  readonly presentations: FakePresentations;
  readonly servers: ServerOverview[];
  /** What happened, the oldest first. */
  readonly calls: CallEntry[];
  /** Problems beside those of servers. */
  readonly ownProblems: FoundProblem[];
  readonly keys: ApiKey[];
  /** What was asked of it, in order. */
  readonly asked: { readonly what: string; readonly with: unknown }[];
  readonly log: Map<ServerId, ServerLogEntry[]>;
  /** The state that an added server settles in. */
  settlesAs: (server: InstalledServer) => ServerOverview;
  /** How a called tool answers. */
  answersCall: (tool: string, args: JsonObject, signal: AbortSignal) => ReturnType<Control['callTool']>;
  publish(event: DomainEvent): void;
  appendLog(serverId: string, entry: ServerLogEntry): void;
  readonly listeners: () => number;
}

/** The built-in list, on a machine that has npx and nothing else. */
function fakeDefinitions(fileControl: FileControl): AdminParts['definitions'] {
  const catalogue = new ServerCatalogue([new BuiltInSource()]);
  const hasProgram = async (name: string) => name === 'npx';
  const readDocument = async () => ({ servers: [], refused: [] });
  const settings = { get: async () => undefined, set: async () => {}, delete: async () => {} };
  const files = new ServerFiles(fileControl);
  // Nothing is installed for real: there is no npm.
  const packages = new PackageStore('/nowhere', async () => undefined);
  return {
    catalogue,
    installer: new Installer({
      catalogue,
      hasProgram,
      packages,
      readDocument,
      system: 'linux',
      bundlesFolder: '/nowhere',
    }),
    files,
    watches: new FileWatches({ files, settings, logger: silentLogger, changed: () => {} }),
    updates: new Updates(packages),
    sources: new SourceList({
      folder: '/nowhere',
      clock: new ManualClock(fakeNow),
      settings,
      fetch: () => Promise.reject(new Error('there is no network')),
    }),
  };
}

export function createFakeAdmin(): FakeAdmin {
  const asked: { what: string; with: unknown }[] = [];
  const audited: AuditEntry[] = [];
  let exposed: ExposureState = { status: 'off' };
  const github = fakeServer('s1', 'github', {
    kind: 'stdio',
    command: 'npx',
    args: ['-y', '@modelcontextprotocol/server-github', '--token', 'planted-arg-value'],
    cwd: undefined,
    env: { GITHUB_TOKEN: new Secret('ghp_planted-env-value') },
  });
  const files = fakeServer('s2', 'files', {
    kind: 'http',
    url: 'https://files.example/mcp?api_key=planted-arg-value',
    headers: { Authorization: new Secret('Bearer planted-header-value') },
    flavour: 'auto',
  });
  const servers: ServerOverview[] = [
    fakeOverview(github, fakeState('s1', 'connected', { pid: 4711, requestsServed: 12 }), 2),
    fakeOverview(
      files,
      fakeState('s2', 'failed', {
        reason: 'server "files" answered HTTP 500',
        nextStep: 'see: mcpmux logs files',
        failuresInARow: 3,
      }),
    ),
  ];
  const keys: ApiKey[] = [
    {
      id: 'k1' as ApiKeyId,
      name: 'this machine',
      shownPrefix: 'mcpk_abcd1234',
      hash: 'hash-that-stays-inside',
      ...ofNobody,
      createdAt: fakeNow,
      lastUsedAt: undefined,
      revokedAt: undefined,
    },
  ];
  const client: Client = {
    id: 'c1' as ClientId,
    kind: 'key',
    name: 'laptop',
    alias: undefined,
    status: 'active',
    statusAt: fakeNow,
    limits: noLimits,
    expiresAt: undefined,
    oauthClientId: undefined,
    createdAt: fakeNow,
    lastSeenAt: fakeNow,
    introduction: {
      appName: 'Claude Code',
      appVersion: '2.1.0',
      era: 'modern',
      revision: '2026-07-28',
      capabilitiesText: '{"elicitation":{}}',
    },
  };
  const findClient = (reference: string): Client => {
    if (reference !== client.id && reference !== client.name)
      throw authError('no_such_client', { reference });
    return client;
  };
  const tools = [
    fakeTool('create_issue', 'Creates an issue.'),
    fakeTool('search', 'Searches code.\nSecond line.'),
  ];
  const log = new Map<ServerId, ServerLogEntry[]>();
  const followers = new Set<{
    serverId: ServerId | undefined;
    listener: (id: ServerId, entry: ServerLogEntry) => void;
  }>();
  const clock = new ManualClock(fakeNow);
  const events = new EventBus<DomainEvent>(clock, () => {});
  const review = fakeReview([github, files], events);
  const approvals = fakeApprovals(
    [github, files],
    ['create_issue', 'search'],
    openAccess(events),
    events,
    clock,
  );
  const presentations = fakePresentations(
    [github, files],
    review.catalogue,
    openAccess(events),
    events,
    clock,
  );

  const find = (reference: string): number => {
    const wanted = reference.toLowerCase();
    const at = servers.findIndex(
      ({ server }) =>
        server.id === reference || server.name.toLowerCase() === wanted || server.alias === wanted,
    );
    if (at < 0) {
      const near = servers.find(({ server }) => server.name.startsWith(wanted.slice(0, 3)));
      throw gatewayError('no_such_server', {
        reference,
        hint: near === undefined ? undefined : `did you mean "${near.server.name}"?`,
      });
    }
    return at;
  };

  const fake: FakeAdmin = {
    review,
    approvals,
    presentations,
    ownProblems: [],
    calls: [],
    asked,
    servers,
    keys,
    log,
    settlesAs: (server) => fakeOverview(server, fakeState(server.id, 'connected'), 3),
    answersCall: async (_tool, args) => ({
      kind: 'result',
      result: { content: [{ type: 'text', text: `got ${JSON.stringify(args)}` }] },
    }),
    publish: (event) => events.publish(event),
    appendLog(serverId, entry) {
      const id = serverId as ServerId;
      log.set(id, [...(log.get(id) ?? []), entry]);
      for (const { serverId: followed, listener } of followers) {
        if (followed === undefined || followed === id) listener(id, entry);
      }
    },
    listeners: () => followers.size,
    parts: undefined as never,
  };

  const control: Control = {
    listServers: () => servers,
    getServer: (reference) => servers[find(reference)]!,
    async addServer(input: AddServerInput) {
      asked.push({ what: 'addServer', with: input });
      if (servers.some(({ server }) => server.name === input.name)) {
        throw gatewayError('name_taken', { name: input.name });
      }
      const { launch } = input;
      const server = fakeServer(
        `s${servers.length + 1}`,
        input.name,
        launch.kind === 'stdio'
          ? {
              kind: 'stdio',
              command: launch.command,
              args: launch.args,
              cwd: launch.cwd,
              env: launch.env ?? {},
            }
          : {
              kind: 'http',
              url: launch.url,
              headers: launch.headers ?? {},
              flavour: launch.flavour ?? 'auto',
            },
      );
      const aliased = input.alias === undefined ? server : { ...server, alias: input.alias };
      const overview = fakeOverview(aliased, fakeState(aliased.id, 'connecting'));
      servers.push(overview);
      return overview;
    },
    async changeServer(reference, change) {
      asked.push({ what: 'changeServer', with: { reference, change } });
      const at = find(reference);
      const before = servers[at]!;
      const others = servers.filter((_, other) => other !== at).map(({ server }) => server);
      const server = planEdit(before.server, change, others, fakeNow);
      const state = fakeState(server.id, server.isEnabled ? 'connecting' : 'disabled');
      servers[at] = { ...before, server, state };
      return servers[at];
    },
    async removeServer(reference) {
      servers.splice(find(reference), 1);
    },
    async refreshServer(reference) {
      asked.push({ what: 'refreshServer', with: reference });
      return servers[find(reference)]!;
    },
    async settled(reference) {
      const at = find(reference);
      if (servers[at]!.state.status === 'connecting') servers[at] = fake.settlesAs(servers[at]!.server);
      return servers[at]!;
    },
    listProcesses: () =>
      Promise.resolve(
        servers.map(({ server, state }) => ({
          server,
          state,
          memoryBudgetBytes: 0,
          processes: [],
          residentBytes: 0,
          cpuMs: 0,
          uptimeMs: 0,
        })),
      ),
    listFeatures: (reference) => {
      find(reference);
      return [];
    },
    findTools: async (query, limit) =>
      tools
        .filter(({ qualifiedName }) => query === undefined || qualifiedName.includes(query))
        .slice(0, limit),
    async callTool(name, args, signal) {
      asked.push({ what: 'callTool', with: { name, args } });
      if (!tools.some(({ qualifiedName }) => qualifiedName === name)) {
        throw gatewayError('unknown_tool', { tool: name });
      }
      return fake.answersCall(name, args, signal);
    },
  };
  const serverLog: ServerLog = {
    append: () => {},
    async read(serverId, { limit, minLevel }) {
      const levels = ['debug', 'info', 'warn', 'error'];
      const lines = log.get(serverId) ?? [];
      return lines.filter(({ level }) => levels.indexOf(level) >= levels.indexOf(minLevel)).slice(-limit);
    },
    follow(serverId, listener) {
      const follower = { serverId, listener };
      followers.add(follower);
      return () => void followers.delete(follower);
    },
    remove: async () => {},
    close: async () => {},
  };
  Object.assign(fake, {
    parts: {
      door: { routes: [] },
      exposure: {
        get state() {
          return exposed;
        },
        programs: () => Promise.resolve([{ name: 'tailscale', title: 'tailscale funnel' }]),
        async start(serverIds) {
          exposed = {
            status: 'on',
            program: 'tailscale funnel',
            url: 'https://laptop.example.ts.net',
            serverIds,
            since: fakeNow,
          };
          return exposed;
        },
        async choose(serverIds) {
          if (exposed.status === 'on') exposed = { ...exposed, serverIds };
          return exposed;
        },
        async stop() {
          exposed = { status: 'off' };
          return exposed;
        },
      },
      audit: {
        async record(record) {
          audited.push({ seq: audited.length + 1, at: fakeNow, ...record });
        },
        later(record) {
          audited.push({ seq: audited.length + 1, at: fakeNow, ...record });
        },
        list: ({ limit, what = '' }) =>
          Promise.resolve(
            audited
              .filter((entry) => entry.what.startsWith(what))
              .reverse()
              .slice(0, limit),
          ),
        verify: () =>
          Promise.resolve({
            entries: audited.length,
            firstSeq: 1,
            lastSeq: audited.length,
            lastHash: 'c0ffee',
            broken: undefined,
          }),
      },
      browsers: new BrowserDoor({
        clock: new ManualClock(fakeNow),
        installation: '/data',
        dashboardFolder: '/nowhere',
        publicBase: () => undefined,
        localUrl: 'http://127.0.0.1:45818',
        showOnTerminal: () => false,
        serve: (_, response) => response.end(),
        tell: () => Promise.resolve(),
      }),
      control,
      problems: {
        list: async () =>
          orderProblems(
            [...servers.flatMap((one) => serverProblem(one) ?? []), ...fake.ownProblems].map((problem) => ({
              ...problem,
              since: problem.since ?? fakeNow,
            })),
          ),
      },
      machine: fakeMachine(),
      approvals: approvals.control,
      presentations: presentations.control,
      review: review.control,
      history: fakeHistory(fake.calls),
      explainer: new Explainer({
        servers: () => servers,
        clients: () => [],
        serverLog,
        history: fakeHistory(fake.calls),
        problems: {
          list: async () => [],
        },
        toolNames: async () => tools.map(({ qualifiedName }) => qualifiedName),
        now: () => fakeNow,
      }),
      signInControl: fakeSignIn((reference) => servers[find(reference)]!.server, asked, fakeNow),
      definitions: fakeDefinitions({
        installed: () => servers.map(({ server }) => server),
        add: (wish) => control.addServer(wish),
        change: (server, change) => control.changeServer(server.id, change),
        remove: (server) => control.removeServer(server.id),
      }),
      vault: fakeVault(asked),
      apiKeys: {
        list: async () => keys,
        isStored: () => true,
        async create(name: string) {
          const key: ApiKey = {
            id: `k${keys.length + 1}` as ApiKeyId,
            name,
            shownPrefix: 'mcpk_wxyz9876',
            hash: 'hash-that-stays-inside',
            ...ofNobody,
            createdAt: fakeNow,
            lastUsedAt: undefined,
            revokedAt: undefined,
          };
          keys.push(key);
          return { key, text: 'mcpk_wxyz9876-the-whole-text' };
        },
        async renew(reference: string) {
          const [key] = keys.filter(({ id, name }) => id === reference || name === reference);
          if (key === undefined) throw authError('no_such_key', { reference });
          return this.create(`${key.name}-2`);
        },
        async revoke(reference: string) {
          const at = keys.findIndex(({ id, name }) => id === reference || name === reference);
          if (at < 0) throw authError('no_such_key', { reference });
          keys[at] = { ...keys[at]!, revokedAt: fakeNow };
          return keys[at];
        },
      },
      clients: {
        list: () => [client],
        find: findClient,
        async register(name, redirectUris) {
          asked.push({ what: 'addClient', with: { name, redirectUris } });
          return { ...client, name, kind: 'preregistered', oauthClientId: 'mcppc_abc' };
        },
        async change(reference, change) {
          asked.push({ what: 'changeClient', with: { reference, change } });
          return {
            ...findClient(reference),
            alias: change.alias ?? undefined,
            status: change.status ?? 'active',
          };
        },
        async revoke(reference) {
          return { ...findClient(reference), status: 'revoked' };
        },
        isStored: () => true,
      },
      serverLog,
      events,
      settings: {
        describe: () => [
          { name: 'http.port', value: 45818, origin: 'default', says: 'the port clients connect to' },
          {
            name: 'data.dir',
            value: '/data',
            origin: 'env',
            source: 'MCPMUX_DATA_DIR',
            says: 'where it all is',
          },
        ],
      },
      metrics: { render: () => 'mcpmux_up 1\n' },
      daemon: {
        describe: () => ({
          version: '0.1.0',
          pid: 123,
          startedAt: fakeNow,
          isReady: true,
          url: 'http://127.0.0.1:45818/mcp',
          listensOn: ['127.0.0.1:45818', '[::1]:45818'],
          dataDir: '/data',
          logDir: '/data/logs',
          authMode: 'api-key',
          keySource: 'key file',
        }),
        examine: () =>
          Promise.resolve({
            searchPath: process.env['PATH'] ?? '',
            findings: [{ name: 'data folder', verdict: 'fine', says: '/data' }],
          }),
        stop: (reason: string) => void asked.push({ what: 'stop', with: reason }),
      },
      ...builtInParts(),
      access: fakeAccess(),
      logger: silentLogger,
    } satisfies AdminParts,
  });
  return fake;
}

/** A machine on which no client was ever used. */
function fakeMachine(): MachineClients {
  const place: Place = { system: 'linux', home: '/nowhere', env: {} };
  return new MachineClients({
    place,
    connections: new ClientConnections({ place, ledgerFolder: '/nowhere/clients', now: () => fakeNow }),
    url: () => 'http://127.0.0.1:45818/mcp',
    bridge: { kind: 'bridge', command: 'mcpmux', args: ['stdio'] },
    createKey: undefined,
    revokeKey: async () => undefined,
  });
}
