/**
 * store/repositories/credentials — tokens, registrations and refresh leases as rows; what is secret in them is sealed.
 *
 * Tokens are bound to their issuer and generation: a text of an earlier generation put back into the row does not open.
 * Writing tokens is compare-and-set on the generation, the lease is one conditional statement: both hold between
 * processes and replicas.
 */
import { createHash } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { CredentialRepository, OAuthRegistration, ServerId, TokenSet } from '../../model/index.ts';
import type { RecordAddress } from '../crypto/record.ts';
import type { Connection } from '../drivers/database.ts';
import { storeError } from '../errors.ts';
import { readStoredObject } from '../stored-json.ts';
import type { RegistrationRow, Tables, TokenRow } from '../tables.ts';
import type { RepositoryParts } from './parts.ts';

export type SealedTokenColumn = 'sealed_access_token' | 'sealed_refresh_token';

export function tokenAddress(
  row: Pick<TokenRow, 'server_id' | 'issuer' | 'generation'>,
  column: SealedTokenColumn,
): Omit<RecordAddress, 'spaceId'> {
  return {
    table: 'tokens',
    recordId: row.server_id,
    column,
    generation: row.generation,
    binding: row.issuer,
  };
}

export function registrationAddress(
  row: Pick<RegistrationRow, 'server_id' | 'issuer_hash' | 'issuer' | 'client_id'>,
): Omit<RecordAddress, 'spaceId'> {
  return {
    table: 'oauth_registrations',
    recordId: `${row.server_id}/${row.issuer_hash}`,
    column: 'sealed_client_secret',
    generation: 0,
    binding: JSON.stringify([row.issuer, row.client_id]),
  };
}

function hashOfIssuer(issuer: string): string {
  return createHash('sha256').update(issuer).digest('hex');
}

export function credentialRepository({ database, keyring }: RepositoryParts): CredentialRepository {
  async function asTokens(row: TokenRow, spaceId: string): Promise<TokenSet> {
    const open = (text: string, column: SealedTokenColumn) =>
      keyring.open(database.db, text, { spaceId, ...tokenAddress(row, column) });
    return {
      serverId: row.server_id as ServerId,
      issuer: row.issuer,
      accessToken: await open(row.sealed_access_token, 'sealed_access_token'),
      refreshToken:
        row.sealed_refresh_token === null
          ? undefined
          : await open(row.sealed_refresh_token, 'sealed_refresh_token'),
      tokenType: row.token_type,
      scope: row.scope ?? undefined,
      expiresAt: row.expires_at ?? undefined,
      generation: row.generation,
      updatedAt: row.updated_at,
    };
  }

  async function asRegistration(row: RegistrationRow, spaceId: string): Promise<OAuthRegistration> {
    return {
      serverId: row.server_id as ServerId,
      issuer: row.issuer,
      serverUrl: row.server_url,
      source: row.source as OAuthRegistration['source'],
      clientId: row.client_id,
      clientSecret:
        row.sealed_client_secret === null
          ? undefined
          : await keyring.open(database.db, row.sealed_client_secret, {
              spaceId,
              ...registrationAddress(row),
            }),
      redirectUri: row.redirect_uri ?? undefined,
      metadata: readStoredObject(row.metadata) ?? {},
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    };
  }

  async function sealTokens(connection: Transaction<Tables>, tokens: TokenSet): Promise<TokenRow> {
    const sealer = await keyring.sealer(connection, await spaceOf(connection, tokens.serverId));
    const place = { server_id: tokens.serverId, issuer: tokens.issuer, generation: tokens.generation };
    return {
      ...place,
      sealed_access_token: sealer.seal(tokens.accessToken, tokenAddress(place, 'sealed_access_token')),
      sealed_refresh_token:
        tokens.refreshToken === undefined
          ? null
          : sealer.seal(tokens.refreshToken, tokenAddress(place, 'sealed_refresh_token')),
      token_type: tokens.tokenType,
      scope: tokens.scope ?? null,
      expires_at: tokens.expiresAt ?? null,
      updated_at: tokens.updatedAt,
    };
  }

  return {
    async getTokens(serverId) {
      const row = await database.db
        .selectFrom('tokens')
        .innerJoin('servers', 'servers.id', 'tokens.server_id')
        .selectAll('tokens')
        .select('servers.space_id')
        .where('tokens.server_id', '=', serverId)
        .executeTakeFirst();
      return row === undefined ? undefined : asTokens(row, row.space_id);
    },

    saveTokens: (tokens, expectedGeneration) =>
      database.write(async (connection) => {
        const { server_id: serverId, ...columns } = await sealTokens(connection, tokens);
        if (expectedGeneration === 0) {
          if (tokens.generation <= (await clearedGeneration(connection, tokens.serverId))) return false;
          const { numInsertedOrUpdatedRows } = await connection
            .insertInto('tokens')
            .values({ server_id: serverId, ...columns })
            .onConflict((conflict) => conflict.column('server_id').doNothing())
            .executeTakeFirst();
          return (numInsertedOrUpdatedRows ?? 0n) > 0n;
        }
        const { numUpdatedRows } = await connection
          .updateTable('tokens')
          .set(columns)
          .where('server_id', '=', serverId)
          .where('generation', '=', expectedGeneration)
          .executeTakeFirst();
        return numUpdatedRows > 0n;
      }),

    async lastGeneration(serverId) {
      const row = await database.db
        .selectFrom('tokens')
        .select('generation')
        .where('server_id', '=', serverId)
        .executeTakeFirst();
      return row?.generation ?? (await clearedGeneration(database.db, serverId));
    },

    async clearTokens(serverId) {
      await database.write(async (connection) => {
        const row = await connection
          .deleteFrom('tokens')
          .where('server_id', '=', serverId)
          .returning('generation')
          .executeTakeFirst();
        if (row === undefined) return;
        const { generation } = row;
        await connection
          .insertInto('token_generations')
          .values({ server_id: serverId, generation })
          .onConflict((conflict) => conflict.column('server_id').doUpdateSet({ generation }))
          .execute();
      });
    },

    async getRegistration(serverId, issuer) {
      let query = database.db
        .selectFrom('oauth_registrations')
        .innerJoin('servers', 'servers.id', 'oauth_registrations.server_id')
        .selectAll('oauth_registrations')
        .select('servers.space_id')
        .where('oauth_registrations.server_id', '=', serverId)
        .orderBy('oauth_registrations.updated_at', 'desc')
        .orderBy('oauth_registrations.issuer_hash');
      if (issuer !== undefined)
        query = query.where('oauth_registrations.issuer_hash', '=', hashOfIssuer(issuer));
      const row = await query.limit(1).executeTakeFirst();
      return row === undefined ? undefined : asRegistration(row, row.space_id);
    },

    async saveRegistration(registration) {
      await database.write(async (connection) => {
        const spaceId = await spaceOf(connection, registration.serverId);
        const place = {
          server_id: registration.serverId,
          issuer_hash: hashOfIssuer(registration.issuer),
          issuer: registration.issuer,
          client_id: registration.clientId,
        };
        const sealed =
          registration.clientSecret === undefined
            ? null
            : (await keyring.sealer(connection, spaceId)).seal(
                registration.clientSecret,
                registrationAddress(place),
              );
        const columns = {
          server_url: registration.serverUrl,
          source: registration.source,
          client_id: registration.clientId,
          sealed_client_secret: sealed,
          redirect_uri: registration.redirectUri ?? null,
          metadata: JSON.stringify(registration.metadata),
          updated_at: registration.updatedAt,
        };
        await connection
          .insertInto('oauth_registrations')
          .values({ ...place, ...columns, created_at: registration.createdAt })
          .onConflict((conflict) => conflict.columns(['server_id', 'issuer_hash']).doUpdateSet(columns))
          .execute();
      });
    },

    async deleteRegistration(serverId, issuer) {
      let query = database.db.deleteFrom('oauth_registrations').where('server_id', '=', serverId);
      if (issuer !== undefined) query = query.where('issuer_hash', '=', hashOfIssuer(issuer));
      await query.execute();
    },

    async takeLease(serverId, holder, generation, expiresAt, now) {
      const row = await database.db
        .insertInto('refresh_leases')
        .values({ server_id: serverId, holder, generation, expires_at: expiresAt })
        .onConflict((conflict) =>
          conflict
            .column('server_id')
            .doUpdateSet({ holder, generation, expires_at: expiresAt })
            .where((where) =>
              where.or([
                where('refresh_leases.holder', '=', holder),
                where('refresh_leases.expires_at', '<=', now),
              ]),
            ),
        )
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return {
        serverId: row.server_id as ServerId,
        holder: row.holder,
        generation: row.generation,
        expiresAt: row.expires_at,
      };
    },

    async releaseLease(serverId, holder) {
      await database.db
        .deleteFrom('refresh_leases')
        .where('server_id', '=', serverId)
        .where('holder', '=', holder)
        .execute();
    },
  };

  async function clearedGeneration(connection: Connection, serverId: ServerId): Promise<number> {
    const row = await connection
      .selectFrom('token_generations')
      .select('generation')
      .where('server_id', '=', serverId)
      .executeTakeFirst();
    return row?.generation ?? 0;
  }

  async function spaceOf(connection: Connection, serverId: ServerId): Promise<string> {
    const row = await connection
      .selectFrom('servers')
      .select('space_id')
      .where('id', '=', serverId)
      .executeTakeFirst();
    if (row === undefined) throw storeError('missing', { what: `the server ${serverId}` });
    return row.space_id;
  }
}
