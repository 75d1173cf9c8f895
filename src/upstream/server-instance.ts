/**
 * upstream/server-instance — the running side of one installed server: its life, the calls that wait for it, its state.
 *
 * In: wanted or not, calls for a leg. Out: legs, the state as a person sees it, domain events.
 * Owns: its life and its connection, and what a person is told of both.
 * Knows nothing of: names clients see, who may call, how a token is got.
 */
import type { McpMuxError } from '../base/index.ts';
import type {
  Era,
  EraVerdict,
  FeatureKind,
  InstalledServer,
  ServerLogLevel,
  ServerLogSource,
  ServerState,
} from '../model/index.ts';
import type { LogLevel } from '../protocol/index.ts';
import type { TransportEvents } from '../transports/index.ts';
import type { AsksSeen } from './asks-seen.ts';
import type { Withheld } from './discovery.ts';
import { upstreamError } from './errors.ts';
import { FairQueue } from './fair-queue.ts';
import type { HandshakeResult } from './handshake.ts';
import type { InstanceContext } from './instance-context.ts';
import { fingerprintLaunch, isSameLaunch } from './launch-fingerprint.ts';
import type { Leg } from './leg.ts';
import { type EffectiveLimits, effectiveLimits } from './limits.ts';
import type { ResourceSubscriptions } from './resource-subscriptions.ts';
import { ServerConnection } from './server-connection.ts';
import type { LegRequest } from './server-legs.ts';
import { ServerLifecycle } from './server-lifecycle.ts';
import { SignInStatus } from './sign-in-status.ts';
import { describeNextRetry, describeState, redactState } from './state-description.ts';
import type { Phase } from './state-machine.ts';

export class ServerInstance {
  #server: InstalledServer;
  readonly #context: InstanceContext;
  #limits: EffectiveLimits;
  #requestsServed = 0;
  /** Calls that wait for a leg. */
  #callsWaiting = 0;
  readonly #life: ServerLifecycle;
  readonly #connection: ServerConnection;
  /** Who may call now, and whose turn is next. */
  readonly queue: FairQueue;
  readonly signInStatus: SignInStatus;

  constructor(server: InstalledServer, context: InstanceContext) {
    this.#server = server;
    this.#context = context;
    this.#limits = effectiveLimits(server.limits, context.limits);
    this.queue = new FairQueue(this.#limits.concurrency);
    this.#life = new ServerLifecycle(context.clock, () => context.random(), {
      open: (flowId, cause) => void this.#connection.open(flowId, cause),
      close: (thenIdle) => void this.#connection.close(thenIdle),
      leftAlone: (callTriesAt) =>
        this.#log(
          'error',
          'connection',
          'it failed too often in a row; it is not started again by itself, but a later call tries once',
          { callTriesAt: new Date(callTriesAt).toISOString() },
        ),
      changed: () => context.events.publish({ type: 'upstream.status_changed', state: this.state }),
    });
    this.#connection = new ServerConnection({
      context,
      life: this.#life,
      target: () => ({ server: this.#server, limits: this.#limits }),
      signInError: (cause) => this.signInStatus.asError(cause),
      isCalled: () => this.#callsWaiting > 0,
      legFor: (wish) => this.leg(wish),
      log: (level, source, message, facts) => this.#log(level, source, message, facts),
    });
    this.signInStatus = new SignInStatus({
      serverName: server.name,
      life: this.#life,
      need: () => context.signInNeed?.(server.id),
      refused: (flowId, error) => this.#connection.fail(flowId, error),
      markUnavailable: () => this.#connection.features.markUnavailable(this.#server),
    });
  }

  get server(): InstalledServer {
    return this.#server;
  }
  get limits(): EffectiveLimits {
    return this.#limits;
  }
  get verdict(): EraVerdict | undefined {
    return this.#connection.eras.verdict;
  }
  get handshake(): HandshakeResult | undefined {
    return this.#connection.handshakeFor(undefined);
  }
  /** A client of that era is there. */
  wantEra(era: Era): void {
    this.#connection.wantEra(era);
  }
  /** What it says of itself to a client of that era. */
  handshakeFor(era: Era): HandshakeResult | undefined {
    return this.#connection.handshakeFor(era);
  }
  get withheld(): readonly Withheld[] {
    return this.#connection.features.withheld;
  }
  subscriptionsFor(era: Era): ResourceSubscriptions {
    return this.#connection.subscriptionsFor(era);
  }
  get isReady(): boolean {
    return this.#life.phase === 'ready';
  }
  /** An attempt is on its way, within the time that a person allows it now. */
  get isOpening(): boolean {
    return this.#connection.isOpeningWithin(this.#limits);
  }
  /** Whether its clients need legs of their own, as far as it has shown that (policy `auto`). */
  get asks(): AsksSeen {
    return this.#connection.asks;
  }

  get legs(): readonly Leg[] {
    return this.#connection.legs.all();
  }

  get state(): ServerState {
    const state = describeState({
      server: this.#server,
      life: this.#life,
      requestsServed: this.#requestsServed,
      pid: this.#connection.legs.primary?.pid,
      listFailures: this.#connection.features.failures,
      needsFolders: this.asks.needsFolders,
      isRefreshing: this.#connection.isRefreshing || this.signInStatus.isRenewing,
      signIn: this.signInStatus,
      now: this.#context.clock.now(),
    });
    return redactState(state, (text) => this.#context.redact?.(text, state.serverId) ?? text);
  }

  /** The installed server changed. A different launch means a new life; the rest takes effect at once. */
  change(server: InstalledServer): void {
    const old = this.#server;
    if (server === old) return;
    this.#server = server;
    this.#limits = effectiveLimits(server.limits, this.#context.limits);
    this.queue.setLimit(this.#limits.concurrency);
    const hearsTheSame = (server.declares ?? 'bridged') === (old.declares ?? 'bridged');
    if (isSameLaunch(server.launch, old.launch) && hearsTheSame) return;
    if (fingerprintLaunch(server.launch) !== fingerprintLaunch(old.launch)) this.#connection.forgetEras();
    if (this.#life.isWanted) this.#life.feed({ kind: 'again', cause: 'its configuration changed' });
  }

  want(): void {
    this.#life.feed({ kind: 'want' });
  }

  /** Connect again now: ends a wait, a crash loop, or a healthy life. */
  again(): void {
    this.asks.forget();
    this.#life.feed({ kind: 'again' });
  }

  /** Something outside the machine changed what there is to say. */
  tellAgain(): void {
    this.#life.tell();
  }

  /** A person switched it off. Resolves when nothing of it is left, also when it is switched on again meanwhile. */
  async unwant(): Promise<void> {
    if (this.#life.isWanted) this.#log('info', 'connection', 'stopped because a person switched it off');
    this.#life.feed({ kind: 'unwant' });
    await this.#closed();
  }

  /**
   * Stops it for good: nothing starts it again. Resolves when nothing of it is left.
   *
   * @param options.keepOffered the daemon ends; what the server offers is offered again at the next start, from the store
   */
  async end(options: { readonly keepOffered: boolean }): Promise<void> {
    if (options.keepOffered) this.#connection.keepOffered();
    this.#life.feed({ kind: 'removed' });
    await this.#closed();
  }

  async #closed(): Promise<void> {
    const { flowId } = this.#life;
    await this.whenSettled((phase) => phase !== 'closing' || this.#life.flowId !== flowId);
  }

  /** Resolves when the phase satisfies `isSettled`, when it can change no more, at the latest after `timeoutMs`. */
  whenSettled(isSettled: (phase: Phase) => boolean, timeoutMs = 600_000): Promise<void> {
    return this.#life.whenSettled(isSettled, timeoutMs);
  }

  /** Resolves when no attempt is on its way any more. */
  whenOpened(): Promise<void> {
    return this.whenSettled((phase) => !isOnItsWay(phase) && !(phase === 'closing' && this.#life.isWanted));
  }

  // ── calls ──────────────────────────────────────────────────────────────────────────────────────

  /**
   * A leg that can take a call now, in the wished era where the server speaks it.
   * Synchronous when one is at hand, so that a call costs no turn of the event loop.
   *
   * @throws upstream.not_ready, upstream.* of the attempt it waited for
   */
  leg(wish: LegRequest): Leg | Promise<Leg> {
    const leg = this.#life.phase === 'ready' ? this.#connection.legs.for(wish) : undefined;
    return leg ?? this.#waitForLeg(wish);
  }

  /**
   * A leg in place of one whose session the server has forgotten. The server has not begun what it refused for that.
   *
   * @throws as `leg`
   */
  async legAfter(lost: Leg, wish: LegRequest): Promise<Leg> {
    // Its other calls hear their own end first; then the wire ends by itself.
    await lost.whenClosed();
    return this.leg(wish);
  }

  /** Somebody wants log messages from here on; a legacy server is told, also after it was started again. */
  raiseLogLevel(level: LogLevel): void {
    this.#connection.legs.raiseLogLevel(level);
  }

  /** Counts a call that reached the server. */
  countRequest(): void {
    this.#requestsServed += 1;
  }

  /** Somebody whose private legs they were is gone. */
  releaseOwner(owner: string): Promise<void> {
    return this.#connection.legs.release(owner);
  }

  legsOf(owner: string): readonly Leg[] {
    return this.#connection.legs.ofOwner(owner);
  }

  /** The server answered as if these lists had changed: they are read again now. */
  readListsAgain(kinds: readonly FeatureKind[]): Promise<void> {
    return this.#connection.readListsAgain(kinds);
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
      this.#connection.subscriptions.isWanted ||
      this.#connection.otherSubscriptions.isWanted ||
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
    void this.#connection.legs.primary?.fail(error);
  }

  async #waitForLeg(wish: LegRequest): Promise<Leg> {
    // The port is open a moment before the servers are wanted: a call in that moment starts its own.
    if (this.#life.phase === 'idle' && this.#server.isEnabled) this.want();
    this.#life.feed({ kind: 'call', at: this.#context.clock.now() });
    this.#callsWaiting += 1;
    this.#context.callWaits();
    try {
      await this.whenOpened();
    } finally {
      this.#callsWaiting -= 1;
    }
    if (this.#life.phase === 'ready' && this.#connection.legs.primary !== undefined) return this.leg(wish);
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
