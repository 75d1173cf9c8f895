/**
 * daemon/compose/store-wing — the store, and what is read from it at the start: servers, catalogue, keys.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { AccessRegister, DefinitionPins, findSet, findSpace } from '../../access/index.ts';
import { ApiKeys, Clients, ensureFirstKey } from '../../auth/index.ts';
import { Catalogue } from '../../catalogue/index.ts';
import { InstalledServerList, unmappedSetting } from '../../gateway/index.ts';
import type { InstalledServer, UnmappedPolicy } from '../../model/index.ts';
import { openStore, type Store } from '../../store/index.ts';
import { openHandshakeCache, type StoredHandshakeCache } from '../handshake-cache.ts';
import type { Foundation } from './foundation.ts';

export interface StoreWing {
  readonly store: Store;
  /** As read at the start; secrets cannot be opened while the store is locked. */
  readonly servers: readonly InstalledServer[];
  readonly access: AccessRegister;
  readonly installed: InstalledServerList;
  readonly catalogue: Catalogue;
  /** What was approved of what servers say. */
  readonly pins: DefinitionPins;
  readonly handshakeCache: StoredHandshakeCache;
  readonly clients: Clients;
  readonly apiKeys: ApiKeys;
  readonly keyFile: string;
  /** The key made at this very start, to be shown once. */
  readonly firstKeyText: string | undefined;
}

/** @throws store.* */
export async function openStoreWing(foundation: Foundation): Promise<StoreWing> {
  const { settings, closer, clock, events, logger } = foundation;
  const store = closer.own('store', await openTheStore(foundation));
  const { repositories } = store;
  const access = await readAccess(foundation, store);
  const installed = new InstalledServerList();
  const pins = new DefinitionPins({
    repository: repositories.definitionPins,
    events,
    clock,
    logger: logger.child({ room: 'access' }),
    usualPolicy: settings.definitionPolicy,
  });
  await pins.load();
  const catalogue = new Catalogue(repositories.catalogue, pins);
  // Locked or not: what is stored is there, and what needs no secret runs.
  const servers = await repositories.servers.list();
  for (const server of servers) installed.put(server);
  await catalogue.load();
  const handshakeCache = await openHandshakeCache(repositories.settings, servers, logger);
  const clients = closer.own(
    'clients',
    await Clients.open({
      repository: repositories.clients,
      limitNames: {
        space: (reference) => findSpace(access.snapshot, reference)?.id,
        featureSet: (reference, spaceId) => findSet(access.snapshot, reference, spaceId)?.id,
      },
      clock,
      events,
      logger,
    }),
  );
  const apiKeys = closer.own(
    'api keys',
    await ApiKeys.open({ repository: repositories.apiKeys, clients, clock, events, logger }),
  );
  // What a client is held to stands in its principal: grants are made anew when it changes.
  closer.defer(
    'limits of clients',
    events.subscribe(({ event }) => {
      if (event.type === 'auth.client_changed') access.publish({});
    }),
  );
  const keyFile = keyFileOf(settings.dataDir);
  const machineKey = await ensureFirstKey(apiKeys, keyFile);
  return {
    store,
    servers,
    access,
    installed,
    catalogue,
    pins,
    handshakeCache,
    clients,
    apiKeys,
    keyFile,
    firstKeyText: machineKey.created === undefined ? undefined : machineKey.text,
  };
}

/** All that decides who sees what, as it is stored. */
async function readAccess({ events }: Foundation, { repositories }: Store): Promise<AccessRegister> {
  const [spaces, sets, mappings, unmapped, approvals, presentations] = await Promise.all([
    repositories.spaces.list(),
    repositories.featureSets.list(),
    repositories.mappings.list(),
    repositories.settings.get(unmappedSetting),
    repositories.approvals.load(),
    repositories.presentations.list(),
  ]);
  const policy: UnmappedPolicy = unmapped === 'ask' || unmapped === 'nothing' ? unmapped : 'starter';
  return new AccessRegister({ spaces, sets, mappings, unmapped: policy, approvals, presentations }, events);
}

function keyFileOf(dataDir: string): string {
  return join(dataDir, 'client-key');
}

function openTheStore({ settings, clock, logger, options }: Foundation): Promise<Store> {
  return openStore({
    location:
      settings.databaseUrl === undefined
        ? { kind: 'sqlite', file: join(settings.dataDir, 'mcpmux.db') }
        : { kind: 'postgres', url: settings.databaseUrl },
    keys: { source: settings.keySource, dataFolder: settings.dataDir },
    signsOfEarlierLife: [keyFileOf(settings.dataDir)],
    claim: {
      who: `daemon, pid ${process.pid} on ${hostname()}`,
      lost(holder) {
        logger.error({ holder }, 'somebody else has taken the database; this daemon stops');
        options.stopRequested(`the database was taken by ${holder}`);
      },
    },
    clock,
    logger,
  });
}
