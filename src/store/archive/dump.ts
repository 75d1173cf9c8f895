/**
 * store/archive/dump — the rows of a database as lines of JSON, the same from SQLite and PostgreSQL.
 *
 * Sealed values stay sealed; the root key that opens them travels in the first line, so a dump lives only inside an
 * archive. Leases and root key records are of the moment and stay behind.
 */
import { sql } from 'kysely';
import { isJsonObject, type JsonObject } from '../../base/index.ts';
import type { RootKey } from '../crypto/root-key/root-key.ts';
import { type Connection, type Database, yieldToEventLoop } from '../drivers/database.ts';
import { storeError } from '../errors.ts';
import type { Tables } from '../tables.ts';

/** Parents before children. */
export const dumpedTables = [
  'spaces',
  'base_folders',
  'feature_sets',
  'mappings',
  'servers',
  'features',
  'era_verdicts',
  'definition_pins',
  'definition_policies',
  'approval_rules',
  'standing_approvals',
  'presentations',
  'sessions',
  'clients',
  'api_keys',
  'oauth_artifacts',
  'settings',
  'data_keys',
  'tokens',
  'token_generations',
  'oauth_registrations',
] as const satisfies readonly (keyof Tables)[];

export type DumpedTable = (typeof dumpedTables)[number];

/** Rows in one line: a page of work between two turns for others. */
const rowsAtOnce = 200;
/** Below both databases' limits of parameters in a statement. */
const valuesAtOnce = 2_000;

export interface Dump {
  readonly rootKey: Buffer;
  readonly rows: ReadonlyMap<DumpedTable, readonly JsonObject[]>;
}

export function dumpDatabase(database: Database, root: RootKey): Promise<Buffer> {
  return database.snapshot(async (connection) => {
    const lines: Buffer[] = [Buffer.from(`${JSON.stringify({ rootKey: root.key.toString('base64url') })}\n`)];
    for (const table of dumpedTables) {
      for (let offset = 0; ; offset += rowsAtOnce) {
        const { rows } = await sql<JsonObject>`
          select * from ${sql.table(table)} order by 1, 2 limit ${rowsAtOnce} offset ${offset}`.execute(
          connection,
        );
        if (rows.length > 0) lines.push(Buffer.from(`${JSON.stringify({ table, rows })}\n`));
        if (rows.length < rowsAtOnce) break;
        await yieldToEventLoop();
      }
    }
    return Buffer.concat(lines);
  });
}

/** @throws store.bad_archive */
export function parseDump(content: Buffer, location: string): Dump {
  const known: ReadonlySet<string> = new Set(dumpedTables);
  const lines = content.toString('utf8').split('\n');
  const first = parseLine(lines[0] ?? '', location);
  const rootKey = Buffer.from(typeof first['rootKey'] === 'string' ? first['rootKey'] : '', 'base64url');
  if (rootKey.length !== 32) throw unreadable(location);
  const rows = new Map<DumpedTable, JsonObject[]>();
  for (const line of lines.slice(1)) {
    if (line === '') continue;
    const { table, rows: page } = parseLine(line, location);
    if (typeof table !== 'string' || !known.has(table) || !Array.isArray(page)) throw unreadable(location);
    const collected = rows.get(table as DumpedTable) ?? [];
    for (const row of page) {
      if (!isJsonObject(row) || !Object.keys(row).every((column) => /^[a-z_]+$/.test(column)))
        throw unreadable(location);
      collected.push(row);
    }
    rows.set(table as DumpedTable, collected);
  }
  return { rootKey, rows };
}

function parseLine(line: string, location: string): JsonObject {
  try {
    const value: unknown = JSON.parse(line);
    if (isJsonObject(value)) return value;
  } catch {
    // Answered below, like any other line that is none.
  }
  throw unreadable(location);
}

function unreadable(location: string): Error {
  return storeError('bad_archive', { location, reason: 'its content cannot be read' });
}

/** Puts rows into empty tables of the same schema version. */
export async function insertRows(
  connection: Connection,
  table: DumpedTable,
  rows: readonly JsonObject[],
): Promise<void> {
  const first = rows[0];
  if (first === undefined) return;
  const columns = Object.keys(first);
  const atOnce = Math.max(1, Math.floor(valuesAtOnce / columns.length));
  for (let at = 0; at < rows.length; at += atOnce) {
    const values = rows
      .slice(at, at + atOnce)
      .map((row) => sql`(${sql.join(columns.map((column) => row[column] ?? null))})`);
    await sql`insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))})
      values ${sql.join(values)}`.execute(connection);
    await yieldToEventLoop();
  }
}
