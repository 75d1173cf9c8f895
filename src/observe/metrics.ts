/**
 * observe/metrics — counts what happens, in Prometheus' terms: `mcpmux_<room>_<what>_<unit>`.
 *
 * prom-client is loaded when somebody asks first; the numbers are kept without it. Label values are few by construction:
 * server aliases up to a number, outcomes, codes and statuses from closed lists. Never a principal, a tool or a client:
 * their number has no bound.
 * Owns: the numbers. Knows nothing of: who asks for it.
 */
import { createRequire } from 'node:module';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Metric, Registry } from 'prom-client';
import type { Closeable } from '../base/index.ts';
import type { DomainEvent, DomainEvents, ServerId } from '../model/index.ts';
import { CallHistogram } from './call-histogram.ts';
import { Counter } from './counter.ts';

export type CallOutcome = 'ok' | 'tool-error' | 'error' | 'timeout' | 'cancelled' | 'refused';

export interface MetricsOptions {
  readonly events: DomainEvents;
  /** The alias of a server, for labels; undefined when it is gone. */
  aliasOf(serverId: ServerId): string | undefined;
  /** More servers than this share the label `other`. Default 200. */
  readonly maxServers?: number;
}

/** Half a millisecond (a relay's own share) to the longest call that is allowed. */
const callBuckets = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 600,
];

const counter = (name: string, help: string, label?: string): Counter =>
  new Counter({ type: 'counter', name, help, label });

export class Metrics implements Closeable {
  readonly #aliasOf: (serverId: ServerId) => string | undefined;
  readonly #maxServers: number;
  readonly #servers = new Set<string>();
  readonly #statusOf = new Map<ServerId, string>();
  readonly #callSeconds = new CallHistogram(
    'mcpmux_upstream_call_seconds',
    'Calls to servers, from the request to its answer.',
    callBuckets,
  );
  readonly #tallies = {
    servers: new Counter({
      type: 'gauge',
      name: 'mcpmux_upstream_servers',
      help: 'Servers by status.',
      label: 'status',
    }),
    statusChanges: counter(
      'mcpmux_upstream_status_changes_total',
      'How often servers came into a status.',
      'status',
    ),
    discoveries: counter(
      'mcpmux_upstream_discoveries_total',
      'How often the features of a server were discovered.',
      'server',
    ),
    catalogueChanges: counter(
      'mcpmux_catalogue_changes_total',
      'How often what clients see has changed, by kind of feature.',
      'kind',
    ),
    sessionsOpened: counter('mcpmux_downstream_sessions_opened_total', 'Sessions that clients have opened.'),
    sessionsClosed: counter('mcpmux_downstream_sessions_closed_total', 'Sessions that have ended.'),
    refusals: counter('mcpmux_http_refusals_total', 'Requests that the door has refused, by reason.', 'code'),
    keyChanges: counter('mcpmux_auth_key_changes_total', 'API keys created and revoked.', 'change'),
  };
  readonly #unsubscribe: () => void;
  #registry: Registry | undefined;
  #loopDelay: IntervalHistogram | undefined;

  constructor(options: MetricsOptions) {
    this.#aliasOf = (serverId) => options.aliasOf(serverId);
    this.#maxServers = options.maxServers ?? 200;
    this.#unsubscribe = options.events.subscribe(({ event }) => this.#note(event));
  }

  /** Begins to watch the event loop. */
  start(): void {
    this.#loopDelay ??= monitorEventLoopDelay({ resolution: 10 });
    this.#loopDelay.enable();
  }

  /** A call to a server has ended. */
  callEnded(server: string, outcome: CallOutcome, seconds: number): void {
    this.#callSeconds.observe(this.#boundedServer(server), outcome, seconds);
  }

  /** The door has refused a request. @param code one of the door's */
  requestRefused(code: string): void {
    this.#tallies.refusals.add(code);
  }

  /** Everything, in Prometheus' text format. */
  async render(): Promise<string> {
    this.#registry ??= this.#makeRegistry();
    return this.#registry.metrics();
  }

  /** The media type of `render()`. */
  readonly contentType = 'text/plain; version=0.0.4; charset=utf-8';

  close(): void {
    this.#unsubscribe();
    this.#loopDelay?.disable();
  }

  #makeRegistry(): Registry {
    // It is CommonJS. While dozens of other modules load, Node 20's import() gives such a module out before it has run.
    const prom = createRequire(import.meta.url)('prom-client') as typeof import('prom-client');
    this.start();
    const registry = new prom.Registry();
    addDaemonGauges(prom, registry, this.#loopDelay as IntervalHistogram);
    // The registry asks its metrics for samples and nothing more; its type knows only its own.
    for (const own of [...Object.values(this.#tallies), this.#callSeconds])
      registry.registerMetric(own as unknown as Metric);
    return registry;
  }

  #note(event: DomainEvent): void {
    const tallies = this.#tallies;
    switch (event.type) {
      case 'upstream.status_changed': {
        const { serverId, status } = event.state;
        this.#moveStatus(serverId, status);
        tallies.statusChanges.add(status);
        return;
      }
      case 'gateway.server_removed':
        this.#moveStatus(event.serverId, undefined);
        return;
      case 'upstream.features_discovered': {
        tallies.discoveries.add(this.#boundedServer(this.#aliasOf(event.serverId) ?? 'unknown'));
        return;
      }
      case 'catalogue.changed':
        for (const kind of event.kinds) tallies.catalogueChanges.add(kind);
        return;
      case 'downstream.session_opened':
        tallies.sessionsOpened.add();
        return;
      case 'downstream.session_closed':
        tallies.sessionsClosed.add();
        return;
      case 'auth.key_created':
        tallies.keyChanges.add('created');
        return;
      case 'auth.key_revoked':
        tallies.keyChanges.add('revoked');
        return;
      case 'gateway.server_installed':
      case 'gateway.server_updated':
      case 'gateway.server_enabled':
      case 'gateway.server_disabled':
      case 'upstream.resource_updated':
      case 'upstream.task_changed':
      case 'upstream.message_logged':
      case 'upstream.sign_in_progressed':
      case 'upstream.sign_in_ended':
      case 'auth.client_created':
      case 'auth.client_changed':
      case 'access.definition_policy_changed':
      case 'access.definitions_decided':
      case 'access.definitions_followed':
      case 'access.definitions_held':
      case 'auth.decided':
      case 'auth.access_ended':
      case 'observe.problems_changed':
      case 'access.changed':
      case 'access.folder_unmapped':
      case 'access.claim_refused':
      case 'access.approval_requested':
      case 'access.approval_settled':
      case 'access.approvals_changed':
      case 'access.tool_presented':
        // Told for their readers; nothing to count.
        return;
    }
  }

  #moveStatus(serverId: ServerId, status: string | undefined): void {
    const before = this.#statusOf.get(serverId);
    if (before === status) return;
    if (status === undefined) this.#statusOf.delete(serverId);
    else this.#statusOf.set(serverId, status);
    if (before !== undefined) this.#tallies.servers.add(before, -1);
    if (status !== undefined) this.#tallies.servers.add(status);
  }

  #boundedServer(server: string): string {
    if (this.#servers.has(server)) return server;
    if (this.#servers.size >= this.#maxServers) return 'other';
    this.#servers.add(server);
    return server;
  }
}

/** What the process itself says when it is asked. */
function addDaemonGauges(
  prom: typeof import('prom-client'),
  registry: Registry,
  loopDelay: IntervalHistogram,
): void {
  const registers = [registry];
  new prom.Gauge({
    name: 'mcpmux_daemon_resident_memory_bytes',
    help: 'Memory that the daemon holds, without the servers that it runs.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new prom.Gauge({
    name: 'mcpmux_daemon_cpu_seconds_total',
    help: 'Processor time that the daemon has used.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.set((user + system) / 1e6);
    },
  });
  new prom.Gauge({
    name: 'mcpmux_daemon_event_loop_delay_seconds',
    help: 'How late timers fire, since the last time this was read.',
    labelNames: ['quantile'],
    registers,
    collect() {
      for (const quantile of [50, 99, 100])
        this.set({ quantile: String(quantile / 100) }, loopDelay.percentile(quantile) / 1e9);
      loopDelay.reset();
    },
  });
  new prom.Gauge({
    name: 'mcpmux_daemon_uptime_seconds',
    help: 'How long the daemon has been running.',
    registers,
    collect() {
      this.set(process.uptime());
    },
  });
}
