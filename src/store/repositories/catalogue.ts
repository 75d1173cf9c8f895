/**
 * store/repositories/catalogue — features as rows, with ids that outlive their absence.
 *
 * A feature is remembered by (Space, server name in lower case, kind, original name). What vanishes keeps its row and
 * id, unlisted and without content; so does everything of a removed server. A server that comes back under its name
 * finds the ids again, whatever its own new id is. Of several servers with one URI the first keeps it, for good. A discovery does not wait for the disk: what a loss of power takes
 * from it, the next start discovers again.
 */
import { createHash } from 'node:crypto';
import type { Transaction } from 'kysely';
import { type Logger, newId } from '../../base/index.ts';
import {
  type CatalogueRepository,
  type DiscoveredFeatures,
  type Feature,
  type FeatureDiff,
  type FeatureId,
  type FeatureKind,
  featureKinds,
  nameOfItem,
  type ServerId,
} from '../../model/index.ts';
import { RawJson } from '../../protocol/index.ts';
import { type Connection, type Database, yieldToEventLoop } from '../drivers/database.ts';
import { storeError } from '../errors.ts';
import { readStored, readStoredObject } from '../stored-json.ts';
import type { FeatureRow, Tables } from '../tables.ts';
import type { RepositoryParts } from './parts.ts';

/** Rows an insert carries: 11 values each stay far below SQLite's 32,766 parameters, and one statement takes about 1 ms. */
const insertedAtOnce = 100;
/** Rows written between two turns for others. */
const writtenBetweenTurns = 200;
/** Vanished features that a server is remembered by; a server that invents names shall not fill the disk. */
const rememberedPerServer = 5_000;

const listsByKind: Readonly<Record<FeatureKind, keyof DiscoveredFeatures>> = {
  tool: 'tools',
  prompt: 'prompts',
  resource: 'resources',
  template: 'templates',
};

const noHashes: ReadonlySet<string> = new Set();

interface ServerKey {
  readonly spaceId: string;
  readonly key: string;
}

export function catalogueRepository({ database, clock, logger }: RepositoryParts): CatalogueRepository {
  return {
    async load() {
      const rows = await database.db
        .selectFrom('features')
        .innerJoin('servers', (join) =>
          join
            .onRef('servers.space_id', '=', 'features.space_id')
            .onRef('servers.name_key', '=', 'features.server_key'),
        )
        .selectAll('features')
        .select(['servers.id as server_id', 'servers.created_at as server_created_at'])
        .where('features.is_listed', '=', 1)
        .orderBy('servers.created_at')
        .orderBy('servers.id')
        .execute();
      const serverOrder = new Map<string, number>();
      for (const row of rows)
        if (!serverOrder.has(row.server_id)) serverOrder.set(row.server_id, serverOrder.size);
      rows.sort(
        (a, b) =>
          (serverOrder.get(a.server_id) ?? 0) - (serverOrder.get(b.server_id) ?? 0) ||
          byKindAndPosition(a, b),
      );
      const features: Feature[] = [];
      const damaged: string[] = [];
      for (const row of rows) {
        const feature = readFeature(row, row.server_id as ServerId);
        if (feature === undefined) damaged.push(row.id);
        else features.push(feature);
      }
      await forgetDamaged(database.relaxed.db, damaged, logger);
      return features;
    },

    replace: (serverId, discovered) =>
      database.relaxed.write(async (connection) => {
        const server = await requireServer(connection, database, serverId);
        return new Replacement(connection, serverId, server, clock.now()).run(discovered);
      }),

    async setAvailability(serverId, isAvailable) {
      const server = await findServer(database.db, serverId);
      if (server === undefined) return;
      await database.relaxed.db
        .updateTable('features')
        .set({ is_available: isAvailable ? 1 : 0 })
        .where('space_id', '=', server.spaceId)
        .where('server_key', '=', server.key)
        .where('is_listed', '=', 1)
        .where('is_available', '=', isAvailable ? 0 : 1)
        .execute();
    },

    async unlist(serverId) {
      // After a removal there is nothing left to do: removing the server has unlisted its features.
      const server = await findServer(database.db, serverId);
      if (server === undefined) return;
      await database.db
        .updateTable('features')
        .set({ is_listed: 0, is_available: 0, item: '{}', changed_at: clock.now() })
        .where('space_id', '=', server.spaceId)
        .where('server_key', '=', server.key)
        .where('is_listed', '=', 1)
        .execute();
    },
  };
}

async function findServer(connection: Connection, serverId: ServerId): Promise<ServerKey | undefined> {
  const row = await connection
    .selectFrom('servers')
    .select(['space_id', 'name_key'])
    .where('id', '=', serverId)
    .executeTakeFirst();
  return row === undefined ? undefined : { spaceId: row.space_id, key: row.name_key };
}

/** Holds the server's row, so that two discoveries of one server do not mix. */
async function requireServer(
  connection: Transaction<Tables>,
  database: Database,
  serverId: ServerId,
): Promise<ServerKey> {
  let query = connection.selectFrom('servers').select(['space_id', 'name_key']).where('id', '=', serverId);
  if (database.kind === 'postgres') query = query.forUpdate();
  const row = await query.executeTakeFirst();
  if (row === undefined) throw storeError('missing', { what: `the server ${serverId}` });
  return { spaceId: row.space_id, key: row.name_key };
}

/** One discovery on its way into the tables. */
class Replacement {
  readonly #connection: Transaction<Tables>;
  readonly #serverId: ServerId;
  readonly #server: ServerKey;
  readonly #now: number;
  readonly #inserts: FeatureRow[] = [];
  readonly #added: Feature[] = [];
  readonly #removed: Feature[] = [];
  readonly #changed: Feature[] = [];
  #writes = 0;

  constructor(connection: Transaction<Tables>, serverId: ServerId, server: ServerKey, now: number) {
    this.#connection = connection;
    this.#serverId = serverId;
    this.#server = server;
    this.#now = now;
  }

  async run(discovered: DiscoveredFeatures): Promise<{ features: readonly Feature[]; diff: FeatureDiff }> {
    const known = await this.#readKnown();
    const listed: FeatureRow[] = [];
    for (const kind of featureKinds) {
      const items = discovered[listsByKind[kind]];
      const rows = known.filter((row) => row.kind === kind);
      if (items === undefined) listed.push(...rows.filter((row) => row.is_listed === 1));
      else listed.push(...(await this.#replaceKind(kind, items, rows)));
    }
    await this.#insertAll();
    await this.#makeAvailable();
    if (this.#removed.length > 0) await this.#forgetOldest();
    const features = listed
      .sort(byKindAndPosition)
      .map((row) => asFeature({ ...row, is_available: 1 }, this.#serverId));
    return { features, diff: { added: this.#added, removed: this.#removed, changed: this.#changed } };
  }

  #readKnown(): Promise<FeatureRow[]> {
    return this.#connection
      .selectFrom('features')
      .selectAll()
      .where('space_id', '=', this.#server.spaceId)
      .where('server_key', '=', this.#server.key)
      .execute();
  }

  async #replaceKind(
    kind: FeatureKind,
    items: readonly RawJson[],
    known: readonly FeatureRow[],
  ): Promise<FeatureRow[]> {
    const knownByHash = new Map(known.map((row) => [row.name_hash, row]));
    const taken = await this.#urisOfOthers(kind);
    const listed = new Map<string, FeatureRow>();
    for (const [position, item] of items.entries()) {
      const name = nameOfItem(kind, item);
      if (name === undefined) continue;
      const hash = hashOfName(name);
      // The first of several with one name counts: a call could not tell them apart.
      if (listed.has(hash)) continue;
      const former = knownByHash.get(hash);
      const row: FeatureRow = {
        id: former?.id ?? newId<FeatureId>(),
        space_id: this.#server.spaceId,
        server_key: this.#server.key,
        kind,
        name_hash: hash,
        name: writeName(name),
        item: item.toText(),
        position,
        is_listed: 1,
        is_available: 1,
        changed_at: this.#now,
        is_renamed: former?.is_renamed ?? (taken.has(hash) ? 1 : 0),
      };
      listed.set(hash, row);
      if (former === undefined) this.#insert(row);
      else await this.#renew(former, row);
    }
    for (const row of known) if (row.is_listed === 1 && !listed.has(row.name_hash)) await this.#unlist(row);
    return [...listed.values()];
  }

  /** Hashes of the URIs that other servers of the Space have, be they there or only remembered. */
  async #urisOfOthers(kind: FeatureKind): Promise<ReadonlySet<string>> {
    if (kind !== 'resource' && kind !== 'template') return noHashes;
    const rows = await this.#connection
      .selectFrom('features')
      .select('name_hash')
      .where('space_id', '=', this.#server.spaceId)
      .where('server_key', '<>', this.#server.key)
      .where('kind', '=', kind)
      .where('is_renamed', '=', 0)
      .execute();
    return new Set(rows.map((row) => row.name_hash));
  }

  #insert(row: FeatureRow): void {
    this.#inserts.push(row);
    this.#added.push(asFeature(row, this.#serverId));
  }

  async #renew(former: FeatureRow, row: FeatureRow): Promise<void> {
    const isBack = former.is_listed === 0;
    const isChanged = former.item !== row.item;
    if (isBack) this.#added.push(asFeature(row, this.#serverId));
    else if (isChanged) this.#changed.push(asFeature(row, this.#serverId));
    if (!isBack && !isChanged && former.position === row.position) return;
    await this.#connection
      .updateTable('features')
      .set({
        item: row.item,
        position: row.position,
        is_listed: 1,
        is_available: 1,
        changed_at: row.changed_at,
      })
      .where('id', '=', row.id)
      .execute();
    await this.#takeTurns(1);
  }

  async #unlist(row: FeatureRow): Promise<void> {
    this.#removed.push(asFeature(row, this.#serverId));
    await this.#connection
      .updateTable('features')
      .set({ is_listed: 0, is_available: 0, item: '{}', changed_at: this.#now })
      .where('id', '=', row.id)
      .execute();
    await this.#takeTurns(1);
  }

  async #insertAll(): Promise<void> {
    for (let at = 0; at < this.#inserts.length; at += insertedAtOnce) {
      const rows = this.#inserts.slice(at, at + insertedAtOnce);
      await this.#connection.insertInto('features').values(rows).execute();
      await this.#takeTurns(rows.length);
    }
  }

  async #makeAvailable(): Promise<void> {
    await this.#connection
      .updateTable('features')
      .set({ is_available: 1 })
      .where('space_id', '=', this.#server.spaceId)
      .where('server_key', '=', this.#server.key)
      .where('is_listed', '=', 1)
      .where('is_available', '=', 0)
      .execute();
  }

  async #forgetOldest(): Promise<void> {
    const kept = this.#connection
      .selectFrom('features')
      .select('id')
      .where('space_id', '=', this.#server.spaceId)
      .where('server_key', '=', this.#server.key)
      .where('is_listed', '=', 0)
      .orderBy('changed_at', 'desc')
      .orderBy('id')
      .limit(rememberedPerServer);
    await this.#connection
      .deleteFrom('features')
      .where('space_id', '=', this.#server.spaceId)
      .where('server_key', '=', this.#server.key)
      .where('is_listed', '=', 0)
      .where('id', 'not in', kept)
      .execute();
  }

  async #takeTurns(rows: number): Promise<void> {
    this.#writes += rows;
    if (this.#writes < writtenBetweenTurns) return;
    this.#writes = 0;
    await yieldToEventLoop();
  }
}

function byKindAndPosition(
  a: { readonly kind: string; readonly position: number },
  b: { readonly kind: string; readonly position: number },
): number {
  return (
    featureKinds.indexOf(a.kind as FeatureKind) - featureKinds.indexOf(b.kind as FeatureKind) ||
    a.position - b.position
  );
}

/** @returns undefined when what is stored is no item any more */
function readFeature(row: FeatureRow, serverId: ServerId): Feature | undefined {
  const originalName = readName(row.name);
  if (originalName === undefined || readStoredObject(row.item) === undefined) return undefined;
  return {
    id: row.id as FeatureId,
    serverId,
    kind: row.kind as FeatureKind,
    originalName,
    item: RawJson.ofText(row.item),
    position: row.position,
    isAvailable: row.is_available === 1,
    ...(row.is_renamed === 1 && { isRenamed: true }),
  };
}

/** For a row that was written just now, or whose content does not matter any more. */
function asFeature(row: FeatureRow, serverId: ServerId): Feature {
  return readFeature(row, serverId) ?? (readFeature({ ...row, item: '{}', name: '' }, serverId) as Feature);
}

/** Features are a cache of what servers say: a row that cannot be read is dropped, and read again from its server. */
async function forgetDamaged(connection: Connection, ids: readonly string[], logger: Logger): Promise<void> {
  if (ids.length === 0) return;
  logger.warn({ rows: ids.length }, 'damaged rows of the catalogue are read again from their servers');
  for (const id of ids) await connection.deleteFrom('features').where('id', '=', id).execute();
}

function hashOfName(name: string): string {
  // Through JSON, which keeps unpaired surrogates apart that UTF-8 would fold into one.
  return createHash('sha256').update(writeName(name)).digest('hex');
}

/** Any text as the inside of a JSON string: no NUL, no unpaired surrogate, readable otherwise. */
function writeName(name: string): string {
  return JSON.stringify(name).slice(1, -1);
}

function readName(text: string): string | undefined {
  const name = readStored(`"${text}"`);
  return typeof name === 'string' ? name : undefined;
}
