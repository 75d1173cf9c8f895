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
import type { Leg } from './leg.ts';

const subscribeTimeoutMs = 30_000;
/** Before a listen that ended by itself is opened again. */
const reopenAfterMs = 1_000;

export interface SubscriptionEvents {
  log(level: 'debug' | 'warn', message: string): void;
  updated(uri: string): void;
  listChanged(kinds: readonly FeatureKind[]): void;
}

export class ResourceSubscriptions {
  readonly #events: SubscriptionEvents;
  readonly #counts = new Map<string, number>();
  #leg: Leg | undefined;
  #listen: Cancellation | undefined;
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
    if (count === 1) await this.#changed(uri, 'resources/subscribe');
  }

  /** One listener less. The server is told after the last. */
  remove(uri: string): void {
    const count = this.count(uri) - 1;
    if (count > 0) {
      this.#counts.set(uri, count);
    } else if (this.#counts.delete(uri)) void this.#changed(uri, 'resources/unsubscribe');
  }

  /** There is a leg: asks again for everything wanted. */
  attach(leg: Leg): void {
    this.#leg = leg;
    if (leg.era === 'modern') this.#planListen();
    else for (const uri of this.#counts.keys()) void this.#tellLegacy(leg, 'resources/subscribe', uri);
  }

  detach(): void {
    this.#leg = undefined;
    clearTimeout(this.#reopen);
    this.#listen?.cancel('the connection ends');
    this.#listen = undefined;
  }

  async #changed(uri: string, method: 'resources/subscribe' | 'resources/unsubscribe'): Promise<void> {
    const leg = this.#leg;
    if (leg === undefined || leg.isClosed) return;
    if (leg.era === 'modern') this.#planListen();
    else await this.#tellLegacy(leg, method, uri);
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
    const old = this.#listen;
    if (filter === undefined) {
      old?.cancel('nothing to listen for');
      this.#listen = undefined;
      return;
    }
    const mine = new Cancellation();
    this.#listen = mine;
    try {
      const answer = await leg.ask(
        'subscriptions/listen',
        { notifications: filter },
        {
          timeoutMs: 0,
          cancellation: mine,
          onNotification: (method, params) => {
            // The old one ends when the new one is there, so that nothing is missed in between.
            if (method === 'notifications/subscriptions/acknowledged') old?.cancel('replaced');
            else if (!mine.isCancelled) this.#heard(method, params);
          },
        },
      );
      if (answer.kind === 'error') {
        this.#events.log('debug', `subscriptions/listen was refused: ${answer.error.message}`);
        return;
      }
    } catch (error) {
      if (mine.isCancelled) return;
      this.#events.log('debug', `subscriptions/listen ended: ${describeError(error)}`);
    }
    if (mine !== this.#listen || leg.isClosed) return;
    this.#reopen = setTimeout(() => this.#planListen(), reopenAfterMs);
    this.#reopen.unref();
  }

  #filterFor(leg: Leg): JsonObject | undefined {
    const has = (capability: string): boolean => {
      const value = leg.told.capabilities[capability];
      return typeof value === 'object' && value !== null && (value as JsonObject)['listChanged'] === true;
    };
    const filter: JsonObject = {};
    if (has('tools')) filter['toolsListChanged'] = true;
    if (has('prompts')) filter['promptsListChanged'] = true;
    if (has('resources')) filter['resourcesListChanged'] = true;
    if (this.#counts.size > 0) filter['resourceSubscriptions'] = [...this.#counts.keys()];
    return Object.keys(filter).length > 0 ? filter : undefined;
  }

  #heard(method: string, params: JsonObject): void {
    switch (method) {
      case 'notifications/tools/list_changed':
        return this.#events.listChanged(['tool']);
      case 'notifications/prompts/list_changed':
        return this.#events.listChanged(['prompt']);
      case 'notifications/resources/list_changed':
        return this.#events.listChanged(['resource', 'template']);
      case 'notifications/resources/updated':
        if (typeof params['uri'] === 'string') this.#events.updated(params['uri']);
        return;
      default:
        this.#events.log('debug', `${method} came on the listen stream and was dropped`);
    }
  }
}
