/**
 * daemon/compose/observe-wing — metrics, the list of problems, the logs of servers, and secrets kept out of all logs.
 */
import { join } from 'node:path';
import { isMcpMuxError, Secret } from '../../base/index.ts';
import { serverReference } from '../../gateway/index.ts';
import { type InstalledServer, type ServerId, secretsInArguments, secretsInUrl } from '../../model/index.ts';
import {
  AuditLog,
  auditOf,
  type GivenValue,
  Metrics,
  ProblemList,
  RefusalAudit,
  type ServerWithState,
  serverProblem,
} from '../../observe/index.ts';
import { namesSecret, ServerLogManager } from '../../upstream/index.ts';
import type { Foundation } from './foundation.ts';
import { startNotes, storeProblems } from './problem-sources.ts';
import type { StoreWing } from './store-wing.ts';

export interface ObserveWing {
  readonly metrics: Metrics;
  readonly audit: AuditLog;
  /** What the door refuses. */
  readonly refusals: RefusalAudit;
  /** The one list of what needs a person. Whoever knows of more registers a source. */
  readonly problems: ProblemList;
  /** Servers that fail are told of from here on. */
  readonly watchServers: (list: () => readonly ServerWithState[]) => void;
  readonly serverLog: ServerLogManager;
  /** Takes the secrets of a server out of logs from now on. */
  readonly redactSecretsOf: (server: InstalledServer) => void;
}

export function openObserveWing(foundation: Foundation, storeWing: StoreWing): ObserveWing {
  const { settings, closer, clock, events, logger, secrets } = foundation;
  const { installed, store } = storeWing;
  const audit = closer.own(
    'audit',
    new AuditLog({
      repository: store.repositories.audit,
      clock,
      logger,
      keptForMs: settings.auditDays * 24 * 3_600_000,
    }),
  );
  closer.defer(
    'audit of events',
    events.subscribe(({ event }) => {
      const record = auditOf(event);
      if (record !== undefined) audit.later(record);
    }),
  );
  const refusals = closer.own('audit of refusals', new RefusalAudit((record) => audit.later(record), clock));
  const labelOf = (id: ServerId): string | undefined => {
    const server = installed.get(id);
    return server === undefined ? undefined : serverReference(server, storeWing.access.snapshot);
  };
  const metrics = closer.own('metrics', new Metrics({ events, aliasOf: labelOf }));
  const serverLog = closer.own(
    'server logs',
    new ServerLogManager({
      folder: join(settings.logsDir, 'servers'),
      redact: (text, serverId) => secrets.redact(text, serverId),
      clock,
      logger,
    }),
  );
  const problems = openProblems(foundation, storeWing);
  return {
    metrics,
    audit,
    refusals,
    problems,
    watchServers: (list) =>
      void problems.register({
        name: 'servers',
        find: () => list().flatMap((server) => serverProblem(server) ?? []),
      }),
    serverLog,
    redactSecretsOf: redactServerSecrets(foundation, storeWing),
  };
}

function openProblems(
  { settings, closer, clock, events, logger, network }: Foundation,
  { store }: StoreWing,
): ProblemList {
  const problems = closer.own('problems', new ProblemList({ clock, events, logger }));
  problems.register(storeProblems(store));
  problems.register(startNotes(store, settings.noAuth, network.problems));
  const changes =
    /^(?:upstream\.status_changed|gateway\.server_|access\.definition|access\.approval|access\.tool_presented|catalogue\.changed)/;
  closer.defer(
    'changes of problems',
    events.subscribe(({ event }) => {
      if (changes.test(event.type)) problems.changed();
    }),
  );
  return problems;
}

/** Every secret that a server is given is taken out of logs and states, from the moment it is known. */
function redactServerSecrets(
  { events, secrets }: Foundation,
  { installed }: StoreWing,
): (server: InstalledServer) => void {
  const replace = (server: InstalledServer): void => {
    secrets.forget(server.id);
    for (const given of givenTo(server)) {
      try {
        // A value that names a secret is none itself, and may be told; what it names is added when it is read.
        if (!namesSecret(given.secret)) secrets.addOwned(server.id, given);
      } catch (error) {
        // One that cannot be opened is in no log; when it is needed its server says so.
        if (!isMcpMuxError(error)) throw error;
      }
    }
  };
  for (const server of installed.all()) replace(server);
  events.subscribe(({ event }) => {
    if (event.type === 'gateway.server_removed') secrets.forget(event.serverId);
    if (event.type !== 'gateway.server_installed' && event.type !== 'gateway.server_updated') return;
    const server = installed.get(event.serverId);
    if (server !== undefined) replace(server);
  });
  return replace;
}

/** Values of variables and headers, of inputs, and what was left in plain in arguments and the URL. */
function givenTo({ launch }: InstalledServer): readonly GivenValue[] {
  const { inputs = [], inputValues = {}, secretNames = [] } = launch;
  const values = Object.entries(launch.kind === 'stdio' ? launch.env : launch.headers);
  const named = values.map(([name, secret]) => ({
    name,
    secret,
    isCalledSecret: secretNames.includes(name),
  }));
  const told = Object.entries(inputValues).map(([name, secret]) => ({
    name,
    secret,
    isCalledSecret: inputs.some(({ id, type }) => id === name && type === 'password'),
  }));
  const plain =
    launch.kind === 'stdio'
      ? secretsInArguments(launch.args).map((span) => ({ ...span, text: launch.args[span.at] ?? '' }))
      : secretsInUrl(launch.url).map((span) => ({ ...span, text: launch.url }));
  const written = plain.map(({ name, text, from, to }) => ({
    name,
    secret: new Secret(text.slice(from, to)),
    isCalledSecret: true,
  }));
  return [...named, ...told, ...written];
}
