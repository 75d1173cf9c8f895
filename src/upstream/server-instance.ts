/**
 * upstream/server-instance — the running side of one installed server: runs the machine's effects, holds the legs.
 *
 * In: wanted or not, calls for a leg. Out: legs, the state as a person sees it, domain events.
 * Owns: the primary leg (whose loss moves the machine), further legs (the other era, private ones), stats.
 * Knows nothing of: names clients see, who may call, how a token is got.
 */
import {
  type Cancellation,
  type Clock,
  describeError,
  isMcpMuxError,
  type JsonObject,
  type Logger,
  McpMuxError,
  type Timer,
} from '../base/index.ts';
import {
  type Ask,
  type AskReply,
  type CatalogueRepository,
  type DomainEvents,
  type Era,
  type EraVerdict,
  type EraVerdictRepository,
  type FeatureKind,
  type InstalledServer,
  reachesLevel,
  type ServerId,
  type ServerLog,
  type ServerLogLevel,
  type ServerLogSource,
  type ServerState,
} from '../model/index.ts';
import type { LogLevel } from '../protocol/index.ts';
import type { Withheld } from './discovery.ts';
import { EraKnowledge } from './era-knowledge.ts';
import { fingerprintLaunch, probeModernInSibling, type Wire } from './era-probe.ts';
import { upstreamError } from './errors.ts';
import { failureOfClosing, isRefusalOfEra, judge } from './failures.ts';
import { FairQueue } from './fair-queue.ts';
import { FeatureService } from './feature-service.ts';
import { FurtherLegs, legKey } from './further-legs.ts';
import type { Leg, Told } from './leg.ts';
import { LegOpener, type LegTarget } from './leg-opener.ts';
import { type EffectiveLimits, effectiveLimits } from './limits.ts';
import { ListChangeWatch } from './list-change-watch.ts';
import { type Input, initialMachine, type Machine, step } from './machine.ts';
import { ResourceSubscriptions } from './resource-subscriptions.ts';
import { ServerNotifications } from './server-notifications.ts';
import { describeState, whenCallTries } from './state-words.ts';
import type { ClosedReason, Transport, TransportEvents } from './transport.ts';

/** What an instance needs from around it; the pool hands it in. */
export interface InstanceContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: DomainEvents;
  readonly serverLog: ServerLog;
  readonly verdicts: EraVerdictRepository;
  readonly catalogue: CatalogueRepository;
  readonly limits: Partial<EffectiveLimits>;
  readonly clientInfo: JsonObject;
  /** What a shared leg declares: everything we can bridge. A client that cannot is answered for. */
  readonly bridgedCapabilities: JsonObject;
  /** What servers said in earlier handshakes, so that it is known before they have connected again. */
  readonly memory: ToldMemory;
  /** Waits for what the launch still needs: secrets that are only referred to, the address it was registered for. */
  createTransport(server: InstalledServer, wire: Wire): Transport | Promise<Transport>;
  /** Why a person is needed for its sign-in, and whether that would help, where it is known. */
  signInNeed?(serverId: ServerId): { readonly reason: string; readonly isHopeless: boolean } | undefined;
  /** Waits for a turn: only so many servers start at once. */
  takeTurn<T>(work: () => Promise<T>): Promise<T>;
  /** Puts an ask that belongs to no call to the one client that owns a private leg. */
  askOwner(owner: string, ask: Ask, cancellation: Cancellation): Promise<AskReply> | undefined;
  random(): number;
}

/** Keeps what a server said of itself over a restart of ours. */
export interface ToldMemory {
  recall(serverId: ServerId): Told | undefined;
  remember(serverId: ServerId, told: Told): void;
}

export interface LegWish {
  readonly era: Era;
  /** Set: the leg must be this client's alone. */
  readonly owner: string | undefined;
  /** The owner is a session: the leg ends with it. */
  readonly isSession?: boolean;
  /** What the owner's client declared; only with `owner`. */
  readonly capabilities?: JsonObject;
  readonly clientInfo?: JsonObject;
}

export class ServerInstance {
  #server: InstalledServer;
  readonly #context: InstanceContext;
  #machine: Machine = initialMachine;
  #limits: EffectiveLimits;
  #primary: Leg | undefined;
  readonly #further: FurtherLegs;
  #attempt: AbortController | undefined;
  #wake: Timer | undefined;
  #waiters: (() => void)[] = [];
  #error: McpMuxError | undefined;
  #since: number;
  #lastAttemptAt: number | undefined;
  #retryAt: number | undefined;
  #hasEverConnected = false;
  #requestsServed = 0;
  #told: Told | undefined;
  #asksUnattributed = false;
  #isRefreshing = false;
  #isRenewingToken = false;
  #logLevel: LogLevel | undefined;
  #signInExpiresAt: number | undefined;
  /** The daemon stops: what was offered is offered again at the next start, from the store. */
  #keepOffered = false;
  /** The wire of a probe that runs beside; it ends with everything else, before or after its process has started. */
  #sibling: Transport | undefined;
  readonly #eras: EraKnowledge;
  readonly #opener: LegOpener;
  readonly #features: FeatureService;
  readonly #notifications: ServerNotifications;
  readonly #watch: ListChangeWatch;
  /** Who may call now, and whose turn is next. */
  readonly queue: FairQueue;
  readonly subscriptions: ResourceSubscriptions;

  constructor(server: InstalledServer, context: InstanceContext) {
    this.#server = server;
    this.#context = context;
    this.#limits = effectiveLimits(server.limits, context.limits);
    this.#further = new FurtherLegs(server.name, context.clock);
    this.queue = new FairQueue(this.#limits.concurrency);
    this.#since = context.clock.now();
    this.#told = context.memory.recall(server.id);
    this.#eras = new EraKnowledge(context.verdicts, context.clock, context.logger);
    this.#features = new FeatureService({
      catalogue: context.catalogue,
      events: context.events,
      logger: context.logger,
      log: (level, source, message, facts) => this.#log(level, source, message, facts),
    });
    this.#watch = new ListChangeWatch(context.clock, (kinds) => void this.readListsAgain(kinds));
    this.#notifications = new ServerNotifications(server.id, context.events, this.#watch, (...line) =>
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
    this.subscriptions = new ResourceSubscriptions({
      log: (level, message) => this.#log(level, 'protocol', message),
      updated: (uri) =>
        this.#context.events.publish({ type: 'upstream.resource_updated', serverId: this.#server.id, uri }),
      listChanged: (kinds) => this.#watch.noted(kinds),
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
  get told(): Told | undefined {
    return this.#told;
  }
  get withheld(): readonly Withheld[] {
    return this.#features.withheld;
  }
  get isReady(): boolean {
    return this.#machine.phase === 'ready';
  }
  /** It asked something once that could not be put to anybody (policy `auto`: give clients legs of their own). */
  get asksUnattributed(): boolean {
    return this.#asksUnattributed;
  }

  get legs(): readonly Leg[] {
    return [...(this.#primary === undefined ? [] : [this.#primary]), ...this.#further.all()];
  }

  get state(): ServerState {
    return describeState({
      server: this.#server,
      machine: this.#machine,
      error: this.#error,
      since: this.#since,
      lastAttemptAt: this.#lastAttemptAt,
      retryAt: this.#retryAt,
      requestsServed: this.#requestsServed,
      pid: this.#primary?.pid,
      listFailures: this.#features.failures,
      isRefreshing: this.#isRefreshing || this.#isRenewingToken,
      signInNeed: this.#context.signInNeed?.(this.#server.id),
      hasEverConnected: this.#hasEverConnected,
      signInExpiresAt: this.#signInExpiresAt,
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
    if ((isOtherLaunch || hasOtherInputs) && this.#machine.isWanted) this.#feed({ kind: 'again' });
  }

  want(): void {
    this.#feed({ kind: 'want' });
  }

  /** Connect again now: ends a wait, a crash loop, or a healthy life. */
  again(): void {
    this.#asksUnattributed = false;
    this.#feed({ kind: 'again' });
  }

  /** A person is signing in until `expiresAt` (epoch ms). */
  signingIn(expiresAt: number): void {
    this.#signInExpiresAt = expiresAt;
    this.#feed({ kind: 'signing_in', flowId: this.#machine.flowId });
  }

  /** The sign-in ended without a token. */
  signInEnded(error: McpMuxError): void {
    this.#signInExpiresAt = undefined;
    this.#error = error;
    this.#feed({ kind: 'sign_in_ended' });
  }

  /** A person wanted to sign in, and it could not even begin: the reason is worth more than that a sign-in is needed. */
  signInImpossible(error: McpMuxError): void {
    if (this.#machine.phase !== 'oauth_required') return;
    this.#error = error;
    this.#tell();
  }

  /** There is a token now: what waited for it connects, what is connected begins anew with it. */
  signedIn(): void {
    this.#signInExpiresAt = undefined;
    const { phase } = this.#machine;
    this.#feed({ kind: phase === 'authenticating' || phase === 'oauth_required' ? 'token' : 'again' });
  }

  /** The server takes no request of ours any more until a person has signed in. */
  signInRequired(): void {
    const { phase, flowId } = this.#machine;
    if (phase === 'ready' || phase === 'listing') this.#attemptFailed(flowId, this.#needsSignIn());
  }

  /** A person has signed out. Resolves when nothing is connected any more and its features are marked. */
  async signedOut(): Promise<void> {
    this.#signInExpiresAt = undefined;
    this.#error = upstreamError('needs_sign_in', {
      server: this.#server.name,
      reason: 'you have signed out',
    });
    this.#feed({ kind: 'signed_out' });
    await this.#features.markUnavailable(this.#server);
  }

  /** Its token is being renewed, or that has ended; for the status a person sees. */
  renewingToken(isRenewing: boolean): void {
    if (this.#isRenewingToken === isRenewing) return;
    this.#isRenewingToken = isRenewing;
    if (this.#machine.phase === 'ready') this.#tell();
  }

  /** Something outside the machine changed what there is to say. */
  tellAgain(): void {
    this.#tell();
  }

  /** Stops and closes everything. Resolves when nothing of it is left. */
  async unwant(options: { readonly keepOffered: boolean } = { keepOffered: false }): Promise<void> {
    this.#keepOffered = options.keepOffered;
    this.#feed({ kind: 'unwant' });
    await this.whenSettled((phase) => phase === 'idle');
  }

  /** Resolves when the phase satisfies `isSettled`, at the latest after `timeoutMs`. */
  async whenSettled(isSettled: (phase: Machine['phase']) => boolean, timeoutMs = 600_000): Promise<void> {
    const endsAt = this.#context.clock.monotonic() + timeoutMs;
    while (!isSettled(this.#machine.phase)) {
      const left = endsAt - this.#context.clock.monotonic();
      if (left <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = this.#context.clock.after(left, resolve);
        this.#waiters.push(() => {
          timer.cancel();
          resolve();
        });
      });
    }
  }

  // ── calls ──────────────────────────────────────────────────────────────────────────────────────

  /**
   * A leg that can take a call now, in the wished era where the server speaks it.
   * Synchronous when one is at hand, so that a call costs no turn of the event loop.
   *
   * @throws upstream.not_ready, upstream.* of the attempt it waited for
   */
  leg(wish: LegWish): Leg | Promise<Leg> {
    const primary = this.#primary;
    if (this.#machine.phase === 'ready' && primary !== undefined && !primary.isClosed) {
      const era = this.#eras.mightSpeak(wish.era, primary.wire) ? wish.era : primary.era;
      if (wish.owner === undefined && primary.era === era) return primary;
      const open = this.#further.find(legKey(era, wish.owner));
      if (open !== undefined) return open;
      return this.#openFurther({ ...wish, era }, primary);
    }
    return this.#waitForLeg(wish);
  }

  /** Somebody wants log messages from here on; a legacy server is told, also after it was started again. */
  raiseLogLevel(level: LogLevel): void {
    if (this.#logLevel === undefined || reachesLevel(this.#logLevel, level)) this.#logLevel = level;
    for (const leg of this.legs)
      if (leg.era === 'legacy' && leg.owner === undefined) void leg.raiseLogLevel(level);
  }

  /** Counts a call that reached the server. */
  countRequest(): void {
    this.#requestsServed += 1;
  }

  /** Somebody whose private legs they were is gone. */
  releaseOwner(owner: string): Promise<void> {
    return this.#further.release(owner);
  }

  legsOf(owner: string): readonly Leg[] {
    return this.#further.ofOwner(owner);
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
    if (this.#machine.phase !== 'ready') return;
    this.#log('info', 'connection', 'stopped because nobody used it; the next call starts it', { forMs });
    this.#feed({ kind: 'unused', flowId: this.#machine.flowId });
  }

  /** Ends this life of the server for a reason of ours: what runs fails with it, and the machine decides what is next. */
  stopFor(error: McpMuxError): void {
    void this.#primary?.fail(error);
  }

  async #waitForLeg(wish: LegWish): Promise<Leg> {
    this.#feed({ kind: 'call', at: this.#context.clock.now() });
    await this.whenSettled(
      (phase) => !isOnItsWay(phase) && !(phase === 'closing' && this.#machine.isWanted),
      this.#limits.connectTimeoutMs + this.#limits.listTimeoutMs,
    );
    if (this.#machine.phase === 'ready' && this.#primary !== undefined) return this.leg(wish);
    const state = this.state;
    throw upstreamError(
      'not_ready',
      {
        server: this.#server.name,
        status: state.status,
        reason: state.reason,
        nextStep: state.nextStep,
        ...(state.callTriesAt !== undefined && { until: whenCallTries(state.callTriesAt) }),
      },
      this.#error,
    );
  }

  async #openFurther(wish: LegWish, primary: Leg): Promise<Leg> {
    const { owner, era } = wish;
    const flowId = this.#machine.flowId;
    try {
      return await this.#further.open(
        legKey(era, owner),
        owner === undefined ? undefined : { name: owner, isSession: wish.isSession === true },
        async (closed) => {
          const attempt = { signal: AbortSignal.timeout(this.#limits.connectTimeoutMs), closed };
          const leg =
            owner === undefined
              ? await this.#opener.openShared(this.#target, era, primary.wire, attempt)
              : await this.#opener.openOwned(this.#target, era, primary.wire, attempt, {
                  name: owner,
                  clientInfo: wish.clientInfo,
                  capabilities: wish.capabilities,
                });
          if (this.#machine.flowId === flowId) {
            this.#eras.note(this.#server, leg);
            return leg;
          }
          await leg.close();
          throw upstreamError('closed', { server: this.#server.name });
        },
      );
    } catch (error) {
      if (!isRefusalOfEra(error, this.#server.launch) || era === primary.era) throw error;
      this.#eras.refused(era);
      this.#log('info', 'connection', `it does not speak the ${era} era; calls are translated`);
      return this.leg({ ...wish, era: primary.era });
    }
  }

  get #target(): LegTarget {
    return { server: this.#server, limits: this.#limits };
  }

  // ── the machine's effects ──────────────────────────────────────────────────────────────────────

  #feed(input: Input): void {
    const before = this.#machine;
    const { machine, effects } = step(before, input, this.#context.random());
    this.#machine = machine;
    if (machine.phase !== before.phase) {
      this.#since = this.#context.clock.now();
      if (machine.phase !== 'waiting') this.#retryAt = undefined;
      if (machine.phase === 'ready') {
        this.#error = undefined;
        this.#hasEverConnected = true;
      }
    }
    for (const effect of effects) {
      switch (effect.kind) {
        case 'open':
          void this.#attemptOpen(effect.flowId);
          break;
        case 'close':
          void this.#closeLegs(machine.phase === 'closing');
          break;
        case 'wake':
          this.#wake?.cancel();
          this.#retryAt = this.#context.clock.now() + effect.afterMs;
          this.#wake = this.#context.clock.after(effect.afterMs, () =>
            this.#feed({ kind: 'timer', flowId: effect.flowId }),
          );
          break;
        case 'crash_loop':
          this.#log(
            'error',
            'connection',
            'it failed too often in a row; it is not started again by itself, but a later call tries once',
            { callTriesAt: new Date(machine.callTriesAt ?? 0).toISOString() },
          );
          break;
      }
    }
    if (machine.phase !== before.phase || effects.length > 0) this.#tell();
  }

  #tell(): void {
    this.#context.events.publish({ type: 'upstream.status_changed', state: this.state });
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }

  async #attemptOpen(flowId: number): Promise<void> {
    this.#wake?.cancel();
    this.#attempt?.abort();
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.#lastAttemptAt = this.#context.clock.now();
    const launch = this.#server.launch;
    this.#log('info', 'connection', launch.kind === 'stdio' ? 'starting' : 'connecting', {
      transport: launch.kind,
      attempt: flowId,
    });
    try {
      const leg = await this.#context.takeTurn(() =>
        this.#opener.openAny(this.#target, this.#eras, {
          signal: attempt.signal,
          isCurrent: () => this.#machine.flowId === flowId,
          onOpened: () => this.#feed({ kind: 'opened', flowId }),
          closed: (reason) => this.#primaryClosed(flowId, reason),
        }),
      );
      if (this.#machine.flowId !== flowId) {
        await leg.close();
        return;
      }
      this.#primary = leg;
      this.#told = leg.told;
      this.#context.memory.remember(this.#server.id, leg.told);
      this.#eras.note(this.#server, leg);
      this.#feed({ kind: 'agreed', flowId });
      await this.#discover(leg, flowId);
    } catch (error) {
      this.#attemptFailed(flowId, error);
    }
  }

  #primaryClosed(flowId: number, reason: ClosedReason): void {
    if (this.#machine.flowId !== flowId || reason.kind === 'asked') return;
    const error = failureOfClosing(this.#server.name, reason);
    // While opening, the handshake's own rejection tells the machine.
    if (this.#machine.phase === 'ready' || this.#machine.phase === 'listing')
      this.#attemptFailed(flowId, error);
    else this.#log('warn', 'connection', error.message);
  }

  #attemptFailed(flowId: number, error: unknown): void {
    if (this.#machine.flowId !== flowId) return;
    const known = isMcpMuxError(error, 'upstream.needs_sign_in')
      ? this.#needsSignIn(error)
      : error instanceof McpMuxError
        ? error
        : upstreamError('spawn_failed', { server: this.#server.name, reason: describeError(error) }, error);
    this.#error = known;
    this.#log('error', 'connection', known.message);
    if (isMcpMuxError(known, 'upstream.needs_sign_in')) this.#feed({ kind: 'needs_sign_in', flowId });
    else this.#feed({ kind: 'failed', flowId, failure: judge(known), at: this.#context.clock.now() });
    void this.#features.markUnavailable(this.#server);
  }

  /** The need with its reason, which the wire that met it does not know. */
  #needsSignIn(cause?: McpMuxError): McpMuxError {
    const need = this.#context.signInNeed?.(this.#server.id);
    const code = need?.isHopeless === true ? 'permission_refused' : 'needs_sign_in';
    return upstreamError(code, { server: this.#server.name, reason: need?.reason }, cause);
  }

  async #closeLegs(thenIdle: boolean): Promise<void> {
    this.#attempt?.abort();
    this.#wake?.cancel();
    this.#watch.reset();
    this.subscriptions.detach();
    const legs = this.legs;
    this.#primary = undefined;
    this.#further.clear();
    await Promise.allSettled([...legs.map((leg) => leg.close()), this.#sibling?.close()]);
    if (thenIdle) {
      // What is wanted comes back, asleep or at once, and stays listed.
      if (!this.#keepOffered && !this.#machine.isWanted) await this.#features.markUnavailable(this.#server);
      this.#keepOffered = false;
      this.#feed({ kind: 'closed' });
    }
  }

  // ── what the server offers ─────────────────────────────────────────────────────────────────────

  async #discover(leg: Leg, flowId: number, kinds?: readonly FeatureKind[]): Promise<void> {
    const isDone = await this.#features.discover(this.#server, leg, {
      listTimeoutMs: this.#limits.listTimeoutMs,
      kinds,
      isCurrent: () => this.#machine.flowId === flowId && !leg.isClosed,
    });
    if (!isDone || kinds !== undefined) return;
    this.#feed({ kind: 'listed', flowId, at: this.#context.clock.now() });
    this.subscriptions.attach(leg);
    if (this.#logLevel !== undefined && leg.era === 'legacy') void leg.raiseLogLevel(this.#logLevel);
    if (leg.wire === 'stdio') void this.#eras.complete(this.#server, () => this.#probeSibling());
  }

  /** The server said that a list changed, or answered as if one had. */
  async readListsAgain(kinds: readonly FeatureKind[]): Promise<void> {
    const leg = this.#primary;
    if (leg === undefined || leg.isClosed || this.#machine.phase !== 'ready') return;
    this.#isRefreshing = true;
    this.#tell();
    try {
      await this.#discover(leg, this.#machine.flowId, kinds);
    } catch (error) {
      this.#log('warn', 'connection', `the lists could not be read again: ${describeError(error)}`);
    } finally {
      this.#isRefreshing = false;
      this.#tell();
    }
  }

  /** Asks a process that is thrown away whether this stdio server speaks the modern era too. */
  async #probeSibling(): Promise<boolean> {
    const transport = await this.#context.createTransport(this.#server, 'stdio');
    if (this.#machine.phase !== 'ready') throw upstreamError('closed', { server: this.#server.name });
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

function isOnItsWay(phase: Machine['phase']): boolean {
  return phase === 'opening' || phase === 'agreeing' || phase === 'listing';
}
