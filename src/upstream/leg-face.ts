/**
 * upstream/leg-face — what one leg beside the primary one offers: read after its handshake, and again when it changes.
 *
 * In: a leg, what it says beside calls. Out: its face in the catalogue, as long as the leg lives.
 * Knows nothing of: who sees which face, how a leg is opened.
 *
 * @see docs/decisions/private-legs.md
 */
import type { Clock } from '../base/index.ts';
import {
  type DomainEvents,
  type FaceKey,
  type FaceRegister,
  type FeatureKind,
  featureKinds,
  type ServerId,
  type ServerLogLevel,
  type ServerLogSource,
} from '../model/index.ts';
import { discoverFeatures } from './discovery.ts';
import type { Leg, LegEvents } from './leg.ts';
import { ListReader } from './list-reader.ts';
import { ServerNotifications } from './server-notifications.ts';

export interface LegFaceOptions {
  readonly serverId: ServerId;
  readonly key: FaceKey;
  /** Of a private leg. */
  readonly owner: string | undefined;
  readonly faces: FaceRegister;
  readonly events: DomainEvents;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: (
    level: ServerLogLevel,
    source: ServerLogSource,
    message: string,
    facts?: Readonly<Record<string, string | number | boolean>>,
  ) => void;
  readonly listTimeoutMs: () => number;
}

export class LegFace {
  readonly #options: LegFaceOptions;
  readonly #lists: ListReader;
  readonly #notifications: ServerNotifications;
  #leg: Leg | undefined;
  #wasRead = false;

  constructor(options: LegFaceOptions) {
    this.#options = options;
    this.#lists = new ListReader({
      clock: options.clock,
      random: options.random,
      read: (kinds) => this.#read(kinds),
    });
    const { serverId, events, log, owner } = options;
    this.#notifications = new ServerNotifications(serverId, events, this.#lists, log, owner);
  }

  readonly heard: LegEvents['notified'] = (method, params) => this.#notifications.heard(method, params);

  /** Its lists changed, as somebody else heard. */
  noted(kinds: readonly FeatureKind[]): void {
    this.#lists.noted(kinds);
  }

  /** The leg is open. @returns when its lists were read */
  begin(leg: Leg): Promise<void> {
    this.#leg = leg;
    return this.#lists.read();
  }

  /** The leg is over. What one client saw goes with it; what an era shows stays known. */
  end(): void {
    this.#leg = undefined;
    this.#lists.reset();
    if (this.#options.owner !== undefined) this.#tell(undefined, featureKinds, false);
  }

  async #read(kinds: readonly FeatureKind[]): Promise<readonly FeatureKind[]> {
    const leg = this.#leg;
    if (leg === undefined || leg.isClosed) return [];
    const { log, listTimeoutMs } = this.#options;
    const isFirst = !this.#wasRead;
    this.#wasRead = true;
    const { features, failures } = await discoverFeatures(leg, {
      listTimeoutMs: listTimeoutMs(),
      log,
      kinds,
    });
    if (this.#leg === leg && !leg.isClosed) this.#tell(features, kinds, !isFirst);
    return failures.map(({ kind }) => kind);
  }

  #tell(
    features: Parameters<FaceRegister['setFace']>[2],
    kinds: readonly FeatureKind[],
    isAnnounced: boolean,
  ): void {
    const { faces, events, serverId, key } = this.#options;
    const isNews = faces.setFace(serverId, key, features);
    // What a server announces its clients hear of, although we see no difference.
    if (isNews || isAnnounced)
      events.publish({ type: 'catalogue.changed', serverId, kinds, isAnnounced, face: key });
  }
}
