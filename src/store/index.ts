/**
 * store — the ports of the model made real: SQLite or PostgreSQL, with what is secret sealed.
 */
export type { BackupResult } from './archive/backup.ts';
export type { RestoreOptions, RestoreResult } from './archive/restore.ts';
export type { RootKeyOptions } from './crypto/root-key/choose.ts';
export type { AskPassphrase } from './crypto/root-key/passphrase.ts';
export { type RootKeySource, rootKeySources } from './crypto/root-key/sources.ts';
export type { DataKeyRotation } from './data-key-rotation.ts';
export type { StoreLocation } from './drivers/open-database.ts';
export { loadSqlite } from './drivers/sqlite-module.ts';
export { storeError } from './errors.ts';
export { openStore, type Store, type StoreDescription, type StoreOptions } from './open.ts';
export { restoreStore } from './restore.ts';
