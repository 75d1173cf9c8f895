/**
 * upstream/server-instance — the running side of one installed server: does what its life asks for, holds the legs.
 *
 * In: wanted or not, calls for a leg. Out: legs, the state as a person sees it, domain events.
 * Owns: its life, its legs, what a person is told of both.
 * Knows nothing of: names clients see, who may call, how a token is got.
 */

import { describeError, isMcpMuxError, McpMuxError } from '../base/index.ts';
import type {
  EraVerdict,
  FeatureKind,
  InstalledServer,
  ServerLogLevel,
  ServerLogSource,
  ServerState,
} from '../model/index.ts';
import type { LogLevel } from '../protocol/index.ts';
import type { ClosedReason, Transport, TransportEvents } from '../transports/index.ts';
import { transportError } from '../transports/index.ts';
import type { Withheld } from './discovery.ts';
import { EraCache } from './era-cache.ts';
import { fingerprintLaunch, probeModernInSibling } from './era-probe.ts';
import { upstreamError } from './errors.ts';
import { classifyFailure, failureOfClosing } from './failures.ts';
import { FairQueue } from './fair-queue.ts';
import { FeatureService } from './feature-service.ts';
import type { InstanceContext } from './instance-context.ts';
import type { HandshakeResult, Leg } from './leg.ts';
import { LegOpener, type LegTarget } from './leg-opener.ts';
import { type EffectiveLimits, effectiveLimits } from './limits.ts';
import { ListReader } from './list-reader.ts';
import { ResourceSubscriptions } from './resource-subscriptions.ts';
import { type LegRequest, ServerLegs } from './server-legs.ts';
import { ServerLifecycle } from './server-lifecycle.ts';
import { ServerNotifications } from './server-notifications.ts';
import { SignInStatus } from './sign-in-status.ts';
import { describeNextRetry, describeState } from './state-description.ts';
import type { Phase } from './state-machine.ts';

export class ServerInstance {
  #server: InstalledServer;
  readonly #context: InstanceContext;
  #limits: EffectiveLimits;
  #attempt: AbortController | undefined;
  #requestsServed = 0;
  #handshake: HandshakeResult | undefined;
  #asksUnattributed = false;
  #isRefreshing = false;
  /** The daemon stops: what was offered is offered again at the next start, from the store. */
  #keepOffered = false;
  /** The wire of a probe that runs beside; it ends with everything else, before or after its process has started. */
  #sibling: Transport | undefined;
  readonly #life: ServerLifecycle;
  readonly #legs: ServerLegs;
  readonly #eras: EraCache;
  readonly #opener: LegOpener;
  readonly #features: FeatureService;
  readonly #notifications: ServerNotifications;
  readonly #lists: ListReader;
  /** Who may call now, and whose turn is next. */
  readonly queue: FairQueue;
  readonly subscriptions: ResourceSubscriptions;
  readonly signInStatus: SignInStatus;

  constructor(server: InstalledServer, context: InstanceContext) {
    this.#server = server;
    this.#context = context;
    this.#limits = effectiveLimits(server.limits, context.limits);
    this.queue = new FairQueue(this.#limits.concurrency);
    this.#life = new ServerLifecycle(context.clock, () => context.random(), {
      open: (flowId) => void this.#attemptOpen(flowId),
      close: (thenIdle) => void this.#closeLegs(thenIdle),
      leftAlone: (callTriesAt) =>
        this.#log(
          'error',
          'connection',
          'it failed too often in a row; it is not started again by itself, but a later call tries once',
          { callTriesAt: new Date(callTriesAt).toISOString() },
        ),
      changed: () => context.events.publish({ type: 'upstream.status_changed', state: this.state }),
    });
    this.signInStatus = new SignInStatus({
      serverName: server.name,
      life: this.#life,
      need: () => context.signInNeed?.(server.id),
      refused: (flowId, error) => this.#attemptFailed(flowId, error),
      markUnavailable: () => this.#features.markUnavailable(this.#server),
    });
    this.#handshake = context.handshakeCache.recall(server.id);
    this.#eras = new EraCache(context.verdicts, context.clock, context.logger);
    this.#features = new FeatureService({
      catalogue: context.catalogue,
      events: context.events,
      logger: context.logger,
      log: (level, source, message, facts) => this.#log(level, source, message, facts),
    });
    this.#lists = new ListReader({
      clock: context.clock,
      random: () => context.random(),
      read: (kinds) => this.#readLists(kinds),
    });
    this.#notifications = new ServerNotifications(server.id, context.events, this.#lists, (...line) =>
      this.#log(...line),
    );
    this.#opener = new LegOpener({
      clock: context.clock,
      clientInfo: context.clientInfo,
      bridgedCapabilities: context.bridgedCapabilities,
      createTransport: (installed, wire) => context.createTransport(installed, wire),
      askOwner: (owner, ask, cancellation) => context.askOwner(owner, ask, cancellation),
      log: (level, source, message, facts) => this.#log(level, source, message, facts),
      heard: (method, params) => this.#notifications.heard(method, params),
      logged: (params) => this.#notifications.logged(params),
      askedUnattributed: () => {
        this.#asksUnattributed = true;
      },
    });
    this.#legs = new ServerLegs({
      serverName: server.name,
      clock: context.clock,
      eras: this.#eras,
      opener: this.#opener,
      target: () => this.#target,
      flowId: () => this.#life.flowId,
      without: (era, wish) => {
        this.#log('info', 'connection', `it does not speak the ${era} era; calls are translated`);
        return this.leg(wish);
      },
    });
    this.subscriptions = new ResourceSubscriptions({
      log: (level, message) => this.#log(level, 'protocol', message),
      updated: (uri) =>
        this.#context.events.publish({ type: 'upstream.resource_updated', serverId: this.#server.id, uri }),
      listChanged: (kinds) => this.#lists.noted(kinds),
    });
  }

  get server(): InstalledServer {
    return this.#server;
  }
  get limits(): EffectiveLimits {
    return this.#limits;
  }
  get verdict(): EraVerdict | undefined {
    return this.#eras.verdict;
  }
  get handshake(): HandshakeResult | undefined {
    return this.#handshake;
  }
  get withheld(): readonly Withheld[] {
    return this.#features.withheld;
  }
  get isReady(): boolean {
    return this.#life.phase === 'ready';
  }
  /** It asked something once that could not be put to anybody (policy `auto`: give clients legs of their own). */
  get asksUnattributed(): boolean {
    return this.#asksUnattributed;
  }

  get legs(): readonly Leg[] {
    return this.#legs.all();
  }

  get state(): ServerState {
    return describeState({
      server: this.#server,
      life: this.#life,
      requestsServed: this.#requestsServed,
      pid: this.#legs.primary?.pid,
      listFailures: this.#features.failures,
      isRefreshing: this.#isRefreshing || this.signInStatus.isRenewing,
      signIn: this.signInStatus,
      now: this.#context.clock.now(),
    });
  }

  /** The installed server changed. A different launch means a new life; the rest takes effect at once. */
  change(server: InstalledServer): void {
    const isOtherLaunch = fingerprintLaunch(server.launch) !== fingerprintLaunch(this.#server.launch);
    const hasOtherInputs = server.launch.inputValues !== this.#server.launch.inputValues;
    this.#server = server;
    this.#limits = effectiveLimits(server.limits, this.#context.limits);
    this.queue.setLimit(this.#limits.concurrency);
    if (isOtherLaunch) this.#eras.reset();
    if ((isOtherLaunch || hasOtherInputs) && this.#life.isWanted) this.#life.feed({ kind: 'again' });
  }

  want(): void {
    this.#life.feed({ kind: 'want' });
  }

  /** Connect again now: ends a wait, a crash loop, or a healthy life. */
  again(): void {
    this.#asksUnattributed = false;
    this.#life.feed({ kind: 'again' });
  }

  /** Something outside the machine changed what there is to say. */
  tellAgain(): void {
    this.#life.tell();
  }

  /** Stops and closes everything. Resolves when nothing of it is left. */
  async unwant(options: { readonly keepOffered: boolean } = { keepOffered: false }): Promise<void> {
    this.#keepOffered = options.keepOffered;
    this.#life.feed({ kind: 'unwant' });
    await this.whenSettled((phase) => phase === 'idle');
  }

  /** Resolves when the phase satisfies `isSettled`, at the latest after `timeoutMs`. */
  whenSettled(isSettled: (phase: Phase) => boolean, timeoutMs = 600_000): Promise<void> {
    return this.#life.whenSettled(isSettled, timeoutMs);
  }

  // ── calls ──────────────────────────────────────────────────────────────────────────────────────

  /**
   * A leg that can take a call now, in the wished era where the server speaks it.
   * Synchronous when one is at hand, so that a call costs no turn of the event loop.
   *
   * @throws upstream.not_ready, upstream.* of the attempt it waited for
   */
  leg(wish: LegRequest): Leg | Promise<Leg> {
    const leg = this.#life.phase === 'ready' ? this.#legs.for(wish) : undefined;
    return leg ?? this.#waitForLeg(wish);
  }

  /** Somebody wants log messages from here on; a legacy server is told, also after it was started again. */
  raiseLogLevel(level: LogLevel): void {
    this.#legs.raiseLogLevel(level);
  }

  /** Counts a call that reached the server. */
  countRequest(): void {
    this.#requestsServed += 1;
  }

  /** Somebody whose private legs they were is gone. */
  releaseOwner(owner: string): Promise<void> {
    return this.#legs.release(owner);
  }

  legsOf(owner: string): readonly Leg[] {
    return this.#legs.ofOwner(owner);
  }

  // ── care (upstream/care) ───────────────────────────────────────────────────────────────────────

  /** Calls that reached the server so far. */
  get requestsServed(): number {
    return this.#requestsServed;
  }

  /** Somebody waits for it, or wants to hear from it: it must not be stopped for being idle. */
  get isInUse(): boolean {
    return (
      this.queue.running > 0 ||
      this.queue.waiting > 0 ||
      this.subscriptions.isWanted ||
      this.legs.some((leg) => leg.inFlight > 0)
    );
  }

  /** Stops it until the next call; what it offers stays listed. */
  stopUnused(forMs: number): void {
    if (this.#life.phase !== 'ready') return;
    this.#log('info', 'connection', 'stopped because nobody used it; the next call starts it', { forMs });
    this.#life.feed({ kind: 'unused', flowId: this.#life.flowId });
  }

  /** Ends this life of the server for a reason of ours: what runs fails with it, and the machine decides what is next. */
  stopFor(error: McpMuxError): void {
    void this.#legs.primary?.fail(error);
  }

  async #waitForLeg(wish: LegRequest): Promise<Leg> {
    this.#life.feed({ kind: 'call', at: this.#context.clock.now() });
    await this.whenSettled(
      (phase) => !isOnItsWay(phase) && !(phase === 'closing' && this.#life.isWanted),
      this.#limits.connectTimeoutMs + this.#limits.listTimeoutMs,
    );
    if (this.#life.phase === 'ready' && this.#legs.primary !== undefined) return this.leg(wish);
    const state = this.state;
    throw upstreamError(
      'not_ready',
      {
        server: this.#server.name,
        status: state.status,
        reason: state.reason,
        nextStep: state.nextStep,
        ...(state.callTriesAt !== undefined && { until: describeNextRetry(state.callTriesAt) }),
      },
      this.#life.error,
    );
  }

  get #target(): LegTarget {
    return { server: this.#server, limits: this.#limits };
  }

  // ── what its life asks for ─────────────────────────────────────────────────────────────────────

  async #attemptOpen(flowId: number): Promise<void> {
    this.#attempt?.abort();
    const attempt = new AbortController();
    this.#attempt = attempt;
    const launch = this.#server.launch;
    this.#log('info', 'connection', launch.kind === 'stdio' ? 'starting' : 'connecting', {
      transport: launch.kind,
      attempt: flowId,
    });
    try {
      const leg = await this.#context.takeTurn(() =>
        this.#opener.openAny(this.#target, this.#eras, {
          signal: attempt.signal,
          isCurrent: () => this.#life.flowId === flowId,
          onOpened: () => this.#life.feed({ kind: 'opened', flowId }),
          closed: (reason) => this.#primaryClosed(flowId, reason),
        }),
      );
      if (this.#life.flowId !== flowId) {
        await leg.close();
        return;
      }
      this.#legs.begin(leg);
      this.#handshake = leg.handshake;
      this.#context.handshakeCache.remember(this.#server.id, leg.handshake);
      this.#eras.note(this.#server, leg);
      this.#life.feed({ kind: 'agreed', flowId });
      await this.#lists.read();
      if (this.#life.flowId !== flowId || leg.isClosed) return;
      this.#life.feed({ kind: 'listed', flowId, at: this.#context.clock.now() });
      this.subscriptions.attach(leg);
      this.#legs.sayLogLevel();
      if (leg.wire === 'stdio') void this.#eras.complete(this.#server, () => this.#probeSibling());
    } catch (error) {
      this.#attemptFailed(flowId, error);
    }
  }

  #primaryClosed(flowId: number, reason: ClosedReason): void {
    if (this.#life.flowId !== flowId || reason.kind === 'asked') return;
    const error = failureOfClosing(this.#server.name, reason);
    // While opening, the handshake's own rejection tells the machine.
    if (this.#life.phase === 'ready' || this.#life.phase === 'listing') this.#attemptFailed(flowId, error);
    else this.#log('warn', 'connection', error.message);
  }

  #attemptFailed(flowId: number, error: unknown): void {
    if (this.#life.flowId !== flowId) return;
    const known = isMcpMuxError(error, 'transports.needs_sign_in')
      ? this.signInStatus.asError(error)
      : error instanceof McpMuxError
        ? error
        : transportError('spawn_failed', { server: this.#server.name, reason: describeError(error) }, error);
    this.#life.error = known;
    this.#log('error', 'connection', known.message);
    if (isMcpMuxError(known, 'transports.needs_sign_in')) this.#life.feed({ kind: 'needs_sign_in', flowId });
    else
      this.#life.feed({
        kind: 'failed',
        flowId,
        failure: classifyFailure(known),
        at: this.#context.clock.now(),
      });
    void this.#features.markUnavailable(this.#server);
  }

  async #closeLegs(thenIdle: boolean): Promise<void> {
    this.#attempt?.abort();
    this.#lists.reset();
    this.subscriptions.detach();
    await Promise.allSettled([this.#legs.closeAll(), this.#sibling?.close()]);
    if (thenIdle) {
      // What is wanted comes back, asleep or at once, and stays listed.
      if (!this.#keepOffered && !this.#life.isWanted) await this.#features.markUnavailable(this.#server);
      this.#keepOffered = false;
      this.#life.feed({ kind: 'closed' });
    }
  }

  // ── what the server offers ─────────────────────────────────────────────────────────────────────

  /** Reads these lists again now: the server answered as if they had changed. Resolves when that is done. */
  async readListsAgain(kinds: readonly FeatureKind[]): Promise<void> {
    if (this.#life.phase === 'ready') await this.#lists.read(kinds);
  }

  /** @returns the lists that did not come */
  async #readLists(kinds: readonly FeatureKind[]): Promise<readonly FeatureKind[]> {
    const leg = this.#legs.primary;
    if (leg === undefined || leg.isClosed) return [];
    const { flowId } = this.#life;
    const isFirst = this.#life.phase === 'listing';
    if (!isFirst) this.#setRefreshing(true);
    try {
      return await this.#features.discover(this.#server, leg, {
        listTimeoutMs: this.#limits.listTimeoutMs,
        kinds,
        isFirst,
        isCurrent: () => this.#life.flowId === flowId && !leg.isClosed,
      });
    } finally {
      if (!isFirst) this.#setRefreshing(false);
    }
  }

  #setRefreshing(isRefreshing: boolean): void {
    this.#isRefreshing = isRefreshing;
    this.#life.tell();
  }

  /** Asks a process that is thrown away whether this stdio server speaks the modern era too. */
  async #probeSibling(): Promise<boolean> {
    const transport = await this.#context.createTransport(this.#server, 'stdio');
    if (this.#life.phase !== 'ready') throw transportError('closed', { server: this.#server.name });
    this.#sibling = transport;
    try {
      return await this.#context.takeTurn(() =>
        probeModernInSibling({
          serverName: this.#server.name,
          transport,
          clock: this.#context.clock,
          limits: this.#limits,
          clientInfo: this.#context.clientInfo,
        }),
      );
    } finally {
      this.#sibling = undefined;
    }
  }

  #log(
    level: ServerLogLevel,
    source: ServerLogSource,
    message: string,
    facts?: Parameters<TransportEvents['log']>[3],
  ): void {
    this.#context.serverLog.append(this.#server.id, {
      at: this.#context.clock.now(),
      level,
      source,
      message,
      ...(facts !== undefined && { facts }),
    });
  }
}

function isOnItsWay(phase: Phase): boolean {
  return phase === 'opening' || phase === 'agreeing' || phase === 'listing';
}
