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
  clientOwner,
  type DomainEvent,
  type DomainEvents,
  type FeatureKind,
  faceKeysOf,
  featureKinds,
  reachesLevel,
  type ServerId,
  type SessionId,
  workspaceOwner,
} from '../model/index.ts';
import { isLogLevel, RawJson } from '../protocol/index.ts';
import type { LegacySession } from './legacy-session.ts';
import type { LegacySessions } from './legacy-sessions.ts';
import type { ModernListeners } from './modern-listeners.ts';

type TaskChanged = Extract<DomainEvent, { type: 'upstream.task_changed' }>;

/** Several lists of a server change together; their news go out together. */
const gatherMs = 20;

const methods: Readonly<Record<FeatureKind, string>> = {
  tool: 'notifications/tools/list_changed',
  prompt: 'notifications/prompts/list_changed',
  resource: 'notifications/resources/list_changed',
  template: 'notifications/resources/list_changed',
};

type CatalogueChange = Extract<DomainEvent, { type: 'catalogue.changed' }>;

/** Whoever hears of changes: a session, or a listen stream. */
interface Member {
  readonly caller: Caller;
}

/** Texts that are equal exactly while the lists are. */
type Look = ReadonlyMap<FeatureKind, string>;

export class Notifier {
  readonly #serve: CallHandler;
  readonly #sessions: LegacySessions;
  readonly #listeners: ModernListeners;
  readonly #clock: Clock;
  /** What each of them saw when it was told last. */
  readonly #seen = new WeakMap<Member, View | undefined>();
  /** What servers have said since clients were told last. */
  #announced: CatalogueChange[] = [];
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
      else if (event.type === 'access.changed') this.#plan(undefined);
      else if (event.type === 'upstream.resource_updated')
        this.#resourceUpdated(event.serverId, event.owner, event.uri);
      else if (event.type === 'upstream.message_logged')
        this.#messageLogged(event.serverId, event.owner, event.params);
      else if (event.type === 'upstream.task_changed') this.#taskChanged(event);
    });
  }

  /** Will want to hear of changes: notes what its lists are now. */
  watch(member: Member): void {
    this.#seen.set(member, this.#serve.viewFor(member.caller)?.view);
  }

  /** Another rule decides for this session now: what it sees may be something else. */
  resolutionChanged(session: LegacySession): void {
    for (const method of this.#changesFor(session, [])) session.notify(method, undefined);
  }

  close(): void {
    this.#unsubscribe();
    this.#timer?.cancel();
  }

  /** @param change undefined: something else that may change what somebody sees */
  #plan(change: CatalogueChange | undefined): void {
    if (change?.isAnnounced === true) this.#announced.push(change);
    this.#timer ??= this.#clock.after(gatherMs, () => {
      this.#timer = undefined;
      this.#compare();
    });
  }

  #compare(): void {
    const announced = this.#announced;
    this.#announced = [];
    for (const session of this.#sessions.all()) {
      for (const method of this.#changesFor(session, announced)) session.notify(method, undefined);
    }
    for (const listener of this.#listeners.all()) {
      const { tools, prompts, resources } = listener.filter;
      const changed = this.#changesFor(listener, announced);
      if (tools && changed.has(methods.tool)) listener.notify(methods.tool, undefined);
      if (prompts && changed.has(methods.prompt)) listener.notify(methods.prompt, undefined);
      if (resources && changed.has(methods.resource)) listener.notify(methods.resource, undefined);
    }
  }

  /** A view never changes: as long as somebody has the same one, nothing in it is another. */
  #changesFor(member: Member, announced: readonly CatalogueChange[]): ReadonlySet<string> {
    const granted = this.#serve.viewFor(member.caller);
    const view = granted?.view;
    const isWatched = this.#seen.has(member);
    const old = this.#seen.get(member);
    if (announced.length === 0 && isWatched && view === old) return nothing;
    const changed = new Set<string>();
    for (const { serverId, face, kinds } of announced) {
      if (face !== undefined && !faceKeysOf(member.caller).includes(face)) continue;
      if (granted?.view.servers.some((server) => server.id === serverId) !== true) continue;
      for (const kind of kinds) changed.add(methods[kind]);
    }
    this.#seen.set(member, view);
    if (!isWatched || view === old) return changed;
    const [before, now] = [look(old), look(view)];
    for (const kind of featureKinds) if (now.get(kind) !== before.get(kind)) changed.add(methods[kind]);
    return changed;
  }

  #resourceUpdated(serverId: ServerId, owner: string | undefined, originalUri: string): void {
    const shownTo = (caller: Caller): string | undefined => {
      if (!isFor(owner, caller)) return undefined;
      return this.#serve.viewFor(caller)?.view.offeredUri(serverId, originalUri);
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

  /** The session that made a task hears what becomes of it. */
  #taskChanged({ serverId, taskId, owner, params }: TaskChanged): void {
    const sessionKey = this.#serve.sessionOfTask(serverId, taskId, owner);
    if (sessionKey === undefined) return;
    this.#sessions.get(sessionKey as SessionId)?.notify('notifications/tasks/status', params);
  }

  /** Legacy clients that asked for log messages get those that belong to no call; modern ones never do. */
  #messageLogged(serverId: ServerId, owner: string | undefined, params: RawJson): void {
    const level = params.text('level');
    if (!isLogLevel(level)) return;
    for (const session of this.#sessions.all()) {
      if (session.logLevel === undefined || !reachesLevel(level, session.logLevel)) continue;
      if (!isFor(owner, session.caller)) continue;
      const granted = this.#serve.viewFor(session.caller);
      if (!granted?.servers.some((server) => server.id === serverId)) continue;
      // Nobody reads old log messages: who does not listen now has missed them.
      if (session.hasStandingStream) session.notify('notifications/message', params);
    }
  }
}

const nothing: ReadonlySet<string> = new Set();
const emptyLook: Look = new Map();
const looks = new WeakMap<View, Look>();

/** A short text for each list that is equal exactly while the list is. */
function look(view: View | undefined): Look {
  if (view === undefined) return emptyLook;
  const known = looks.get(view);
  if (known !== undefined) return known;
  const made = new Map<FeatureKind, string>();
  for (const kind of featureKinds) {
    const hash = createHash('sha256');
    for (const target of view.list(kind)) hash.update(target.item.bytes).update('\n');
    made.set(kind, hash.digest('base64'));
  }
  looks.set(view, made);
  return made;
}

/** Is what was said on the private leg of `owner` for this caller too? Of a shared leg it is everybody's. */
function isFor(owner: string | undefined, caller: Caller): boolean {
  return owner === undefined || owner === clientOwner(caller) || owner === workspaceOwner(caller);
}
