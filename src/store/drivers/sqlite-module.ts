/**
 * store/drivers/sqlite-module — finds SQLite: the one in Node (22.13 and newer), else the package with the same API.
 *
 * Knows nothing of: files, pragmas, Kysely.
 */
import { describeError } from '../../base/index.ts';
import { storeError } from '../errors.ts';

export type SqliteValue = string | number | bigint | null | Uint8Array;

export interface SqliteStatement {
  run(...parameters: SqliteValue[]): { readonly changes: number | bigint };
  all(...parameters: SqliteValue[]): Record<string, SqliteValue>[];
  get(...parameters: SqliteValue[]): Record<string, SqliteValue> | undefined;
}

/** What `node:sqlite` and `@photostructure/sqlite` have in common, as far as it is used here. */
export interface SqliteHandle {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

interface SqliteModule {
  readonly DatabaseSync: new (path: string, options?: { readOnly?: boolean }) => SqliteHandle;
}

let found: Promise<SqliteModule> | undefined;

/** @throws store.no_driver */
export function loadSqlite(): Promise<SqliteModule> {
  found ??= findSqlite();
  return found;
}

async function findSqlite(): Promise<SqliteModule> {
  const builtIn = withoutExperimentalWarning(
    () => process.getBuiltinModule?.('node:sqlite' as 'node:fs') as unknown as SqliteModule | undefined,
  );
  if (builtIn?.DatabaseSync !== undefined) return builtIn;
  try {
    return (await import('@photostructure/sqlite')) as unknown as SqliteModule;
  } catch (error) {
    throw storeError('no_driver', { node: process.versions.node, reason: describeError(error) }, error);
  }
}

/** Node 22 calls its SQLite experimental on every start; a person who runs a daemon can do nothing with that. */
function withoutExperimentalWarning<T>(work: () => T): T {
  const { emitWarning } = process as { emitWarning: (this: unknown, ...all: unknown[]) => void };
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] === 'ExperimentalWarning') return;
    emitWarning.call(process, warning, ...rest);
  }) as typeof process.emitWarning;
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning as typeof process.emitWarning;
  }
}
