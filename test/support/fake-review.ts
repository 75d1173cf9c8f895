/**
 * test/support/fake-review — what was approved of servers, over a store that is a map, with the real rules.
 */

import { DefinitionPins } from '../../src/access/index.ts';
import { type EventBus, ManualClock, silentLogger } from '../../src/base/index.ts';
import { Catalogue } from '../../src/catalogue/index.ts';
import {
  type DefinitionControl,
  GatewayDefinitionControl,
  InstalledServerList,
} from '../../src/gateway/index.ts';
import type {
  CatalogueRepository,
  DefinitionKey,
  DefinitionPin,
  DefinitionPinRepository,
  DefinitionPolicy,
  DiscoveredFeatures,
  DomainEvent,
  Feature,
  FeatureId,
  FeatureKind,
  InstalledServer,
  ServerId,
} from '../../src/model/index.ts';
import { nameOfItem } from '../../src/model/index.ts';
import { RawJson } from '../../src/protocol/index.ts';
import { openAccess } from './first-space.ts';

/** A table of pins in memory. Opening pins over it again is a restart. */
export function memoryPinRepository(): DefinitionPinRepository {
  const rows = new Map<string, { pin: DefinitionPin; text: string | undefined }>();
  const policies = new Map<ServerId, DefinitionPolicy>();
  const keyOf = ({ serverId, kind, face, name }: DefinitionKey): string =>
    JSON.stringify([serverId, kind, face, name]);
  return {
    load: () => Promise.resolve([...rows.values()].map(({ pin }) => pin)),
    definitionOf: (key) => {
      const text = rows.get(keyOf(key))?.text;
      return Promise.resolve(text === undefined ? undefined : RawJson.ofText(text));
    },
    save(pins) {
      for (const { pin, definition } of pins) {
        const { serverId, kind, face, name, approved, rejectedHash } = pin;
        const stored = { serverId, kind, face, name, approved, rejectedHash };
        rows.set(keyOf(pin), { pin: stored, text: definition?.toText() ?? rows.get(keyOf(pin))?.text });
      }
      return Promise.resolve();
    },
    policies: () => Promise.resolve(policies),
    setPolicy: (serverId, policy) => {
      policies.set(serverId, policy);
      return Promise.resolve();
    },
  };
}

export function featureOf(serverId: ServerId, kind: FeatureKind, item: RawJson, position = 0): Feature {
  const originalName = nameOfItem(kind, item) ?? '';
  // The same whenever it is listed anew, as a store keeps it.
  const id = `${serverId}:${kind}:${originalName}` as FeatureId;
  return { id, serverId, kind, originalName, item, position, isAvailable: true };
}

/** A catalogue that forgets nothing and stores nothing. */
function memoryCatalogueRepository(): CatalogueRepository {
  return {
    load: () => Promise.resolve([]),
    replace: (serverId, { tools = [], prompts = [] }: DiscoveredFeatures) =>
      Promise.resolve({
        features: [
          ...tools.map((item, at) => featureOf(serverId, 'tool', item, at)),
          ...prompts.map((item, at) => featureOf(serverId, 'prompt', item, at)),
        ],
        diff: { added: [], removed: [], changed: [] },
      }),
    setAvailability: () => Promise.resolve(),
    unlist: () => Promise.resolve(),
  };
}

export interface FakeReview {
  readonly control: DefinitionControl;
  readonly pins: DefinitionPins;
  readonly catalogue: Catalogue;
}

export function fakeReview(servers: readonly InstalledServer[], events: EventBus<DomainEvent>): FakeReview {
  const installed = new InstalledServerList();
  for (const server of servers) installed.put(server);
  const pins = new DefinitionPins({
    repository: memoryPinRepository(),
    events,
    clock: new ManualClock(1_700_000_000_000),
    logger: silentLogger,
  });
  const catalogue = new Catalogue(memoryCatalogueRepository(), pins);
  return {
    control: new GatewayDefinitionControl({ access: openAccess(), installed, catalogue, pins, events }),
    pins,
    catalogue,
  };
}
