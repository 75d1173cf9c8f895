/**
 * downstream/notifier.test — clients hear of a list when it is another one, and looking costs nothing when it is not.
 */
import { expect, it } from 'vitest';
import { raw } from '../../test/support/raw-json.ts';
import { EventBus, ManualClock } from '../base/index.ts';
import type { CallHandler } from '../gateway/index.ts';
import { type DomainEvent, defaultSpaceId, type Route, type ServerId } from '../model/index.ts';
import type { LegacySession } from './legacy-session.ts';
import type { LegacySessions } from './legacy-sessions.ts';
import { ModernListeners } from './modern-listeners.ts';
import { Notifier } from './notifier.ts';

const route: Route = { kind: 'all', spaceId: defaultSpaceId };

function viewOf(...tools: string[]) {
  const state = { looks: 0 };
  const view = {
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
    serve: { view: () => ({ view: shown.view }) } as unknown as CallHandler,
    sessions: { all: () => [session] } as unknown as LegacySessions,
    listeners: new ModernListeners(),
    clock,
    events,
  });
  notifier.watch(route);
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
