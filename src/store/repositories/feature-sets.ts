/**
 * store/repositories/feature-sets — FeatureSets as rows, their members as JSON.
 */
import { isMcpMuxError } from '../../base/index.ts';
import type {
  FeatureSet,
  FeatureSetId,
  FeatureSetRepository,
  SetMember,
  SpaceId,
} from '../../model/index.ts';
import { storeError } from '../errors.ts';
import { readStored } from '../stored-json.ts';
import type { FeatureSetRow } from '../tables.ts';
import type { RepositoryParts } from './parts.ts';

export function featureSetRepository({ database }: RepositoryParts): FeatureSetRepository {
  return {
    async list() {
      const rows = await database.db
        .selectFrom('feature_sets')
        .selectAll()
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map(asSet);
    },

    async insert(set) {
      await asConflict(set, () => database.db.insertInto('feature_sets').values(setRowOf(set)).execute());
    },

    async update(set, expectedRevision) {
      const { id, space_id: _, created_at: __, is_starter: ___, ...changed } = setRowOf(set);
      const { numUpdatedRows } = await asConflict(set, () =>
        database.db
          .updateTable('feature_sets')
          .set(changed)
          .where('id', '=', id)
          .where('revision', '=', expectedRevision)
          .executeTakeFirst(),
      );
      if (numUpdatedRows === 0n)
        throw storeError('conflict', {
          what: `the set "${set.name}"`,
          reason: 'somebody else has changed or deleted it meanwhile',
        });
    },

    async delete(id) {
      await database.db.deleteFrom('feature_sets').where('id', '=', id).execute();
    },
  };
}

export function setRowOf(set: FeatureSet): FeatureSetRow {
  return {
    id: set.id,
    space_id: set.spaceId,
    slug: set.slug,
    name: set.name,
    name_key: set.name.toLowerCase(),
    description: set.description ?? null,
    is_starter: set.isStarter ? 1 : 0,
    members: JSON.stringify(set.members),
    revision: set.revision,
    created_at: set.createdAt,
    updated_at: set.updatedAt,
  };
}

async function asConflict<T>(set: FeatureSet, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isMcpMuxError(error, 'store.conflict')) throw error;
    throw storeError(
      'conflict',
      { what: `the set "${set.name}"`, reason: 'its name or slug is taken' },
      error,
    );
  }
}

function asSet(row: FeatureSetRow): FeatureSet {
  const members = readStored(row.members);
  return {
    id: row.id as FeatureSetId,
    spaceId: row.space_id as SpaceId,
    slug: row.slug,
    name: row.name,
    description: row.description ?? undefined,
    isStarter: row.is_starter === 1,
    // Damaged: it chooses nothing, which opens nothing.
    members: Array.isArray(members) ? (members as SetMember[]) : [],
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
