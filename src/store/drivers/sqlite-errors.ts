/**
 * store/drivers/sqlite-errors — SQLite's result codes in the store's words.
 */
import { describeError, isMcpMuxError } from '../../base/index.ts';
import { storeError } from '../errors.ts';

/** @see https://sqlite.org/rescode.html */
export const sqliteCode = {
  busy: 5,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  constraint: 19,
  notADatabase: 26,
  constraintForeignKey: 787,
  constraintPrimaryKey: 1555,
  constraintUnique: 2067,
} as const;

/** SQLite's own sentences: the package for Node 20 drops the code of what fails while rows are read. */
const codesByText: readonly (readonly [RegExp, number])[] = [
  [/^UNIQUE constraint failed/, sqliteCode.constraintUnique],
  [/^FOREIGN KEY constraint failed/, sqliteCode.constraintForeignKey],
  [/^database (?:table |schema )?is locked/, sqliteCode.busy],
  [/^attempt to write a readonly database/, sqliteCode.readOnly],
  [/^disk I\/O error/, sqliteCode.ioError],
  [/^database disk image is malformed/, sqliteCode.corrupt],
  [/^database or disk is full/, sqliteCode.full],
  [/^unable to open database file/, sqliteCode.cannotOpen],
  [/^file is not a database/, sqliteCode.notADatabase],
];

/** The extended result code, or undefined when SQLite did not say this. */
export function resultCodeOf(error: unknown): number | undefined {
  const code = (error as { readonly errcode?: unknown } | null)?.errcode;
  if (typeof code === 'number') return code;
  const text = describeError(error);
  return codesByText.find(([pattern]) => pattern.test(text))?.[1];
}

export function isBusy(error: unknown): boolean {
  return ((resultCodeOf(error) ?? 0) & 0xff) === sqliteCode.busy;
}

export function translateSqliteError(error: unknown, location: string): Error {
  if (isMcpMuxError(error)) return error;
  const code = resultCodeOf(error);
  const reason = describeError(error);
  if (code === undefined) {
    if (/database is not open|closed|finalized/i.test(reason))
      return storeError('closed', { location }, error);
    return storeError('failed', { location, reason }, error);
  }
  if (code === sqliteCode.constraintUnique || code === sqliteCode.constraintPrimaryKey)
    return storeError('conflict', { what: 'the row', reason: 'it is there already' }, error);
  if (code === sqliteCode.constraintForeignKey)
    return storeError('missing', { what: 'what the row belongs to' }, error);
  switch (code & 0xff) {
    case sqliteCode.busy:
      return storeError('busy', { location, waitedMs: 0 }, error);
    case sqliteCode.full:
      return storeError('disk_full', { location }, error);
    case sqliteCode.readOnly:
    case sqliteCode.cannotOpen:
    case sqliteCode.ioError:
      return storeError('not_writable', { location, reason }, error);
    case sqliteCode.corrupt:
    case sqliteCode.notADatabase:
      return storeError('corrupt', { location, reason }, error);
    default:
      return storeError('failed', { location, reason }, error);
  }
}
