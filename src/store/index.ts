/**
 * store — the ports of the model made real: SQLite or PostgreSQL, with what is secret sealed.
 */
export { keyFileNotice, type RootKeyOptions } from './crypto/root-key/choose.ts';
export type { AskPassphrase } from './crypto/root-key/passphrase.ts';
export { type RootKeySource, rootKeySources } from './crypto/root-key/root-key.ts';
export { loadSqlite } from './drivers/sqlite-module.ts';
export { storeError } from './errors.ts';
export {
  openStore,
  type Store,
  type StoreDescription,
  type StoreLocation,
  type StoreOptions,
} from './open.ts';
