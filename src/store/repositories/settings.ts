/**
 * store/repositories/settings — small values by name. Not for secrets: they are stored as they are.
 */
import type { SettingRepository } from '../../model/index.ts';
import type { RepositoryParts } from './parts.ts';

export function settingRepository({ database }: RepositoryParts): SettingRepository {
  return {
    async get(key) {
      const row = await database.db
        .selectFrom('settings')
        .select('value')
        .where('key', '=', key)
        .executeTakeFirst();
      return row?.value;
    },

    async set(key, value) {
      await database.db
        .insertInto('settings')
        .values({ key, value })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
        .execute();
    },

    async delete(key) {
      await database.db.deleteFrom('settings').where('key', '=', key).execute();
    },
  };
}
