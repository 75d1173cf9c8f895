/**
 * store/repositories/definition-pins — what was approved of servers' words, and how strict each server is watched.
 *
 * What is pinned stays in the table; memory holds hashes only, and asks for a text when it has to be compared.
 */
import { createHash } from 'node:crypto';
import type {
  ApprovedBy,
  DefinitionFace,
  DefinitionKey,
  DefinitionKind,
  DefinitionPin,
  DefinitionPinRepository,
  DefinitionPolicy,
  ServerId,
} from '../../model/index.ts';
import { definitionPolicies } from '../../model/index.ts';
import { RawJson } from '../../protocol/index.ts';
import { readStored } from '../stored-json.ts';
import type { DefinitionPinRow } from '../tables.ts';
import type { RepositoryParts } from './parts.ts';

/** Rows an insert carries: ten values each stay far below the limits of both databases. */
const insertedAtOnce = 100;

export function definitionPinRepository({ database }: RepositoryParts): DefinitionPinRepository {
  return {
    async load() {
      const rows = await database.db
        .selectFrom('definition_pins')
        .select([
          'server_id',
          'kind',
          'face',
          'name',
          'text_hash',
          'hash',
          'approved_by',
          'approved_at',
          'rejected_hash',
        ])
        .orderBy('id')
        .execute();
      return rows.flatMap((row) => readPin(row) ?? []);
    },

    async definitionOf(key) {
      const row = await database.db
        .selectFrom('definition_pins')
        .select('definition')
        .where('id', '=', idOf(key))
        .executeTakeFirst();
      const text = row?.definition ?? undefined;
      // A bad one is as none: then whatever the server says now waits for a person.
      return text === undefined || readStored(text) === undefined ? undefined : RawJson.ofText(text);
    },

    async save(pins) {
      await database.write(async (connection) => {
        const rows = pins.map(({ pin, definition }) => rowOf(pin, definition));
        for (let from = 0; from < rows.length; from += insertedAtOnce)
          await connection
            .insertInto('definition_pins')
            .values(rows.slice(from, from + insertedAtOnce))
            .onConflict((conflict) =>
              conflict.column('id').doUpdateSet((row) => ({
                definition: row.fn.coalesce('excluded.definition', 'definition_pins.definition'),
                text_hash: row.ref('excluded.text_hash'),
                hash: row.ref('excluded.hash'),
                approved_by: row.ref('excluded.approved_by'),
                approved_at: row.ref('excluded.approved_at'),
                rejected_hash: row.ref('excluded.rejected_hash'),
              })),
            )
            .execute();
      });
    },

    async policies() {
      const rows = await database.db.selectFrom('definition_policies').selectAll().execute();
      const policies = new Map<ServerId, DefinitionPolicy>();
      // One that nobody can read is the strictest: nothing passes by a mistake.
      for (const { server_id: id, policy } of rows)
        policies.set(
          id as ServerId,
          (definitionPolicies as readonly string[]).includes(policy)
            ? (policy as DefinitionPolicy)
            : 'strict',
        );
      return policies;
    },

    async setPolicy(serverId, policy) {
      await database.db
        .insertInto('definition_policies')
        .values({ server_id: serverId, policy })
        .onConflict((conflict) => conflict.column('server_id').doUpdateSet({ policy }))
        .execute();
    },
  };
}

function idOf({ serverId, kind, face, name }: DefinitionKey): string {
  return createHash('sha256')
    .update(JSON.stringify([serverId, kind, face, name]))
    .digest('base64url');
}

function rowOf(pin: DefinitionPin, definition: RawJson | undefined): DefinitionPinRow {
  const { approved } = pin;
  return {
    id: idOf(pin),
    server_id: pin.serverId,
    kind: pin.kind,
    face: pin.face,
    name: JSON.stringify(pin.name).slice(1, -1),
    definition: definition?.toText() ?? null,
    text_hash: approved?.textHash ?? null,
    hash: approved?.hash ?? null,
    approved_by: approved?.by ?? null,
    approved_at: approved?.at ?? null,
    rejected_hash: pin.rejectedHash ?? null,
  };
}

function readPin(row: Omit<DefinitionPinRow, 'id' | 'definition'>): DefinitionPin | undefined {
  const name = readStored(`"${row.name}"`);
  if (typeof name !== 'string') return undefined;
  const { hash, text_hash: textHash, approved_by: by, approved_at: at } = row;
  return {
    serverId: row.server_id as ServerId,
    kind: row.kind as DefinitionKind,
    face: row.face as DefinitionFace,
    name,
    approved:
      hash === null || textHash === null
        ? undefined
        : { hash, textHash, by: (by ?? 'person') as ApprovedBy, at: Number(at ?? 0) },
    rejectedHash: row.rejected_hash ?? undefined,
  };
}
