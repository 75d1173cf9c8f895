/**
 * store/repositories/api-keys — the keys that let clients in, by hash. Revoked ones stay, for the record.
 */
import { isMcpMuxError } from '../../base/index.ts';
import type {
  ApiKey,
  ApiKeyId,
  ApiKeyRepository,
  ClientId,
  FeatureSetId,
  SpaceId,
} from '../../model/index.ts';
import { storeError } from '../errors.ts';
import { readStored } from '../stored-json.ts';
import type { ApiKeyRow } from '../tables.ts';
import { asClientRow } from './clients.ts';
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

    async insert(key, client) {
      try {
        await database.write(async (connection) => {
          if (client !== undefined)
            await connection.insertInto('clients').values(asClientRow(client)).execute();
          await connection.insertInto('api_keys').values(asRow(key)).execute();
        });
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
    client_id: key.clientId,
    name: key.name,
    shown_prefix: key.shownPrefix,
    hash: key.hash,
    space_id: key.limits.spaceId ?? null,
    feature_set_ids: JSON.stringify(key.limits.featureSetIds),
    source_ranges: JSON.stringify(key.sourceRanges),
    expires_at: key.expiresAt ?? null,
    created_at: key.createdAt,
    last_used_at: key.lastUsedAt ?? null,
    revoked_at: key.revokedAt ?? null,
  };
}

function asApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id as ApiKeyId,
    clientId: row.client_id as ClientId,
    name: row.name,
    shownPrefix: row.shown_prefix,
    hash: row.hash,
    limits: {
      spaceId: (row.space_id as SpaceId | null) ?? undefined,
      // Damaged: a set that does not exist, so that it reaches nothing.
      featureSetIds: (readStored(row.feature_set_ids) as FeatureSetId[] | undefined) ?? [
        'damaged' as FeatureSetId,
      ],
    },
    // Damaged: from nowhere.
    sourceRanges: (readStored(row.source_ranges) as string[] | undefined) ?? ['255.255.255.255'],
    expiresAt: row.expires_at ?? undefined,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
  };
}
