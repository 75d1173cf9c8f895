/**
 * store/repositories/servers — installed servers as rows.
 *
 * Names are compared in lower case. Features are remembered by Space and that lower-case name, see catalogue.
 */
import { isMcpMuxError, type McpMuxError } from '../../base/index.ts';
import {
  type InstalledServer,
  type Launch,
  type ServerId,
  type ServerLimits,
  type ServerOrigin,
  type ServerRepository,
  type SpaceId,
  sessionPolicies,
} from '../../model/index.ts';
import type { Connection } from '../drivers/database.ts';
import { storeError } from '../errors.ts';
import { readStoredObject } from '../stored-json.ts';
import type { ServerRow } from '../tables.ts';
import { openLaunch, parseStoredLaunch, readStoredLaunch, sealLaunch } from './launch-codec.ts';
import type { RepositoryParts } from './parts.ts';

/** What a name is compared by. */
export function nameKeyOf(name: string): string {
  return name.toLowerCase();
}

export function serverRepository({ database, keyring, clock }: RepositoryParts): ServerRepository {
  /** The launch, or undefined when the row does not hold one any more. */
  async function launchOf(row: ServerRow): Promise<Launch | undefined> {
    const stored = readStoredLaunch(row.launch);
    if (stored === undefined) return undefined;
    try {
      return await openLaunch(keyring, database.db, row.space_id, row.id, stored);
    } catch (error) {
      // The database may fail here as everywhere; what is none of its errors comes from what the row says.
      if (isMcpMuxError(error)) throw error;
      return undefined;
    }
  }

  async function asServer(row: ServerRow): Promise<InstalledServer> {
    const limits = readStoredObject(row.limits);
    // Without it the server runs all the same; it is only no longer kept up to date.
    const origin = row.origin === null ? undefined : readStoredObject(row.origin);
    const launch = await launchOf(row);
    const policy = sessionPolicies.find((known) => known === row.session_policy);
    const damaged = [
      ...(launch === undefined ? ['how it is started or reached'] : []),
      ...(limits === undefined ? ['its limits'] : []),
      ...(policy === undefined ? ['its session policy'] : []),
    ];
    return {
      id: row.id as ServerId,
      spaceId: row.space_id as SpaceId,
      name: row.name,
      alias: row.alias,
      isEnabled: row.is_enabled === 1,
      launch: launch ?? { kind: 'stdio', command: '', args: [], cwd: undefined, env: {} },
      sessionPolicy: policy ?? 'auto',
      ...(row.declares === 'client' && { declares: row.declares }),
      limits: (limits ?? {}) as ServerLimits,
      ...(origin !== undefined && { origin: origin as unknown as ServerOrigin }),
      revision: row.revision,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      ...(damaged.length > 0 && { damage: damageOf(row, damaged) }),
    };
  }

  return {
    async list(spaceId) {
      let query = database.db.selectFrom('servers').selectAll();
      if (spaceId !== undefined) query = query.where('space_id', '=', spaceId);
      const rows = await query.orderBy('created_at').orderBy('id').execute();
      const servers: InstalledServer[] = [];
      for (const row of rows) servers.push(await asServer(row));
      return servers;
    },

    async get(id) {
      const row = await database.db.selectFrom('servers').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : asServer(row);
    },

    async insert(server) {
      await database.write(async (connection) => {
        await refuseTaken(connection, server);
        const sealer = () => keyring.sealer(connection, server.spaceId);
        const launch = await sealLaunch(server.id, server.launch, sealer, undefined);
        await asConflict(server, () =>
          connection
            .insertInto('servers')
            .values({
              ...plainColumns(server),
              id: server.id,
              space_id: server.spaceId,
              launch: JSON.stringify(launch),
              created_at: server.createdAt,
            })
            .execute(),
        );
      });
    },

    async update(server, expectedRevision) {
      await database.write(async (connection) => {
        let query = connection.selectFrom('servers').selectAll().where('id', '=', server.id);
        if (database.kind === 'postgres') query = query.forUpdate();
        const row = await query.executeTakeFirst();
        if (row === undefined) throw storeError('missing', { what: `server "${server.name}"` });
        if (row.revision !== expectedRevision)
          throw storeError('conflict', {
            what: `server "${server.name}"`,
            reason: 'somebody else has changed it meanwhile',
          });
        await refuseTaken(connection, server);
        const sealer = () => keyring.sealer(connection, row.space_id);
        const stored = parseStoredLaunch(row.launch, row.id);
        const launch = await sealLaunch(server.id, server.launch, sealer, stored);
        await asConflict(server, () =>
          connection
            .updateTable('servers')
            .set({ ...plainColumns(server), launch: JSON.stringify(launch) })
            .where('id', '=', server.id)
            .execute(),
        );
        if (row.name_key !== nameKeyOf(server.name))
          await moveFeatures(connection, row.space_id, row.name_key, nameKeyOf(server.name));
      });
    },

    async delete(id) {
      await database.write(async (connection) => {
        const row = await connection
          .selectFrom('servers')
          .select(['space_id', 'name_key'])
          .where('id', '=', id)
          .executeTakeFirst();
        if (row === undefined) return;
        await connection
          .updateTable('features')
          .set({ is_listed: 0, is_available: 0, item: '{}', changed_at: clock.now() })
          .where('space_id', '=', row.space_id)
          .where('server_key', '=', row.name_key)
          .where('is_listed', '=', 1)
          .execute();
        // Verdict, tokens, registrations and lease go with it (on delete cascade).
        await connection.deleteFrom('servers').where('id', '=', id).execute();
      });
    },
  };
}

function damageOf({ name, alias }: ServerRow, parts: readonly string[]): McpMuxError {
  return storeError('row_damaged', {
    what: `server "${name}"`,
    reason: `its row is damaged: ${parts.join(', ')}`,
    hint: `remove it and add it again: mcpmux remove ${alias}; or restore a backup: mcpmux restore FILE --overwrite`,
  });
}

function plainColumns(server: InstalledServer) {
  return {
    name: server.name,
    name_key: nameKeyOf(server.name),
    alias: server.alias,
    is_enabled: server.isEnabled ? 1 : 0,
    session_policy: server.sessionPolicy,
    declares: server.declares ?? 'bridged',
    limits: JSON.stringify(server.limits),
    origin: server.origin === undefined ? null : JSON.stringify(server.origin),
    revision: server.revision,
    updated_at: server.updatedAt,
  };
}

/** Says which of the two is taken; the unique indexes hold when two come at once. */
async function refuseTaken(connection: Connection, server: InstalledServer): Promise<void> {
  const taken = await connection
    .selectFrom('servers')
    .select(['name_key', 'alias', 'name'])
    .where('space_id', '=', server.spaceId)
    .where('id', '!=', server.id)
    .where((where) =>
      where.or([where('name_key', '=', nameKeyOf(server.name)), where('alias', '=', server.alias)]),
    )
    .executeTakeFirst();
  if (taken === undefined) return;
  const reason =
    taken.name_key === nameKeyOf(server.name)
      ? 'a server of that name is there already'
      : `server "${taken.name}" has the alias "${server.alias}" already`;
  throw storeError('conflict', { what: `server "${server.name}"`, reason });
}

async function asConflict<T>(server: InstalledServer, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isMcpMuxError(error, 'store.conflict')) throw error;
    throw storeError(
      'conflict',
      { what: `server "${server.name}"`, reason: 'its name, alias or id is taken' },
      error,
    );
  }
}

/** The ids go with the server; remembered features of a server that once had the new name make room. */
async function moveFeatures(
  connection: Connection,
  spaceId: string,
  fromKey: string,
  toKey: string,
): Promise<void> {
  await connection
    .deleteFrom('features')
    .where('space_id', '=', spaceId)
    .where('server_key', '=', toKey)
    .execute();
  await connection
    .updateTable('features')
    .set({ server_key: toKey })
    .where('space_id', '=', spaceId)
    .where('server_key', '=', fromKey)
    .execute();
}
