/**
 * sign-in/revocation — revokes tokens at the provider, if it offers revocation (RFC 7009).
 *
 * Knows nothing of: the store, why tokens are revoked.
 */
import type { Secret } from '../base/index.ts';
import type { OAuthRegistration, TokenSet } from '../model/index.ts';
import { createSafeFetch, type SafeFetchOptions } from '../network/index.ts';
import type { OAuthServer } from './oauth-server.ts';
import { discoveredOf, identityOf } from './registration.ts';
import { revokeToken } from './token-endpoint.ts';

/** @returns undefined if the provider has revoked all of them, otherwise why not */
export async function revokeTokens(
  server: OAuthServer,
  registration: OAuthRegistration | undefined,
  tokens: Pick<TokenSet, 'accessToken' | 'refreshToken'>,
  fetchOptions: Omit<SafeFetchOptions, 'serverUrl'>,
): Promise<string | undefined> {
  const discovered = registration === undefined ? undefined : discoveredOf(registration);
  if (registration === undefined || discovered === undefined) return 'our registration is no longer stored';
  const revoke = (token: Secret, kind: 'refresh_token' | 'access_token') =>
    revokeToken(
      discovered.authorizationServer,
      identityOf(registration),
      token.reveal(),
      kind,
      createSafeFetch('the revocation endpoint', { ...fetchOptions, serverUrl: server.url }),
    );
  // The refresh token first, because this ends the whole grant.
  const reasons = [
    tokens.refreshToken === undefined ? undefined : await revoke(tokens.refreshToken, 'refresh_token'),
    await revoke(tokens.accessToken, 'access_token'),
  ];
  return reasons.find((reason) => reason !== undefined);
}
