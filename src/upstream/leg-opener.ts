/**
 * upstream/leg-opener — opens conversations with one server: a wire, a handshake, and who hears what is said beside calls.
 *
 * In: the server as it is now. Out: a leg that has agreed. Every attempt makes a wire of its own.
 * Owns: nothing; a leg belongs to whoever asked for it. Knows nothing of: the machine, which legs there are.
 */

import type { Cancellation, Clock, JsonObject } from '../base/index.ts';
import type { Ask, AskReply, Era, InstalledServer } from '../model/index.ts';
import type { ClosedReason, Transport, TransportEvents } from '../transports/index.ts';
import { transportError } from '../transports/index.ts';
import type { EraCache } from './era-cache.ts';
import type { Wire } from './era-probe.ts';
import { isRefusalOfEra } from './failures.ts';
import { type Leg, type LegEvents, openLeg } from './leg.ts';
import type { EffectiveLimits } from './limits.ts';

export interface LegOpenerOptions {
  readonly clock: Clock;
  /** Who we say that we are on a shared leg. */
  readonly clientInfo: JsonObject;
  /** What a shared leg declares: everything we can bridge. */
  readonly bridgedCapabilities: JsonObject;
  createTransport(server: InstalledServer, wire: Wire): Transport | Promise<Transport>;
  askOwner(owner: string, ask: Ask, cancellation: Cancellation): Promise<AskReply> | undefined;
  readonly log: TransportEvents['log'];
  readonly heard: LegEvents['notified'];
  readonly logged: LegEvents['logged'];
  /** It asked something on a shared leg that cannot be put to anybody. */
  readonly askedUnattributed: () => void;
}

/** The server as it is now. */
export interface LegTarget {
  readonly server: InstalledServer;
  readonly limits: EffectiveLimits;
}

interface Attempt {
  readonly signal: AbortSignal;
  readonly onOpened?: () => void;
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
   * @throws upstream.* of the last try
   */
  async openAny(
    target: LegTarget,
    eras: EraCache,
    attempt: Attempt & { readonly isCurrent: () => boolean },
  ): Promise<Leg> {
    const { server } = target;
    const tries = await eras.wiresFor(server);
    let lastError: unknown;
    for (const [at, { era, wire }] of tries.entries()) {
      if (!attempt.isCurrent()) throw transportError('closed', { server: server.name });
      try {
        return await this.openShared(target, era, wire, attempt);
      } catch (error) {
        lastError = error;
        const isLast = at === tries.length - 1;
        if (isLast || !isRefusalOfEra(error, server.launch)) break;
      }
    }
    if (isRefusalOfEra(lastError, server.launch)) await eras.disprove(server);
    throw lastError;
  }

  openShared(target: LegTarget, era: Era, wire: Wire, attempt: Attempt): Promise<Leg> {
    const { clientInfo, bridgedCapabilities } = this.#options;
    return this.#open(target, era, wire, attempt, { clientInfo, capabilities: bridgedCapabilities });
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
    return this.#open(target, era, wire, attempt, { owner: owner.name, clientInfo, capabilities });
  }

  async #open(
    { server, limits }: LegTarget,
    era: Era,
    wire: Wire,
    { signal, onOpened, closed }: Attempt,
    client: { readonly owner?: string; readonly clientInfo: JsonObject; readonly capabilities: JsonObject },
  ): Promise<Leg> {
    const { clock, log } = this.#options;
    return openLeg({
      serverName: server.name,
      transport: await this.#options.createTransport(server, wire),
      clock,
      limits,
      era,
      clientInfo: client.clientInfo,
      clientCapabilities: client.capabilities,
      owner: client.owner,
      signal,
      ...(onOpened !== undefined && { onOpened }),
      log,
      events: this.#events(client.owner, closed),
    });
  }

  #events(owner: string | undefined, closed: LegEvents['closed']): LegEvents {
    const { heard, logged, askedUnattributed } = this.#options;
    return {
      notified: heard,
      logged,
      askedOutside: (ask, inFlight, cancellation) => {
        if (owner !== undefined) return this.#options.askOwner(owner, ask, cancellation);
        if (inFlight > 1) {
          askedUnattributed();
          return undefined;
        }
        // A shared leg has no roots of its own; saying so is better than refusing.
        return ask.method === 'roots/list'
          ? Promise.resolve({ kind: 'result', result: { roots: [] } })
          : undefined;
      },
      closed,
    };
  }
}
