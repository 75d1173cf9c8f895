/**
 * store/repositories/call-dimensions — who and what calls were about: small tables that calls point into, kept in memory.
 *
 * A call row holds two numbers in place of fifteen texts: that makes rows small, writing cheap, and a filter over names
 * a filter over a few numbers.
 * Knows nothing of: which rooms write calls.
 */
import type { Transaction } from 'kysely';
import type { CallParty, CallTarget, Era } from '../../model/index.ts';
import type { Connection } from '../drivers/database.ts';
import type { CallPartyRow, CallTargetRow, Tables } from '../tables.ts';

/** More different ones than this come from somebody who invents names; then what they invent is left out. */
const mostKept = 20_000;

interface Kind<Value, Row extends { id: number }> {
  readonly table: 'call_parties' | 'call_targets';
  readonly keyOf: (value: Value) => string;
  readonly asRow: (id: number, value: Value) => Row;
  readonly asValue: (row: Row) => Value;
  /** The same without what a client can invent. */
  readonly bounded: (value: Value) => Value;
}

export class Dimension<Value, Row extends { id: number }> {
  readonly #kind: Kind<Value, Row>;
  readonly #ids = new Map<string, number>();
  readonly #values = new Map<number, Value>();
  #loading: Promise<void> | undefined;
  /** Of the transaction that runs. */
  readonly #fresh = new Map<string, { readonly id: number; readonly value: Value }>();
  #last = 0;

  constructor(kind: Kind<Value, Row>) {
    this.#kind = kind;
  }

  /** Reads the table once. */
  load(connection: Connection): Promise<void> {
    this.#loading ??= this.#read(connection).catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #read(connection: Connection): Promise<void> {
    const rows = (await connection.selectFrom(this.#kind.table).selectAll().execute()) as unknown as Row[];
    for (const row of rows) this.#keep(row.id, this.#kind.asValue(row));
  }

  #keep(id: number, value: Value): void {
    this.#ids.set(this.#kind.keyOf(value), id);
    this.#values.set(id, value);
    this.#last = Math.max(this.#last, id);
  }

  value(id: number): Value | undefined {
    return this.#values.get(id);
  }

  /** The ids of all that `fits`; undefined when everything does. */
  idsOf(fits: ((value: Value) => boolean) | undefined): number[] | undefined {
    if (fits === undefined) return undefined;
    const ids = [...this.#values].flatMap(([id, value]) => (fits(value) ? [id] : []));
    return ids.length === this.#values.size ? undefined : ids;
  }

  /** Forgets what a transaction that did not come to its end has added. */
  begin(): void {
    this.#fresh.clear();
  }

  /** The id of each value; new ones are written, and known once `commit` is called. */
  async idsFor(connection: Transaction<Tables>, values: readonly Value[]): Promise<number[]> {
    const rows: Row[] = [];
    const ids = values.map((value) => {
      const known = this.#idOf(value);
      if (known !== undefined) return known;
      const isRoom = this.#values.size + this.#fresh.size < mostKept;
      const kept = isRoom ? value : this.#kind.bounded(value);
      const again = this.#idOf(kept);
      if (again !== undefined) return again;
      const id = this.#last + this.#fresh.size + 1;
      this.#fresh.set(this.#kind.keyOf(kept), { id, value: kept });
      rows.push(this.#kind.asRow(id, kept));
      return id;
    });
    for (const row of rows)
      await connection
        .insertInto(this.#kind.table)
        .values(row as never)
        .execute();
    return ids;
  }

  /** The transaction is done. */
  commit(): void {
    for (const { id, value } of this.#fresh.values()) this.#keep(id, value);
    this.#fresh.clear();
  }

  #idOf(value: Value): number | undefined {
    const key = this.#kind.keyOf(value);
    return this.#ids.get(key) ?? this.#fresh.get(key)?.id;
  }
}

const joint = '\u0000';

export function callParties(): Dimension<CallParty, CallPartyRow> {
  return new Dimension<CallParty, CallPartyRow>({
    table: 'call_parties',
    keyOf: (party) =>
      party.principalId +
      joint +
      party.principalName +
      joint +
      (party.clientId ?? '') +
      joint +
      (party.app ?? '') +
      joint +
      (party.appVersion ?? '') +
      joint +
      (party.folder ?? '') +
      joint +
      party.spaceId +
      joint +
      (party.rule ?? '') +
      joint +
      party.revision,
    asRow: (id, party) => ({
      id,
      principal_id: party.principalId,
      principal_name: party.principalName,
      client_id: party.clientId ?? null,
      app: party.app ?? null,
      app_version: party.appVersion ?? null,
      folder: party.folder ?? null,
      space_id: party.spaceId,
      rule: party.rule ?? null,
      era: party.era,
      revision: party.revision,
    }),
    asValue: (row) => ({
      principalId: row.principal_id,
      principalName: row.principal_name,
      clientId: row.client_id ?? undefined,
      app: row.app ?? undefined,
      appVersion: row.app_version ?? undefined,
      folder: row.folder ?? undefined,
      spaceId: row.space_id,
      rule: row.rule ?? undefined,
      era: row.era as Era,
      revision: row.revision,
    }),
    bounded: (party) => ({ ...party, app: undefined, appVersion: undefined, folder: undefined }),
  });
}

export function callTargets(): Dimension<CallTarget, CallTargetRow> {
  return new Dimension<CallTarget, CallTargetRow>({
    table: 'call_targets',
    keyOf: (target) =>
      target.method +
      joint +
      (target.serverId ?? '') +
      joint +
      (target.server ?? '') +
      joint +
      (target.originalName ?? '') +
      joint +
      (target.shownName ?? '') +
      joint +
      (target.revision ?? ''),
    asRow: (id, target) => ({
      id,
      method: target.method,
      server_id: target.serverId ?? null,
      server: target.server ?? null,
      original_name: target.originalName ?? null,
      shown_name: target.shownName ?? null,
      era: target.era ?? null,
      revision: target.revision ?? null,
    }),
    asValue: (row) => ({
      method: row.method,
      serverId: row.server_id ?? undefined,
      server: row.server ?? undefined,
      originalName: row.original_name ?? undefined,
      shownName: row.shown_name ?? undefined,
      era: (row.era ?? undefined) as Era | undefined,
      revision: row.revision ?? undefined,
    }),
    bounded: (target) => ({ ...target, method: 'other', originalName: undefined, shownName: undefined }),
  });
}
