/**
 * test/support/fake-approvals — calls that wait for a person, with the real desk and rules, over a store in memory.
 */
import { type AccessRegister, ApprovalDesk } from '../../src/access/index.ts';
import type { Clock, EventBus } from '../../src/base/index.ts';
import { View } from '../../src/catalogue/index.ts';
import {
  type ApprovalControl,
  type CallHandler,
  GatewayApprovalControl,
  InstalledServerList,
} from '../../src/gateway/index.ts';
import type { ApprovalRepository, DomainEvent, InstalledServer } from '../../src/model/index.ts';
import { RawJson } from '../../src/protocol/index.ts';
import { featureOf } from './fake-review.ts';

/** Keeps nothing: what counts is in the access snapshot. */
export function memoryApprovalRepository(): ApprovalRepository {
  return {
    load: () => Promise.resolve({ rules: [], standing: [] }),
    insertRule: () => Promise.resolve(),
    deleteRule: () => Promise.resolve(),
    saveStanding: () => Promise.resolve(),
    deleteStanding: () => Promise.resolve(),
  };
}

export interface FakeApprovals {
  readonly desk: ApprovalDesk;
  readonly control: ApprovalControl;
}

/** @param tools original names of the first server's tools */
export function fakeApprovals(
  servers: readonly InstalledServer[],
  tools: readonly string[],
  access: AccessRegister,
  events: EventBus<DomainEvent>,
  clock: Clock,
): FakeApprovals {
  const installed = new InstalledServerList();
  for (const server of servers) installed.put(server);
  const desk = new ApprovalDesk({ clock, events });
  const [first] = servers;
  const features = tools.map((name) =>
    featureOf(first!.id, 'tool', RawJson.ofValue({ name, inputSchema: { type: 'object' } })),
  );
  const view = new View([{ id: first!.id, name: first!.name, alias: first!.alias, features }], false);
  const control = new GatewayApprovalControl({
    access,
    desk,
    repository: memoryApprovalRepository(),
    installed,
    serve: { viewFor: () => ({ view }) } as unknown as CallHandler,
    events,
    clock,
  });
  return { desk, control };
}
