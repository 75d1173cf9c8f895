/**
 * store/repositories/era-verdicts — what a probe found out about a server, so that the next start need not ask again.
 */
import type { EraVerdict, EraVerdictRepository } from '../../model/index.ts';
import { readStoredObject } from '../stored-json.ts';
import type { RepositoryParts } from './parts.ts';

export function eraVerdictRepository({ database: { relaxed } }: RepositoryParts): EraVerdictRepository {
  return {
    async get(serverId) {
      const row = await relaxed.db
        .selectFrom('era_verdicts')
        .select('verdict')
        .where('server_id', '=', serverId)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      // A bad one is as none: the era is probed again.
      const verdict = readStoredObject(row.verdict) as EraVerdict | undefined;
      if (verdict === undefined) return undefined;
      // JSON has no undefined; the model asks for the fields.
      return { ...verdict, legacyRevision: verdict.legacyRevision, modernRevision: verdict.modernRevision };
    },

    async save(serverId, verdict) {
      const text = JSON.stringify(verdict);
      await relaxed.db
        .insertInto('era_verdicts')
        .values({ server_id: serverId, verdict: text })
        .onConflict((conflict) => conflict.column('server_id').doUpdateSet({ verdict: text }))
        .execute();
    },

    async delete(serverId) {
      await relaxed.db.deleteFrom('era_verdicts').where('server_id', '=', serverId).execute();
    },
  };
}
