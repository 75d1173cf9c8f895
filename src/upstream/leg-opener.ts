/**
 * upstream/leg-opener — opens conversations with one server: a wire, a handshake, and who hears what is said beside calls.
 *
 * In: the server as it is now. Out: a leg that has agreed. Every attempt makes a wire of its own.
 * Owns: nothing; a leg belongs to whoever asked for it. Knows nothing of: the machine, which legs there are.
 */

import { type Clock, isJsonObject, isMcpMuxError, type JsonObject, type McpMuxError } from '../base/index.ts';
import type { Era, InstalledServer } from '../model/index.ts';
import { hasRoots, RawJson } from '../protocol/index.ts';
import type { ClosedReason, Transport, TransportEvents } from '../transports/index.ts';
import { transportError } from '../transports/index.ts';
import type { AsksSeen } from './asks-seen.ts';
import type { EraCache } from './era-cache.ts';
import type { Wire } from './era-probe.ts';
import { type FailedTry, judgeHandshake, mostTelling } from './failures.ts';
import type { FoldersTold } from './folders-told.ts';
import { type Leg, type LegEvents, openLeg } from './leg.ts';
import type { EffectiveLimits } from './limits.ts';
import { OwnerAsks, type OwnerAsksOptions } from './owner-asks.ts';
import type { ServerWires } from './server-wires.ts';

export interface LegOpenerOptions {
  readonly clock: Clock;
  /** Where every wire belongs until nothing of it is left. */
  readonly wires: ServerWires;
  /** Who we say that we are on a shared leg. */
  readonly clientInfo: JsonObject;
  /** What a shared leg declares: everything we can bridge. */
  readonly bridgedCapabilities: JsonObject;
  createTransport(server: InstalledServer, wire: Wire): Transport | Promise<Transport>;
  readonly askSession: OwnerAsksOptions['ask'];
  readonly folders: FoldersTold;
  readonly asks: AsksSeen;
  readonly log: TransportEvents['log'];
  readonly heard: LegEvents['notified'];
  readonly logged: LegEvents['logged'];
  /** A request over the shared leg got no answer from the wire. */
  readonly requestFailed: (error: McpMuxError) => void;
}

/** The server as it is now. */
export interface LegTarget {
  readonly server: InstalledServer;
  readonly limits: EffectiveLimits;
}

interface Attempt {
  /** Aborts when the leg is not wanted any more; ends the wire at whatever point it is. */
  readonly signal: AbortSignal;
  readonly onOpened?: () => void;
  readonly asksModernFirst?: boolean | undefined;
  /** Hears what is said beside calls; undefined = whoever hears the primary leg. */
  readonly heard?: LegEvents['notified'];
  readonly closed: (reason: ClosedReason) => void;
}

export class LegOpener {
  readonly #options: LegOpenerOptions;

  constructor(options: LegOpenerOptions) {
    this.#options = options;
  }

  /**
   * A shared leg over whatever the server agrees to: its wires and eras in turn, best known first.
   *
   * @param isCurrent false = the attempt is no longer wanted; then no further wire is made
   * @throws transports.*, upstream.* of the try that tells most
   */
  async openAny(
    target: LegTarget,
    eras: EraCache,
    attempt: Attempt & { readonly isCurrent: () => boolean },
  ): Promise<Leg> {
    const { server } = target;
    const tries = await eras.wiresFor(server);
    const failed: FailedTry[] = [];
    for (const [at, { era, wire, asksModernFirst }] of tries.entries()) {
      if (!attempt.isCurrent()) throw transportError('closed', { server: server.name });
      const isLast = at === tries.length - 1;
      try {
        const tried = isLast ? target : withShorterTry(target, era);
        const leg = await this.openShared(tried, era, wire, { ...attempt, asksModernFirst });
        if (failed.some(({ evidence }) => evidence === 'none')) eras.doubt();
        return leg;
      } catch (error) {
        const evidence = judgeHandshake(error, server.launch, era);
        failed.push({ wire, era, error, evidence });
        if (evidence === 'stop') break;
        if (isMcpMuxError(error, 'upstream.ended_at_probe')) eras.endedAtProbe();
        // It was asked for both eras: there is nothing else to ask.
        else if (asksModernFirst === true) break;
      }
    }
    if (failed.at(-1)?.evidence === 'refused') await eras.disprove(server);
    throw mostTelling(failed);
  }

  openShared(target: LegTarget, era: Era, wire: Wire, attempt: Attempt): Promise<Leg> {
    const { clientInfo, bridgedCapabilities } = this.#options;
    // Where each client speaks for itself, a shared leg speaks for none.
    const capabilities = target.server.declares === 'client' ? {} : bridgedCapabilities;
    return this.#open(target, era, wire, attempt, { clientInfo, capabilities });
  }

  /** A leg for one client alone; it says who that client is and declares what that client can do. */
  openOwned(
    target: LegTarget,
    era: Era,
    wire: Wire,
    attempt: Attempt,
    owner: {
      readonly name: string;
      readonly clientInfo: JsonObject | undefined;
      readonly capabilities: JsonObject | undefined;
    },
  ): Promise<Leg> {
    const { clientInfo = this.#options.clientInfo, capabilities = {} } = owner;
    const { clock, folders, asks, askSession } = this.#options;
    const canTellFolders = hasRoots(capabilities);
    return this.#open(target, era, wire, attempt, {
      owner: owner.name,
      asks: new OwnerAsks({
        owner: owner.name,
        clock,
        canTellFolders,
        folders,
        expectsFolders: () => asks.needsFolders,
        ask: askSession,
      }),
      clientInfo,
      capabilities: canTellFolders ? withFolderNews(capabilities) : capabilities,
    });
  }

  async #open(
    { server, limits }: LegTarget,
    era: Era,
    wire: Wire,
    { signal, onOpened, heard, closed, asksModernFirst = false }: Attempt,
    client: {
      readonly owner?: string;
      readonly asks?: OwnerAsks;
      readonly clientInfo: JsonObject;
      readonly capabilities: JsonObject;
    },
  ): Promise<Leg> {
    const { clock, log, wires } = this.#options;
    const transport = await wires.make(() => this.#options.createTransport(server, wire));
    try {
      return await openLeg({
        serverName: server.name,
        transport,
        clock,
        limits,
        era,
        asksModernFirst,
        clientInfo: client.clientInfo,
        clientCapabilities: client.capabilities,
        owner: client.owner,
        signal,
        ...(onOpened !== undefined && { onOpened }),
        log,
        ownerAsks: client.asks,
        events: this.#events(client.asks, heard, (reason) => {
          void wires.finish(transport);
          closed(reason);
        }),
      });
    } catch (error) {
      await wires.finish(transport);
      throw error;
    }
  }

  #events(
    ownerAsks: OwnerAsks | undefined,
    heard: LegEvents['notified'] | undefined,
    closed: LegEvents['closed'],
  ): LegEvents {
    const { logged, asks, requestFailed } = this.#options;
    return {
      notified: heard ?? this.#options.heard,
      logged,
      ...(ownerAsks === undefined && { requestFailed }),
      askedUnattributed: () => asks.unattributed(),
      askedOutside: (ask, cancellation, isAfterCall) => {
        if (!isAfterCall) asks.uncalled(ask);
        if (ownerAsks !== undefined) return ownerAsks.asked(ask, cancellation);
        // A shared leg has no roots of its own; saying so is better than refusing.
        return ask.method === 'roots/list'
          ? Promise.resolve({ kind: 'result', result: RawJson.ofByteText('{"roots":[]}') })
          : undefined;
      },
      closed,
    };
  }
}

/** A first request of the modern era that gets no answer is not waited for as long as a start may take. */
const discoverTimeoutMs = 5_000;

function withShorterTry(target: LegTarget, era: Era): LegTarget {
  if (era !== 'modern' || target.server.launch.kind !== 'http') return target;
  const connectTimeoutMs = Math.min(discoverTimeoutMs, target.limits.connectTimeoutMs / 2);
  return { ...target, limits: { ...target.limits, connectTimeoutMs } };
}

/** We tell the server when its folders changed, or when it should ask for them again, also for clients that do not. */
function withFolderNews(capabilities: JsonObject): JsonObject {
  const { roots } = capabilities;
  return { ...capabilities, roots: { ...(isJsonObject(roots) && roots), listChanged: true } };
}
