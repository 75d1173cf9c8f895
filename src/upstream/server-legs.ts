/**
 * upstream/server-legs — the legs of one server: the primary one, and beside it those of the other era and of single clients.
 *
 * In: the primary leg when a life has opened one; wishes of calls. Out: the leg for a wish, opened when it is not there.
 * Owns: the legs, and from which level on log messages are wanted. Knows nothing of: when the server is connected.
 */

import type { Clock, JsonObject } from '../base/index.ts';
import { type Era, reachesLevel } from '../model/index.ts';
import type { LogLevel } from '../protocol/index.ts';
import { transportError } from '../transports/index.ts';
import type { EraCache } from './era-cache.ts';
import { isRefusalOfEra } from './failures.ts';
import type { Leg, LegEvents } from './leg.ts';
import type { LegFace } from './leg-face.ts';
import type { LegOpener, LegTarget } from './leg-opener.ts';
import { legKey, SecondaryLegs } from './secondary-legs.ts';

export interface LegRequest {
  readonly era: Era;
  /** Set: the leg must be this client's alone. */
  readonly owner: string | undefined;
  /** The legacy session that calls; only with `owner`. */
  readonly sessionKey?: string | undefined;
  /** What the owner's client declared; only with `owner`. */
  readonly capabilities?: JsonObject;
  readonly clientInfo?: JsonObject;
}

export interface ServerLegsOptions {
  readonly serverName: string;
  readonly clock: Clock;
  readonly eras: EraCache;
  readonly opener: LegOpener;
  /** Hears a leg beside the primary one, and knows what it offers. */
  face(era: Era, owner: string | undefined): LegFace;
  /** The shared leg of the other era is open, or over. */
  otherEra(leg: Leg | undefined): void;
  /** Is the client of that session there now? */
  readonly isPresent: (sessionKey: string) => boolean;
  /** The server as it is now. */
  target(): LegTarget;
  /** The number of the life that legs belong to now; one that was opened for an earlier life is closed again. */
  flowId(): number;
  /** The server turned out not to speak `era`. Gives the leg for the wish as it is now, waiting for it if need be. */
  without(era: Era, wish: LegRequest): Leg | Promise<Leg>;
}

export class ServerLegs {
  readonly #options: ServerLegsOptions;
  readonly #further: SecondaryLegs;
  #primary: Leg | undefined;
  #logLevel: LogLevel | undefined;

  constructor(options: ServerLegsOptions) {
    this.#options = options;
    this.#further = new SecondaryLegs(options.serverName, options.clock, options.isPresent);
  }

  get primary(): Leg | undefined {
    return this.#primary;
  }

  all(): readonly Leg[] {
    return [...(this.#primary === undefined ? [] : [this.#primary]), ...this.#further.all()];
  }

  ofOwner(owner: string): readonly Leg[] {
    return this.#further.ofOwner(owner);
  }

  /** A life has opened this leg; all others stand beside it. */
  begin(primary: Leg): void {
    this.#primary = primary;
  }

  /**
   * The leg for a wish, in the wished era where the server speaks it. Synchronous when it is there.
   *
   * @returns undefined when there is no open primary leg
   */
  for(wish: LegRequest): Leg | Promise<Leg> | undefined {
    const primary = this.#primary;
    if (primary === undefined || primary.isClosed) return undefined;
    const era = this.#options.eras.mightSpeak(wish.era, primary.wire) ? wish.era : primary.era;
    if (wish.owner === undefined && primary.era === era) return primary;
    return (
      this.#further.find(legKey(era, wish.owner), wish.sessionKey) ??
      this.#openFurther({ ...wish, era }, primary)
    );
  }

  async #openFurther(wish: LegRequest, primary: Leg): Promise<Leg> {
    const { eras, serverName } = this.#options;
    const { owner, era } = wish;
    const flowId = this.#options.flowId();
    try {
      return await this.#further.open(
        legKey(era, owner),
        owner === undefined ? undefined : { owner, sessionKey: wish.sessionKey },
        async (closed, signal) => {
          const face = this.#options.face(era, owner);
          const over = (): void => {
            closed();
            face.end();
            if (owner === undefined) this.#options.otherEra(undefined);
          };
          const leg = await this.#open(wish, primary, { closed: over, signal, heard: face.heard });
          if (this.#options.flowId() === flowId) {
            eras.note(this.#options.target().server, leg);
            if (owner === undefined) this.#options.otherEra(leg);
            const isRead = face.begin(leg);
            // Its client was waiting for these lists.
            if (this.#options.target().server.declares === 'client') await isRead;
            return leg;
          }
          await leg.close();
          throw transportError('closed', { server: serverName });
        },
      );
    } catch (error) {
      if (!isRefusalOfEra(error, this.#options.target().server.launch) || era === primary.era) throw error;
      eras.refused(era);
      return this.#options.without(era, { ...wish, era: primary.era });
    }
  }

  #open(
    { era, owner, clientInfo, capabilities }: LegRequest,
    primary: Leg,
    attempt: {
      readonly closed: () => void;
      readonly signal: AbortSignal;
      readonly heard: LegEvents['notified'];
    },
  ): Promise<Leg> {
    const { opener } = this.#options;
    const target = this.#options.target();
    return owner === undefined
      ? opener.openShared(target, era, primary.wire, attempt)
      : opener.openOwned(target, era, primary.wire, attempt, { name: owner, clientInfo, capabilities });
  }

  /** Somebody wants log messages from here on; a legacy server is told, also after it was started again. */
  raiseLogLevel(level: LogLevel): void {
    if (this.#logLevel === undefined || reachesLevel(this.#logLevel, level)) this.#logLevel = level;
    for (const leg of this.all()) this.#sayLogLevel(leg, level);
  }

  /** Tells the primary leg what was asked for before it was there. */
  sayLogLevel(): void {
    if (this.#primary !== undefined && this.#logLevel !== undefined)
      this.#sayLogLevel(this.#primary, this.#logLevel);
  }

  #sayLogLevel(leg: Leg, level: LogLevel): void {
    // A client's own leg hears its level from the client itself.
    if (leg.era === 'legacy' && leg.owner === undefined) void leg.raiseLogLevel(level);
  }

  /** The owner is gone: its legs end. */
  release(owner: string): Promise<void> {
    return this.#further.release(owner);
  }

  /** From now on there is none for a wish. Whoever calls closes the wires. */
  clear(): void {
    this.#primary = undefined;
    this.#further.clear();
  }
}
