/**
 * store/repositories/mappings — which folder or id leads where, as rows.
 */
import { createHash } from 'node:crypto';
import { isMcpMuxError } from '../../base/index.ts';
import type { FeatureSetId, Mapping, MappingId, MappingRepository, SpaceId } from '../../model/index.ts';
import { storeError } from '../errors.ts';
import { readStored } from '../stored-json.ts';
import type { MappingRow } from '../tables.ts';
import type { RepositoryParts } from './parts.ts';

export function mappingRepository({ database }: RepositoryParts): MappingRepository {
  return {
    async list() {
      const rows = await database.db
        .selectFrom('mappings')
        .selectAll()
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map(asMapping);
    },

    async insert(mapping) {
      await asConflict(mapping, () => database.db.insertInto('mappings').values(asRow(mapping)).execute());
    },

    async update(mapping) {
      const { id, created_at: _, ...changed } = asRow(mapping);
      const { numUpdatedRows } = await asConflict(mapping, () =>
        database.db.updateTable('mappings').set(changed).where('id', '=', id).executeTakeFirst(),
      );
      if (numUpdatedRows === 0n) throw storeError('missing', { what: `the mapping of ${mapping.key}` });
    },

    async delete(id) {
      await database.db.deleteFrom('mappings').where('id', '=', id).execute();
    },
  };
}

async function asConflict<T>(mapping: Mapping, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isMcpMuxError(error, 'store.conflict')) throw error;
    throw storeError(
      'conflict',
      { what: `the mapping of ${mapping.key}`, reason: 'it is mapped already' },
      error,
    );
  }
}

function asRow(mapping: Mapping): MappingRow {
  return {
    id: mapping.id,
    kind: mapping.kind,
    key: mapping.key,
    key_hash: createHash('sha256').update(mapping.key).digest('hex'),
    has_children: mapping.hasChildren ? 1 : 0,
    space_id: mapping.spaceId,
    set_ids: JSON.stringify(mapping.setIds),
    created_at: mapping.createdAt,
    updated_at: mapping.updatedAt,
  };
}

function asMapping(row: MappingRow): Mapping {
  const setIds = readStored(row.set_ids);
  return {
    id: row.id as MappingId,
    kind: row.kind === 'id' ? 'id' : 'folder',
    key: row.key,
    hasChildren: row.has_children === 1,
    spaceId: row.space_id as SpaceId,
    // Damaged: it leads to nothing, which opens nothing.
    setIds: Array.isArray(setIds) ? (setIds as FeatureSetId[]) : [],
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
