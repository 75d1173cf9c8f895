/**
 * store/repositories/sessions — legacy sessions as rows, so that they outlive the daemon. A loss of power may cost the
 * youngest: their clients begin anew.
 */
import type {
  LegacyRevision,
  PrincipalId,
  SessionId,
  SessionRecord,
  SessionRepository,
} from '../../model/index.ts';
import { storeError } from '../errors.ts';
import { readStored } from '../stored-json.ts';
import type { SessionRow } from '../tables.ts';
import type { RepositoryParts } from './parts.ts';

export function sessionRepository({ database: { relaxed } }: RepositoryParts): SessionRepository {
  return {
    async get(id) {
      const row = await relaxed.db.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : asSession(row);
    },

    async insert(session) {
      await relaxed.db.insertInto('sessions').values(asRow(session)).execute();
    },

    async update(session) {
      const { id, ...columns } = asRow(session);
      const { numUpdatedRows } = await relaxed.db
        .updateTable('sessions')
        .set(columns)
        .where('id', '=', id)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw storeError('missing', { what: 'the session' });
    },

    async touch(uses) {
      if (uses.length === 0) return;
      await relaxed.write(async (connection) => {
        for (const use of uses)
          await connection
            .updateTable('sessions')
            .set({ last_used_at: use.lastUsedAt })
            .where('id', '=', use.id)
            .where('last_used_at', '<', use.lastUsedAt)
            .execute();
      });
    },

    async delete(id) {
      await relaxed.db.deleteFrom('sessions').where('id', '=', id).execute();
    },

    async deleteUnusedSince(before) {
      const rows = await relaxed.db
        .deleteFrom('sessions')
        .where('last_used_at', '<', before)
        .returning('id')
        .execute();
      return rows.map((row) => row.id as SessionId);
    },

    async count() {
      const row = await relaxed.db
        .selectFrom('sessions')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      return Number(row.count);
    },
  };
}

function asRow(session: SessionRecord): SessionRow {
  return {
    id: session.id,
    principal_id: session.principalId,
    route_path: session.routePath,
    revision: session.revision,
    client_info: session.clientInfoText ?? null,
    capabilities: session.capabilitiesText,
    log_level: session.logLevel ?? null,
    subscriptions: JSON.stringify(session.subscriptions),
    created_at: session.createdAt,
    last_used_at: session.lastUsedAt,
    workspace: session.workspace ?? null,
    bridge_folder: session.bridgeFolder ?? null,
    roots: session.roots === undefined ? null : JSON.stringify(session.roots),
  };
}

function asSession(row: SessionRow): SessionRecord {
  return {
    id: row.id as SessionId,
    principalId: row.principal_id as PrincipalId,
    routePath: row.route_path,
    revision: row.revision as LegacyRevision,
    clientInfoText: row.client_info ?? undefined,
    capabilitiesText: row.capabilities,
    logLevel: row.log_level ?? undefined,
    // Damaged: the client has to subscribe again, which costs less than its session.
    subscriptions: (readStored(row.subscriptions) as string[] | undefined) ?? [],
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    workspace: row.workspace ?? undefined,
    bridgeFolder: row.bridge_folder ?? undefined,
    // Damaged: it is asked again.
    roots: row.roots === null ? undefined : (readStored(row.roots) as string[] | undefined),
  };
}
