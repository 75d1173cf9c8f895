/**
 * store/repositories/clients — the clients that may come in, or once could. None is ever deleted: what was done in its
 * name stays explainable.
 */
import {
  type Client,
  type ClientId,
  type ClientIntroduction,
  type ClientKind,
  type ClientRepository,
  type ClientStatus,
  type FeatureSetId,
  nameOf,
  type SpaceId,
} from '../../model/index.ts';
import { storeError } from '../errors.ts';
import { readStored } from '../stored-json.ts';
import type { ClientRow } from '../tables.ts';
import type { RepositoryParts } from './parts.ts';

export function clientRepository({ database }: RepositoryParts): ClientRepository {
  return {
    async list() {
      const rows = await database.db
        .selectFrom('clients')
        .selectAll()
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map(asClient);
    },

    async insert(client) {
      await database.db.insertInto('clients').values(asClientRow(client)).execute();
    },

    async update(client) {
      await database.write(async (connection) => {
        const { numUpdatedRows } = await connection
          .updateTable('clients')
          .set({
            alias: client.alias ?? null,
            status: client.status,
            status_at: client.statusAt,
            space_id: client.limits.spaceId ?? null,
            feature_set_ids: JSON.stringify(client.limits.featureSetIds),
            expires_at: client.expiresAt ?? null,
          })
          .where('id', '=', client.id)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) throw storeError('missing', { what: `the client "${nameOf(client)}"` });
        if (client.status !== 'revoked') return;
        await connection
          .updateTable('api_keys')
          .set({ revoked_at: client.statusAt })
          .where('client_id', '=', client.id)
          .where('revoked_at', 'is', null)
          .execute();
      });
    },

    async touch(seen) {
      if (seen.length === 0) return;
      await database.write(async (connection) => {
        for (const { id, lastSeenAt, introduction } of seen)
          await connection
            .updateTable('clients')
            .set({
              last_seen_at: lastSeenAt,
              ...(introduction === undefined ? {} : { introduction: JSON.stringify(introduction) }),
            })
            .where('id', '=', id)
            .where((where) =>
              where.or([where('last_seen_at', 'is', null), where('last_seen_at', '<=', lastSeenAt)]),
            )
            .execute();
      });
    },
  };
}

export function asClientRow(client: Client): ClientRow {
  return {
    id: client.id,
    kind: client.kind,
    name: client.name,
    alias: client.alias ?? null,
    status: client.status,
    status_at: client.statusAt,
    space_id: client.limits.spaceId ?? null,
    feature_set_ids: JSON.stringify(client.limits.featureSetIds),
    expires_at: client.expiresAt ?? null,
    oauth_client_id: client.oauthClientId ?? null,
    created_at: client.createdAt,
    last_seen_at: client.lastSeenAt ?? null,
    introduction: client.introduction === undefined ? null : JSON.stringify(client.introduction),
  };
}

function asClient(row: ClientRow): Client {
  const featureSetIds = readStored(row.feature_set_ids) as readonly FeatureSetId[] | undefined;
  return {
    id: row.id as ClientId,
    kind: row.kind as ClientKind,
    name: row.name,
    alias: row.alias ?? undefined,
    // What it is held to cannot be read: it is let in to nothing before a person has looked.
    status: featureSetIds === undefined && row.status === 'active' ? 'paused' : (row.status as ClientStatus),
    statusAt: row.status_at,
    limits: { spaceId: (row.space_id as SpaceId | null) ?? undefined, featureSetIds: featureSetIds ?? [] },
    expiresAt: row.expires_at ?? undefined,
    oauthClientId: row.oauth_client_id ?? undefined,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at ?? undefined,
    introduction:
      row.introduction === null
        ? undefined
        : (readStored(row.introduction) as ClientIntroduction | undefined),
  };
}
