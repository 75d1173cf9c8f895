/**
 * daemon/compose/expose-wing — the tunnel: which servers it shows, who hears of its end.
 */
import { Exposure } from '../../expose/index.ts';
import { outsideIdOf } from '../../model/index.ts';
import type { DoorWing } from './door-wing.ts';
import type { Foundation } from './foundation.ts';
import type { ObserveWing } from './observe-wing.ts';
import type { StoreWing } from './store-wing.ts';
import type { UpstreamWing } from './upstream-wing.ts';

export function openExposeWing(
  { settings, events, clock, logger, closer }: Foundation,
  { access }: StoreWing,
  { audit, problems }: ObserveWing,
  { children }: UpstreamWing,
  { openTunnelPort }: DoorWing,
): Exposure {
  const exposure: Exposure = closer.own(
    'tunnel',
    new Exposure({
      children,
      clock,
      logger,
      isAuthenticationOff: settings.noAuth,
      openPort: openTunnelPort,
      chosen(serverIds) {
        const before = access.snapshot.parts.exposed;
        if (serverIds.length > 0 || (before !== undefined && before.size > 0))
          access.publish({ exposed: new Set(serverIds) });
      },
      changed(state) {
        problems.changed();
        if (state.status !== 'ended') return;
        const { program, reason } = state;
        audit.later({
          who: { kind: 'mcpmux', name: 'mcpmux' },
          what: 'expose.ended',
          on: program,
          decision: 'failed',
          facts: { reason },
        });
      },
    }),
  );
  problems.register({
    name: 'tunnel',
    find() {
      const { state } = exposure;
      if (state.status !== 'ended') return [];
      return [
        {
          id: 'expose:ended',
          code: 'expose.ended',
          harm: 'failed',
          about: { kind: 'daemon' },
          title: 'nothing is reachable from outside any more',
          cause: `${state.program} has ended: ${state.reason}`,
          since: state.since,
          fix: { says: 'open it again, or: mcpmux expose --off', command: 'mcpmux expose --off' },
        },
      ];
    },
  });
  // Who is shut out is shut out from outside, too, where it is another principal.
  closer.defer(
    'access from outside',
    events.subscribe(({ event }) => {
      if (event.type !== 'auth.access_ended') return;
      const principalId = outsideIdOf(event.principalId);
      if (principalId !== undefined) events.publish({ ...event, principalId });
    }),
  );
  return exposure;
}
