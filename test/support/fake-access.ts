/**
 * test/support/fake-access — the real control of Spaces, sets and mappings, over repositories that live in memory.
 */
import type { AccessRegister } from '../../src/access/index.ts';
import type { AdminAccess } from '../../src/admin/index.ts';
import { EventBus, ManualClock } from '../../src/base/index.ts';
import { Catalogue } from '../../src/catalogue/index.ts';
import {
  InstalledServerList,
  type LookAtFolder,
  MappingControl,
  Preflight,
  SetControl,
  SpaceControl,
  type ToolHost,
  Views,
  WhyControl,
} from '../../src/gateway/index.ts';
import type {
  CatalogueRepository,
  Client,
  DomainEvent,
  Feature,
  FeatureSetRepository,
  MappingRepository,
  ServerId,
  SettingRepository,
  SpaceRepository,
} from '../../src/model/index.ts';
import type { UpstreamPool } from '../../src/upstream/index.ts';
import { openAccess } from './first-space.ts';

export interface FakeAccess extends AdminAccess {
  readonly access: AccessRegister;
  readonly installed: InstalledServerList;
  readonly views: Views;
  /** What servers offer from here on. */
  offer(features: readonly Feature[]): Promise<void>;
}

export function fakeAccess(
  parts: {
    readonly clients?: readonly Client[];
    readonly look?: LookAtFolder;
    readonly host?: ToolHost;
    /** A tool whose definition waits for a person. */
    readonly holds?: { readonly serverId: ServerId; readonly tool: string };
  } = {},
): FakeAccess {
  const clock = new ManualClock();
  const events = new EventBus<DomainEvent>(clock, (error) => {
    throw error;
  });
  const access = openAccess(events);
  const installed = new InstalledServerList();
  let features: readonly Feature[] = [];
  const catalogue = new Catalogue({
    load: async () => features,
  } as Partial<CatalogueRepository> as CatalogueRepository);
  const views = new Views(access, installed, catalogue, parts.host);
  const clients = { list: () => parts.clients ?? [] };
  const look: LookAtFolder = parts.look ?? (async () => ({ is: 'unknown', realPath: undefined }));
  const held = () => access.snapshot.parts;
  // What a control publishes is what it has written: the rows are the snapshot's.
  const spaces: SpaceRepository = {
    list: async () => held().spaces,
    insert: async () => {},
    update: async (space) => {
      access.publish({ spaces: held().spaces.map((one) => (one.id === space.id ? space : one)) });
    },
    reorder: async (ids) => {
      const placed = held().spaces.map((space) => ({ ...space, position: ids.indexOf(space.id) }));
      access.publish({ spaces: placed.toSorted((a, b) => a.position - b.position) });
    },
    setDefault: async (id) => {
      access.publish({ spaces: held().spaces.map((space) => ({ ...space, isDefault: space.id === id })) });
    },
    delete: async (id) => {
      access.publish({
        spaces: held().spaces.filter((space) => space.id !== id),
        sets: held().sets.filter(({ spaceId }) => spaceId !== id),
      });
    },
  };
  const featureSets: FeatureSetRepository = {
    list: async () => held().sets,
    insert: async () => {},
    update: async (set) => {
      access.publish({ sets: held().sets.map((one) => (one.id === set.id ? set : one)) });
    },
    delete: async (id) => {
      access.publish({ sets: held().sets.filter((set) => set.id !== id) });
    },
  };
  const mappings: MappingRepository = {
    list: async () => held().mappings,
    insert: async () => {},
    update: async (mapping) => {
      access.publish({ mappings: held().mappings.map((one) => (one.id === mapping.id ? mapping : one)) });
    },
    delete: async () => {},
  };
  const settings: SettingRepository = {
    get: async () => undefined,
    set: async () => {},
    delete: async () => {},
  };
  const shared = { access, installed, clients, clock, look, views };
  const why = new WhyControl({ ...shared, keys: { list: () => [] } });
  const pool = { get: () => undefined, all: () => [] } as unknown as UpstreamPool;
  return {
    access,
    installed,
    views,
    async offer(given) {
      features = given;
      await catalogue.load();
    },
    spaces: new SpaceControl({
      ...shared,
      spaces,
      featureSets,
      removeServer: async (id) => installed.remove(id as ServerId),
    }),
    sets: new SetControl({ ...shared, featureSets, mappings, catalogue }),
    mappings: new MappingControl({ ...shared, mappings, settings, events }),
    why,
    preflight: new Preflight({
      ...shared,
      why,
      pool,
      heldTools: (id) => (id === parts.holds?.serverId ? [parts.holds.tool] : []),
    }),
  };
}
