/**
 * upstream/leg — one live conversation with a server in one era, from the handshake to the end.
 *
 * In: a fresh transport. Out: a leg that takes calls.
 * Owns: the handshake, what the server told about itself, the `_meta` of the modern era.
 * Knows nothing of: when to connect or reconnect, names clients see, who may call.
 */
import {
  type Cancellation,
  type Clock,
  type JsonObject,
  type McpMuxError,
  withTimeout,
} from '../base/index.ts';
import {
  type Answer,
  type Ask,
  type CallScope,
  type Era,
  type Revision,
  reachesLevel,
} from '../model/index.ts';
import {
  encodeParamHeaders,
  type LogLevel,
  mcpNameOf,
  modernRevision,
  type ParamHeader,
  RawJson,
} from '../protocol/index.ts';
import type { ClosedReason, Transport, TransportEvents } from '../transports/index.ts';
import { transportError } from '../transports/index.ts';
import { upstreamError } from './errors.ts';
import { withStderr } from './failures.ts';
import { type Agreement, type HandshakeResult, modernHop, shakeHands } from './handshake.ts';
import type { EffectiveLimits } from './limits.ts';
import type { OwnerAsks } from './owner-asks.ts';
import { Peer } from './peer.ts';
import type { ServerRequestsOptions } from './server-requests.ts';

export interface LegEvents {
  /** A notification that belongs to no call: list_changed, resources/updated, log messages, anything new. */
  notified(method: string, params: RawJson): void;
  /** A log message that went to its call already. */
  logged(params: RawJson): void;
  /** As in server-requests. */
  readonly askedOutside: ServerRequestsOptions['askedOutside'];
  askedUnattributed(ask: Ask): void;
  /** As in peer. */
  requestFailed?(error: McpMuxError): void;
  closed(reason: ClosedReason): void;
}

export interface LegOptions {
  readonly serverName: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly limits: EffectiveLimits;
  readonly era: Era;
  /** Only with era `legacy`: ask first, on the same wire, whether the server speaks the modern era too or alone. */
  readonly asksModernFirst?: boolean;
  /** What we say of ourselves; a private leg passes on what its one client said. */
  readonly clientInfo: JsonObject;
  /** Legacy: declared once, at `initialize`. */
  readonly clientCapabilities: JsonObject;
  /** Key of the one client it belongs to; undefined = shared. */
  readonly owner: string | undefined;
  /** What the server asks that client outside of its calls. */
  readonly ownerAsks?: OwnerAsks | undefined;
  readonly events: LegEvents;
  readonly log: TransportEvents['log'];
  readonly signal: AbortSignal;
  /** The wire is open; the handshake begins. */
  readonly onOpened?: () => void;
}

export interface CallOptions {
  readonly timeoutMs?: number;
  readonly maxMs?: number;
  /** The tool's `x-mcp-header` parameters; HTTP in the modern era only. */
  readonly paramHeaders?: readonly ParamHeader[];
}

export class Leg {
  readonly era: Era;
  /** All that the server was found to speak when this leg was opened. */
  readonly eras: readonly Era[];
  readonly revision: Revision;
  readonly handshake: HandshakeResult;
  readonly owner: string | undefined;
  /** The server's own session, where the wire has one, is the transport's affair. */
  readonly wire: Transport['wire'];
  readonly #peer: Peer;
  readonly #ownerAsks: OwnerAsks | undefined;
  readonly #limits: EffectiveLimits;
  readonly #clientInfo: JsonObject;
  readonly #clientCapabilities: JsonObject;
  #logLevel: LogLevel | undefined;

  /** Made by `openLeg`, which has done the handshake. */
  constructor(peer: Peer, options: LegOptions, agreement: Agreement) {
    this.#peer = peer;
    this.#ownerAsks = options.ownerAsks;
    this.#limits = options.limits;
    this.#clientInfo = options.clientInfo;
    this.#clientCapabilities = options.clientCapabilities;
    this.era = agreement.era;
    this.eras = agreement.eras;
    this.revision = agreement.revision;
    this.handshake = agreement.handshake;
    this.owner = options.owner;
    this.wire = options.transport.wire;
  }

  get inFlight(): number {
    return this.#peer.inFlight;
  }

  get isClosed(): boolean {
    return this.#peer.isClosed;
  }

  /** Resolves when its wire has ended. */
  whenClosed(): Promise<void> {
    return this.#peer.whenEnded();
  }

  /** Asks whether anybody is there; any answer will do. @throws upstream.timed_out, transports.* */
  async ping(timeoutMs: number): Promise<void> {
    await this.ask(this.era === 'legacy' ? 'ping' : 'server/discover', undefined, { timeoutMs });
  }

  get pid(): number | undefined {
    return this.#peer.transport.pid;
  }

  get bufferedBytes(): number {
    return this.#peer.transport.bufferedBytes + this.#peer.unreadBytes;
  }

  /**
   * On a private leg: lets the owner answer what the server waits for before it is called.
   *
   * @returns undefined when nothing stands in the way of the call
   */
  beforeCall(scope: CallScope): Promise<void> | undefined {
    return this.#ownerAsks?.beforeCall(scope, () => this.notify('notifications/roots/list_changed'));
  }

  /**
   * Calls the server for a client.
   *
   * @param params as the client gave them; of its `_meta` the leg leaves out what is of the client's hop, and adds what its
   *               own era needs
   * @throws upstream.*
   */
  call(
    method: string,
    params: RawJson | undefined,
    scope: CallScope,
    options: CallOptions = {},
  ): Promise<Answer> {
    const { client } = scope.caller;
    const taskId = method.startsWith('tasks/') ? params?.text('taskId') : undefined;
    return this.#peer.request(method, params, {
      scope,
      hop:
        this.era === 'modern'
          ? {
              protocolVersion: modernRevision,
              clientInfo: client.info ?? this.#clientInfo,
              clientCapabilities: client.capabilities,
              logLevel: scope.logLevel,
            }
          : undefined,
      timeoutMs: options.timeoutMs ?? this.#limits.callTimeoutMs,
      maxMs: options.maxMs ?? this.#limits.maxCallMs,
      wantsProgress: true,
      taskId,
      name: this.#headerName(method, params),
      paramHeaders:
        options.paramHeaders !== undefined && this.#usesHeaders
          ? encodeParamHeaders(options.paramHeaders, params?.object('arguments'))
          : undefined,
    });
  }

  /** A request of our own: lists, subscriptions. @throws upstream.* */
  ask(
    method: string,
    params: JsonObject | undefined,
    options: {
      readonly timeoutMs: number;
      readonly onNotification?: (method: string, params: RawJson) => void;
      readonly cancellation?: Cancellation;
    },
  ): Promise<Answer> {
    const sent = params === undefined ? undefined : RawJson.ofValue(params);
    return this.#peer.request(method, sent, {
      scope: undefined,
      hop: this.era === 'modern' ? modernHop(this.#clientInfo, this.#clientCapabilities) : undefined,
      timeoutMs: options.timeoutMs,
      maxMs: 0,
      wantsProgress: false,
      name: this.#headerName(method, sent),
      onNotification: options.onNotification,
      cancellation: options.cancellation,
    });
  }

  notify(method: string, params?: JsonObject): void {
    this.#peer.notify(method, params === undefined ? undefined : RawJson.ofValue(params));
  }

  /**
   * Legacy: the level is one for the whole connection, so it follows the most talkative wish.
   * @returns undefined when nothing has to be told
   */
  raiseLogLevel(level: LogLevel): Promise<void> | undefined {
    if (this.handshake.capabilities['logging'] === undefined) return undefined;
    if (this.#logLevel !== undefined && reachesLevel(level, this.#logLevel)) return undefined;
    this.#logLevel = level;
    return this.#tellLogLevel(level);
  }

  async #tellLogLevel(level: LogLevel): Promise<void> {
    try {
      await this.ask('logging/setLevel', { level }, { timeoutMs: this.#limits.connectTimeoutMs });
    } catch {
      // The call that wanted it goes on without log messages.
    }
  }

  close(): Promise<void> {
    return this.#peer.close();
  }

  /** Closes it for a reason that every open call fails with. */
  fail(error: McpMuxError): Promise<void> {
    return this.#peer.fail(error);
  }

  /** Stops reading from the server, or goes on. */
  hold(isHeld: boolean): void {
    this.#peer.transport.hold?.(isHeld);
  }

  get #usesHeaders(): boolean {
    return this.era === 'modern' && this.wire === 'http';
  }

  #headerName(method: string, params: RawJson | undefined): string | undefined {
    return this.#usesHeaders ? mcpNameOf(method, params) : undefined;
  }
}

/**
 * Opens the wire and does the handshake.
 *
 * @throws upstream.wrong_era when the server does not speak that era (the transport is closed then), upstream.*
 */
export async function openLeg(options: LegOptions): Promise<Leg> {
  const peer = new Peer({
    serverName: options.serverName,
    transport: options.transport,
    clock: options.clock,
    handlers: options.events,
    log: options.log,
  });
  const { signal } = options;
  // A server that starts or answers slowly is let go in the moment in which nobody wants it any more.
  const giveUp = (): void => void peer.fail(transportError('cancelled', { server: options.serverName }));
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    if (signal.aborted) throw transportError('cancelled', { server: options.serverName });
    await openInTime(peer, options);
    options.onOpened?.();
    return new Leg(peer, options, await shakeHands(peer, options));
  } catch (error) {
    const lastStderr = options.transport.lastStderr ?? [];
    await peer.close();
    throw withStderr(error, lastStderr);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** The wire must open in the time that the whole start may take; a server that accepts and says nothing is not waited for. */
function openInTime(peer: Peer, options: LegOptions): Promise<void> {
  const { connectTimeoutMs } = options.limits;
  return withTimeout(options.clock, connectTimeoutMs, peer.open(options.signal), () =>
    upstreamError('connect_timed_out', { server: options.serverName, timeoutMs: connectTimeoutMs }),
  );
}
