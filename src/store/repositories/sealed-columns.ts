/**
 * store/repositories/sealed-columns — every place where sealed text lies, so that a rotation reaches all of them.
 *
 * Whoever adds a sealed column adds it here; the rotation test looks through the whole database for what was missed.
 */
import type { Selectable, Transaction } from 'kysely';
import type { RecordAddress } from '../crypto/record.ts';
import type { Database } from '../drivers/database.ts';
import type { Tables } from '../tables.ts';
import { registrationAddress, tokenAddress } from './credentials.ts';
import { launchAddress, readStoredLaunch, sealedValuesOf, withSealedValues } from './launch-codec.ts';

/** Gives the text sealed anew, or the same text when it cannot be opened or needs nothing. */
export type Reseal = (text: string, address: Omit<RecordAddress, 'spaceId'>) => Promise<string>;

export interface Batch {
  /** How many rows were looked at; fewer than asked for means that these were the last. */
  readonly rows: number;
  /** Go on behind this one. */
  readonly last: string;
}

export interface SealedColumn {
  readonly name: string;
  /** Seals anew up to `limit` rows that hold text of the key, in the order of their ids, behind `after`. */
  reseal(
    connection: Transaction<Tables>,
    keyId: string,
    after: string,
    limit: number,
    reseal: Reseal,
  ): Promise<Batch>;
  /** Is there any text of the key left? */
  holds(connection: Transaction<Tables>, keyId: string): Promise<boolean>;
}

/** @param keyId 16 hex characters, so that it means nothing to LIKE */
const textOf = (keyId: string) => `v1.${keyId}.%`;
const jsonOf = (keyId: string) => `%"v1.${keyId}.%`;

export function sealedColumns(kind: Database['kind']): readonly SealedColumn[] {
  const isPostgres = kind === 'postgres';
  return [
    {
      name: 'servers',
      async reseal(connection, keyId, after, limit, reseal) {
        let query = connection
          .selectFrom('servers')
          .select(['id', 'launch'])
          .where('launch', 'like', jsonOf(keyId))
          .where('id', '>', after)
          .orderBy('id')
          .limit(limit);
        if (isPostgres) query = query.forUpdate();
        const rows = await query.execute();
        for (const row of rows) {
          const stored = readStoredLaunch(row.launch);
          if (stored === undefined) continue; // Damaged: there is nothing in it that could be sealed anew.
          const values: [string, string][] = [];
          for (const [name, text] of Object.entries(sealedValuesOf(stored)))
            values.push([name, await reseal(text, launchAddress(row.id, stored, name))]);
          const launch = JSON.stringify(withSealedValues(stored, Object.fromEntries(values)));
          await connection.updateTable('servers').set({ launch }).where('id', '=', row.id).execute();
        }
        return { rows: rows.length, last: rows.at(-1)?.id ?? after };
      },
      async holds(connection, keyId) {
        const row = await connection
          .selectFrom('servers')
          .select('id')
          .where('launch', 'like', jsonOf(keyId))
          .limit(1)
          .executeTakeFirst();
        return row !== undefined;
      },
    },
    {
      name: 'tokens',
      async reseal(connection, keyId, after, limit, reseal) {
        let query = connection
          .selectFrom('tokens')
          .selectAll()
          .where((where) =>
            where.or([
              where('sealed_access_token', 'like', textOf(keyId)),
              where('sealed_refresh_token', 'like', textOf(keyId)),
            ]),
          )
          .where('server_id', '>', after)
          .orderBy('server_id')
          .limit(limit);
        if (isPostgres) query = query.forUpdate();
        const rows: Selectable<Tables['tokens']>[] = await query.execute();
        for (const row of rows) {
          const access = await reseal(row.sealed_access_token, tokenAddress(row, 'sealed_access_token'));
          const refresh =
            row.sealed_refresh_token === null
              ? null
              : await reseal(row.sealed_refresh_token, tokenAddress(row, 'sealed_refresh_token'));
          await connection
            .updateTable('tokens')
            .set({ sealed_access_token: access, sealed_refresh_token: refresh })
            .where('server_id', '=', row.server_id)
            .execute();
        }
        return { rows: rows.length, last: rows.at(-1)?.server_id ?? after };
      },
      async holds(connection, keyId) {
        const row = await connection
          .selectFrom('tokens')
          .select('server_id')
          .where((where) =>
            where.or([
              where('sealed_access_token', 'like', textOf(keyId)),
              where('sealed_refresh_token', 'like', textOf(keyId)),
            ]),
          )
          .limit(1)
          .executeTakeFirst();
        return row !== undefined;
      },
    },
    {
      name: 'oauth_registrations',
      async reseal(connection, keyId, after, limit, reseal) {
        // The key has two columns; joined they are the record's id.
        const [afterServer = '', afterIssuer = ''] = after.split('/');
        let query = connection
          .selectFrom('oauth_registrations')
          .selectAll()
          .where('sealed_client_secret', 'like', textOf(keyId))
          .where((where) =>
            where.or([
              where('server_id', '>', afterServer),
              where.and([where('server_id', '=', afterServer), where('issuer_hash', '>', afterIssuer)]),
            ]),
          )
          .orderBy('server_id')
          .orderBy('issuer_hash')
          .limit(limit);
        if (isPostgres) query = query.forUpdate();
        const rows = await query.execute();
        for (const row of rows)
          await connection
            .updateTable('oauth_registrations')
            .set({
              sealed_client_secret: await reseal(row.sealed_client_secret ?? '', registrationAddress(row)),
            })
            .where('server_id', '=', row.server_id)
            .where('issuer_hash', '=', row.issuer_hash)
            .execute();
        const last = rows.at(-1);
        return {
          rows: rows.length,
          last: last === undefined ? after : `${last.server_id}/${last.issuer_hash}`,
        };
      },
      async holds(connection, keyId) {
        const row = await connection
          .selectFrom('oauth_registrations')
          .select('server_id')
          .where('sealed_client_secret', 'like', textOf(keyId))
          .limit(1)
          .executeTakeFirst();
        return row !== undefined;
      },
    },
  ];
}
