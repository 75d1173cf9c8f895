/**
 * auth — who is calling: API keys, and the question the door asks.
 */
export { ApiKeys, type ApiKeysOptions } from './api-keys.ts';
export {
  type Authenticator,
  type AuthenticatorOptions,
  anonymousPrincipal,
  createAuthenticator,
} from './authenticator.ts';
export { authError } from './errors.ts';
export { ensureFirstKey, type MachineKey } from './first-key.ts';
export { keyTextPattern } from './key-text.ts';
