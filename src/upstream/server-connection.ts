/**
 * upstream/server-connection — does what the life of a server asks for: opens a connection, reads what is offered, closes.
 *
 * In: "open" and "close" from the life. Out: the legs, and to the life what became of each attempt.
 * Owns: the attempt, the wires, the legs, what was found out about the server on the way.
 * Knows nothing of: when to connect, calls of clients, words for people.
 */
import { describeError, isMcpMuxError, McpMuxError } from '../base/index.ts';
import {
  type Era,
  type FeatureKind,
  featureKinds,
  type ServerLogLevel,
  type ServerLogSource,
} from '../model/index.ts';
import { maskUrl } from '../sign-in/index.ts';
import type { ClosedReason, TransportEvents } from '../transports/index.ts';
import { transportError } from '../transports/index.ts';
import { AsksSeen } from './asks-seen.ts';
import { EraCache } from './era-cache.ts';
import { classifyFailure, failureOfClosing } from './failures.ts';
import { FeatureService } from './feature-service.ts';
import type { HandshakeResult } from './handshake.ts';
import type { InstanceContext } from './instance-context.ts';
import type { Leg } from './leg.ts';
import { LegFace } from './leg-face.ts';
import { LegOpener, type LegTarget } from './leg-opener.ts';
import type { EffectiveLimits } from './limits.ts';
import { ListReader } from './list-reader.ts';
import { Liveness } from './liveness.ts';
import { ResourceSubscriptions } from './resource-subscriptions.ts';
import { type LegRequest, ServerLegs } from './server-legs.ts';
import type { ServerLifecycle } from './server-lifecycle.ts';
import { ServerNotifications } from './server-notifications.ts';
import { ServerWires } from './server-wires.ts';

const eras: readonly Era[] = ['legacy', 'modern'];

export interface ServerConnectionOptions {
  readonly context: InstanceContext;
  readonly life: ServerLifecycle;
  /** The server as it is now. */
  target(): LegTarget;
  /** That a sign-in is needed, with the reason, which the wire that met it does not know. */
  signInError(cause: McpMuxError): McpMuxError;
  /** Does a call wait for it? Then its start goes before others. */
  isCalled(): boolean;
  /** Gives the leg for the wish as it is now, waiting for it if need be. */
  legFor(wish: LegRequest): Leg | Promise<Leg>;
  readonly log: (
    level: ServerLogLevel,
    source: ServerLogSource,
    message: string,
    facts?: Parameters<TransportEvents['log']>[3],
  ) => void;
}

export class ServerConnection {
  readonly legs: ServerLegs;
  readonly eras: EraCache;
  readonly features: FeatureService;
  readonly subscriptions: ResourceSubscriptions;
  /** At the shared leg of the other era. */
  readonly otherSubscriptions: ResourceSubscriptions;
  readonly asks: AsksSeen;
  readonly #options: ServerConnectionOptions;
  readonly #context: InstanceContext;
  readonly #life: ServerLifecycle;
  readonly #wires: ServerWires;
  readonly #opener: LegOpener;
  readonly #lists: ListReader;
  readonly #liveness: Liveness;
  #attempt: { readonly abort: AbortController; readonly limits: EffectiveLimits } | undefined;
  readonly #handshakes = new Map<Era, HandshakeResult>();
  #otherLeg: Leg | undefined;
  #hasLegacyClients = false;
  /** What the other era's leg offers. */
  #otherFace: LegFace | undefined;
  #isRefreshing = false;
  /** What was offered is offered again by itself: in the next life of the daemon, from the store. */
  #keepsOffered = false;

  constructor(options: ServerConnectionOptions) {
    this.#options = options;
    const { context, life, log } = options;
    this.#context = context;
    this.#life = life;
    const { server } = options.target();
    for (const era of eras) {
      const known = context.handshakeCache.recall(server.id, era);
      if (known !== undefined) this.#handshakes.set(era, known);
    }
    this.#wires = new ServerWires(server.name);
    this.eras = new EraCache(context.verdicts, context.clock, context.logger);
    this.features = new FeatureService({
      catalogue: context.catalogue,
      events: context.events,
      logger: context.logger,
      log,
    });
    this.#lists = new ListReader({
      clock: context.clock,
      random: () => context.random(),
      read: (kinds) => this.#readLists(kinds),
    });
    this.#liveness = new Liveness({
      serverName: server.name,
      clock: context.clock,
      intervalMs: () => options.target().limits.pingIntervalMs,
      dead: (error) => this.fail(life.flowId, error),
    });
    const notifications = new ServerNotifications(server.id, context.events, this.#lists, log);
    this.asks = new AsksSeen(() => life.tell());
    this.#opener = new LegOpener({
      clock: context.clock,
      wires: this.#wires,
      clientInfo: context.clientInfo,
      bridgedCapabilities: context.bridgedCapabilities,
      createTransport: (installed, wire) => context.createTransport(installed, wire),
      askSession: (...asked) => context.sessions.ask(...asked),
      folders: context.folders,
      asks: this.asks,
      log,
      heard: (method, params) => notifications.heard(method, params),
      logged: (params) => notifications.logged(params),
      requestFailed: (error) => this.#liveness.suspect(error),
    });
    this.legs = new ServerLegs({
      serverName: server.name,
      clock: context.clock,
      eras: this.eras,
      opener: this.#opener,
      isPresent: (sessionKey) => context.sessions.isPresent(sessionKey),
      face: (era, owner) => this.#makeFace(era, owner),
      otherEra: (leg) => this.#otherEra(leg),
      target: () => options.target(),
      flowId: () => life.flowId,
      without: (era, wish) => {
        log('info', 'connection', `it does not speak the ${era} era; calls are translated`);
        context.faces.setFace(server.id, `era:${era}`, undefined);
        return options.legFor(wish);
      },
    });
    const subscriptions = (listChanged: (kinds: readonly FeatureKind[]) => void): ResourceSubscriptions =>
      new ResourceSubscriptions({
        log: (level, message) => log(level, 'protocol', message),
        updated: (uri) =>
          context.events.publish({
            type: 'upstream.resource_updated',
            serverId: server.id,
            owner: undefined,
            uri,
          }),
        listChanged,
      });
    this.subscriptions = subscriptions((kinds) => this.#lists.noted(kinds));
    this.otherSubscriptions = subscriptions((kinds) => this.#otherFace?.noted(kinds));
  }

  /** What the server said of itself, in this connection or before; in `era` where it has said something there. */
  handshakeFor(era: Era | undefined): HandshakeResult | undefined {
    const own = era === undefined ? undefined : this.#handshakes.get(era);
    const primary = this.legs.primary?.handshake;
    return own ?? primary ?? this.#handshakes.get('modern') ?? this.#handshakes.get('legacy');
  }

  /** Where a client of that era asks to hear about resources: at the leg that serves it. */
  subscriptionsFor(era: Era): ResourceSubscriptions {
    return this.#otherLeg?.era === era ? this.otherSubscriptions : this.subscriptions;
  }
  get isRefreshing(): boolean {
    return this.#isRefreshing;
  }
  /** Is an attempt on its way that still takes the time a person allows it now? */
  isOpeningWithin({ connectTimeoutMs, listTimeoutMs }: EffectiveLimits): boolean {
    const { phase } = this.#life;
    const limits = this.#attempt?.limits;
    return (
      (phase === 'opening' || phase === 'agreeing' || phase === 'listing') &&
      limits?.connectTimeoutMs === connectTimeoutMs &&
      limits.listTimeoutMs === listTimeoutMs
    );
  }

  /** It is started or reached in another way now: what was found out of its eras holds no more. */
  forgetEras(): void {
    this.eras.reset();
    this.#handshakes.clear();
    for (const era of eras)
      this.#context.faces.setFace(this.#options.target().server.id, `era:${era}`, undefined);
  }

  /** The daemon stops: what is offered stays offered. */
  keepOffered(): void {
    this.#keepsOffered = true;
  }

  // ── what the life asks for ─────────────────────────────────────────────────────────────────────

  /** Starts the attempt `flowId`; what becomes of it is fed to the life. Never throws. */
  async open(flowId: number, cause: string): Promise<void> {
    this.#attempt?.abort.abort();
    const { limits } = this.#options.target();
    const abort = new AbortController();
    this.#attempt = { abort, limits };
    try {
      // What is left of an earlier connection may hold the port or the lock that this one needs.
      await this.#wires.ended();
      const leg = await this.#context.takeTurn(
        () => this.#openAny(flowId, cause, abort.signal),
        () => this.#options.isCalled(),
      );
      if (this.#life.flowId !== flowId) return;
      await this.#agreed(leg, flowId);
    } catch (error) {
      this.fail(flowId, error);
    }
  }

  #openAny(flowId: number, cause: string, signal: AbortSignal): Promise<Leg> {
    const target = this.#options.target();
    const isCurrent = (): boolean => this.#life.flowId === flowId;
    if (isCurrent()) {
      const { kind } = target.server.launch;
      this.#options.log('info', 'connection', kind === 'stdio' ? 'starting' : 'connecting', {
        transport: kind,
        attempt: flowId,
        cause,
      });
    }
    return this.#opener.openAny(target, this.eras, {
      signal,
      isCurrent,
      onOpened: () => this.#life.feed({ kind: 'opened', flowId }),
      closed: (reason) => this.#primaryClosed(flowId, reason),
    });
  }

  async #agreed(leg: Leg, flowId: number): Promise<void> {
    const { server } = this.#options.target();
    this.legs.begin(leg);
    this.#context.faces.setFace(server.id, `era:${leg.era}`, undefined);
    this.#remember(leg);
    this.eras.note(server, leg);
    this.#life.feed({ kind: 'agreed', flowId });
    await this.#lists.read();
    if (this.#life.flowId !== flowId || leg.isClosed) return;
    this.#life.feed({ kind: 'listed', flowId, at: this.#context.clock.now() });
    this.#liveness.watch(leg);
    this.subscriptions.attach(leg);
    this.legs.sayLogLevel();
    this.#openOtherEra(leg);
  }

  #remember(leg: Leg): void {
    this.#handshakes.set(leg.era, leg.handshake);
    this.#context.handshakeCache.remember(this.#options.target().server.id, leg.era, leg.handshake);
  }

  /**
   * A client of that era is there. A server of both eras may offer something else in each: over HTTP, where another leg
   * is cheap, it is asked now; over a pipe another leg is another process, and the first call that needs it opens it.
   */
  wantEra(era: Era): void {
    if (era === 'legacy') this.#hasLegacyClients = true;
    const { primary } = this.legs;
    if (this.#life.phase === 'ready' && primary !== undefined) this.#openOtherEra(primary);
  }

  #openOtherEra(primary: Leg): void {
    if (!this.#hasLegacyClients || primary.wire !== 'http' || primary.era !== 'modern') return;
    if (this.#otherLeg !== undefined || !this.eras.mightSpeak('legacy', primary.wire)) return;
    Promise.resolve(this.legs.for({ era: 'legacy', owner: undefined })).catch((error: unknown) => {
      this.#options.log('debug', 'connection', `its other era could not be read: ${describeError(error)}`);
    });
  }

  #makeFace(era: Era, owner: string | undefined): LegFace {
    const { context, log } = this.#options;
    const { server } = this.#options.target();
    const face = new LegFace({
      serverId: server.id,
      key: owner === undefined ? `era:${era}` : `owner:${owner}`,
      owner,
      faces: context.faces,
      events: context.events,
      clock: context.clock,
      random: () => context.random(),
      log,
      listTimeoutMs: () => this.#options.target().limits.listTimeoutMs,
    });
    if (owner === undefined) this.#otherFace = face;
    return face;
  }

  #otherEra(leg: Leg | undefined): void {
    this.otherSubscriptions.detach();
    this.#otherLeg = leg;
    if (leg === undefined) return;
    this.#remember(leg);
    this.otherSubscriptions.attach(leg);
  }

  #primaryClosed(flowId: number, reason: ClosedReason): void {
    if (this.#life.flowId !== flowId || reason.kind === 'asked') return;
    const error = failureOfClosing(this.#options.target().server.name, reason);
    // While opening, the handshake's own rejection tells the machine.
    if (this.#life.phase === 'ready' || this.#life.phase === 'listing') this.fail(flowId, error);
    else this.#options.log('warn', 'connection', error.message, { code: error.code });
  }

  /** The attempt, or the connection that it became, has failed. */
  fail(flowId: number, error: unknown): void {
    if (this.#life.flowId !== flowId) return;
    const { server } = this.#options.target();
    const known = isMcpMuxError(error, 'transports.needs_sign_in')
      ? this.#options.signInError(error)
      : error instanceof McpMuxError
        ? error
        : transportError('spawn_failed', { server: server.name, reason: describeError(error) }, error);
    this.#life.error = known;
    const isSignIn = isMcpMuxError(known, 'transports.needs_sign_in');
    // That a person has to sign in is the usual state of a new server, and no error.
    this.#options.log(isSignIn ? 'info' : 'error', 'connection', known.message, {
      code: known.code,
      ...(isSignIn && server.launch.kind === 'http' && { url: maskUrl(server.launch.url) }),
    });
    this.#context.logger.warn(
      { server: server.name, code: known.code, error: known.message, attempt: flowId },
      'the connection to a server failed',
    );
    if (isSignIn) this.#life.feed({ kind: 'needs_sign_in', flowId });
    else
      this.#life.feed({
        kind: 'failed',
        flowId,
        failure: classifyFailure(known),
        at: this.#context.clock.now(),
      });
    void this.features.markUnavailable(server);
  }

  /** Ends whatever is open or being opened. @param thenIdle tell the life when nothing is left */
  async close(thenIdle: boolean): Promise<void> {
    this.#attempt?.abort.abort();
    this.#lists.reset();
    this.#liveness.stop();
    this.subscriptions.detach();
    this.otherSubscriptions.detach();
    this.legs.clear();
    await this.#wires.closeAll();
    if (!thenIdle) return;
    // What is wanted comes back, asleep or at once, and stays listed.
    if (!this.#keepsOffered && !this.#life.isWanted)
      await this.features.markUnavailable(this.#options.target().server);
    this.#life.feed({ kind: 'closed' });
  }

  // ── what the server offers ─────────────────────────────────────────────────────────────────────

  /** Reads these lists again now: the server answered as if they had changed. Resolves when that is done. */
  async readListsAgain(kinds: readonly FeatureKind[] = featureKinds): Promise<void> {
    if (this.#life.phase === 'ready') await this.#lists.read(kinds);
  }

  /** @returns the lists that did not come */
  async #readLists(kinds: readonly FeatureKind[]): Promise<readonly FeatureKind[]> {
    const leg = this.legs.primary;
    if (leg === undefined || leg.isClosed) return [];
    const { server, limits } = this.#options.target();
    const { flowId } = this.#life;
    const isFirst = this.#life.phase === 'listing';
    if (!isFirst) this.#setRefreshing(true);
    try {
      return await this.features.discover(server, leg, {
        listTimeoutMs: limits.listTimeoutMs,
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
}
