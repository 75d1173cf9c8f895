/**
 * daemon/compose/approvals — calls that wait for a person: the gate in their way, the desk where they wait.
 */
import { ApprovalDesk } from '../../access/index.ts';
import { ApprovalGate, keepStanding, type ParkedCalls, waitingProblems } from '../../gateway/index.ts';
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
