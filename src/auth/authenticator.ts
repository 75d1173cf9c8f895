/**
 * auth/authenticator — the door's question "who is it?", answered from the ways to sign in that are switched on.
 *
 * Identity comes from a verified credential only: never from a header, an address or what a client says of itself.
 * Knows nothing of: how a token travelled. OAuth access tokens will be one more source here.
 */
import type { Exchange } from '../http/index.ts';
import type { Principal, PrincipalId } from '../model/index.ts';
import type { ApiKeys } from './api-keys.ts';

/** @returns undefined = nobody we know; the door answers 401 */
export type Authenticator = (token: string | undefined, exchange: Exchange) => Principal | undefined;

/** Whoever calls while authentication is switched off. */
export const anonymousPrincipal: Principal = {
  id: 'anonymous' as PrincipalId,
  kind: 'anonymous',
  name: 'anonymous',
};

export interface AuthenticatorOptions {
  readonly apiKeys: Pick<ApiKeys, 'authenticate'>;
  /** `mcpmux start --no-auth`: everybody on this machine is let in; a valid key still counts. */
  readonly isAuthenticationOff: boolean;
}

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { apiKeys } = options;
  const stranger = options.isAuthenticationOff ? anonymousPrincipal : undefined;
  return (token) => (token === undefined ? undefined : apiKeys.authenticate(token)) ?? stranger;
}
