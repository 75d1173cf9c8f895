/**
 * daemon/compose/approvals — calls that wait for a person: the gate in their way, the desk where they wait.
 */
import { ApprovalDesk, visibleText } from '../../access/index.ts';
import type { WriteApproval } from '../../builtin/index.ts';
import {
  ApprovalGate,
  hashesOf,
  keepStanding,
  type ParkedCalls,
  waitingProblems,
} from '../../gateway/index.ts';
import type { Foundation } from './foundation.ts';
import type { ObserveWing } from './observe-wing.ts';
import type { StoreWing } from './store-wing.ts';

export function openApprovals(
  { settings, closer, clock, events }: Foundation,
  { store, access }: StoreWing,
  { problems }: ObserveWing,
  parked: ParkedCalls,
): { readonly desk: ApprovalDesk; readonly gate: ApprovalGate } {
  const { approvals } = store.repositories;
  const desk = new ApprovalDesk({ clock, events, waitMs: settings.approvalWaitMs });
  const gate = new ApprovalGate({
    access,
    desk,
    parked,
    keep: (approval) => keepStanding(access, approvals, events, approval),
    now: () => clock.now(),
  });
  closer.defer('calls that wait for approval', () => desk.close());
  closer.defer('the problem of calls that wait', problems.register(waitingProblems(desk)));
  return { desk, gate };
}

/** What a person sees of the arguments of a write; they are hashed whole. */
const keptArguments = 64 * 1024;

/** For tools of our own that change something: always asked about, whatever the rules say. */
export function approvalOfOwnTools(gate: ApprovalGate, parked: ParkedCalls): WriteApproval {
  return {
    ask: ({ call, target, granted }, because, act) => {
      const { principal } = call.scope.caller;
      // The person that would be asked makes this call.
      if (principal.kind === 'admin') return act();
      const args = call.params?.member('arguments');
      return gate.ask(
        call,
        {
          principalId: principal.id,
          client: principal.name,
          spaceId: granted.grant.spaceId,
          serverId: undefined,
          serverName: target.serverName,
          featureId: target.featureId,
          tool: target.shownName,
          arguments: visibleText(args?.toText().slice(0, keptArguments) ?? '{}'),
          because,
          ...hashesOf(target.original, args),
        },
        act,
      );
    },
    revive: ({ call }) => parked.revive(call),
  };
}
