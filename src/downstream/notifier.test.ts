/**
 * downstream/notifier.test — clients hear of a list when it is another one, and looking costs nothing when it is not.
 */
import { expect, it } from 'vitest';
import { raw } from '../../test/support/raw-json.ts';
import { EventBus, ManualClock } from '../base/index.ts';
import type { CallHandler } from '../gateway/index.ts';
import type { DomainEvent, Route, ServerId } from '../model/index.ts';
import type { LegacySession } from './legacy-session.ts';
import type { LegacySessions } from './legacy-sessions.ts';
import { ModernListeners } from './modern-listeners.ts';
import { Notifier } from './notifier.ts';

const route: Route = { kind: 'all' };

function viewOf(...tools: string[]) {
  const state = { looks: 0 };
  const view = {
    servers: [{ id: 's' }],
    *list(kind: string) {
      state.looks += 1;
      if (kind === 'tool') for (const name of tools) yield { item: raw({ name }) };
    },
  };
  return { state, view };
}

it('compares lists only when the view is another one, and tells only of what differs', () => {
  const clock = new ManualClock();
  const events = new EventBus<DomainEvent>(clock, (error) => {
    throw error;
  });
  const told: string[] = [];
  const session = {
    caller: { route },
    record: { subscriptions: [] },
    notify: (method: string) => told.push(method),
  } as unknown as LegacySession;
  let shown = viewOf('a');
  const notifier = new Notifier({
    serve: {
      viewFor: () => ({ view: shown.view, servers: [{ id: 's' }] }),
    } as unknown as CallHandler,
    sessions: { all: () => [session] } as unknown as LegacySessions,
    listeners: new ModernListeners(),
    clock,
    events,
  });
  notifier.watch(session);
  const change = (): void => {
    events.publish({ type: 'catalogue.changed', serverId: 's' as ServerId, kinds: ['tool'] });
    clock.advance(1_000);
  };
  const looksAtFirst = shown.state.looks;
  change();
  expect([shown.state.looks, told]).toEqual([looksAtFirst, []]);
  shown = viewOf('a');
  change();
  expect(told).toEqual([]);
  shown = viewOf('a', 'b');
  change();
  expect(told).toEqual(['notifications/tools/list_changed']);
  notifier.close();
});

it.each([
  ['tool', 's', ['notifications/tools/list_changed']],
  ['prompt', 's', ['notifications/prompts/list_changed']],
  ['template', 's', ['notifications/resources/list_changed']],
  ['tool', 'a server of another route', []],
] as const)(
  'R41 tells of a %s list that %s announces, although it looks the same',
  (kind, serverId, expected) => {
    const clock = new ManualClock();
    const events = new EventBus<DomainEvent>(clock, (error) => {
      throw error;
    });
    const told: string[] = [];
    const session = {
      caller: { route },
      record: { subscriptions: [] },
      notify: (method: string) => told.push(method),
    } as unknown as LegacySession;
    const shown = viewOf('a');
    const notifier = new Notifier({
      serve: {
        viewFor: () => ({ view: shown.view, servers: [{ id: 's' }] }),
      } as unknown as CallHandler,
      sessions: { all: () => [session] } as unknown as LegacySessions,
      listeners: new ModernListeners(),
      clock,
      events,
    });
    notifier.watch(session);
    const change = { type: 'catalogue.changed', serverId: serverId as ServerId, kinds: [kind] } as const;
    events.publish({ ...change, isAnnounced: true });
    events.publish({ ...change, isAnnounced: true });
    clock.advance(1_000);
    // It is said once, and not again with the next event.
    events.publish(change);
    clock.advance(1_000);
    expect(told).toEqual(expected);
    notifier.close();
  },
);

it('R18 tells a client of its own lists, of its own leg and of its own task, and nobody else', () => {
  const clock = new ManualClock();
  const events = new EventBus<DomainEvent>(clock, (error) => {
    throw error;
  });
  const told: [string, string][] = [];
  const shared = viewOf('a').view;
  const views = new Map([
    ['one', shared],
    ['two', shared],
  ]);
  const sessions = ['one', 'two'].map(
    (sessionKey) =>
      ({
        caller: { route, sessionKey },
        record: { id: sessionKey, subscriptions: ['res://x'] },
        logLevel: 'info',
        hasStandingStream: true,
        notify: (method: string) => told.push([sessionKey, method]),
      }) as unknown as LegacySession,
  );
  const serverId = 's' as ServerId;
  const granted = (view: unknown) => ({
    view: Object.assign(view as object, { offeredUri: (_: unknown, uri: string) => uri }),
    servers: [{ id: serverId }],
  });
  const notifier = new Notifier({
    serve: {
      viewFor: ({ sessionKey }: { sessionKey: string }) => granted(views.get(sessionKey)),
      view: () => granted(shared),
      sessionOfTask: (_: unknown, taskId: string) => (taskId === 'mine' ? 'one' : undefined),
    } as unknown as CallHandler,
    sessions: {
      all: () => sessions,
      get: (id: string) => sessions.find(({ record }) => record.id === id),
    } as unknown as LegacySessions,
    listeners: new ModernListeners(),
    clock,
    events,
  });
  for (const session of sessions) notifier.watch(session);
  views.set('one', viewOf('a', 'unlocked').view);
  events.publish({ type: 'catalogue.changed', serverId, kinds: ['tool'] });
  clock.advance(1_000);
  events.publish({
    type: 'upstream.message_logged',
    serverId,
    owner: 'one',
    params: raw({ level: 'error', data: 'of one' }),
  });
  events.publish({ type: 'upstream.resource_updated', serverId, owner: 'one', uri: 'res://x' });
  events.publish({
    type: 'upstream.task_changed',
    serverId,
    owner: undefined,
    taskId: 'mine',
    params: raw({}),
  });
  events.publish({
    type: 'upstream.task_changed',
    serverId,
    owner: undefined,
    taskId: 'lost',
    params: raw({}),
  });
  expect(told).toEqual([
    ['one', 'notifications/tools/list_changed'],
    ['one', 'notifications/message'],
    ['one', 'notifications/resources/updated'],
    ['one', 'notifications/tasks/status'],
  ]);
  notifier.close();
});
