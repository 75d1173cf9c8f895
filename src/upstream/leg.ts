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
  isJsonObject,
  type JsonObject,
  type McpMuxError,
  withTimeout,
} from '../base/index.ts';
import {
  type Answer,
  type Ask,
  type CallScope,
  type Era,
  type LegacyRevision,
  type Revision,
  reachesLevel,
} from '../model/index.ts';
import {
  encodeParamHeaders,
  errorData,
  isLegacyRevision,
  type LogLevel,
  latestLegacyRevision,
  type ModernHop,
  mcpNameOf,
  modernRevision,
  type ParamHeader,
  RawJson,
  type RpcErrorObject,
  unsupportedProtocolVersion,
} from '../protocol/index.ts';
import type { ClosedReason, Transport, TransportEvents } from '../transports/index.ts';
import { transportError } from '../transports/index.ts';
import { upstreamError } from './errors.ts';
import type { EffectiveLimits } from './limits.ts';
import type { OwnerAsks } from './owner-asks.ts';
import { Peer } from './peer.ts';
import type { ServerRequestsOptions } from './server-requests.ts';

/** What a server said of itself in the handshake. */
export interface HandshakeResult {
  readonly serverInfo: JsonObject | undefined;
  readonly capabilities: JsonObject;
  readonly instructions: string | undefined;
}

export interface LegEvents {
  /** A notification that belongs to no call: list_changed, resources/updated, log messages, anything new. */
  notified(method: string, params: RawJson): void;
  /** A log message that went to its call already. */
  logged(params: RawJson): void;
  /** As in server-requests. */
  readonly askedOutside: ServerRequestsOptions['askedOutside'];
  askedUnattributed(ask: Ask): void;
  closed(reason: ClosedReason): void;
}

export interface LegOptions {
  readonly serverName: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly limits: EffectiveLimits;
  readonly era: Era;
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
  constructor(peer: Peer, options: LegOptions, revision: Revision, handshake: HandshakeResult) {
    this.#peer = peer;
    this.#ownerAsks = options.ownerAsks;
    this.#limits = options.limits;
    this.#clientInfo = options.clientInfo;
    this.#clientCapabilities = options.clientCapabilities;
    this.era = options.era;
    this.revision = revision;
    this.handshake = handshake;
    this.owner = options.owner;
    this.wire = options.transport.wire;
  }

  get inFlight(): number {
    return this.#peer.inFlight;
  }

  get isClosed(): boolean {
    return this.#peer.isClosed;
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
 * Opens the wire and does the handshake of one era.
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
    const { revision, handshake } =
      options.era === 'legacy' ? await initialize(peer, options) : await discover(peer, options);
    peer.agreed(options.era, revision);
    if (options.era === 'legacy') peer.notify('notifications/initialized');
    return new Leg(peer, options, revision, handshake);
  } catch (error) {
    await peer.close();
    throw error;
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

async function initialize(
  peer: Peer,
  options: LegOptions,
): Promise<{ revision: LegacyRevision; handshake: HandshakeResult }> {
  const answer = await peer.request(
    'initialize',
    RawJson.ofValue({
      protocolVersion: latestLegacyRevision,
      capabilities: options.clientCapabilities,
      clientInfo: options.clientInfo,
    }),
    handshakeOptions(options),
  );
  if (answer.kind === 'error') throw notThisEra(options, answer.error.message);
  const result = answer.result.value;
  const revision = result['protocolVersion'];
  if (!isLegacyRevision(revision)) {
    throw upstreamError('wrong_era', {
      server: options.serverName,
      offered: `it answered initialize with revision ${JSON.stringify(revision) ?? 'none'}`,
    });
  }
  return { revision, handshake: parseHandshakeResult(result, result['serverInfo']) };
}

async function discover(
  peer: Peer,
  options: LegOptions,
): Promise<{ revision: Revision; handshake: HandshakeResult }> {
  // The transport needs the era's headers for this very request already.
  peer.agreed('modern', modernRevision);
  const ask = (): Promise<Answer> =>
    peer.request('server/discover', undefined, {
      ...handshakeOptions(options),
      hop: modernHop(options.clientInfo, options.clientCapabilities),
    });
  let answer = await ask();
  // A server may refuse a version and name it among those it supports; then asking again is what it wants.
  if (answer.kind === 'error' && namesOurRevision(answer.error)) answer = await ask();
  if (answer.kind === 'error') throw notThisEra(options, answer.error.message);
  const result = answer.result.value;
  const versions = result['supportedVersions'];
  if (!Array.isArray(versions) || !versions.includes(modernRevision)) {
    throw upstreamError('wrong_era', {
      server: options.serverName,
      offered: `it supports ${JSON.stringify(versions) ?? 'no named revisions'}`,
    });
  }
  const meta = result['_meta'];
  return {
    revision: modernRevision,
    handshake: parseHandshakeResult(
      result,
      isJsonObject(meta) ? meta['io.modelcontextprotocol/serverInfo'] : undefined,
    ),
  };
}

function modernHop(clientInfo: JsonObject, clientCapabilities: JsonObject): ModernHop {
  return { protocolVersion: modernRevision, clientInfo, clientCapabilities };
}

function namesOurRevision(error: RpcErrorObject): boolean {
  const data = error.code === unsupportedProtocolVersion ? errorData(error) : undefined;
  if (!isJsonObject(data)) return false;
  const supported = data['supported'];
  return Array.isArray(supported) && supported.includes(modernRevision);
}

function handshakeOptions(options: LegOptions): Parameters<Peer['request']>[2] {
  return {
    scope: undefined,
    timeoutMs: options.limits.connectTimeoutMs,
    maxMs: 0,
    wantsProgress: false,
  };
}

function notThisEra(options: LegOptions, message: string): McpMuxError {
  return upstreamError('wrong_era', {
    server: options.serverName,
    offered: `it refused the ${options.era} handshake: ${message.slice(0, 200)}`,
  });
}

function parseHandshakeResult(result: JsonObject, serverInfo: unknown): HandshakeResult {
  return {
    serverInfo: isJsonObject(serverInfo) ? serverInfo : undefined,
    capabilities: isJsonObject(result['capabilities']) ? result['capabilities'] : {},
    instructions: typeof result['instructions'] === 'string' ? result['instructions'] : undefined,
  };
}
