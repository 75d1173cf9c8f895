/**
 * observe/metrics — counts what happens, in Prometheus' terms: `mcpmux_<room>_<what>_<unit>`.
 *
 * prom-client is loaded when somebody asks first; observations until then wait in a bounded list. Label values are few by
 * construction: server aliases up to a number, outcomes, codes and statuses from closed lists. Never a principal, a tool
 * or a client: their number has no bound.
 * Owns: the registry. Knows nothing of: who asks for it.
 */
import { createRequire } from 'node:module';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Counter, Gauge, Metric, Registry } from 'prom-client';
import type { Closeable } from '../base/index.ts';
import type { DomainEvent, DomainEvents, ServerId } from '../model/index.ts';
import { CallHistogram } from './call-histogram.ts';

export type CallOutcome = 'ok' | 'tool-error' | 'error' | 'timeout' | 'cancelled' | 'refused';

export interface MetricsOptions {
  readonly events: DomainEvents;
  /** The alias of a server, for labels; undefined when it is gone. */
  aliasOf(serverId: ServerId): string | undefined;
  /** More servers than this share the label `other`. Default 200. */
  readonly maxServers?: number;
}

interface Instruments {
  readonly registry: Registry;
  readonly statusChanges: Counter<'status'>;
  readonly servers: Gauge<'status'>;
  readonly discoveries: Counter<'server'>;
  readonly catalogueChanges: Counter<'kind'>;
  readonly sessionsOpened: Counter;
  readonly sessionsClosed: Counter;
  readonly refusals: Counter<'code'>;
  readonly keyChanges: Counter<'change'>;
}

/** Half a millisecond (a relay's own share) to the longest call that is allowed. */
const callBuckets = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 600,
];
const maxWaiting = 10_000;

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
  readonly #unsubscribe: () => void;
  #waiting: ((instruments: Instruments) => void)[] = [];
  #instruments: Instruments | undefined;
  #loading: Promise<Instruments> | undefined;
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
    this.#observe(({ refusals }) => refusals.inc({ code }));
  }

  /** Everything, in Prometheus' text format. */
  async render(): Promise<string> {
    const { registry } = await this.#load();
    return registry.metrics();
  }

  /** The media type of `render()`. */
  readonly contentType = 'text/plain; version=0.0.4; charset=utf-8';

  close(): void {
    this.#unsubscribe();
    this.#loopDelay?.disable();
  }

  #observe(act: (instruments: Instruments) => void): void {
    if (this.#instruments !== undefined) {
      act(this.#instruments);
      return;
    }
    if (this.#waiting.length < maxWaiting) this.#waiting.push(act);
    // Nobody has asked yet; load before the list is full, so that nothing is lost.
    // Were it to fail, `render` says so to whoever asks.
    if (this.#waiting.length === maxWaiting / 10) this.#load().catch(() => {});
  }

  #load(): Promise<Instruments> {
    this.#loading ??= Promise.resolve().then(() => this.#makeInstruments());
    return this.#loading;
  }

  #makeInstruments(): Instruments {
    // It is CommonJS. While dozens of other modules load, Node 20's import() gives such a module out before it has run.
    const prom = createRequire(import.meta.url)('prom-client') as typeof import('prom-client');
    this.start();
    const instruments = defineInstruments(prom, this.#loopDelay as IntervalHistogram);
    // The registry asks its metrics for samples and nothing more; its type knows only its own.
    instruments.registry.registerMetric(this.#callSeconds as unknown as Metric);
    this.#instruments = instruments;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const act of waiting) act(instruments);
    return instruments;
  }

  #note(event: DomainEvent): void {
    switch (event.type) {
      case 'upstream.status_changed': {
        const { serverId, status } = event.state;
        this.#moveStatus(serverId, status);
        this.#observe(({ statusChanges }) => statusChanges.inc({ status }));
        return;
      }
      case 'gateway.server_removed':
        this.#moveStatus(event.serverId, undefined);
        return;
      case 'upstream.features_discovered': {
        const server = this.#boundedServer(this.#aliasOf(event.serverId) ?? 'unknown');
        this.#observe(({ discoveries }) => discoveries.inc({ server }));
        return;
      }
      case 'catalogue.changed':
        for (const kind of event.kinds)
          this.#observe(({ catalogueChanges }) => catalogueChanges.inc({ kind }));
        return;
      case 'downstream.session_opened':
        this.#observe(({ sessionsOpened }) => sessionsOpened.inc());
        return;
      case 'downstream.session_closed':
        this.#observe(({ sessionsClosed }) => sessionsClosed.inc());
        return;
      case 'auth.key_created':
        this.#observe(({ keyChanges }) => keyChanges.inc({ change: 'created' }));
        return;
      case 'auth.key_revoked':
        this.#observe(({ keyChanges }) => keyChanges.inc({ change: 'revoked' }));
        return;
      case 'gateway.server_installed':
      case 'gateway.server_updated':
      case 'gateway.server_enabled':
      case 'gateway.server_disabled':
      case 'upstream.resource_updated':
      case 'upstream.message_logged':
      case 'upstream.sign_in_progressed':
      case 'upstream.sign_in_ended':
        // Told for their readers; nothing to count.
        return;
    }
  }

  #moveStatus(serverId: ServerId, status: string | undefined): void {
    const before = this.#statusOf.get(serverId);
    if (before === status) return;
    if (status === undefined) this.#statusOf.delete(serverId);
    else this.#statusOf.set(serverId, status);
    this.#observe(({ servers }) => {
      if (before !== undefined) servers.dec({ status: before });
      if (status !== undefined) servers.inc({ status });
    });
  }

  #boundedServer(server: string): string {
    if (this.#servers.has(server)) return server;
    if (this.#servers.size >= this.#maxServers) return 'other';
    this.#servers.add(server);
    return server;
  }
}

function defineInstruments(prom: typeof import('prom-client'), loopDelay: IntervalHistogram): Instruments {
  const registry = new prom.Registry();
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
  return {
    registry,
    servers: new prom.Gauge({
      name: 'mcpmux_upstream_servers',
      help: 'Servers by status.',
      labelNames: ['status'],
      registers,
    }),
    statusChanges: new prom.Counter({
      name: 'mcpmux_upstream_status_changes_total',
      help: 'How often servers came into a status.',
      labelNames: ['status'],
      registers,
    }),
    discoveries: new prom.Counter({
      name: 'mcpmux_upstream_discoveries_total',
      help: 'How often the features of a server were discovered.',
      labelNames: ['server'],
      registers,
    }),
    catalogueChanges: new prom.Counter({
      name: 'mcpmux_catalogue_changes_total',
      help: 'How often what clients see has changed, by kind of feature.',
      labelNames: ['kind'],
      registers,
    }),
    sessionsOpened: new prom.Counter({
      name: 'mcpmux_downstream_sessions_opened_total',
      help: 'Sessions that clients have opened.',
      registers,
    }),
    sessionsClosed: new prom.Counter({
      name: 'mcpmux_downstream_sessions_closed_total',
      help: 'Sessions that have ended.',
      registers,
    }),
    refusals: new prom.Counter({
      name: 'mcpmux_http_refusals_total',
      help: 'Requests that the door has refused, by reason.',
      labelNames: ['code'],
      registers,
    }),
    keyChanges: new prom.Counter({
      name: 'mcpmux_auth_key_changes_total',
      help: 'API keys created and revoked.',
      labelNames: ['change'],
      registers,
    }),
  };
}
