/**
 * conformance/plan — which suites run against what: directly against the reference servers, or through the gateway.
 *
 * Knows nothing of: how a suite is run, what is expected of it.
 */
import type { AddServerBody } from '../../src/contract/index.ts';
import { type EraFilter, startEraFilter } from '../fixtures/reference/era-filter.ts';
import { type EverythingServer, startEverythingServer } from '../fixtures/reference/everything-server.ts';
import { startTasksServer, type TasksServer } from '../fixtures/reference/tasks-server.ts';
import { freePort, type Gateway, startGateway } from '../support/gateway.ts';
import { nodeCommand } from '../support/paths.ts';
import type { GatewayAddress } from './client-through-gateway.ts';
import { atMost } from './concurrency-limit.ts';
import { planSignIn } from './plan-sign-in.ts';
import {
  type Revision,
  runClientExtension,
  runClientScenario,
  runServerScenario,
  runServerSuite,
  type ScenarioResult,
} from './suite.ts';

/** One line of the report: a suite against one target. */
export interface Suite {
  /** Stable; expected.yaml and the JSON report use it. */
  readonly name: string;
  readonly says: string;
  /** How many required scenarios must pass whatever is expected; the rest has to be explained. */
  readonly atLeast: number;
  run(): Promise<ScenarioResult[]>;
}

export interface Rig {
  readonly suites: readonly Suite[];
  close(): Promise<void>;
}

const LEGACY: Revision = '2025-11-25';
const MODERN: Revision = '2026-07-28';

/** The scenarios of the client suite that need no sign-in. */
const CLIENT_SCENARIOS: Readonly<Record<Revision, readonly string[]>> = {
  '2025-11-25': [
    'initialize',
    'tools_call',
    'elicitation-sep1034-client-defaults',
    'sse-retry',
    'json-schema-2020-12-preservation',
  ],
  '2026-07-28': [
    'tools_call',
    'request-metadata',
    'sep-2322-client-request-state',
    'http-standard-headers',
    'http-custom-headers',
    'http-invalid-tool-headers',
    'json-schema-ref-no-deref',
    'json-schema-2020-12-preservation',
  ],
};

/** Those in which the gateway has to sign in to the suite's server. */
const AUTH_SCENARIOS: Readonly<Record<Revision, readonly string[]>> = {
  '2025-11-25': [
    'metadata-default',
    'metadata-var1',
    'metadata-var2',
    'metadata-var3',
    'basic-cimd',
    'scope-from-www-authenticate',
    'scope-from-scopes-supported',
    'scope-omitted-when-undefined',
    'scope-step-up',
    'scope-retry-limit',
    'token-endpoint-auth-basic',
    'token-endpoint-auth-post',
    'token-endpoint-auth-none',
    'pre-registration',
  ],
  '2026-07-28': [
    'metadata-default',
    'metadata-var1',
    'metadata-var2',
    'metadata-var3',
    'basic-cimd',
    'scope-from-www-authenticate',
    'scope-from-scopes-supported',
    'scope-omitted-when-undefined',
    'scope-step-up',
    'scope-retry-limit',
    'token-endpoint-auth-basic',
    'token-endpoint-auth-post',
    'token-endpoint-auth-none',
    'pre-registration',
    'resource-mismatch',
    'offline-access-scope',
    'offline-access-not-supported',
    'authorization-server-migration',
    'iss-supported',
    'iss-not-advertised',
    'iss-supported-missing',
    'iss-wrong-issuer',
    'iss-unexpected',
    'iss-normalized',
    'metadata-issuer-mismatch',
  ],
};

const AUTH_EXTENSION_SCENARIOS = ['auth/client-credentials-jwt', 'auth/client-credentials-basic'];

/** The address the suite's authorization servers expect our document at; they do not fetch it. */
const CLIENT_METADATA_URL = 'https://conformance-test.local/client-metadata.json';

const TASK_SCENARIOS = [
  'tasks-lifecycle',
  'tasks-capability-negotiation',
  'tasks-wire-fields',
  'tasks-request-state-removal',
  'tasks-mrtr-input',
  'tasks-request-headers',
  'tasks-dispatch-and-envelope',
  'tasks-required-task-error',
  'tasks-mrtr-composition',
];

/** Scenarios with a process of their own mostly start and wait. */
const SCENARIOS_AT_ONCE = 2;

interface Fixtures {
  readonly everything: EverythingServer;
  /** Offers something else in each era. */
  readonly twoFaced: EverythingServer;
  readonly legacyFace: EraFilter;
  readonly modernFace: EraFilter;
  readonly tasks: TasksServer;
}

async function startFixtures(): Promise<Fixtures> {
  const everything = await startEverythingServer();
  const [twoFaced, legacyFace, modernFace, tasks] = await Promise.all([
    startEverythingServer({ isTwoFaced: true }),
    startEraFilter({ target: everything.url, era: 'legacy' }),
    startEraFilter({ target: everything.url, era: 'modern' }),
    startTasksServer(),
  ]);
  return { everything, twoFaced, legacyFace, modernFace, tasks };
}

async function closeFixtures(fixtures: Fixtures): Promise<void> {
  await fixtures.legacyFace.close();
  await fixtures.modernFace.close();
  await fixtures.tasks.close();
  await fixtures.twoFaced.close();
  await fixtures.everything.close();
}

/** Runs of a whole server suite, without the extension scenarios that this target does not offer. */
function serverSuite(name: string, says: string, url: string, revision: Revision, atLeast: number): Suite {
  return {
    name,
    says,
    atLeast,
    run: async () => {
      const results = await runServerSuite(url, revision);
      return results.filter((result) => result.isRequired || !result.scenario.startsWith('tasks-'));
    },
  };
}

function taskSuite(name: string, says: string, url: string): Suite {
  const run = () => atMost(SCENARIOS_AT_ONCE, TASK_SCENARIOS, (scenario) => runServerScenario(url, scenario));
  return { name, says, atLeast: 0, run: async () => (await run()).flat() };
}

function clientSuite(
  name: string,
  says: string,
  command: string,
  revision: Revision,
  atLeast: number,
  env: Readonly<Record<string, string>> = {},
): Suite {
  const run = () =>
    atMost(SCENARIOS_AT_ONCE, CLIENT_SCENARIOS[revision], (scenario) =>
      runClientScenario(command, scenario, revision, env),
    );
  return { name, says, atLeast, run: async () => (await run()).flat() };
}

/** One at a time, over both revisions: they share the address that a browser comes back to. */
let lastAuthScenario: Promise<unknown> = Promise.resolve();

function authSuite(
  name: string,
  says: string,
  scenarios: readonly string[],
  atLeast: number,
  runOne: (scenario: string) => Promise<ScenarioResult[]>,
): Suite {
  const run = () =>
    atMost(1, scenarios, (scenario) => {
      const result = lastAuthScenario.then(() => runOne(scenario));
      lastAuthScenario = result.catch(() => {});
      return result;
    });
  return { name, says, atLeast, run: async () => (await run()).flat() };
}

function commandLine(relative: string): string {
  const { command, args } = nodeCommand(relative);
  return [command, ...args].join(' ');
}

/** The reference servers and client with nothing in between: shows that what we measure with is right. */
export async function planDirect(): Promise<Rig> {
  const fixtures = await startFixtures();
  const { everything, twoFaced, legacyFace, modernFace, tasks } = fixtures;
  const client = commandLine('test/fixtures/reference/everything-client.ts');
  return {
    suites: [
      serverSuite('direct-legacy', 'legacy suite → reference server', everything.url, LEGACY, 30),
      serverSuite('direct-modern', 'modern suite → reference server', everything.url, MODERN, 37),
      serverSuite('direct-two-faced-legacy', 'legacy suite → two-faced server', twoFaced.url, LEGACY, 30),
      serverSuite('direct-two-faced-modern', 'modern suite → two-faced server', twoFaced.url, MODERN, 37),
      serverSuite('direct-legacy-face', 'legacy suite → its legacy face', legacyFace.url, LEGACY, 30),
      serverSuite('direct-modern-face', 'modern suite → its modern face', modernFace.url, MODERN, 37),
      taskSuite('direct-tasks', 'tasks extension → tasks server', tasks.url),
      clientSuite('direct-client-legacy', 'legacy client suite → reference client', client, LEGACY, 4),
      clientSuite('direct-client-modern', 'modern client suite → reference client', client, MODERN, 7),
    ],
    close: () => closeFixtures(fixtures),
  };
}

/** Everything through the gateway: four pairings of eras, tasks, and the client suite with the gateway in between. */
export async function planThroughGateway(): Promise<Rig> {
  const fixtures = await startFixtures();
  let gateway: Gateway;
  try {
    gateway = await startGateway({
      servers: [
        httpServer('everything', fixtures.everything.url),
        httpServer('two-faced', fixtures.twoFaced.url),
        httpServer('legacy-only', fixtures.legacyFace.url),
        httpServer('modern-only', fixtures.modernFace.url),
        httpServer('tasks', fixtures.tasks.url),
      ],
      flags: ['--no-auth'],
      env: {
        MCPMUX_CALLBACK_PORT: String(await freePort()),
        MCPMUX_CLIENT_METADATA_URL: CLIENT_METADATA_URL,
        // Nobody sits here: what would open a browser finds none.
        BROWSER: 'none-here',
        DISPLAY: '',
        WAYLAND_DISPLAY: '',
      },
    });
  } catch (error) {
    await closeFixtures(fixtures);
    throw error;
  }
  const signIn = await planSignIn(fixtures.everything.url);
  // The suite insists on the name localhost.
  const url = (alias: string) => gateway.mcpUrl(alias).replace('127.0.0.1', 'localhost');
  const client = commandLine('test/conformance/client-through-gateway.ts');
  const address: GatewayAddress = {
    url: gateway.url,
    socketPath: gateway.socketPath,
    headers: gateway.headers,
  };
  const env = { GATEWAY: JSON.stringify(address) };
  return {
    suites: [
      serverSuite(
        'legacy-legacy',
        'legacy suite → gateway → server of both eras',
        url('everything'),
        LEGACY,
        30,
      ),
      serverSuite(
        'modern-modern',
        'modern suite → gateway → server of both eras',
        url('everything'),
        MODERN,
        37,
      ),
      serverSuite(
        'two-faced-legacy',
        'legacy suite → gateway → server that offers something else in each era',
        url('two-faced'),
        LEGACY,
        30,
      ),
      serverSuite(
        'two-faced-modern',
        'modern suite → gateway → server that offers something else in each era',
        url('two-faced'),
        MODERN,
        37,
      ),
      serverSuite(
        'modern-legacy',
        'modern suite → gateway → legacy-only server',
        url('legacy-only'),
        MODERN,
        37,
      ),
      serverSuite(
        'legacy-modern',
        'legacy suite → gateway → modern-only server',
        url('modern-only'),
        LEGACY,
        26,
      ),
      taskSuite('tasks', 'tasks extension → gateway → tasks server', url('tasks')),
      clientSuite('client-legacy', 'legacy client suite → gateway in between', client, LEGACY, 4, env),
      clientSuite('client-modern', 'modern client suite → gateway in between', client, MODERN, 7, env),
      authSuite(
        'client-auth-legacy',
        'legacy client suite, sign-in → gateway',
        AUTH_SCENARIOS[LEGACY],
        14,
        (scenario) => runClientScenario(client, `auth/${scenario}`, LEGACY, env),
      ),
      authSuite(
        'client-auth-modern',
        'modern client suite, sign-in → gateway',
        AUTH_SCENARIOS[MODERN],
        25,
        (scenario) => runClientScenario(client, `auth/${scenario}`, MODERN, env),
      ),
      authSuite(
        'client-auth-extensions',
        'client credentials → gateway',
        AUTH_EXTENSION_SCENARIOS,
        0,
        (scenario) => runClientExtension(client, scenario, env),
      ),
      ...signIn.suites,
    ],
    async close() {
      await signIn.close();
      await gateway.stop();
      await closeFixtures(fixtures);
    },
  };
}

function httpServer(alias: string, url: string): AddServerBody {
  return { name: alias, alias, launch: { kind: 'http', url } };
}
