/**
 * store/repositories/presentations — how tools look, as rows.
 */
import { createHash } from 'node:crypto';
import {
  type FeatureId,
  type FeatureSetId,
  type PatchBase,
  type Presentation,
  type PresentationRepository,
  readPatch,
  type SpaceId,
} from '../../model/index.ts';
import { readStored, readStoredObject } from '../stored-json.ts';
import type { RepositoryParts } from './parts.ts';

export function presentationRepository({ database, logger }: RepositoryParts): PresentationRepository {
  return {
    async list() {
      const rows = await database.db.selectFrom('presentations').selectAll().orderBy('id').execute();
      return rows.flatMap((row): Presentation[] => {
        const patch = readPatch(readStored(row.patch));
        if (patch === undefined) {
          logger.warn(
            { feature: row.feature_id },
            'a damaged presentation: the tool looks as its server shows it',
          );
          return [];
        }
        return [
          {
            spaceId: row.space_id as SpaceId,
            setId: (row.set_id ?? undefined) as FeatureSetId | undefined,
            featureId: row.feature_id as FeatureId,
            patch,
            base: (readStoredObject(row.base) ?? {}) as PatchBase,
            updatedAt: Number(row.updated_at),
          },
        ];
      });
    },

    async save(presentation) {
      const changed = {
        patch: JSON.stringify(presentation.patch),
        base: JSON.stringify(presentation.base),
        updated_at: presentation.updatedAt,
      };
      await database.db
        .insertInto('presentations')
        .values({
          id: idOf(presentation),
          space_id: presentation.spaceId,
          set_id: presentation.setId ?? null,
          feature_id: presentation.featureId,
          ...changed,
        })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(changed))
        .execute();
    },

    async delete(presentation) {
      await database.db.deleteFrom('presentations').where('id', '=', idOf(presentation)).execute();
    },
  };
}

function idOf({ spaceId, setId, featureId }: Pick<Presentation, 'spaceId' | 'setId' | 'featureId'>): string {
  return createHash('sha256')
    .update(JSON.stringify([spaceId, setId ?? null, featureId]))
    .digest('base64url');
}
