/**
 * upstream/resource-subscriptions — which resources of one server somebody wants to hear about.
 *
 * Counts who wants what; asks the server once. Legacy: `resources/subscribe` and `unsubscribe`.
 * Modern: one `subscriptions/listen` that also carries list changes; its filter cannot change,
 * so a new one is opened before the old one ends. After a restart everything is asked again.
 * Knows nothing of: who the listeners are, names clients see.
 */
import { Cancellation, describeError, type JsonObject } from '../base/index.ts';
import type { FeatureKind } from '../model/index.ts';
import type { RawJson } from '../protocol/index.ts';
import type { Leg } from './leg.ts';

const subscribeTimeoutMs = 30_000;
/** Before a listen that ended by itself is opened again; doubled with every one in a row that was refused or ended at once. */
const reopenAfterMs = 1_000;
/** A listen that was open for so long did not end at once. */
const settledAfterMs = 10_000;
const longestReopenMs = 300_000;

export interface SubscriptionEvents {
  log(level: 'debug' | 'warn', message: string): void;
  updated(uri: string): void;
  listChanged(kinds: readonly FeatureKind[]): void;
}

export class ResourceSubscriptions {
  readonly #events: SubscriptionEvents;
  readonly #counts = new Map<string, number>();
  /** What the legacy server was told last. */
  readonly #subscribed = new Set<string>();
  /** By resource: a request that is on its way. */
  #syncing = new Map<string, Promise<void>>();
  #leg: Leg | undefined;
  /** The listen that is acknowledged, and the one that is to take its place. */
  #listen: Cancellation | undefined;
  #opening: Cancellation | undefined;
  /** Listens in a row that were refused or ended at once. */
  #failuresInARow = 0;
  #reopen: NodeJS.Timeout | undefined;
  #isListenPlanned = false;

  constructor(events: SubscriptionEvents) {
    this.#events = events;
  }

  /** Does anybody want to hear about anything? */
  get isWanted(): boolean {
    return this.#counts.size > 0;
  }

  /** How many want to hear about `uri`. */
  count(uri: string): number {
    return this.#counts.get(uri) ?? 0;
  }

  /** One more listener. The server is asked for the first; resolves when it has answered, whatever it said. */
  async add(uri: string): Promise<void> {
    const count = this.count(uri) + 1;
    this.#counts.set(uri, count);
    if (count === 1) await this.#changed(uri);
  }

  /** One listener less. The server is told after the last. */
  remove(uri: string): void {
    const count = this.count(uri) - 1;
    if (count > 0) {
      this.#counts.set(uri, count);
    } else if (this.#counts.delete(uri)) void this.#changed(uri);
  }

  /** There is a leg: asks again for everything wanted. */
  attach(leg: Leg): void {
    this.#leg = leg;
    this.#subscribed.clear();
    this.#syncing = new Map();
    if (leg.era === 'modern') this.#planListen();
    else for (const uri of this.#counts.keys()) void this.#sync(leg, uri);
  }

  detach(): void {
    this.#leg = undefined;
    clearTimeout(this.#reopen);
    this.#failuresInARow = 0;
    this.#subscribed.clear();
    this.#syncing = new Map();
    this.#endListens('the connection ends');
  }

  #endListens(reason: string): void {
    this.#opening?.cancel(reason);
    this.#listen?.cancel(reason);
    this.#opening = undefined;
    this.#listen = undefined;
  }

  async #changed(uri: string): Promise<void> {
    const leg = this.#leg;
    if (leg === undefined || leg.isClosed) return;
    if (leg.era === 'modern') this.#planListen();
    else await this.#sync(leg, uri);
  }

  /**
   * Tells a legacy server what is wanted of one resource now. One request at a time: two that overlap may be carried out in
   * the other order.
   */
  #sync(leg: Leg, uri: string): Promise<void> {
    const syncing = this.#syncing;
    const running = syncing.get(uri);
    if (running !== undefined) return running;
    const isBehind = (): boolean =>
      this.#leg === leg && !leg.isClosed && this.#counts.has(uri) !== this.#subscribed.has(uri);
    if (!isBehind()) return Promise.resolve();
    const work = (async () => {
      while (isBehind()) {
        const isWanted = this.#counts.has(uri);
        if (isWanted) this.#subscribed.add(uri);
        else this.#subscribed.delete(uri);
        await this.#tellLegacy(leg, isWanted ? 'resources/subscribe' : 'resources/unsubscribe', uri);
      }
      syncing.delete(uri);
    })();
    syncing.set(uri, work);
    return work;
  }

  async #tellLegacy(leg: Leg, method: string, uri: string): Promise<void> {
    try {
      const answer = await leg.ask(method, { uri }, { timeoutMs: subscribeTimeoutMs });
      if (answer.kind === 'error')
        this.#events.log('warn', `${method} of ${uri} was refused: ${answer.error.message}`);
    } catch (error) {
      this.#events.log('warn', `${method} of ${uri} failed: ${describeError(error)}`);
    }
  }

  /** Many changes in one turn make one new listen. */
  #planListen(): void {
    if (this.#isListenPlanned) return;
    this.#isListenPlanned = true;
    queueMicrotask(() => {
      this.#isListenPlanned = false;
      const leg = this.#leg;
      if (leg !== undefined && !leg.isClosed) void this.#openListen(leg);
    });
  }

  async #openListen(leg: Leg): Promise<void> {
    const filter = this.#filterFor(leg);
    if (filter === undefined) {
      this.#endListens('nothing to listen for');
      return;
    }
    const mine = new Cancellation();
    const openedAt = performance.now();
    let isRefused = false;
    this.#opening?.cancel('replaced');
    this.#opening = mine;
    try {
      const answer = await leg.ask(
        'subscriptions/listen',
        { notifications: filter },
        {
          timeoutMs: 0,
          cancellation: mine,
          onNotification: (method, params) => {
            if (mine.isCancelled) return;
            if (method === 'notifications/subscriptions/acknowledged') this.#acknowledged(mine);
            else this.#heard(method, params);
          },
        },
      );
      if (answer.kind === 'error') {
        isRefused = true;
        this.#events.log('debug', `subscriptions/listen was refused: ${answer.error.message}`);
      }
    } catch (error) {
      if (mine.isCancelled) return;
      this.#events.log('debug', `subscriptions/listen ended: ${describeError(error)}`);
    }
    if (mine.isCancelled || leg.isClosed || this.#leg !== leg) return;
    if (this.#opening === mine) this.#opening = undefined;
    if (this.#listen === mine) this.#listen = undefined;
    clearTimeout(this.#reopen);
    if (isRefused) this.#failuresInARow += 1;
    else if (performance.now() - openedAt >= settledAfterMs) this.#failuresInARow = 0;
    const afterMs = Math.min(longestReopenMs, reopenAfterMs * 2 ** Math.min(this.#failuresInARow, 9));
    if (!isRefused) this.#failuresInARow += 1;
    this.#reopen = setTimeout(() => this.#planListen(), afterMs);
    this.#reopen.unref();
  }

  /** The new listen is there; the old one ends only now, so that nothing is missed in between. */
  #acknowledged(mine: Cancellation): void {
    if (this.#opening === mine) this.#opening = undefined;
    if (this.#listen === mine) return;
    this.#listen?.cancel('replaced');
    this.#listen = mine;
  }

  #filterFor(leg: Leg): JsonObject | undefined {
    const has = (capability: string): boolean => {
      const value = leg.handshake.capabilities[capability];
      return typeof value === 'object' && value !== null && (value as JsonObject)['listChanged'] === true;
    };
    const filter: JsonObject = {};
    if (has('tools')) filter['toolsListChanged'] = true;
    if (has('prompts')) filter['promptsListChanged'] = true;
    if (has('resources')) filter['resourcesListChanged'] = true;
    if (this.#counts.size > 0) filter['resourceSubscriptions'] = [...this.#counts.keys()];
    return Object.keys(filter).length > 0 ? filter : undefined;
  }

  #updated(uri: string | undefined): void {
    if (uri !== undefined) this.#events.updated(uri);
  }

  #heard(method: string, params: RawJson): void {
    switch (method) {
      case 'notifications/tools/list_changed':
        return this.#events.listChanged(['tool']);
      case 'notifications/prompts/list_changed':
        return this.#events.listChanged(['prompt']);
      case 'notifications/resources/list_changed':
        return this.#events.listChanged(['resource', 'template']);
      case 'notifications/resources/updated':
        this.#updated(params.text('uri'));
        return;
      default:
        this.#events.log('debug', `${method} came on the listen stream and was dropped`);
    }
  }
}
