/**
 * downstream/notifier — turns domain events into what clients are told: a list changed, a resource changed.
 *
 * A client hears of a list when the list it sees is another one, or when a server of it says so: what changed may be something
 * that no list shows. It hears once for a burst of events.
 * Knows nothing of: wire shapes beyond method names, how lists are made.
 */
import { createHash } from 'node:crypto';
import type { Clock, Timer } from '../base/index.ts';
import type { View } from '../catalogue/index.ts';
import type { CallHandler } from '../gateway/index.ts';
import {
  type Caller,
  type DomainEvent,
  type DomainEvents,
  type FeatureKind,
  type Route,
  reachesLevel,
  type ServerId,
} from '../model/index.ts';
import { isLogLevel, RawJson } from '../protocol/index.ts';
import type { LegacySessions } from './legacy-sessions.ts';
import type { ModernListeners } from './modern-listeners.ts';

/** Several lists of a server change together; their news go out together. */
const gatherMs = 20;

const methods: Readonly<Record<FeatureKind, string>> = {
  tool: 'notifications/tools/list_changed',
  prompt: 'notifications/prompts/list_changed',
  resource: 'notifications/resources/list_changed',
  template: 'notifications/resources/list_changed',
};

type CatalogueChange = Extract<DomainEvent, { type: 'catalogue.changed' }>;

/** What the lists of one route were when its clients were told last. */
type Seen = Map<FeatureKind, string>;

interface Watched {
  readonly route: Route;
  /** A view never changes: as long as the route has this one, nothing in it is another. */
  readonly view: View | undefined;
  readonly seen: Seen;
}

export class Notifier {
  readonly #serve: CallHandler;
  readonly #sessions: LegacySessions;
  readonly #listeners: ModernListeners;
  readonly #clock: Clock;
  readonly #seen = new Map<string, Watched>();
  /** What servers have said since clients were told last. */
  readonly #announced = new Map<ServerId, Set<string>>();
  readonly #unsubscribe: () => void;
  #timer: Timer | undefined;

  constructor(options: {
    readonly serve: CallHandler;
    readonly sessions: LegacySessions;
    readonly listeners: ModernListeners;
    readonly clock: Clock;
    readonly events: DomainEvents;
  }) {
    this.#serve = options.serve;
    this.#sessions = options.sessions;
    this.#listeners = options.listeners;
    this.#clock = options.clock;
    this.#unsubscribe = options.events.subscribe(({ event }) => {
      if (event.type === 'catalogue.changed') this.#plan(event);
      else if (event.type === 'upstream.resource_updated') this.#resourceUpdated(event.serverId, event.uri);
      else if (event.type === 'upstream.message_logged') this.#messageLogged(event.serverId, event.params);
    });
  }

  /** Somebody on this route will want to hear of changes: notes what the lists are now. */
  watch(route: Route): void {
    const key = keyOf(route);
    if (this.#seen.has(key)) return;
    const view = this.#serve.view(route)?.view;
    this.#seen.set(key, { route, view, seen: look(view) });
  }

  close(): void {
    this.#unsubscribe();
    this.#timer?.cancel();
  }

  #plan({ serverId, kinds, isAnnounced }: CatalogueChange): void {
    if (isAnnounced === true) {
      const announced = this.#announced.get(serverId) ?? new Set();
      for (const kind of kinds) announced.add(methods[kind]);
      this.#announced.set(serverId, announced);
    }
    this.#timer ??= this.#clock.after(gatherMs, () => {
      this.#timer = undefined;
      this.#compare();
    });
  }

  #compare(): void {
    const announced = [...this.#announced];
    this.#announced.clear();
    for (const [key, { route, view: old, seen }] of this.#seen) {
      const granted = this.#serve.view(route);
      const view = granted?.view;
      const changed = new Set<string>();
      for (const [serverId, said] of announced) {
        if (granted?.grant.servers.some((server) => server.id === serverId) !== true) continue;
        for (const method of said) changed.add(method);
      }
      const now = view === old ? seen : look(view);
      if (view !== old) this.#seen.set(key, { route, view, seen: now });
      for (const kind of Object.keys(methods) as FeatureKind[]) {
        if (now.get(kind) !== seen.get(kind)) changed.add(methods[kind]);
      }
      if (changed.size > 0) this.#tellListsChanged(key, changed);
    }
  }

  #tellListsChanged(routeKey: string, changed: ReadonlySet<string>): void {
    let hasAudience = false;
    for (const session of this.#sessions.all()) {
      if (keyOf(session.caller.route) !== routeKey) continue;
      hasAudience = true;
      for (const method of changed) session.notify(method, undefined);
    }
    for (const listener of this.#listeners.all()) {
      if (keyOf(listener.caller.route) !== routeKey) continue;
      hasAudience = true;
      const { tools, prompts, resources } = listener.filter;
      if (tools && changed.has(methods.tool)) listener.notify(methods.tool, undefined);
      if (prompts && changed.has(methods.prompt)) listener.notify(methods.prompt, undefined);
      if (resources && changed.has(methods.resource)) listener.notify(methods.resource, undefined);
    }
    if (!hasAudience) this.#seen.delete(routeKey);
  }

  #resourceUpdated(serverId: ServerId, originalUri: string): void {
    const shownTo = (caller: Caller): string | undefined => {
      const granted = this.#serve.view(caller.route);
      if (granted === undefined || !granted.grant.servers.some((server) => server.id === serverId))
        return undefined;
      return granted.view.shownUri(serverId, originalUri);
    };
    const params = (uri: string): RawJson => RawJson.ofValue({ uri });
    for (const session of this.#sessions.all()) {
      if (session.record.subscriptions.length === 0) continue;
      const uri = shownTo(session.caller);
      if (uri !== undefined && session.record.subscriptions.includes(uri)) {
        session.notify('notifications/resources/updated', params(uri));
      }
    }
    for (const listener of this.#listeners.all()) {
      if (listener.filter.uris.size === 0) continue;
      const uri = shownTo(listener.caller);
      if (uri !== undefined && listener.filter.uris.has(uri)) {
        listener.notify('notifications/resources/updated', params(uri));
      }
    }
  }

  /** Legacy clients that asked for log messages get those that belong to no call; modern ones never do. */
  #messageLogged(serverId: ServerId, params: RawJson): void {
    const level = params.text('level');
    if (!isLogLevel(level)) return;
    for (const session of this.#sessions.all()) {
      if (session.logLevel === undefined || !reachesLevel(level, session.logLevel)) continue;
      const granted = this.#serve.view(session.caller.route);
      if (!granted?.grant.servers.some((server) => server.id === serverId)) continue;
      // Nobody reads old log messages: who does not listen now has missed them.
      if (session.hasStandingStream) session.notify('notifications/message', params);
    }
  }
}

/** A short text for each list that is equal exactly while the list is. */
function look(view: View | undefined): Seen {
  const seen: Seen = new Map();
  for (const kind of Object.keys(methods) as FeatureKind[]) {
    const hash = createHash('sha256');
    if (view !== undefined) for (const target of view.list(kind)) hash.update(target.item.bytes).update('\n');
    seen.set(kind, hash.digest('base64'));
  }
  return seen;
}

function keyOf(route: Route): string {
  return route.kind === 'all' ? route.spaceId : `${route.spaceId}/${route.alias}`;
}
