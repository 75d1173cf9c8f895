/**
 * store/repositories/audit — entries of the audit: added at the end, read, and removed from the oldest on. Never changed.
 */
import type { AuditRepository, AuditRow } from '../../model/index.ts';
import { readStored } from '../stored-json.ts';
import type { RepositoryParts } from './parts.ts';

const anchorKey = 'audit.anchor';
const none = { seq: 0, hash: '' };

export function auditRepository({ database }: RepositoryParts): AuditRepository {
  const anchor: AuditRepository['anchor'] = async () => {
    const row = await database.db
      .selectFrom('settings')
      .select('value')
      .where('key', '=', anchorKey)
      .executeTakeFirst();
    return (row === undefined ? undefined : (readStored(row.value) as typeof none | undefined)) ?? none;
  };
  return {
    anchor,

    async last() {
      const row = await database.db
        .selectFrom('audit')
        .select(['seq', 'hash'])
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row ?? anchor();
    },

    async append(rows) {
      if (rows.length === 0) return;
      await database.write(async (connection) => {
        // Few enough variables a statement for every database.
        for (let at = 0; at < rows.length; at += 100)
          await connection
            .insertInto('audit')
            .values(rows.slice(at, at + 100).map((row) => ({ ...row })))
            .execute();
      });
    },

    async list({ limit, beforeSeq, what, who }) {
      let query = database.db.selectFrom('audit').selectAll().orderBy('seq', 'desc').limit(limit);
      if (beforeSeq !== undefined) query = query.where('seq', '<', beforeSeq);
      if (what !== undefined) query = query.where('what', '>=', what).where('what', '<', `${what}\uffff`);
      if (who !== undefined) query = query.where('who', '=', who);
      return (await query.execute()) as AuditRow[];
    },

    async read(afterSeq, limit) {
      const query = database.db.selectFrom('audit').selectAll().where('seq', '>', afterSeq);
      return (await query.orderBy('seq').limit(limit).execute()) as AuditRow[];
    },

    async trim(before) {
      return database.write(async (connection) => {
        const kept = await connection
          .selectFrom('audit')
          .select(['seq', 'hash'])
          .where('at', '<', before)
          .orderBy('seq', 'desc')
          .limit(1)
          .executeTakeFirst();
        if (kept === undefined) return 0;
        const value = JSON.stringify({ seq: kept.seq, hash: kept.hash });
        await connection
          .insertInto('settings')
          .values({ key: anchorKey, value })
          .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
          .execute();
        const { numDeletedRows } = await connection
          .deleteFrom('audit')
          .where('seq', '<=', kept.seq)
          .executeTakeFirst();
        return Number(numDeletedRows);
      });
    },
  };
}
