/**
 * store/repositories/oauth-artifacts — codes, tokens, grants and registrations of our authorization server, by hash.
 */
import type {
  ClientId,
  OAuthArtifact,
  OAuthArtifactKind,
  OAuthArtifactRepository,
} from '../../model/index.ts';
import type { OAuthArtifactRow } from '../tables.ts';
import type { RepositoryParts } from './parts.ts';

export function oauthArtifactRepository({ database }: RepositoryParts): OAuthArtifactRepository {
  const table = () => database.db.selectFrom('oauth_artifacts').selectAll();
  return {
    async find(kind, hash) {
      const row = await table().where('kind', '=', kind).where('hash', '=', hash).executeTakeFirst();
      return row === undefined ? undefined : asArtifact(row);
    },

    async findByUserCode(userCode) {
      const row = await table().where('user_code', '=', userCode).executeTakeFirst();
      return row === undefined ? undefined : asArtifact(row);
    },

    async ofGrant(kind, grantId) {
      const rows = await table()
        .where('kind', '=', kind)
        .where('grant_id', '=', grantId)
        .orderBy('created_at')
        .execute();
      return rows.map(asArtifact);
    },

    async live(kind, now) {
      const rows = await table()
        .where('kind', '=', kind)
        .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', now)]))
        .orderBy('created_at')
        .execute();
      return rows.map(asArtifact);
    },

    async save(artifact) {
      const row = asRow(artifact);
      await database.db
        .insertInto('oauth_artifacts')
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(['kind', 'hash']).doUpdateSet({
            grant_id: row.grant_id,
            user_code: row.user_code,
            payload: row.payload,
            expires_at: row.expires_at,
          }),
        )
        .execute();
    },

    async consume(kind, hash, at) {
      const { numUpdatedRows } = await database.db
        .updateTable('oauth_artifacts')
        .set({ consumed_at: at })
        .where('kind', '=', kind)
        .where('hash', '=', hash)
        .where('consumed_at', 'is', null)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async restore(kind, hash) {
      await database.db
        .updateTable('oauth_artifacts')
        .set({ consumed_at: null })
        .where('kind', '=', kind)
        .where('hash', '=', hash)
        .execute();
    },

    async markUsed(kind, hash, at) {
      await database.db
        .updateTable('oauth_artifacts')
        .set({ used_at: at })
        .where('kind', '=', kind)
        .where('hash', '=', hash)
        .where('used_at', 'is', null)
        .execute();
    },

    async delete(kind, hash) {
      await database.db
        .deleteFrom('oauth_artifacts')
        .where('kind', '=', kind)
        .where('hash', '=', hash)
        .execute();
    },

    async deleteOfGrant(grantId) {
      await database.db
        .deleteFrom('oauth_artifacts')
        .where('grant_id', '=', grantId)
        .where('kind', '<>', 'Grant')
        .execute();
    },

    async deleteExpired(now) {
      const { numDeletedRows } = await database.db
        .deleteFrom('oauth_artifacts')
        .where('expires_at', '<=', now)
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

function asRow(artifact: OAuthArtifact): OAuthArtifactRow {
  return {
    kind: artifact.kind,
    hash: artifact.hash,
    grant_id: artifact.grantId ?? null,
    user_code: artifact.userCode ?? null,
    payload: artifact.payload,
    created_at: artifact.createdAt,
    expires_at: artifact.expiresAt ?? null,
    consumed_at: artifact.consumedAt ?? null,
    used_at: artifact.usedAt ?? null,
  };
}

function asArtifact(row: OAuthArtifactRow): OAuthArtifact {
  return {
    kind: row.kind as OAuthArtifactKind,
    hash: row.hash,
    grantId: (row.grant_id as ClientId | null) ?? undefined,
    userCode: row.user_code ?? undefined,
    payload: row.payload,
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    consumedAt: row.consumed_at ?? undefined,
    usedAt: row.used_at ?? undefined,
  };
}
