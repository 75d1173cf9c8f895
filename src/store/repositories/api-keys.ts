/**
 * store/repositories/api-keys — the keys that let clients in, by hash. Revoked ones stay, for the record.
 */
import { isMcpMuxError } from '../../base/index.ts';
import type { ApiKey, ApiKeyId, ApiKeyRepository } from '../../model/index.ts';
import { storeError } from '../errors.ts';
import type { ApiKeyRow } from '../tables.ts';
import type { RepositoryParts } from './parts.ts';

export function apiKeyRepository({ database }: RepositoryParts): ApiKeyRepository {
  return {
    async list() {
      const rows = await database.db
        .selectFrom('api_keys')
        .selectAll()
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map(asApiKey);
    },

    async insert(key) {
      try {
        await database.db.insertInto('api_keys').values(asRow(key)).execute();
      } catch (error) {
        if (!isMcpMuxError(error, 'store.conflict')) throw error;
        throw storeError(
          'conflict',
          { what: `key "${key.name}"`, reason: 'a live key of that name is there already' },
          error,
        );
      }
    },

    async findByHash(hash) {
      const row = await database.db
        .selectFrom('api_keys')
        .selectAll()
        .where('hash', '=', hash)
        .executeTakeFirst();
      return row === undefined ? undefined : asApiKey(row);
    },

    async revoke(id, at) {
      const { numUpdatedRows } = await database.db
        .updateTable('api_keys')
        .set({ revoked_at: at })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async touch(uses) {
      if (uses.length === 0) return;
      await database.write(async (connection) => {
        for (const use of uses)
          await connection
            .updateTable('api_keys')
            .set({ last_used_at: use.lastUsedAt })
            .where('id', '=', use.id)
            .where((where) =>
              where.or([where('last_used_at', 'is', null), where('last_used_at', '<', use.lastUsedAt)]),
            )
            .execute();
      });
    },
  };
}

function asRow(key: ApiKey): ApiKeyRow {
  return {
    id: key.id,
    name: key.name,
    shown_prefix: key.shownPrefix,
    hash: key.hash,
    created_at: key.createdAt,
    last_used_at: key.lastUsedAt ?? null,
    revoked_at: key.revokedAt ?? null,
  };
}

function asApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id as ApiKeyId,
    name: row.name,
    shownPrefix: row.shown_prefix,
    hash: row.hash,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
  };
}
