/**
 * auth — who is calling: clients and their keys, and the question the door asks.
 */
export { ApiKeys, type ApiKeysOptions, type KeyWish } from './api-keys.ts';
export {
  type Authenticator,
  type AuthenticatorOptions,
  createAuthenticator,
} from './authenticator.ts';
export { type ClientChange, Clients, type ClientsOptions, type LimitNames } from './clients.ts';
export { authError } from './errors.ts';
export { ensureFirstKey, type MachineKey } from './first-key.ts';
export { keyTextPattern } from './key-text.ts';
export {
  AuthorizationServer,
  type AuthorizationServerOptions,
} from './server/authorization-server.ts';
export { ClientDocuments } from './server/client-documents.ts';
export type { PersonDoor } from './server/consent-routes.ts';
export type { ConsentSpace } from './server/pages.ts';
