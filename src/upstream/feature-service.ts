/**
 * upstream/feature-service — what one server offers: discovers it, keeps the catalogue current, tells what changed.
 *
 * What cannot be used now is marked unavailable; its ids stay. A list that fails leaves the old one, and so does a store
 * that cannot be written: the connection is as good as before.
 * Knows nothing of: when the lists are read, names clients see.
 */
import { describeError, type Logger } from '../base/index.ts';
import {
  type CatalogueRepository,
  type DomainEvents,
  type FeatureKind,
  featureKinds,
  type InstalledServer,
} from '../model/index.ts';
import type { TransportEvents } from '../transports/index.ts';
import { discoverFeatures, type Withheld } from './discovery.ts';
import type { Leg } from './leg.ts';

export interface ListFailure {
  readonly kind: FeatureKind;
  readonly reason: string;
}

export class FeatureService {
  readonly #catalogue: CatalogueRepository;
  readonly #events: DomainEvents;
  readonly #logger: Logger;
  readonly #log: TransportEvents['log'];
  #withheld: readonly Withheld[] = [];
  #failures: readonly ListFailure[] = [];
  /** Undefined until the first word: what the store knows from earlier counts as offered. */
  #isOffered: boolean | undefined;

  constructor(options: {
    readonly catalogue: CatalogueRepository;
    readonly events: DomainEvents;
    readonly logger: Logger;
    readonly log: TransportEvents['log'];
  }) {
    this.#catalogue = options.catalogue;
    this.#events = options.events;
    this.#logger = options.logger;
    this.#log = options.log;
  }

  /** Items that are not offered to clients, and why. */
  get withheld(): readonly Withheld[] {
    return this.#withheld;
  }

  /** Lists that did not come at the last discovery. */
  get failures(): readonly ListFailure[] {
    return this.#failures;
  }

  /**
   * Reads the lists and stores what they say. Never throws.
   *
   * @param kinds     which
   * @param isCurrent false = the connection has become another one meanwhile; then nothing is stored or told
   * @returns         the lists that did not come or could not be stored: worth another read
   */
  async discover(
    server: InstalledServer,
    leg: Leg,
    options: {
      readonly listTimeoutMs: number;
      readonly kinds: readonly FeatureKind[];
      /** The first read of a connection; for the log. */
      readonly isFirst: boolean;
      readonly isCurrent: () => boolean;
    },
  ): Promise<readonly FeatureKind[]> {
    const { kinds, isFirst, isCurrent, listTimeoutMs } = options;
    const discovery = await discoverFeatures(leg, { listTimeoutMs, log: this.#log, kinds });
    if (!isCurrent()) return [];
    const isOther = (item: { readonly kind: FeatureKind }): boolean => !kinds.includes(item.kind);
    this.#withheld = [...this.#withheld.filter(isOther), ...discovery.withheld];
    this.#failures = [...this.#failures.filter(isOther), ...discovery.failures];
    this.#isOffered = true;
    try {
      const stored = await this.#catalogue.replace(server.id, discovery.features);
      if (!isCurrent()) return [];
      this.#tell(server, leg, kinds, stored, isFirst);
    } catch (error) {
      const reason = `what it lists could not be stored: ${describeError(error)}`;
      this.#failures = [...this.#failures.filter(isOther), ...kinds.map((kind) => ({ kind, reason }))];
      this.#log('warn', 'connection', reason);
      this.#logger.warn({ server: server.name, error: describeError(error) }, 'features not stored');
      return kinds;
    }
    return discovery.failures.map(({ kind }) => kind);
  }

  #tell(
    server: InstalledServer,
    leg: Leg,
    kinds: readonly FeatureKind[],
    { features, diff }: Awaited<ReturnType<CatalogueRepository['replace']>>,
    isFirst: boolean,
  ): void {
    const count = (kind: FeatureKind): number => features.filter((feature) => feature.kind === kind).length;
    this.#log('info', 'connection', isFirst ? 'connected' : 'lists read again', {
      era: leg.era,
      revision: leg.revision,
      tools: count('tool'),
      prompts: count('prompt'),
      resources: count('resource'),
      templates: count('template'),
    });
    const names = (list: readonly { kind: FeatureKind; originalName: string }[]): string[] =>
      list.map((feature) => `${feature.kind}:${feature.originalName}`);
    this.#events.publish({
      type: 'upstream.features_discovered',
      serverId: server.id,
      added: names(diff.added),
      removed: names(diff.removed),
      changed: names(diff.changed),
    });
    this.#events.publish({ type: 'catalogue.changed', serverId: server.id, kinds, isAnnounced: !isFirst });
  }

  /** Its server cannot be used now. Said once, until it is discovered again. */
  async markUnavailable(server: InstalledServer): Promise<void> {
    if (this.#isOffered === false) return;
    this.#isOffered = false;
    try {
      await this.#catalogue.setAvailability(server.id, false);
      this.#events.publish({ type: 'catalogue.changed', serverId: server.id, kinds: featureKinds });
    } catch (error) {
      this.#logger.warn({ server: server.name, error: describeError(error) }, 'availability not stored');
    }
  }
}
