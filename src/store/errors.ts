/**
 * store/errors — what can go wrong with what we keep.
 *
 * Knows nothing of: what the rows mean to others. A message never quotes a sealed value.
 */
import { defineErrors } from '../base/index.ts';

export const storeError = defineErrors('store', {
  conflict: {
    kind: 'conflict',
    says: (f) => `${f.what} could not be stored: ${f.reason}`,
  },
  missing: {
    kind: 'not-found',
    says: (f) => `${f.what} is not in the store`,
  },
  locked: {
    why: 'The key that opens what is sealed was not found, or is another one. Nothing is overwritten while that is so.',
    kind: 'unavailable',
    says: (f) => `the credentials in ${f.location} are locked: ${f.reason}`,
    hint: (f) => f.hint as string | undefined,
  },
  sealed_damaged: {
    kind: 'internal',
    says: (f) =>
      `the sealed value ${f.table}.${f.column} of ${f.record} cannot be opened: ${f.reason}; it is not used`,
    hint: () =>
      'give the value again with mcpmux edit, or restore a backup: mcpmux restore FILE. Somebody may have edited the database',
  },
  newer_database: {
    kind: 'unavailable',
    says: (f) =>
      `the database ${f.location} has schema version ${f.found}, written by a newer mcpmux; this one knows versions up to ${f.known}`,
    hint: (f) =>
      f.backup === undefined
        ? 'install the newer mcpmux again; there is no copy from before the upgrade'
        : `install the newer mcpmux again, or go back to the copy from before the upgrade: ${f.backup}`,
  },
  corrupt: {
    kind: 'unavailable',
    says: (f) => `the database ${f.location} is damaged (${f.reason}); it was left as it is`,
    hint: (f) =>
      f.backup === undefined
        ? 'restore a backup with: mcpmux restore FILE; or move the file away to begin anew'
        : `restore a backup with: mcpmux restore FILE; or put this copy in its place: ${f.backup}`,
  },
  row_damaged: {
    kind: 'unavailable',
    says: (f) => `what is stored of ${f.what} cannot be read (${f.reason}); it is not used`,
    hint: (f) => f.hint as string | undefined,
  },
  younger_than_keys: {
    kind: 'unavailable',
    says: (f) =>
      `the database ${f.location} is ${f.how}, but there are keys of an earlier one: ${f.signs}; nothing was changed`,
    hint: (f) =>
      `put the database back, or restore a backup: mcpmux restore FILE --overwrite; to start anew, move these away first: ${f.signs}`,
  },
  foreign_database: {
    kind: 'invalid',
    says: (f) => `${f.location} is a database of another program; it was left as it is`,
    hint: () => 'name another data folder: mcpmux start --data-dir FOLDER',
  },
  not_writable: {
    why: 'The database may be read and not written: a read-only disk, other rights, another owner.',
    kind: 'unavailable',
    says: (f) => `cannot write to ${f.location}: ${f.reason}`,
    hint: (f) =>
      (f.hint as string | undefined) ??
      'make it writable for this user, or name another folder: mcpmux start --data-dir FOLDER',
  },
  exposed: {
    kind: 'invalid',
    says: (f) => `${f.location} is open to other users (mode ${f.mode}); it holds credentials`,
    hint: (f) => `run: chmod ${f.wanted} '${f.location}'`,
  },
  wrong_owner: {
    kind: 'invalid',
    says: (f) => `${f.location} belongs to user ${f.owner}, not to us (user ${f.us})`,
    hint: (f) => `run mcpmux as its owner, or: sudo chown ${f.us} '${f.location}'`,
  },
  unsafe_file: {
    kind: 'invalid',
    says: (f) => `${f.location} is ${f.reason}; refused, because somebody could have placed it there`,
    hint: () => 'put the real file there, with mode 0600',
  },
  disk_full: {
    why: 'The disk that holds the database is full. Calls go on; what would have to be stored is refused.',
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `nothing was written to ${f.location}: the disk is full`,
    hint: () => 'free some space; what was stored before is intact',
  },
  busy: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `${f.location} was locked by another program for ${f.waitedMs} ms; nothing was written`,
    hint: () => 'close the program that holds the database open',
  },
  unreachable: {
    kind: 'unavailable',
    retry: 'unknown',
    says: (f) => `the database ${f.location} cannot be reached: ${f.reason}`,
    hint: () =>
      'check that the database server runs and can be reached from here; the next request tries it again',
  },
  in_use: {
    kind: 'conflict',
    says: (f) => `the database ${f.location} is in use by ${f.holder}`,
    hint: () =>
      'one mcpmux uses a database: stop that one, or give this one a database of its own (MCPMUX_DATABASE_URL)',
  },
  closed: {
    kind: 'unavailable',
    says: (f) => `the store ${f.location} is closed`,
  },
  failed: {
    kind: 'internal',
    says: (f) => `the database ${f.location} refused a statement: ${f.reason}`,
  },
  no_driver: {
    kind: 'unavailable',
    says: (f) => `SQLite is not available in Node ${f.node}: ${f.reason}`,
    hint: () => 'use Node 22.13 or newer, or reinstall with: npm ci',
  },
  bad_key: {
    kind: 'invalid',
    says: (f) => `the root key in ${f.location} is refused: ${f.reason}`,
    hint: (f) => f.hint as string | undefined,
  },
  keychain: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `the keychain of this machine cannot be used: ${f.reason}`,
    hint: () => 'unlock it, or choose another place for the key: mcpmux start --key-source file',
  },
  bad_passphrase: {
    kind: 'invalid',
    says: (f) => `${f.what}: ${f.reason}`,
  },
  bad_archive: {
    kind: 'invalid',
    says: (f) => `${f.location} is refused as a backup: ${f.reason}; nothing was changed`,
    hint: (f) => f.hint as string | undefined,
  },
  already_there: {
    kind: 'conflict',
    says: (f) => `${f.location} is already there; nothing was changed`,
    hint: (f) => f.hint as string | undefined,
  },
});
