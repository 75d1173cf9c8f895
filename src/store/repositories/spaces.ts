/**
 * store/repositories/spaces — Spaces as rows, with their base folders.
 *
 * A Space that is deleted takes everything with it: servers with their credentials, features, sets, mappings, data keys.
 */
import { isMcpMuxError } from '../../base/index.ts';
import type { Space, SpaceId, SpaceRepository } from '../../model/index.ts';
import type { Connection } from '../drivers/database.ts';
import { storeError } from '../errors.ts';
import type { SpaceRow } from '../tables.ts';
import { setRowOf } from './feature-sets.ts';
import type { RepositoryParts } from './parts.ts';

export function spaceRepository({ database }: RepositoryParts): SpaceRepository {
  return {
    async list() {
      const rows = await database.db
        .selectFrom('spaces')
        .selectAll()
        .orderBy('position')
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      const folders = await database.db.selectFrom('base_folders').selectAll().orderBy('position').execute();
      return rows.map((row) =>
        asSpace(
          row,
          folders.filter(({ space_id }) => space_id === row.id).map(({ folder }) => folder),
        ),
      );
    },

    async insert(space, starter) {
      await asConflict(space, () =>
        database.write(async (connection) => {
          await connection
            .insertInto('spaces')
            .values({
              ...columns(space),
              id: space.id,
              position: space.position,
              is_default: 0,
              created_at: space.createdAt,
            })
            .execute();
          await connection.insertInto('feature_sets').values(setRowOf(starter)).execute();
          await writeFolders(connection, space);
        }),
      );
    },

    async update(space) {
      await asConflict(space, () =>
        database.write(async (connection) => {
          const { numUpdatedRows } = await connection
            .updateTable('spaces')
            .set(columns(space))
            .where('id', '=', space.id)
            .executeTakeFirst();
          if (numUpdatedRows === 0n) throw storeError('missing', { what: `the Space "${space.name}"` });
          await connection.deleteFrom('base_folders').where('space_id', '=', space.id).execute();
          await writeFolders(connection, space);
        }),
      );
    },

    async reorder(ids) {
      await database.write(async (connection) => {
        for (const [position, id] of ids.entries())
          await connection.updateTable('spaces').set({ position }).where('id', '=', id).execute();
      });
    },

    async setDefault(id) {
      await database.write(async (connection) => {
        await connection.updateTable('spaces').set({ is_default: 0 }).where('is_default', '=', 1).execute();
        const { numUpdatedRows } = await connection
          .updateTable('spaces')
          .set({ is_default: 1 })
          .where('id', '=', id)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) throw storeError('missing', { what: `the Space ${id}` });
      });
    },

    async delete(id) {
      await database.write(async (connection) => {
        // What refers to servers goes with them, the rest with the Space (on delete cascade).
        await connection.deleteFrom('servers').where('space_id', '=', id).execute();
        await connection.deleteFrom('features').where('space_id', '=', id).execute();
        await connection.deleteFrom('data_keys').where('space_id', '=', id).execute();
        await connection.deleteFrom('spaces').where('id', '=', id).where('is_default', '=', 0).execute();
      });
    },
  };
}

function columns(space: Space) {
  return {
    name: space.name,
    name_key: space.name.toLowerCase(),
    slug: space.slug,
    icon: space.icon ?? null,
    colour: space.colour ?? null,
    updated_at: space.updatedAt,
  };
}

async function writeFolders(connection: Connection, space: Space): Promise<void> {
  for (const [position, folder] of space.baseFolders.entries())
    await connection.insertInto('base_folders').values({ folder, space_id: space.id, position }).execute();
}

async function asConflict<T>(space: Space, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isMcpMuxError(error, 'store.conflict')) throw error;
    throw storeError(
      'conflict',
      { what: `the Space "${space.name}"`, reason: 'its name, slug or a base folder is taken' },
      error,
    );
  }
}

function asSpace(row: SpaceRow, baseFolders: readonly string[]): Space {
  return {
    id: row.id as SpaceId,
    slug: row.slug,
    name: row.name,
    icon: row.icon ?? undefined,
    colour: row.colour ?? undefined,
    position: row.position,
    isDefault: row.is_default === 1,
    baseFolders,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
