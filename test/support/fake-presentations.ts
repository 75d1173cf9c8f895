/**
 * test/support/fake-presentations — how tools look, with the real rules and views, over a store that is a map.
 */
import type { AccessRegister } from '../../src/access/index.ts';
import type { Clock, EventBus } from '../../src/base/index.ts';
import type { Catalogue } from '../../src/catalogue/index.ts';
import { InstalledServerList, PresentationControl, Views } from '../../src/gateway/index.ts';
import type { DomainEvent, InstalledServer, PresentationRepository } from '../../src/model/index.ts';

/** Keeps nothing: what counts is in the access snapshot. */
export function memoryPresentationRepository(): PresentationRepository {
  return {
    list: () => Promise.resolve([]),
    save: () => Promise.resolve(),
    delete: () => Promise.resolve(),
  };
}

export interface FakePresentations {
  readonly control: PresentationControl;
  readonly views: Views;
  readonly access: AccessRegister;
}

export function fakePresentations(
  servers: readonly InstalledServer[],
  catalogue: Catalogue,
  access: AccessRegister,
  events: EventBus<DomainEvent>,
  clock: Clock,
): FakePresentations {
  const installed = new InstalledServerList();
  for (const server of servers) installed.put(server);
  const views = new Views(access, installed, catalogue);
  const repository = memoryPresentationRepository();
  const control = new PresentationControl({ access, installed, catalogue, views, repository, events, clock });
  return { control, views, access };
}
